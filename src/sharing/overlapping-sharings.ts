import { Stack, Token } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import * as messages from './messages';
import { SharedPrincipals } from './shared-principals';

/** A construct that shares an AMI. */
interface AmiSharer {
  readonly scope: Construct;
  /** A token is the same text wherever it is used. */
  readonly imageId: string;
  readonly sharedWith: SharedPrincipals;
}

/** All of an app, by its root. */
const sharersOfApps = new WeakMap<IConstruct, AmiSharer[]>();

/**
 * Refuses at synthesis that two constructs of an app share one AMI with the same principal: which of them may end the permission when one is removed would
 * depend on the order of deployments.
 */
export function refuseOverlaps(scope: Construct, imageId: string, sharedWith: SharedPrincipals): void {
  const sharers = sharersOfApps.get(scope.node.root) ?? [];
  sharersOfApps.set(scope.node.root, sharers);
  const before = [...sharers];
  sharers.push({ scope, imageId, sharedWith });
  scope.node.addValidation({
    validate: () => before.filter(other => other.imageId === imageId && mayBeSameAmi(scope, other.scope)).flatMap(other => {
      const common = other.sharedWith.values.filter(value => sharedWith.values.includes(value));
      return common.length === 0 ? [] : [messages.sharedTwice(other.scope.node.path, Stack.of(scope).resolve(imageId), common)];
    }),
  });
}

/** The same ID in another account or Region, such as in an app with a stage for each, is not the same AMI. */
function mayBeSameAmi(one: Construct, other: Construct): boolean {
  const [a, b] = [Stack.of(one), Stack.of(other)];
  const differ = (x: string, y: string) => !Token.isUnresolved(x) && !Token.isUnresolved(y) && x !== y;
  return !differ(a.account, b.account) && !differ(a.region, b.region);
}
