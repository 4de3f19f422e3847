import { CfnParameter, CustomResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { Conditions, HandlerPolicies, HandlerStatement } from './handler-policies';

/** The permissions that one construct needs the handler to have. */
export class HandlerPermissions {
  public readonly stack: Stack;
  private readonly own: iam.PolicyStatement[] = [];
  private readonly removalPolicies: iam.ManagedPolicy[] = [];

  public constructor(private readonly scope: Construct, private readonly policies: HandlerPolicies) {
    this.stack = Stack.of(scope);
  }

  public get role(): iam.Role {
    return this.policies.role;
  }

  /** For all constructs of the stack. */
  public allow(sid: string, actions: string[], resources: string[], conditions?: Conditions): void {
    this.policies.allow({ sid, actions, resources, conditions });
  }

  /** A number for an alias, for a part of a Sid. */
  public numberOfAlias(aliasName: string): number {
    return this.policies.numberOfAlias(aliasName);
  }

  /**
   * For the resources that `ids` identify. If the stack itself may create one of them, such as an AMI, the statement is in a policy of the construct: the
   * resource depends on the handler, so the handler's policy cannot depend on the resource. Otherwise it is shared, because all policies of a
   * role together are limited to 10,240 characters.
   */
  public allowWith(ids: readonly string[], sid: string, actions: string[], resources: string[]): void {
    if (ids.some(id => mayBeCreatedByStack(this.stack, id))) {
      this.own.push(new iam.PolicyStatement({ sid, actions, resources }));
    } else {
      this.allow(sid, actions, resources);
    }
  }

  /**
   * For the removal of resources that only some constructs create: in a policy that each of these constructs depends on, so that CloudFormation deletes it
   * after the last of them. The handler's own policy changes before CloudFormation deletes a construct that has left the stack.
   */
  public allowRemoval(id: string, statements: readonly HandlerStatement[]): void {
    this.removalPolicies.push(this.policies.removalPolicy(id, statements));
  }

  /** Makes the custom resource of the construct wait for its permissions. */
  public applyTo(resource: CustomResource): void {
    if (this.own.length > 0) {
      resource.node.addDependency(this.policies.createOwnPolicy(this.scope, this.own));
    }
    resource.node.addDependency(...this.removalPolicies);
  }
}

/** Whether the stack may create the resource with this ID. Parameters, such as those of SSM, and mappings have their values before. */
function mayBeCreatedByStack(stack: Stack, id: string): boolean {
  return refersToResource(stack, stack.resolve(id));
}

function refersToResource(stack: Stack, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return Object.entries(value).some(([name, argument]) => name === 'Ref' ? !isParameter(stack, String(argument))
    : name === 'Fn::GetAtt' || refersToResource(stack, argument));
}

function isParameter(stack: Stack, logicalId: string): boolean {
  return logicalId.startsWith('AWS::')
    || stack.node.findAll().some(one => one instanceof CfnParameter && stack.resolve(one.logicalId) === logicalId);
}
