import { GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KeyMetadata } from '@aws-sdk/client-kms';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, ACCESS_DENIED_CODES } from '../aws/error-codes';
import { AccessDeniedError, IAM_PROPAGATION_MS, DeploymentError, NotReady } from '../outcomes';

/** A key, and how a sentence speaks of it. */
export interface KeyReference {
  /** An ARN, or `alias/aws/ebs`. */
  readonly id: string;
  /** e.g. "the key of snapshot snap-1 (/dev/sdf)". */
  readonly label: string;
  /** What to do if the handler's role may not even look at it. */
  readonly accessDeniedHint: string;
}

/** EC2 takes any key and fails later without a reason, so the key is looked at first. Returns the key's ARN. */
export async function checkKey(aws: AwsClients, key: KeyReference): Promise<string> {
  const region = key.id.startsWith('arn:') ? key.id.split(':')[3] : aws.region;
  if (region !== aws.region) {
    throw new DeploymentError(`${key.label}, ${key.id}, is in the Region ${region}, but the image is made in ${aws.region}: use a key of ${aws.region}`);
  }
  const metadata = await describeKey(aws, key);
  const arn = metadata.Arn ?? key.id;
  const subject = `${key.label}, ${arn},`;
  if (metadata.KeySpec !== 'SYMMETRIC_DEFAULT' || metadata.KeyUsage !== 'ENCRYPT_DECRYPT') {
    throw new DeploymentError(
      `${subject} is a ${metadata.KeySpec} key for ${metadata.KeyUsage}, but EBS encrypts with symmetric keys for encryption only: ` +
      'use a key of the spec SYMMETRIC_DEFAULT',
    );
  }
  switch (metadata.KeyState) {
    case 'Enabled':
      return arn;
    case 'Creating':
    case 'Updating':
      throw new NotReady(`${subject} is in the state ${metadata.KeyState}`);
    case 'Disabled':
      throw new DeploymentError(`${subject} is disabled: enable it, or use another key`);
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      throw new DeploymentError(`${subject} is scheduled for deletion: cancel the deletion and enable the key, or use another key`);
    case 'PendingImport':
      throw new DeploymentError(`${subject} has no key material: import it, or use another key`);
    default:
      throw new DeploymentError(`${subject} is in the state ${metadata.KeyState}, in which it cannot be used: wait until it is enabled, or use another key`);
  }
}

/** Who reads encrypted snapshots. */
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
    console.warn({ message: 'goes on without knowing whether the key can be used', why: error.message });
  }
}

/**
 * What EC2 says of a key when it refuses a copy at once; nothing if the refusal is not about a key. CopySnapshot does so; whether CopyImage does is
 * not documented.
 */
export function explainRefusedKey(aws: AwsClients, error: unknown, keys: readonly KeyReference[]): DeploymentError | undefined {
  const { code, message } = awsErrorDetails(error);
  const [, id, problem] = code === 'AuthFailure' ? /not authorized to use key (\S+)/i.exec(message) ?? []
    : code === 'InvalidParameterValue' ? /specified keyId (\S+) is (disabled|invalid)/i.exec(message) ?? [] : [];
  if (id === undefined) {
    return undefined;
  }
  const key = keys.find(one => one.id === id);
  const subject = `${key?.label ?? 'the key'}, ${id},`;
  const said = `(EC2 said ${code}: ${message})`;
  if (problem === undefined) {
    return new AccessDeniedError(`${subject} may not be used by the handler: ${key?.accessDeniedHint ?? 'pass it in sourceEncryptionKeys, and have its policy allow the handler\'s role to use it'} ${said}`);
  }
  return new DeploymentError(problem === 'disabled' ? `${subject} is disabled: enable it, or use another key ${said}`
    : `${subject} does not exist in ${aws.region}: use a key that does ${said}`);
}

/** The account's default key for EBS in this Region: an ARN, or `alias/aws/ebs`. */
export async function defaultKey(aws: AwsClients, prop: 'encryptionKey' | 'sourceEncryptionKeys'): Promise<KeyReference> {
  const { KmsKeyId } = await aws.ec2.send(new GetEbsDefaultKmsKeyIdCommand({}));
  if (!KmsKeyId) {
    throw new NotReady('EC2 did not say which key is the default for EBS');
  }
  return {
    id: KmsKeyId,
    label: "the account's default key for EBS",
    accessDeniedHint: `it is a customer managed key, so pass it ${prop === 'encryptionKey' ? 'as' : 'in'} ${prop}, with kms.Key.fromKeyArn(this, "DefaultKey", "${KmsKeyId}")`,
  };
}

export async function isEncryptedByDefault(aws: AwsClients): Promise<boolean> {
  const { EbsEncryptionByDefault } = await aws.ec2.send(new GetEbsEncryptionByDefaultCommand({}));
  return EbsEncryptionByDefault === true;
}

async function describeKey(aws: AwsClients, key: KeyReference): Promise<KeyMetadata> {
  try {
    const { KeyMetadata: metadata } = await aws.kms.send(new DescribeKeyCommand({ KeyId: key.id }));
    if (!metadata) {
      throw new NotReady(`KMS did not describe ${key.id}`);
    }
    return metadata;
  } catch (error) {
    if (hasErrorCode(error, ['NotFoundException', 'InvalidArnException'])) {
      throw new DeploymentError(`${key.label}, ${key.id}, does not exist in ${aws.region} (KMS said: ${awsErrorDetails(error).message}): use a key that does`);
    }
    if (hasErrorCode(error, ACCESS_DENIED_CODES)) {
      throw new AccessDeniedError(`${key.label}, ${key.id}, may not be used by the handler: ${key.accessDeniedHint} (KMS said: ${awsErrorDetails(error).message})`);
    }
    throw error;
  }
}
