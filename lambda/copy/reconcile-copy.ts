import { CopyImageCommand, CopyImageCommandInput, Image } from '@aws-sdk/client-ec2';
import { describeCompletionTarget } from './check-completion-duration';
import { destinationOf } from './check-copy-destination';
import { CopyRequest, descriptionOf } from './copy-request';
import { explainFailedCopy, explainRefusedCopy } from './explain-copy-failure';
import { copyAccepted, copyPending, copyStarted, noImageIdReturned } from './messages';
import { preflight, checkSourceForCopy } from './preflight-copy';
import { findCopyInListing, findSnapshotsOfCopy, recordCapacityRefusal } from './shared-polling';
import { verifyCopy } from './verify-copy';
import { EncryptedAmiCopyAttributes } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { explainRefusedKey } from '../ami/check-key';
import { KeyReference } from '../ami/key-reference';
import { deregisteredOutsideCloudFormation } from '../ami/messages';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { updateInPlace, tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, isTransient } from '../aws/error-codes';
import { findFailedImages, findImage, ownerTagOf } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';
import { imageNameOf } from '../request/image-request';
import { clientToken } from '../request/physical-id';

/**
 * For so long, in milliseconds, a request does not list what an earlier attempt of it may have started, because CopyImage returns that for its client
 * token; nor does it retry throttled calls. 400 copies that start at once would only throttle each other.
 */
const FIRST_ATTEMPT_MS = 10_000;
/** No copy completes sooner. */
const FIRST_WAIT_SECONDS = 10;

/**
 * Takes the next step of a copy: reads what exists, and continues from there. Returns the attributes when the copy is available and verified; throws
 * `NotReady` when more steps are needed, and `DeploymentError` when the copy is not possible.
 */
export async function reconcileCopy(aws: AwsClients, request: CopyRequest): Promise<EncryptedAmiCopyAttributes> {
  const isFirstAttempt = request.isNewImage && request.memory.copyStarted !== true && aws.now() - request.startedAt < FIRST_ATTEMPT_MS;
  const image = isFirstAttempt ? undefined : await findCopyInListing(aws, request);
  if (!image && !request.isNewImage) {
    throw new DeploymentError(deregisteredOutsideCloudFormation());
  }
  const copy = image ?? await startCopy(aws, request, isFirstAttempt);
  switch (copy.State) {
    case 'available':
    case 'disabled':
      await updateInPlace(
        aws, request, copy, descriptionOf(request.properties), request.isNewImage ? await verifyCopy(aws, request, copy) : undefined,
      );
      return { ...attributesOf(copy), CompletionDurationMet: request.properties.CompletionDurationMinutes === undefined ? '' : await describeCompletionTarget(aws, copy) };
    case 'pending':
    case 'transient':
      throw new NotReady(
        copyPending({ imageId: copy.ImageId, state: copy.State }),
        secondsUntilDone(request.memory, await findSnapshotsOfCopy(aws, request), request.startedAt, aws.now()),
      );
    default:
      throw await explainFailedCopy(aws, request, copy);
  }
}

/** All checks are done before anything is created. */
async function startCopy(aws: AwsClients, request: CopyRequest, isFirstAttempt: boolean): Promise<Image> {
  if (!isFirstAttempt) {
    await throwIfEarlierAttemptFailed(aws, request);
  }
  const key = await preflight(aws, request, await checkSourceForCopy(isFirstAttempt ? aws.withoutRetries() : aws, request, request.startedAt));
  await request.throwIfCanceled();
  return copyImage(aws, request, key, isFirstAttempt);
}

/**
 * It is not documented whether a failed image keeps its tags, nor whether CopyImage still returns it for its client token. Without both, the copy would
 * be started, and fail, again and again.
 */
async function throwIfEarlierAttemptFailed(aws: AwsClients, request: CopyRequest): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceImageId === request.properties.SourceImageId
    && ownerTagOf(image) === undefined && Date.parse(image.CreationDate ?? '') >= request.startedAt);
  if (failed) {
    throw await explainFailedCopy(aws, request, failed);
  }
}

/** With a key, EC2 encrypts every snapshot with it. */
async function copyImage(aws: AwsClients, request: CopyRequest, key: KeyReference | undefined, isFirstAttempt: boolean): Promise<Image> {
  const { properties, owner } = request;
  const tags = tagsOf(request);
  const input: CopyImageCommandInput = {
    SourceImageId: properties.SourceImageId,
    SourceRegion: properties.SourceRegion ?? aws.region,
    SnapshotCopyCompletionDurationMinutes: properties.CompletionDurationMinutes,
    ...destinationOf(properties),
    Name: imageNameOf(request),
    Description: descriptionOf(properties),
    ClientToken: clientToken(owner),
    CopyImageTags: properties.CopySourceTags,
    TagSpecifications: [{ ResourceType: 'image', Tags: tags }, { ResourceType: 'snapshot', Tags: tags }],
    // both or neither: with Encrypted alone, a snapshot that is already encrypted keeps its key
    ...key ? { Encrypted: true, KmsKeyId: key.id } : {},
  };
  let imageId: string | undefined;
  try {
    imageId = (await aws.ec2.send(new CopyImageCommand(input))).ImageId;
  } catch (error) {
    if (hasErrorCode(error, ['ResourceLimitExceeded'])) {
      recordCapacityRefusal(aws);
    }
    throw isTransient(error) ? error : explainRefusedKey(aws, error, key ? [key] : []) ?? explainRefusedCopy(request, error);
  }
  if (!imageId) {
    throw new NotReady(noImageIdReturned());
  }
  request.memory.copyStarted = true;
  if (isFirstAttempt) {
    throw new NotReady(copyStarted({ imageId }), FIRST_WAIT_SECONDS);
  }
  // by its ID: an image that failed may not be found by its tags
  const image = await findImage(aws, imageId);
  if (!image) {
    // "InvalidAMIID.NotFound" for the first seconds of a new image; always, if the client token belongs to a deregistered one
    throw new NotReady(copyAccepted({ imageId }));
  }
  return image;
}
