import { CopyImageCommand, CopyImageCommandInput, Image, Snapshot } from '@aws-sdk/client-ec2';
import { describeCompletionTarget } from './check-completion-duration';
import { destinationOf } from './check-copy-destination';
import { CopyRequest, descriptionOf, sourceRegionClientsOf } from './copy-request';
import { explainFailedCopy, explainRefusedCopy } from './explain-copy-failure';
import { copyAccepted, copyDisappeared, copyPending, copyStarted, noImageIdReturned, tooManyCopiedTags } from './messages';
import { isOwnCopy } from './own-copies';
import { checkedKey, preflight, checkSourceForCopy } from './preflight-copy';
import { findCopyInListing, findSnapshotsOfCopy, recordCapacityRefusal, throwIfAtCopyLimit } from './shared-polling';
import { verifyCopy } from './verify-copy';
import { EncryptedAmiCopyAttributes, MAX_USER_TAGS, RESERVED_TAG_PREFIX, Tag } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { explainRefusedKey } from '../ami/keys/check-key';
import { KeyReference } from '../ami/keys/key-reference';
import { imageNotOfRequest } from '../ami/messages';
import { secondsUntilDone, secondsUntilRegistered } from '../ami/snapshot-progress';
import { rememberSource } from '../ami/source-in-memory';
import { tagSpecifications } from '../ami/tag-specifications';
import { updateInPlace, tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, isTransient } from '../aws/error-codes';
import { findImage, ownerTagOf } from '../aws/find-images';
import { AmiDisappeared, DeploymentError, NotReady } from '../outcomes';
import { imageNameOf } from '../request/image-request';
import { isGoneForGood, rememberImage } from '../request/memory';
import { clientToken } from '../request/physical-id';

/**
 * For so long, in milliseconds, a request does not list what an earlier attempt of it may have started, because CopyImage returns that for its client
 * token; nor does it retry throttled calls. 400 copies that start at once would only throttle each other.
 */
const FIRST_ATTEMPT_MS = 10_000;
/** No copy completes sooner. */
const FIRST_WAIT_SECONDS = 10;
const MAX_TIME_WITHOUT_IMAGE_MS = 110_000;

/**
 * Takes the next step of a copy: reads what exists, and continues from there. Returns the attributes when the copy is available and verified; throws
 * `NotReady` when more steps are needed, and `DeploymentError` when the copy is not possible.
 */
export async function reconcileCopy(aws: AwsClients, request: CopyRequest): Promise<EncryptedAmiCopyAttributes> {
  const { isNewImage, memory, startedAt } = request;
  const started = memory.ids?.copy;
  const isFirstAttempt = isNewImage && started === undefined && !memory.hasGaps && aws.now() - startedAt < FIRST_ATTEMPT_MS;
  const snapshots = isNewImage ? await waitForSnapshots(aws, request) : undefined;
  const listed = isFirstAttempt ? undefined : await findCopyInListing(aws, request);
  const image = listed ?? (started === undefined ? undefined : await findStartedCopy(aws, request, started));
  if (!image && !isNewImage) {
    throw new AmiDisappeared();
  }
  const copy = image ?? await startCopy(aws, request, isFirstAttempt);
  switch (copy.State) {
    case 'available':
    case 'disabled':
      await updateInPlace(
        aws, request, copy, descriptionOf(request.properties), isNewImage ? await verifyCopy(aws, request, copy) : undefined,
      );
      return { ...attributesOf(copy), CompletionDurationMet: request.properties.CompletionDurationMinutes === undefined ? '' : await describeCompletionTarget(aws, copy) };
    case 'pending':
    case 'transient':
      throw new NotReady(
        copyPending({ imageId: copy.ImageId, state: copy.State }),
        secondsUntilRegistered(memory, aws.now())
          ?? secondsUntilDone(memory, snapshots ?? await findSnapshotsOfCopy(aws, request), request.startedAt, aws.now()),
      );
    default:
      throw await explainFailedCopy(aws, request, copy);
  }
}

/**
 * As long as EC2 makes progress with the snapshots, the image has nothing new to say. It is read now and then all the same, because somebody can
 * deregister it.
 */
async function waitForSnapshots(aws: AwsClients, request: CopyRequest): Promise<Snapshot[] | undefined> {
  const { memory, startedAt } = request;
  const { copy } = memory.ids ?? {};
  if (copy === undefined || memory.progress === undefined || memory.progress.isComplete
    || aws.now() - (memory.imagesReadAt ?? -Infinity) > MAX_TIME_WITHOUT_IMAGE_MS) {
    return undefined;
  }
  const snapshots = await findSnapshotsOfCopy(aws, request);
  const { percents } = memory.progress;
  const seconds = secondsUntilDone(memory, snapshots, startedAt, aws.now());
  if (memory.progress.percents > percents && snapshots.every(({ State, Progress }) => State === 'pending' && Progress !== '100%')) {
    throw new NotReady(copyPending({ imageId: copy, state: 'pending' }), seconds);
  }
  return snapshots;
}

/** All checks are done before anything is created. */
async function startCopy(aws: AwsClients, request: CopyRequest, isFirstAttempt: boolean): Promise<Image> {
  const { memory, properties } = request;
  const known = checkedKey(aws, request);
  if (memory.source?.image.ImageId === properties.SourceImageId && known && !properties.CopySourceTags) {
    // checked in an earlier step, whose CopyImage was throttled: four hundred copies that check all of it again only throttle each other
    await request.throwIfCanceled();
    return copyImage(aws, request, memory.source.image, known, isFirstAttempt);
  }
  const source = await checkSourceForCopy(isFirstAttempt ? aws.withoutRetries() : aws, request, request.startedAt);
  const key = await preflight(aws, request, source);
  checkNumberOfTags(request, source.image);
  await rememberSource(sourceRegionClientsOf(aws, request.properties), request, source);
  await request.throwIfCanceled();
  return copyImage(aws, request, source.image, key, isFirstAttempt);
}

/**
 * The copy that EC2 has accepted, by its id: a failed image may have lost its tags. "InvalidAMIID.NotFound" is the answer for the first seconds of a
 * new image, and for good if somebody has deregistered it.
 */
async function findStartedCopy(aws: AwsClients, request: CopyRequest, imageId: string): Promise<Image> {
  const image = await findImage(aws, imageId);
  if (image && (image.State === 'failed' || isOwnCopy(aws, request, image))) {
    request.memory.missing = undefined;
    return image;
  }
  if (isGoneForGood(request.memory, aws.now())) {
    if (image && ownerTagOf(image) === request.owner && image.SourceImageId !== request.properties.SourceImageId) {
      throw new DeploymentError(imageNotOfRequest({ imageId, found: image.SourceImageId, expected: request.properties.SourceImageId }));
    }
    throw new DeploymentError(copyDisappeared({ imageId, sourceId: request.properties.SourceImageId }));
  }
  throw new NotReady(copyAccepted({ imageId }), true);
}

/** With a key, EC2 encrypts every snapshot with it. */
async function copyImage(
  aws: AwsClients, request: CopyRequest, source: Image, key: KeyReference | undefined, isFirstAttempt: boolean,
): Promise<Image> {
  const { properties, owner } = request;
  const tags = tagsOf(request);
  const input: CopyImageCommandInput = {
    SourceImageId: properties.SourceImageId,
    SourceRegion: properties.SourceRegion ?? aws.region,
    SnapshotCopyCompletionDurationMinutes: properties.CompletionDurationMinutes,
    ...destinationOf(properties),
    Name: imageNameOf(request),
    Description: descriptionOf(properties),
    ClientToken: clientToken(owner, request.requestId),
    TagSpecifications: [
      ...tagSpecifications(properties.CopySourceTags ? withSourceTags(tags, source) : tags, 'image'), ...tagSpecifications(tags, 'snapshot'),
    ],
    // both or neither: with Encrypted alone, a snapshot that is already encrypted keeps its key
    ...key ? { Encrypted: true, KmsKeyId: key.id } : {},
  };
  throwIfAtCopyLimit(aws);
  let imageId: string | undefined;
  try {
    imageId = (await aws.ec2.send(new CopyImageCommand(input))).ImageId;
  } catch (error) {
    if (hasErrorCode(error, ['ResourceLimitExceeded']) && isTransient(error)) {
      recordCapacityRefusal(aws);
    }
    const { account, properties: { SourceRegion = aws.region, SourceEncryptionKeyArns: declaredKeyArns = [] } } = request;
    const reader = { account, regions: [SourceRegion, aws.region], declaredKeyArns };
    throw isTransient(error) ? error : explainRefusedKey(aws, error, key ? [key] : [], reader) ?? explainRefusedCopy(request, error);
  }
  if (!imageId) {
    throw new NotReady(noImageIdReturned());
  }
  rememberImage(request.memory, { copy: imageId });
  if (isFirstAttempt) {
    throw new NotReady(copyStarted({ imageId }), FIRST_WAIT_SECONDS);
  }
  return findStartedCopy(aws, request, imageId);
}

/** Later, the AMI gets more tags of the library. */
function checkNumberOfTags({ properties }: CopyRequest, source: Image): void {
  const { Tags = [], CopySourceTags } = properties;
  const copied = CopySourceTags ? withSourceTags(Tags, source).length - Tags.length : 0;
  if (copied > 0 && Tags.length + copied > MAX_USER_TAGS) {
    throw new DeploymentError(tooManyCopiedTags({ sourceId: source.ImageId, own: Tags.length, copied, max: MAX_USER_TAGS }));
  }
}

/** CopyImageTags would copy the tags of the library too, if the source is an AMI of this library. Tags with the prefix `aws:` are AWS's. */
function withSourceTags(tags: readonly Tag[], source: Image): Tag[] {
  const copied = (source.Tags ?? []).flatMap(({ Key, Value }) =>
    Key === undefined || /^aws:/i.test(Key) || Key.startsWith(RESERVED_TAG_PREFIX) || tags.some(tag => tag.Key === Key) ? [] : [{ Key, Value: Value ?? '' }]);
  return [...tags, ...copied];
}
