import { CopyImageCommand, CopyImageCommandInput, Image } from '@aws-sdk/client-ec2';
import { CopyEncryption, EncryptedAmiCopyAttributes, EncryptedAmiCopyProperties } from '../../src/contract';
import { Aws } from '../aws';
import { checkCompletion, completionOf } from './completion';
import { checkDestination, destinationOf } from './destination';
import { explainFailedCopy, explainRefusedCopy, lostWithoutTrace } from './explain';
import { is, isTransient } from '../errors';
import { Failure, NotYet } from '../failure';
import { tokenOf } from '../identity';
import { findFailedImages, findImage, ownerTagOf } from '../images';
import { attributesOf, keep, tagsOf } from '../keep';
import { checkKey, defaultKey, KeyReference } from '../keys';
import { checkName } from '../name';
import { allUnderDefaultKey, Circumstances, keyIfNeeded } from '../preserved';
import { imageNameOf, ImageRequest } from '../request';
import { checkSource, checkSourceKeys, Source } from '../source';
import { findCopy, noteRefusal } from './together';
import { verifyCopy } from './verify';

/**
 * For so long, in milliseconds, a request does not look for what an earlier attempt of it may have started, because its client token leads there
 * all the same; nor does it insist on what EC2 throttles. Four hundred copies that begin at once would only keep each other from it.
 */
const FRESH = 10_000;

export type CopyRequest = ImageRequest<EncryptedAmiCopyProperties>;

/**
 * Takes the next step towards the copy, whatever was done before: looks at what exists, and goes on from there. Ends with the
 * attributes when the copy is there and proven, with `NotYet` when there is more to do, with `Failure` when it cannot be.
 */
export async function advanceCopy(aws: Aws, request: CopyRequest): Promise<EncryptedAmiCopyAttributes> {
  const fresh = request.making && aws.now() - request.startedAt < FRESH;
  const image = fresh ? undefined : await findCopy(aws, request);
  if (!image && !request.making) {
    throw new Failure(
      'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: give it another imageName (or change ' +
      'whatever else it is made of) to have it made anew',
    );
  }
  const copy = image ?? await start(aws, request, fresh);
  switch (copy.State) {
    case 'available':
    case 'disabled':
      await keep(aws, request, copy, descriptionOf(request.properties), request.making ? await verifyCopy(aws, request, copy) : undefined);
      return { ...attributesOf(copy), CompletionTargetMet: request.properties.CompletionMinutes === undefined ? '' : await completionOf(aws, copy) };
    case 'pending':
    case 'transient':
      throw new NotYet(`the copy ${copy.ImageId} is ${copy.State}`);
    default:
      throw await explainFailedCopy(aws, request, copy);
  }
}

/** The key that every snapshot is to come out under; none if each keeps its own. */
export async function destinationKey(aws: Aws, properties: EncryptedAmiCopyProperties): Promise<KeyReference | undefined> {
  switch (properties.Encryption) {
    case CopyEncryption.KEY:
      return {
        id: properties.KeyArn!,
        role: 'encryptionKey',
        cureIfDenied: 'the policy of the key must allow this account, or the handler\'s role, to use it',
      };
    case CopyEncryption.DEFAULT_KEY:
      return defaultKey(aws, 'encryptionKey');
    case CopyEncryption.PRESERVE:
      return undefined;
  }
}

/** Whether the source is in another Region than its copy. */
export function isElsewhere(aws: Aws, { SourceRegion }: EncryptedAmiCopyProperties): boolean {
  return SourceRegion !== undefined && SourceRegion !== aws.region;
}

/** What decides what becomes of snapshots that are to keep their encryption. */
export function circumstancesOf(aws: Aws, properties: EncryptedAmiCopyProperties): Circumstances {
  return { elsewhere: isElsewhere(aws, properties), mayBeEncrypted: properties.LocalZone !== undefined };
}

/** The AWS that the source is in. */
export function sourceAwsOf(aws: Aws, { SourceRegion }: EncryptedAmiCopyProperties): Aws {
  return SourceRegion === undefined ? aws : aws.in(SourceRegion);
}

/** The source, with keys that can be used, and with a way to where the copy goes. */
export async function sourceOf(aws: Aws, request: CopyRequest): Promise<Source> {
  const { properties, account } = request;
  const there = sourceAwsOf(aws, properties);
  const source = await checkSource(there, properties.SourceImageId, { instanceStore: properties.Encryption === CopyEncryption.PRESERVE });
  await checkDestination(aws, properties, source);
  checkBucket(properties, source);
  await checkSourceKeys(there, source, account, properties.SourceKeyArns);
  return source;
}

/** What is backed by S3 is copied by EC2 in the name of the handler, which needs to know the bucket. */
function checkBucket(properties: EncryptedAmiCopyProperties, { image }: Source): void {
  if (image.RootDeviceType === 'instance-store' && !properties.S3Backed) {
    throw new Failure(
      `the source image ${image.ImageId} is backed by S3, and the handler may not read the bucket that it is in (${image.ImageLocation?.split('/')[0]}): pass the bucket as sourceBucket`,
    );
  }
}

/** Everything that can be refused is refused before anything is made. */
async function start(aws: Aws, request: CopyRequest, fresh: boolean): Promise<Image> {
  if (!fresh) {
    await checkNotStartedBefore(aws, request);
  }
  const { properties } = request;
  const source = await sourceOf(fresh ? { ...aws, ec2: aws.ec2Once } : aws, request);
  checkCompletion(properties, source);
  const elsewhere = isElsewhere(aws, properties);
  const key = await destinationKey(aws, properties) ?? await keyIfNeeded(aws, request.account, source.devices, circumstancesOf(aws, properties));
  if (key) {
    await checkKey(aws, key);
  }
  await checkName(aws, request);
  await request.checkWanted();
  const named = properties.Encryption !== CopyEncryption.PRESERVE || elsewhere && await allUnderDefaultKey(aws, source.devices);
  return copyImage(aws, request, named ? key : undefined);
}

/**
 * It is not documented whether a failed image keeps its tags, nor whether a client token still leads to it. Should both be lost, the
 * copy would be started, and fail, again and again.
 */
async function checkNotStartedBefore(aws: Aws, request: CopyRequest): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceImageId === request.properties.SourceImageId
    && ownerTagOf(image) === undefined && Date.parse(image.CreationDate ?? '') >= request.startedAt);
  if (failed) {
    throw await explainFailedCopy(aws, request, failed);
  }
}

/** With a key, every snapshot comes out under it. */
async function copyImage(aws: Aws, request: CopyRequest, key: KeyReference | undefined): Promise<Image> {
  const { properties, owner } = request;
  const tags = tagsOf(request);
  const input: CopyImageCommandInput = {
    SourceImageId: properties.SourceImageId,
    SourceRegion: properties.SourceRegion ?? aws.region,
    SnapshotCopyCompletionDurationMinutes: properties.CompletionMinutes,
    ...destinationOf(properties),
    Name: imageNameOf(request),
    Description: descriptionOf(properties),
    ClientToken: tokenOf(owner),
    CopyImageTags: properties.CopySourceTags,
    TagSpecifications: [{ ResourceType: 'image', Tags: tags }, { ResourceType: 'snapshot', Tags: tags }],
    // Both or neither: Encrypted alone leaves a source that is already encrypted under its old key.
    ...key ? { Encrypted: true, KmsKeyId: key.id } : {},
  };
  let imageId: string | undefined;
  try {
    imageId = (await aws.ec2.send(new CopyImageCommand(input))).ImageId;
  } catch (error) {
    if (is(error, ['ResourceLimitExceeded'])) {
      noteRefusal(aws);
    }
    throw isTransient(error) ? error : explainRefusedCopy(request, error);
  }
  if (!imageId) {
    throw new NotYet('EC2 did not say which image it started to make');
  }
  // By its id: an image that failed may not be found by its tags.
  const image = await findImage(aws, imageId);
  if (!image) {
    // "InvalidAMIID.NotFound" for the first seconds of a new image; for good, if the token led to one that is gone
    throw new NotYet(lostWithoutTrace(imageId));
  }
  return image;
}

/** What the description says if the user says nothing. */
export function descriptionOf(properties: EncryptedAmiCopyProperties): string {
  return properties.Description ?? `Encrypted copy of ${properties.SourceImageId}`;
}
