import { warnOfLateCompletion } from './check-completion-duration';
import { checkDestination } from './check-copy-destination';
import { preserveContextOf, CopyRequest, isCrossRegionCopy, sourceRegionClientsOf } from './copy-request';
import { bucketNotPassed, sourceRegionNotEnabled } from './messages';
import { CopyEncryption, EncryptedAmiCopyProperties } from '../../src/contract';
import { sourcePartitionError } from '../../src/contract/partition';
import { checkImageName } from '../ami/check-image-name';
import { describeSourceImage, checkSourceKeys, SourceImage } from '../ami/describe-source-image';
import { explainRefusedCall } from '../ami/explain-refused-call';
import { checkKeyOrContinue, defaultKey, defaultKeyReference } from '../ami/keys/check-key';
import { declaredKey, KeyReference } from '../ami/keys/key-reference';
import { allUseDefaultKey, certainKeysWhenPreserved, defaultKeyIfUsed } from '../ami/keys/preserved-encryption';
import { AwsClients } from '../aws/clients';
import { hasErrorCode } from '../aws/error-codes';
import { DeploymentError } from '../outcomes';
import { checkShareable } from '../sharing/check-shareable';

/** Refuses what EC2 would refuse, or would accept and fail later. Returns the key to pass to CopyImage, if any. */
export async function preflight(aws: AwsClients, request: CopyRequest, source: SourceImage): Promise<KeyReference | undefined> {
  const { properties, account } = request;
  warnOfLateCompletion(properties, source);
  const oneKey = await destinationKey(aws, request);
  const key = oneKey ?? await defaultKeyIfUsed(aws, account, source.devices, preserveContextOf(aws, properties));
  const keyArn = key && await checkKeyOrContinue(aws, key, request.startedAt);
  if (properties.Encryption === CopyEncryption.DEFAULT_KEY) {
    request.memory.defaultKey = { id: key!.id, arn: keyArn! };
  }
  await checkShareable(aws, properties, async () => oneKey
    ? source.devices.map(({ name }) => ({ name, keyId: keyArn }))
    : certainKeysWhenPreserved(aws, account, source.devices, preserveContextOf(aws, properties)));
  await checkImageName(aws, request);
  const keyForRequest = properties.Encryption !== CopyEncryption.PRESERVE
    || isCrossRegionCopy(aws, properties) && await allUseDefaultKey(aws, source.devices);
  return keyForRequest ? key : undefined;
}

/** The key of a copy that has passed all checks in an earlier step, if it needs no call. */
export function checkedKey(aws: AwsClients, { properties, account, memory }: CopyRequest): KeyReference | undefined {
  switch (properties.Encryption) {
    case CopyEncryption.KEY:
      return declaredKey(properties.EncryptionKeyArn!, '`encryptionKey`', { account, regions: [aws.region] });
    case CopyEncryption.DEFAULT_KEY:
      return memory.defaultKey && defaultKeyReference(memory.defaultKey.id, 'encryptionKey');
    case CopyEncryption.PRESERVE:
      return undefined;
  }
}

/** The key that every snapshot must be encrypted with; none if each keeps its own. */
export async function destinationKey(aws: AwsClients, { properties, account }: CopyRequest): Promise<KeyReference | undefined> {
  switch (properties.Encryption) {
    case CopyEncryption.KEY:
      return declaredKey(properties.EncryptionKeyArn!, '`encryptionKey`', { account, regions: [aws.region] });
    case CopyEncryption.DEFAULT_KEY:
      return defaultKey(aws, 'encryptionKey');
    case CopyEncryption.PRESERVE:
      return undefined;
  }
}

/** Describes the source, and checks its keys and that EC2 copies it to the destination. Also called after a failure, without `startedAt`. */
export async function checkSourceForCopy(aws: AwsClients, request: CopyRequest, startedAt?: number): Promise<SourceImage> {
  const { properties, account } = request;
  const sourceRegionClients = sourceRegionClientsOf(aws, properties);
  const instanceStore = properties.Encryption === CopyEncryption.PRESERVE;
  const problem = sourcePartitionError(sourceRegionClients.region, aws.region);
  if (problem !== undefined) {
    throw new DeploymentError(problem);
  }
  const source = await describeSourceImage(sourceRegionClients, account, properties.SourceImageId, { instanceStore })
    .catch(error => { throw isCrossRegionCopy(aws, properties) ? explainRegionFailure(request, sourceRegionClients.region, error) : error; });
  await checkDestination(aws, properties, source);
  checkBucket(properties, source);
  await checkSourceKeys(sourceRegionClients, source, {
    account, regions: [sourceRegionClients.region, aws.region], declaredKeyArns: properties.SourceEncryptionKeyArns ?? [], startedAt,
  });
  return source;
}

/** The first call in the Region of the source: the account may not have enabled the Region, or a policy may deny it. */
function explainRegionFailure({ account, properties: { SourceImageId } }: CopyRequest, region: string, error: unknown): unknown {
  // "AWS was not able to validate the provided access credentials"
  return hasErrorCode(error, ['AuthFailure']) ? new DeploymentError(sourceRegionNotEnabled({ region, account }, error))
    : explainRefusedCall(`describe the source image ${SourceImageId} in ${region}`, error) ?? error;
}

/** EC2 copies an image that is backed by S3 with the permissions of the handler role, which needs the bucket. */
function checkBucket(properties: EncryptedAmiCopyProperties, { image }: SourceImage): void {
  if (image.RootDeviceType === 'instance-store' && properties.SourceBucketName === undefined) {
    throw new DeploymentError(bucketNotPassed({ imageId: image.ImageId, bucket: image.ImageLocation?.split('/')[0] }));
  }
}
