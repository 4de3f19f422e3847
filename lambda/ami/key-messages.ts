import { capitalize } from './messages';

/*
 * Messages about keys. Those that begin with "key" take its label, as in "the key of the source snapshot snap-1 for /dev/sdf", and its ARN.
 */

interface NamedKey {
  readonly label: string;
  readonly arn: string;
}

/** The actions that EC2 calls on the source's key with the permissions of the caller of CopyImage. */
const ACTIONS_TO_SHARE = 'kms:DescribeKey, kms:Decrypt, kms:ReEncryptFrom and kms:CreateGrant';

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

export function declaredKeyHint(): string {
  return 'The key policy must allow this account or the handler role to use it.';
}

export function unknownKeyHint(): string {
  return 'Pass it in `sourceEncryptionKeys`, and allow the handler role to use it in the key policy.';
}

/** @see the page "Share the KMS key used to encrypt a shared Amazon EBS snapshot" in the Amazon EBS User Guide */
export function sourceKeyHint({ arn, account }: { arn: string; account?: string }): string {
  const owner = arn.split(':')[4];
  const pass = `Pass it in \`sourceEncryptionKeys\`, with kms.Key.fromKeyArn(this, "SourceKey", "${arn}").`;
  return account === undefined || owner === account ? pass
    : `${pass} The key policy must also allow account ${account} to use ${ACTIONS_TO_SHARE}; only its owner, account ${owner}, can change it. ` +
      'An AWS managed key (aws/ebs) cannot be shared: in that case the owner must first copy the AMI with a customer managed key.';
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

/** The answer where EC2 decides, because DescribeKey is denied on another account's key. */
export function keyNotVerified({ reason }: { reason: string }): string {
  return `The handler continues without a check of this key: ${reason}`;
}
