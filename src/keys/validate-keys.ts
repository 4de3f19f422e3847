import { CfnDeletionPolicy, Stack, Token } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import * as messages from './messages';
import { isAlias, resolveKey } from '../provider/key-resource';

/** Refuses keys that EBS cannot use, as far as that is known at synthesis. `regions` are those that a key may be of; by default, that of the stack. */
export function validateKeys(
  scope: Construct, prop: string, keys: readonly kms.IKey[] = [], regions: readonly string[] = [Stack.of(scope).region],
): void {
  for (const key of keys.map(resolveKey)) {
    const keyRegion = key.env.region;
    const isKnown = !isAlias(key) && ![keyRegion, ...regions].some(region => Token.isUnresolved(region));
    if (isKnown && !regions.includes(keyRegion)) {
      throw new Error(messages.keyInOtherRegion({ prop, key: nameOf(key), keyRegion, region: regions.join(' or ') }));
    }
    const { keySpec = 'SYMMETRIC_DEFAULT', keyUsage = 'ENCRYPT_DECRYPT' } = findResource(key) ?? {};
    // Token.isUnresolved is false of a list with tokens in it
    if (![keySpec, keyUsage].some(value => Token.isUnresolved(value)) && (keySpec !== 'SYMMETRIC_DEFAULT' || keyUsage !== 'ENCRYPT_DECRYPT')) {
      throw new Error(messages.keyNotSymmetric({ prop, key: nameOf(key), keySpec, keyUsage }));
    }
  }
}

/** Errors of keys that CloudFormation deletes together with the stack of a retained AMI. */
export function validateKeysOfRetainedAmi(scope: Construct, keys: readonly kms.IKey[]): string[] {
  return keys.flatMap(key => {
    const resource = findResource(key);
    const policy = resource?.cfnOptions.deletionPolicy ?? CfnDeletionPolicy.DELETE;
    const isDeleted = resource !== undefined && policy === CfnDeletionPolicy.DELETE && outermostStack(resource) === outermostStack(scope);
    return isDeleted ? [messages.keyDeletedWithStack({ key: nameOf(key) })] : [];
  });
}

/** The resource of a key that the app creates. */
function findResource(key: kms.IKey): kms.CfnKey | undefined {
  // the second for Key.fromCfnKey()
  return [key.node.defaultChild, key.node.scope].find(construct => construct instanceof kms.CfnKey);
}

/** CloudFormation deletes nested stacks with the stack that they are in. */
function outermostStack(scope: Construct): Stack {
  const stack = Stack.of(scope);
  return stack.nestedStackParent === undefined ? stack : outermostStack(stack.nestedStackParent);
}

function nameOf(key: kms.IKey): string {
  return Token.isUnresolved(key.keyArn) ? key.node.path : key.keyArn;
}
