import { GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KeyMetadata } from '@aws-sdk/client-kms';
import {
  DEFAULT_KEY_LABEL, defaultKeyHint, defaultKeyUnknown, keyAccessDenied, keyDisabled, keyInOtherRegion, keyInTransition, keyNotDescribed,
  keyNotFound, keyNotSymmetric, keyNotVerified, keyPendingDeletion, keyUnusable, keyWithoutMaterial, UNKNOWN_KEY_LABEL, unknownKeyHint,
} from './key-messages';
import { KeyReference } from './key-reference';
import { awsWords } from '../aws/aws-words';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, ACCESS_DENIED_CODES } from '../aws/error-codes';
import { AccessDeniedError, IAM_PROPAGATION_MS, DeploymentError, NotReady } from '../outcomes';

/** EC2 takes any key and fails later without a reason, so the key is described first. Returns the key's ARN. */
export async function checkKey(aws: AwsClients, { id, label, accessDeniedHint }: KeyReference): Promise<string> {
  const keyRegion = id.startsWith('arn:') ? id.split(':')[3] : aws.region;
  if (keyRegion !== aws.region) {
    throw new DeploymentError(keyInOtherRegion({ label, arn: id, keyRegion, region: aws.region }));
  }
  const metadata = await describeKey(aws, { id, label, accessDeniedHint });
  const arn = metadata.Arn ?? id;
  const key = { label, arn };
  if (metadata.KeySpec !== 'SYMMETRIC_DEFAULT' || metadata.KeyUsage !== 'ENCRYPT_DECRYPT') {
    throw new DeploymentError(keyNotSymmetric({ ...key, keySpec: metadata.KeySpec, keyUsage: metadata.KeyUsage }));
  }
  switch (metadata.KeyState) {
    case 'Enabled':
      return arn;
    case 'Creating':
    case 'Updating':
      throw new NotReady(keyInTransition({ ...key, state: metadata.KeyState }));
    case 'Disabled':
      throw new DeploymentError(keyDisabled(key));
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      throw new DeploymentError(keyPendingDeletion(key));
    case 'PendingImport':
      throw new DeploymentError(keyWithoutMaterial(key));
    default:
      throw new DeploymentError(keyUnusable({ ...key, state: metadata.KeyState }));
  }
}

/** The request that reads encrypted snapshots. */
export interface SnapshotReader {
  readonly account: string;
  /** The keys that the construct was given: of another account's keys, the role may use no other. */
  readonly declaredKeyArns: readonly string[];
  /** When the request began, before EC2 has tried the keys; none afterwards. Milliseconds since 1970. */
  readonly startedAt?: number;
}

/**
 * A key that snapshots are encrypted with that are only read. Of another account's key EC2 asks kms:CreateGrant and kms:ReEncryptFrom, but not
 * kms:DescribeKey, and KMS does not tell an owner who has allowed only the former from one who has allowed nothing. So where the key was given, and its
 * description stays denied, EC2 decides.
 */
export async function checkKeyToRead(aws: AwsClients, { account, declaredKeyArns, startedAt }: SnapshotReader, key: KeyReference): Promise<void> {
  try {
    await checkKey(aws, key);
  } catch (error) {
    const isGiven = key.id.split(':')[4] !== account && declaredKeyArns.includes(key.id);
    if (!(error instanceof AccessDeniedError) || !isGiven || startedAt === undefined || aws.now() - startedAt < IAM_PROPAGATION_MS) {
      throw error;
    }
    console.warn({ message: keyNotVerified({ reason: error.message }) });
  }
}

/**
 * The error for a key that EC2 refuses at once; none if the refusal is not about a key. CopySnapshot refuses keys at once; whether CopyImage does is not
 * documented.
 */
export function explainRefusedKey(aws: AwsClients, error: unknown, keys: readonly KeyReference[]): DeploymentError | undefined {
  const { code, message } = awsErrorDetails(error);
  const [, id, problem] = code === 'AuthFailure' ? /not authorized to use key (\S+)/i.exec(message) ?? []
    : code === 'InvalidParameterValue' ? /specified keyId (\S+) is (disabled|invalid)/i.exec(message) ?? [] : [];
  if (id === undefined) {
    return undefined;
  }
  const { label, accessDeniedHint } = keys.find(one => one.id === id) ?? { label: UNKNOWN_KEY_LABEL, accessDeniedHint: unknownKeyHint() };
  const key = { label, arn: id };
  const words = awsWords('EC2', error);
  if (problem === undefined) {
    return new AccessDeniedError(keyAccessDenied({ ...key, hint: accessDeniedHint }) + words);
  }
  return new DeploymentError((problem === 'disabled' ? keyDisabled(key) : keyNotFound({ ...key, region: aws.region })) + words);
}

/** The account's default key for EBS in this Region: an ARN, or `alias/aws/ebs`. */
export async function defaultKey(aws: AwsClients, prop: 'encryptionKey' | 'sourceEncryptionKeys'): Promise<KeyReference> {
  const { KmsKeyId } = await aws.ec2.send(new GetEbsDefaultKmsKeyIdCommand({}));
  if (!KmsKeyId) {
    throw new NotReady(defaultKeyUnknown());
  }
  return { id: KmsKeyId, label: DEFAULT_KEY_LABEL, accessDeniedHint: defaultKeyHint({ arn: KmsKeyId, prop }) };
}

export async function isEncryptedByDefault(aws: AwsClients): Promise<boolean> {
  const { EbsEncryptionByDefault } = await aws.ec2.send(new GetEbsEncryptionByDefaultCommand({}));
  return EbsEncryptionByDefault === true;
}

async function describeKey(aws: AwsClients, { id, label, accessDeniedHint }: KeyReference): Promise<KeyMetadata> {
  try {
    const { KeyMetadata: metadata } = await aws.kms.send(new DescribeKeyCommand({ KeyId: id }));
    if (!metadata) {
      throw new NotReady(keyNotDescribed({ id }));
    }
    return metadata;
  } catch (error) {
    if (hasErrorCode(error, ['NotFoundException', 'InvalidArnException'])) {
      throw new DeploymentError(keyNotFound({ label, arn: id, region: aws.region }) + awsWords('KMS', error));
    }
    if (hasErrorCode(error, ACCESS_DENIED_CODES)) {
      throw new AccessDeniedError(keyAccessDenied({ label, arn: id, hint: accessDeniedHint }) + awsWords('KMS', error));
    }
    throw error;
  }
}
