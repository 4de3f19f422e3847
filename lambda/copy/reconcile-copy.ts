import { CopyImageCommand, CopyImageCommandInput, Image } from '@aws-sdk/client-ec2';
import { describeCompletionTarget } from './check-completion-duration';
import { destinationOf } from './check-copy-destination';
import { CopyRequest, descriptionOf } from './copy-request';
import { explainFailedCopy, explainRefusedCopy, acceptedButNotVisible } from './explain-copy-failure';
import { preflight, checkSourceForCopy } from './preflight-copy';
import { findCopyInListing, findSnapshotsOfCopy, recordCapacityRefusal } from './shared-polling';
import { verifyCopy } from './verify-copy';
import { EncryptedAmiCopyAttributes } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { explainRefusedKey, KeyReference } from '../ami/check-key';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { updateInPlace, tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, isTransient } from '../aws/error-codes';
import { findFailedImages, findImage, ownerTagOf } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';
import { imageNameOf } from '../request/image-request';
import { clientToken } from '../request/physical-id';

/**
 * For so long, in milliseconds, a request does not look for what an earlier attempt of it may have started, because its client token leads there
 * all the same; nor does it insist on what EC2 throttles. Four hundred copies that begin at once would only keep each other from it.
 */
const FIRST_ATTEMPT_MS = 10_000;
/** No copy is done sooner. */
const FIRST_WAIT_SECONDS = 10;

/**
 * Takes the next step towards the copy, whatever was done before: looks at what exists, and goes on from there. Ends with the
 * attributes when the copy is there and proven, with `NotReady` when there is more to do, with `DeploymentError` when it cannot be.
 */
export async function reconcileCopy(aws: AwsClients, request: CopyRequest): Promise<EncryptedAmiCopyAttributes> {
  const isFirstAttempt = request.isNewImage && request.memory.copyStarted !== true && aws.now() - request.startedAt < FIRST_ATTEMPT_MS;
  const image = isFirstAttempt ? undefined : await findCopyInListing(aws, request);
  if (!image && !request.isNewImage) {
    throw new DeploymentError(
      'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: change `contentVersion` (or ' +
      'whatever else it is made of) to have it made anew',
    );
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
      throw new NotReady(`the copy ${copy.ImageId} is ${copy.State}`, secondsUntilDone(request.memory, await findSnapshotsOfCopy(aws, request), request.startedAt, aws.now()));
    default:
      throw await explainFailedCopy(aws, request, copy);
  }
}

/** Everything that can be refused is refused before anything is made. */
async function startCopy(aws: AwsClients, request: CopyRequest, isFirstAttempt: boolean): Promise<Image> {
  if (!isFirstAttempt) {
    await throwIfEarlierAttemptFailed(aws, request);
  }
  const key = await preflight(aws, request, await checkSourceForCopy(isFirstAttempt ? aws.withoutRetries() : aws, request, request.startedAt));
  await request.throwIfCanceled();
  return copyImage(aws, request, key, isFirstAttempt);
}

/**
 * It is not documented whether a failed image keeps its tags, nor whether a client token still leads to it. Should both be lost, the
 * copy would be started, and fail, again and again.
 */
async function throwIfEarlierAttemptFailed(aws: AwsClients, request: CopyRequest): Promise<void> {
  const failed = (await findFailedImages(aws)).find(image => image.SourceImageId === request.properties.SourceImageId
    && ownerTagOf(image) === undefined && Date.parse(image.CreationDate ?? '') >= request.startedAt);
  if (failed) {
    throw await explainFailedCopy(aws, request, failed);
  }
}

/** With a key, every snapshot comes out under it. */
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
    // Both or neither: Encrypted alone leaves a source that is already encrypted under its old key.
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
    throw new NotReady('EC2 did not say which image it started to make');
  }
  request.memory.copyStarted = true;
  if (isFirstAttempt) {
    throw new NotReady(`EC2 has started the copy ${imageId}`, FIRST_WAIT_SECONDS);
  }
  // By its id: an image that failed may not be found by its tags.
  const image = await findImage(aws, imageId);
  if (!image) {
    // "InvalidAMIID.NotFound" for the first seconds of a new image; for good, if the token led to one that is gone
    throw new NotReady(acceptedButNotVisible(imageId));
  }
  return image;
}
