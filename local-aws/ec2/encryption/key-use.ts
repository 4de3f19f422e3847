import { KeyChoice } from './encryption-outcome';
import { AccountAndRegion, Call, Principal } from '../../aws-call';
import { arnOf, Key, unusableForEbs } from '../../kms/key';
import type { Ec2Context } from '../state/ec2-context';
import { Volume } from '../state/records';

/** Why a key cannot be used. EC2 does not report this, or only in general words. */
export type KeyError = string;

/** The key that a snapshot or volume will report, and the error that prevents its creation. */
export interface ChosenKey {
  readonly kmsKeyId: string;
  readonly key?: Key;
  readonly keyError?: KeyError;
}

/** The KMS actions of EC2 for a new volume or snapshot. EC2 needs no plaintext data key; only the EBS direct APIs do. */
const DATA_KEY = 'kms:GenerateDataKeyWithoutPlaintext';

interface Use {
  readonly principal: Principal;
  readonly viaEc2In: string;
  /** The ID of the snapshot or volume, which is the encryption context of EBS. */
  readonly ebsId: string;
  readonly requestAlias?: string;
}

/** Returns the key of an encryption outcome in an account and Region, also if it cannot be used. */
export function chosenKey(
  ec2: Ec2Context, place: AccountAndRegion, choice: KeyChoice, sourceKeyId: string | undefined,
): ChosenKey & { requestAlias?: string } {
  if (choice === 'impossible') {
    return { kmsKeyId: sourceKeyId ?? '', keyError: 'The key of the source does not exist in this Region' };
  }
  const name = choice === 'source' ? sourceKeyId ?? '' : choice === 'default' ? defaultKeyName(ec2, place) : choice.named;
  const found = ec2.kms.find(place, name);
  if (!found) {
    return { kmsKeyId: name, keyError: `${name} does not exist` };
  }
  return { kmsKeyId: arnOf(found.key), key: found.key, keyError: unusableForEbs(found.key), requestAlias: found.requestAlias };
}

/** The key of `GetEbsDefaultKmsKeyId`. */
export function defaultKeyName(ec2: Ec2Context, place: AccountAndRegion): string {
  return ec2.state.encryptionDefaults(place).keyId ?? arnOf(ec2.kms.ebsKey(place));
}

/** The key error of a new volume without a snapshot. EC2 needs the grant only for the attachment. */
export function keyErrorForEmptyVolume(ec2: Ec2Context, key: Key, use: Use): KeyError | undefined {
  return unusableForEbs(key) ?? denied(ec2, key, use, ['kms:DescribeKey', DATA_KEY, 'kms:Decrypt']);
}

/** The key error of the source snapshot of a new volume: EC2 re-encrypts its data key. */
export function keyErrorForSourceSnapshot(ec2: Ec2Context, key: Key, use: Use): KeyError | undefined {
  return unusableForEbs(key) ?? denied(ec2, key, use, ['kms:ReEncryptFrom']);
}

/**
 * The key error of a new volume with a snapshot. If the key is that of the caller's own snapshot, EC2 only re-encrypts the data key. Otherwise
 * the volume needs a new data key and EC2 a grant.
 */
export function keyErrorForVolumeFromSnapshot(
  ec2: Ec2Context, key: Key, use: Use, from: { readonly encrypted: boolean; readonly keepsItsKey: boolean },
): KeyError | undefined {
  const actions = [...from.encrypted ? ['kms:ReEncryptTo'] : [], ...from.keepsItsKey ? [] : [DATA_KEY, 'kms:CreateGrant']];
  return unusableForEbs(key) ?? denied(ec2, key, use, actions);
}

/** The key error of an attachment. An instance decrypts its volumes with a grant. */
export function keyErrorForAttach(ec2: Ec2Context, { principal }: Call, volume: Volume): KeyError | undefined {
  if (!volume.encrypted) {
    return undefined;
  }
  const found = ec2.kms.find(volume, volume.kmsKeyId ?? '');
  const use = { principal, viaEc2In: volume.region, ebsId: volume.id };
  return found ? unusableForEbs(found.key) ?? denied(ec2, found.key, use, ['kms:CreateGrant']) : `${volume.kmsKeyId} does not exist`;
}

/** The key error of the service-linked role of EC2 Spot, which launches with the permissions of LAUNCH: those of Auto Scaling. */
export function keyErrorForSpotRole(ec2: Ec2Context, principal: Principal, volume: Volume): KeyError | undefined {
  const found = volume.encrypted ? ec2.kms.find(volume, volume.kmsKeyId ?? '') : undefined;
  const actions = ['kms:DescribeKey', 'kms:Decrypt', DATA_KEY, 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:CreateGrant'];
  return found && denied(ec2, found.key, { principal, viaEc2In: volume.region, ebsId: volume.id }, actions);
}

/** The key error of exactly these actions. */
export function keyErrorForActions(ec2: Ec2Context, key: Key, use: Use, actions: readonly string[]): KeyError | undefined {
  return unusableForEbs(key) ?? denied(ec2, key, use, actions);
}

function denied(ec2: Ec2Context, key: Key, use: Use, actions: readonly string[]): KeyError | undefined {
  const action = actions.find(one => !ec2.kms.allows(use.principal, key, one, {
    viaEc2In: use.viaEc2In,
    requestAlias: use.requestAlias,
    encryptionContext: { 'aws:ebs:id': use.ebsId },
    grantIsForAwsResource: one === 'kms:CreateGrant' ? true : undefined,
  }));
  return action && `${use.principal.arn} is not allowed ${action} on ${arnOf(key)}`;
}
