import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import * as messages from './messages';

interface NamedAmi {
  readonly scope: Construct;
  readonly resource: CfnResource;
}

/** The AMIs with a literal name, by stack and name. */
const namedAmis = new WeakMap<Stack, Map<string, NamedAmi[]>>();

/**
 * Refuses at synthesis that two AMIs of a stack have one name: EC2 requires unique names in an account and Region. Of AMIs with a condition, CloudFormation
 * may create one only.
 */
export function refuseEqualImageNames(scope: Construct, resource: CfnResource, imageName: string | undefined): void {
  if (imageName === undefined || Token.isUnresolved(imageName)) {
    return;
  }
  const stack = Stack.of(scope);
  const names = namedAmis.get(stack) ?? new Map<string, NamedAmi[]>();
  namedAmis.set(stack, names);
  const before = names.get(imageName) ?? [];
  names.set(imageName, [...before, { scope, resource }]);
  const isConditional = (one: CfnResource) => one.cfnOptions.condition !== undefined;
  scope.node.addValidation({
    validate: () => isConditional(resource) ? [] : before
      // a construct can be removed from the app again
      .filter(other => !isConditional(other.resource) && other.scope.node.scope?.node.tryFindChild(other.scope.node.id) === other.scope)
      .map(other => messages.imageNameTwice({ imageName, path: other.scope.node.path })),
  });
}
