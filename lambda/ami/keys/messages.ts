import { renderKeyPolicy } from '../../../src/contract/key-policy';
import { capitalize } from '../messages';

/*
 * Messages about keys. Those that begin with "key" take its label, as in "the key of the source snapshot snap-1 for /dev/sdf", and its ARN.
 */

interface NamedKey {
  readonly label: string;
  readonly arn: string;
}

export const DEFAULT_KEY_LABEL = "the account's default key for EBS";
export const UNKNOWN_KEY_LABEL = 'the key';

/** In the middle of a sentence. */
function named({ label, arn }: NamedKey): string {
  return `${label} (${arn})`;
}

export function keyInOtherRegion({ keyRegion, region, ...key }: NamedKey & { keyRegion: string; region: string }): string {
  return `${capitalize(named(key))} is in ${keyRegion}, but the AMI is created in ${region}. Use a key in ${region}.`;
}

export function keyNotSymmetric({ keySpec, keyUsage, ...key }: NamedKey & { keySpec?: string; keyUsage?: string }): string {
  return `${capitalize(named(key))} has key spec ${keySpec} and key usage ${keyUsage}. ` +
    'EBS requires key spec SYMMETRIC_DEFAULT and key usage ENCRYPT_DECRYPT. Use another key.';
}

export function keyInTransition({ state, ...key }: NamedKey & { state: string }): string {
  return `${named(key)} is in the state ${state}`;
}

export function keyDisabled(key: NamedKey): string {
  return `${capitalize(named(key))} is disabled. Enable it, or use another key.`;
}

export function keyPendingDeletion(key: NamedKey): string {
  return `${capitalize(named(key))} is scheduled for deletion. Cancel the deletion and enable the key, or use another key.`;
}

export function keyWithoutMaterial(key: NamedKey): string {
  return `${capitalize(named(key))} has no key material. Import it, or use another key.`;
}

export function keyUnusable({ state, ...key }: NamedKey & { state?: string }): string {
  return `${capitalize(named(key))} is in the state ${state}, in which it cannot be used. Wait until it is enabled, or use another key.`;
}

export function keyNotFound({ region, ...key }: NamedKey & { region: string }): string {
  return `${capitalize(named(key))} does not exist in ${region}. Use a key that exists.`;
}

export function keyAccessDenied({ hint, ...key }: NamedKey & { hint: string }): string {
  return `The handler role is not allowed to use ${named(key)}. ${hint}`;
}

/** The statements that let the account of the stack use keys. `regions` are those whose EC2 uses them. */
export function keyPolicyHint({ arns, account, regions }: { arns: readonly string[]; account: string; regions: readonly string[] }): string {
  const owners = [...new Set(arns.map(arn => arn.split(':')[4]))].filter(owner => /^\d{12}$/.test(owner) && owner !== account);
  const who = owners.length === 0 ? '' : `, which only ${owners.length === 1 ? `its owner, account ${owners[0]},` : `their owners, the accounts ${owners.join(' and ')},`} can add`;
  const statements = JSON.stringify(renderKeyPolicy({ principal: { AWS: account }, regions: [...new Set(regions)] }));
  return `The key ${arns.length > 1 ? 'policies' : 'policy'} must have these statements${who}: ${statements}.`;
}

/** For a key that the role may use by an alias only: the page "Use aliases to control access to KMS keys" of the AWS KMS Developer Guide. */
export function aliasMayBeNew(): string {
  return 'KMS can take five minutes until a new alias counts in authorization.';
}

/** A source key that was passed. */
export function passedSourceKeyHint({ arn, account, regions }: { arn: string; account: string; regions: readonly string[] }): string {
  const hint = keyPolicyHint({ arns: [arn], account, regions });
  return arn.split(':')[4] === account ? hint : `${hint} ${ebsKeyHint()}`;
}

/** An AWS managed key cannot be shared. */
function ebsKeyHint(): string {
  return 'If it is aws/ebs, its owner must first copy the AMI with a customer managed key.';
}

/** @see the page "Share the KMS key used to encrypt a shared Amazon EBS snapshot" in the Amazon EBS User Guide */
export function sourceKeyHint({ arn, account, regions }: { arn: string; account: string; regions: readonly string[] }): string {
  const owner = arn.split(':')[4];
  const pass = `Pass it in \`sourceEncryptionKeys\`, with kms.Key.fromKeyArn(this, "SourceKey", "${arn}").`;
  return owner === account ? pass : `${pass} ${ebsKeyHint()} ${keyPolicyHint({ arns: [arn], account, regions })}`;
}

export function defaultKeyHint({ arn, prop }: { arn: string; prop: 'encryptionKey' | 'sourceEncryptionKeys' }): string {
  return `It is a customer managed key, so pass it ${prop === 'encryptionKey' ? 'as' : 'in'} \`${prop}\`, with kms.Key.fromKeyArn(this, "DefaultKey", "${arn}").`;
}

export function defaultKeyUnknown(): string {
  return 'GetEbsDefaultKmsKeyId returned no key';
}

export function keyNotDescribed({ id }: { id: string }): string {
  return `DescribeKey returned nothing for ${id}`;
}

/** Where EC2 decides, because kms:DescribeKey is denied. */
export function keyNotVerified({ reason }: { reason: string }): string {
  return `The handler continues without a check of this key: ${reason}`;
}
