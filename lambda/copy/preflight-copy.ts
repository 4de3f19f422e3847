import { checkCompletion } from './check-completion-duration';
import { checkDestination } from './check-copy-destination';
import { preserveContextOf, CopyRequest, isCrossRegionCopy, sourceRegionClientsOf } from './copy-request';
import { CopyEncryption, EncryptedAmiCopyProperties } from '../../src/contract';
import { checkImageName } from '../ami/check-image-name';
import { checkKey, defaultKey, KeyReference } from '../ami/check-key';
import { describeSourceImage, checkSourceKeys, SourceImage } from '../ami/describe-source-image';
import { allUseDefaultKey, defaultKeyIfUsed } from '../ami/preserved-encryption';
import { AwsClients } from '../aws/clients';
import { DeploymentError } from '../outcomes';

/** Refuses what EC2 would refuse, or would take and fail later. Returns the key that EC2 is to be told, if any. */
export async function preflight(aws: AwsClients, request: CopyRequest, source: SourceImage): Promise<KeyReference | undefined> {
  const { properties, account } = request;
  checkCompletion(properties, source);
  const key = await destinationKey(aws, properties) ?? await defaultKeyIfUsed(aws, account, source.devices, preserveContextOf(aws, properties));
  if (key) {
    await checkKey(aws, key);
  }
  await checkImageName(aws, request);
  const keyForRequest = properties.Encryption !== CopyEncryption.PRESERVE
    || isCrossRegionCopy(aws, properties) && await allUseDefaultKey(aws, source.devices);
  return keyForRequest ? key : undefined;
}

/** The key that every snapshot is to come out under; none if each keeps its own. */
export async function destinationKey(aws: AwsClients, properties: EncryptedAmiCopyProperties): Promise<KeyReference | undefined> {
  switch (properties.Encryption) {
    case CopyEncryption.KEY:
      return {
        id: properties.EncryptionKeyArn!,
        label: 'encryptionKey',
        accessDeniedHint: 'the policy of the key must allow this account, or the handler\'s role, to use it',
      };
    case CopyEncryption.DEFAULT_KEY:
      return defaultKey(aws, 'encryptionKey');
    case CopyEncryption.PRESERVE:
      return undefined;
  }
}

/** The source, with keys that can be used, and with a way to where the copy goes. Also asked after a failure, without `startedAt`. */
export async function checkSourceForCopy(aws: AwsClients, request: CopyRequest, startedAt?: number): Promise<SourceImage> {
  const { properties, account } = request;
  const sourceRegionClients = sourceRegionClientsOf(aws, properties);
  const instanceStore = properties.Encryption === CopyEncryption.PRESERVE;
  const source = await describeSourceImage(sourceRegionClients, properties.SourceImageId, { instanceStore });
  await checkDestination(aws, properties, source);
  checkBucket(properties, source);
  await checkSourceKeys(sourceRegionClients, source, { account, declaredKeyArns: properties.SourceEncryptionKeyArns ?? [], startedAt });
  return source;
}

/** What is backed by S3 is copied by EC2 in the name of the handler, which needs to know the bucket. */
function checkBucket(properties: EncryptedAmiCopyProperties, { image }: SourceImage): void {
  if (image.RootDeviceType === 'instance-store' && properties.SourceBucketName === undefined) {
    throw new DeploymentError(
      `the source image ${image.ImageId} is backed by S3, and the handler may not read the bucket that it is in (${image.ImageLocation?.split('/')[0]}): pass the bucket as sourceBucket`,
    );
  }
}
