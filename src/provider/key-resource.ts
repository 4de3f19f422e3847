import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Conditions } from './handler-policies';

/** How a policy statement names a key. */
export interface KeyResource {
  readonly arn: string;
  readonly conditions?: Conditions;
}

/**
 * The key that EC2 uses: the target of an alias, where the app knows it. An alias that was imported by its name is returned as it is, because only KMS knows
 * its target.
 */
export function resolveKey(key: kms.IKey): kms.IKey {
  if (!isAlias(key)) {
    return key;
  }
  let target: kms.IKey;
  try {
    target = key.aliasTargetKey;
  } catch {
    // "Cannot access aliasTargetKey on an Alias imported by Alias.fromAliasName()."
    return key;
  }
  return resolveKey(target);
}

/** The keys that EC2 uses, each once. */
export function resolveKeys(keys: readonly kms.IKey[]): kms.IKey[] {
  const byArn = new Map(keys.map(resolveKey).map(key => [key.keyArn, key]));
  return [...byArn.values()];
}

/**
 * A key as the resource of a policy statement. The ARN of an alias would allow nothing, so a key of which only the alias is known is every key of the
 * account and Region that has the alias, which is one.
 *
 * @see the page "Use aliases to control access to KMS keys" of the AWS KMS Developer Guide
 */
export function keyResource(stack: Stack, key: kms.IKey): KeyResource {
  const resolved = resolveKey(key);
  return isAlias(resolved) ? {
    arn: stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' }),
    conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [resolved.aliasName] } },
  } : { arn: resolved.keyArn };
}

/** Whether it is an alias. */
export function isAlias(key: kms.IKey): key is kms.IAlias {
  return 'aliasName' in key;
}
