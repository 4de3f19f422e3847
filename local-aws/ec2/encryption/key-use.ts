import { Call, Principal } from '../../aws-call';
import type { Ec2Context } from '../state/ec2-context';
import { KeyChoice } from './encryption-outcome';
import { Volume } from '../state/records';
import { AccountAndRegion } from '../../kms/arns';
import { arnOf, Key, unusableForEbs } from '../../kms/key';

/** Why a key cannot be used. EC2 tells nobody, or only in its vaguest words. */
export type KeyError = string;

/** What the snapshot or volume that is made will say about its key, and whether it can be made at all. */
export interface ChosenKey {
  readonly kmsKeyId: string;
  readonly key?: Key;
  readonly problem?: KeyError;
}

/** EC2 needs no data key in plain text; only the EBS direct APIs do. */
const DATA_KEY = 'kms:GenerateDataKeyWithoutPlaintext';

interface Use {
  readonly principal: Principal;
  readonly viaEc2In: string;
  /** The id of the snapshot or volume: the encryption context of everything that EBS encrypts. */
  readonly ebsId: string;
  readonly requestAlias?: string;
}

/** The key that a choice means in an account and Region, whether or not it can be used. */
export function chosenKey(
  ec2: Ec2Context, place: AccountAndRegion, choice: KeyChoice, sourceKeyId: string | undefined,
): ChosenKey & { requestAlias?: string } {
  if (choice === 'impossible') {
    return { kmsKeyId: sourceKeyId ?? '', problem: 'The key of the source does not exist in this Region' };
  }
  const name = choice === 'source' ? sourceKeyId ?? '' : choice === 'default' ? defaultKeyName(ec2, place) : choice.named;
  const found = ec2.kms.find(place, name);
  if (!found) {
    return { kmsKeyId: name, problem: `${name} does not exist` };
  }
  return { kmsKeyId: arnOf(found.key), key: found.key, problem: unusableForEbs(found.key), requestAlias: found.requestAlias };
}

/** What `GetEbsDefaultKmsKeyId` stands for. */
export function defaultKeyName(ec2: Ec2Context, place: AccountAndRegion): string {
  return ec2.world.encryptionDefaults(place).keyId ?? arnOf(ec2.kms.ebsKey(place));
}

/** A new volume without a snapshot: the grant is needed only when it is attached. */
export function keyErrorForEmptyVolume(ec2: Ec2Context, key: Key, use: Use): KeyError | undefined {
  return unusableForEbs(key) ?? denied(ec2, key, use, ['kms:DescribeKey', DATA_KEY, 'kms:Decrypt']);
}

/** The key of a snapshot that a volume is created from: EC2 re-encrypts what it reads. */
export function problemRestoring(ec2: Ec2Context, key: Key, use: Use): KeyError | undefined {
  return unusableForEbs(key) ?? denied(ec2, key, use, ['kms:ReEncryptFrom']);
}

/**
 * The key of a volume that is created from a snapshot. Where it is the key of an own snapshot, the data key is only re-encrypted; else
 * the volume has a new data key, and EC2 a grant to use it.
 */
export function problemFilling(
  ec2: Ec2Context, key: Key, use: Use, from: { readonly encrypted: boolean; readonly keepsItsKey: boolean },
): KeyError | undefined {
  const actions = [...from.encrypted ? ['kms:ReEncryptTo'] : [], ...from.keepsItsKey ? [] : [DATA_KEY, 'kms:CreateGrant']];
  return unusableForEbs(key) ?? denied(ec2, key, use, actions);
}

/** An instance decrypts its volumes by a grant. */
export function attachmentProblem(ec2: Ec2Context, { principal }: Call, volume: Volume): KeyError | undefined {
  if (!volume.encrypted) {
    return undefined;
  }
  const found = ec2.kms.find(volume, volume.kmsKeyId ?? '');
  const use = { principal, viaEc2In: volume.region, ebsId: volume.id };
  return found ? unusableForEbs(found.key) ?? denied(ec2, found.key, use, ['kms:CreateGrant']) : `${volume.kmsKeyId} does not exist`;
}

/** The use of a key for exactly these actions. */
export function problemUsing(ec2: Ec2Context, key: Key, use: Use, actions: readonly string[]): KeyError | undefined {
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
