import { CopyImageCommand, CopyImageCommandInput, Image } from '@aws-sdk/client-ec2';
import { completionOf } from './check-completion-duration';
import { destinationOf } from './check-copy-destination';
import { CopyRequest, descriptionOf } from './copy-request';
import { explainFailedCopy, explainRefusedCopy, lostWithoutTrace } from './explain-copy-failure';
import { preflight, sourceOf } from './preflight-copy';
import { findCopy, findSnapshotsOfCopy, noteRefusal } from './shared-polling';
import { verifyCopy } from './verify-copy';
import { EncryptedAmiCopyAttributes } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { explainRefusedKey, KeyReference } from '../ami/check-key';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { keep, tagsOf } from '../ami/update-in-place';
import { Aws } from '../aws/clients';
import { is, isTransient } from '../aws/error-codes';
import { findFailedImages, findImage, ownerTagOf } from '../aws/find-images';
import { Failure, NotYet } from '../outcomes';
import { imageNameOf } from '../request/image-request';
import { tokenOf } from '../request/physical-id';

/**
 * For so long, in milliseconds, a request does not look for what an earlier attempt of it may have started, because its client token leads there
 * all the same; nor does it insist on what EC2 throttles. Four hundred copies that begin at once would only keep each other from it.
 */
const FRESH = 10_000;
/** No copy is done sooner. */
const FIRST_LOOK_SECONDS = 10;

/**
 * Takes the next step towards the copy, whatever was done before: looks at what exists, and goes on from there. Ends with the
 * attributes when the copy is there and proven, with `NotYet` when there is more to do, with `Failure` when it cannot be.
 */
export async function advanceCopy(aws: Aws, request: CopyRequest): Promise<EncryptedAmiCopyAttributes> {
  const fresh = request.making && request.memory.copyStarted !== true && aws.now() - request.startedAt < FRESH;
  const image = fresh ? undefined : await findCopy(aws, request);
  if (!image && !request.making) {
    throw new Failure(
      'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: change `contentVersion` (or ' +
      'whatever else it is made of) to have it made anew',
    );
  }
  const copy = image ?? await start(aws, request, fresh);
  switch (copy.State) {
    case 'available':
    case 'disabled':
      await keep(aws, request, copy, descriptionOf(request.properties), request.making ? await verifyCopy(aws, request, copy) : undefined);
      return { ...attributesOf(copy), CompletionDurationMet: request.properties.CompletionDurationMinutes === undefined ? '' : await completionOf(aws, copy) };
    case 'pending':
    case 'transient':
      throw new NotYet(`the copy ${copy.ImageId} is ${copy.State}`, secondsUntilDone(request.memory, await findSnapshotsOfCopy(aws, request), request.startedAt, aws.now()));
    default:
      throw await explainFailedCopy(aws, request, copy);
  }
}

/** Everything that can be refused is refused before anything is made. */
async function start(aws: Aws, request: CopyRequest, fresh: boolean): Promise<Image> {
  if (!fresh) {
    await checkNotStartedBefore(aws, request);
  }
  const key = await preflight(aws, request, await sourceOf(fresh ? aws.once() : aws, request, request.startedAt));
  await request.checkWanted();
  return copyImage(aws, request, key, fresh);
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
async function copyImage(aws: Aws, request: CopyRequest, key: KeyReference | undefined, fresh: boolean): Promise<Image> {
  const { properties, owner } = request;
  const tags = tagsOf(request);
  const input: CopyImageCommandInput = {
    SourceImageId: properties.SourceImageId,
    SourceRegion: properties.SourceRegion ?? aws.region,
    SnapshotCopyCompletionDurationMinutes: properties.CompletionDurationMinutes,
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
    throw isTransient(error) ? error : explainRefusedKey(aws, error, key ? [key] : []) ?? explainRefusedCopy(request, error);
  }
  if (!imageId) {
    throw new NotYet('EC2 did not say which image it started to make');
  }
  request.memory.copyStarted = true;
  if (fresh) {
    throw new NotYet(`EC2 has started the copy ${imageId}`, FIRST_LOOK_SECONDS);
  }
  // By its id: an image that failed may not be found by its tags.
  const image = await findImage(aws, imageId);
  if (!image) {
    // "InvalidAMIID.NotFound" for the first seconds of a new image; for good, if the token led to one that is gone
    throw new NotYet(lostWithoutTrace(imageId));
  }
  return image;
}
