import { checkCompletion } from './check-completion-duration';
import { checkDestination } from './check-copy-destination';
import { circumstancesOf, CopyRequest, isElsewhere, sourceAwsOf } from './copy-request';
import { CopyEncryption, EncryptedAmiCopyProperties } from '../../src/contract';
import { checkName } from '../ami/check-image-name';
import { checkKey, defaultKey, KeyReference } from '../ami/check-key';
import { checkSource, checkSourceKeys, Source } from '../ami/describe-source-image';
import { allUnderDefaultKey, keyIfNeeded } from '../ami/preserved-encryption';
import { Aws } from '../aws/clients';
import { Failure } from '../outcomes';

/** Refuses what EC2 would refuse, or would take and fail later. Returns the key that EC2 is to be told, if any. */
export async function preflight(aws: Aws, request: CopyRequest, source: Source): Promise<KeyReference | undefined> {
  const { properties, account } = request;
  checkCompletion(properties, source);
  const key = await destinationKey(aws, properties) ?? await keyIfNeeded(aws, account, source.devices, circumstancesOf(aws, properties));
  if (key) {
    await checkKey(aws, key);
  }
  await checkName(aws, request);
  const named = properties.Encryption !== CopyEncryption.PRESERVE || isElsewhere(aws, properties) && await allUnderDefaultKey(aws, source.devices);
  return named ? key : undefined;
}

/** The key that every snapshot is to come out under; none if each keeps its own. */
export async function destinationKey(aws: Aws, properties: EncryptedAmiCopyProperties): Promise<KeyReference | undefined> {
  switch (properties.Encryption) {
    case CopyEncryption.KEY:
      return {
        id: properties.EncryptionKeyArn!,
        role: 'encryptionKey',
        cureIfDenied: 'the policy of the key must allow this account, or the handler\'s role, to use it',
      };
    case CopyEncryption.DEFAULT_KEY:
      return defaultKey(aws, 'encryptionKey');
    case CopyEncryption.PRESERVE:
      return undefined;
  }
}

/** The source, with keys that can be used, and with a way to where the copy goes. Also asked after a failure, without `startedAt`. */
export async function sourceOf(aws: Aws, request: CopyRequest, startedAt?: number): Promise<Source> {
  const { properties, account } = request;
  const there = sourceAwsOf(aws, properties);
  const source = await checkSource(there, properties.SourceImageId, { instanceStore: properties.Encryption === CopyEncryption.PRESERVE });
  await checkDestination(aws, properties, source);
  checkBucket(properties, source);
  await checkSourceKeys(there, source, { account, given: properties.SourceEncryptionKeyArns ?? [], startedAt });
  return source;
}

/** What is backed by S3 is copied by EC2 in the name of the handler, which needs to know the bucket. */
function checkBucket(properties: EncryptedAmiCopyProperties, { image }: Source): void {
  if (image.RootDeviceType === 'instance-store' && properties.SourceBucketName === undefined) {
    throw new Failure(
      `the source image ${image.ImageId} is backed by S3, and the handler may not read the bucket that it is in (${image.ImageLocation?.split('/')[0]}): pass the bucket as sourceBucket`,
    );
  }
}
