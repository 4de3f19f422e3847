import { GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KeyMetadata } from '@aws-sdk/client-kms';
import { isAlias, KeyReader, KeyReference, sourceKey } from './key-reference';
import {
  aliasMayBeNew, DEFAULT_KEY_LABEL, defaultKeyHint, defaultKeyUnknown, keyAccessDenied, keyDisabled, keyInOtherRegion, keyInTransition,
  keyNotDescribed, keyNotFound, keyNotSymmetric, keyNotVerified, keyPendingDeletion, keyUnusable, keyWithoutMaterial, UNKNOWN_KEY_LABEL,
} from './messages';
import { awsWords } from '../../aws/aws-words';
import { AwsClients } from '../../aws/clients';
import { awsErrorDetails, hasErrorCode, ACCESS_DENIED_CODES } from '../../aws/error-codes';
import { explainPolicyDenial } from '../../aws/policy-denials';
import { AccessDeniedError, IAM_PROPAGATION_MS, DeploymentError, NotReady } from '../../outcomes';

/** KMS: "It might take up to five minutes before the change is reflected"; and the policy that names the alias is new too. */
const ALIAS_PROPAGATION_MS = 5 * 60_000 + IAM_PROPAGATION_MS;

/** EC2 takes any key and fails later without a reason, so the key is described first. Returns the key's ARN. */
export async function checkKey(aws: AwsClients, reference: KeyReference): Promise<string> {
  const { id, label } = reference;
  const keyRegion = id.startsWith('arn:') ? id.split(':')[3] : aws.region;
  if (keyRegion !== aws.region) {
    throw new DeploymentError(keyInOtherRegion({ label, arn: id, keyRegion, region: aws.region }));
  }
  const metadata = await describeKey(aws, reference);
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

/**
 * The same for a key that the construct was given. A key policy can allow the use through EC2 and not kms:DescribeKey, as the owner of another account's
 * key often does, and KMS does not tell it from one that allows nothing: so if the description stays denied, EC2 decides. `startedAt` is when the request
 * began, in milliseconds since 1970; undefined after EC2 has tried the key.
 */
export async function checkKeyOrContinue(aws: AwsClients, key: KeyReference, startedAt: number | undefined): Promise<string> {
  try {
    return await checkKey(aws, key);
  } catch (error) {
    const isDecidedByEc2 = error instanceof AccessDeniedError && key.isDeclared && !isAlias(key.id);
    if (!isDecidedByEc2 || startedAt === undefined) {
      throw error;
    }
    if (aws.now() - startedAt < error.propagationMs) {
      // by a clock that is read a moment later, the denial would count
      throw new AccessDeniedError(error.message, Infinity);
    }
    console.warn({ message: keyNotVerified({ reason: error.message }) });
    return key.id;
  }
}

/**
 * The error for a key that EC2 refuses at once; none if the refusal is not about a key. CopySnapshot refuses keys at once; whether CopyImage does is not
 * documented.
 */
export function explainRefusedKey(aws: AwsClients, error: unknown, keys: readonly KeyReference[], reader: KeyReader): DeploymentError | undefined {
  const { code, message } = awsErrorDetails(error);
  const [, id, problem] = code === 'AuthFailure' ? /not authorized to use key (\S+)/i.exec(message) ?? []
    : code === 'InvalidParameterValue' ? /specified keyId (\S+) is (disabled|invalid)/i.exec(message) ?? [] : [];
  if (id === undefined) {
    return undefined;
  }
  const { label, accessDeniedHint, isByAlias } = keys.find(one => one.id === id) ?? sourceKey(id, UNKNOWN_KEY_LABEL, reader, reader.declaredKeyArns);
  const key = { label, arn: id };
  const words = awsWords('EC2', error);
  if (problem === undefined) {
    const propagationMs = isByAlias ? ALIAS_PROPAGATION_MS : IAM_PROPAGATION_MS;
    return new AccessDeniedError(keyAccessDenied({ ...key, hint: accessDeniedHint }) + words, propagationMs);
  }
  return new DeploymentError((problem === 'disabled' ? keyDisabled(key) : keyNotFound({ ...key, region: aws.region })) + words);
}

/** The account's default key for EBS in this Region: an ARN, or `alias/aws/ebs`. */
export async function defaultKey(aws: AwsClients, prop: 'encryptionKey' | 'sourceEncryptionKeys'): Promise<KeyReference> {
  const { KmsKeyId } = await aws.ec2.send(new GetEbsDefaultKmsKeyIdCommand({}));
  if (!KmsKeyId) {
    throw new NotReady(defaultKeyUnknown());
  }
  return defaultKeyReference(KmsKeyId, prop);
}

export function defaultKeyReference(id: string, prop: 'encryptionKey' | 'sourceEncryptionKeys'): KeyReference {
  return { id, label: DEFAULT_KEY_LABEL, accessDeniedHint: defaultKeyHint({ arn: id, prop }) };
}

export async function isEncryptedByDefault(aws: AwsClients): Promise<boolean> {
  const { EbsEncryptionByDefault } = await aws.ec2.send(new GetEbsEncryptionByDefaultCommand({}));
  return EbsEncryptionByDefault === true;
}

async function describeKey(aws: AwsClients, { id, label, accessDeniedHint, isByAlias }: KeyReference): Promise<KeyMetadata> {
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
      const ownHint = isByAlias ? `${aliasMayBeNew()} ${accessDeniedHint}` : accessDeniedHint;
      const hint = explainPolicyDenial(error) ?? ownHint;
      throw new AccessDeniedError(keyAccessDenied({ label, arn: id, hint }) + awsWords('KMS', error), isByAlias ? ALIAS_PROPAGATION_MS : IAM_PROPAGATION_MS);
    }
    throw error;
  }
}

/** These keys without those that AWS manages, which anyone in their account can use through EC2. */
export async function withoutAwsManagedKeys(aws: AwsClients, arns: readonly string[]): Promise<string[]> {
  const keys = await Promise.all([...new Set(arns)].map(async id => ({ id, manager: await describeManager(aws, id) })));
  return keys.flatMap(({ id, manager }) => manager === 'AWS' ? [] : [id]);
}

/** None if the handler role is not allowed to describe the key. */
async function describeManager(aws: AwsClients, id: string): Promise<string | undefined> {
  try {
    return (await describeKey(aws, { id, label: '', accessDeniedHint: '' })).KeyManager;
  } catch {
    return undefined;
  }
}
