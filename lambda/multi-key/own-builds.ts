import { Image } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from './device-plan';
import { imageAccepted, imageDisappeared } from './messages';
import { findOwnBuilders } from './with-instance/own-builders';
import { AmiBuildMethod } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, mayHaveHappened } from '../aws/error-codes';
import { devicesOf, findTaggedImages } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';
import { isOwnFailedImage, isOwnImage } from '../ownership/own-images';
import { findOwnSnapshots } from '../ownership/own-snapshots';
import { isSealed } from '../ownership/seal';
import { imageNameOf } from '../request/image-request';
import { doubt, isGoneForGood, isKnownImage, rememberImage } from '../request/memory';

/**
 * The AMI of a build: it has the name of this request, and was created from a builder of ours, or registered from snapshots of ours. AWS Backup's AMI of
 * our builder has another name. When the builder is not to be seen any more, the seal decides.
 */
export async function findOwnBuilds(aws: AwsClients, request: MultiKeyRequest): Promise<Image[]> {
  const { isNewImage, memory } = request;
  if (isNewImage && memory.ids?.image === undefined && memory.hasGaps !== true) {
    // not asked for yet: most steps of a build wait for an instance or a volume
    return [];
  }
  const candidates = (await findTaggedImages(aws, request.owner)).filter(({ State }) => State !== 'deregistered');
  const own = await Promise.all(candidates.map(async image => {
    const isMade = isOwnImage(request, image, () => false) || await wasMadeByRequest(aws, request, image);
    return isOwnImage(request, image, () => isMade) ? [image] : [];
  }));
  return own.flat();
}

async function wasMadeByRequest(aws: AwsClients, request: MultiKeyRequest, image: Image): Promise<boolean> {
  const { properties, attemptId, isDelete } = request;
  const isNamed = image.Name === imageNameOf(request) || isDelete && properties.ImageName === undefined && image.Name?.endsWith(`-${attemptId}`) === true;
  if (isNamed && isSealed(image, image.ImageId)) {
    return true;
  }
  if (image.SourceInstanceId !== undefined) {
    return (isNamed || isOwnFailedImage(request, image)) && await isBuilder(aws, request, image.SourceInstanceId);
  }
  return isNamed && properties.BuildMethod === AmiBuildMethod.COPY_SNAPSHOTS && await hasOnlyOwnSnapshots(aws, request, image);
}

async function isBuilder(aws: AwsClients, request: MultiKeyRequest, instanceId: string): Promise<boolean> {
  return request.memory.ids?.instances?.includes(instanceId) === true
    || (await findOwnBuilders(aws, request)).some(({ InstanceId }) => InstanceId === instanceId);
}

async function hasOnlyOwnSnapshots(aws: AwsClients, request: MultiKeyRequest, image: Image): Promise<boolean> {
  const known = Object.values(request.memory.ids?.snapshots ?? {});
  const ids = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
  if (ids.length === 0) {
    // others can register such an image: no build does, but EC2 may show the mapping later
    return isKnownImage(request.memory, image.ImageId);
  }
  if (ids.every(id => known.includes(id))) {
    return true;
  }
  const own = (await findOwnSnapshots(aws, request, [])).map(({ SnapshotId }) => SnapshotId);
  return ids.every(id => own.includes(id));
}

/** Throws while EC2 does not show an AMI that it has accepted, so that no other is created. An AMI that is not of this request is not shown as one. */
export function throwIfAccepted(aws: AwsClients, { memory }: MultiKeyRequest): void {
  const imageId = memory.ids?.image;
  if (imageId === undefined) {
    return;
  }
  if (isGoneForGood(memory, aws.now())) {
    throw new DeploymentError(imageDisappeared({ imageId }));
  }
  throw new NotReady(imageAccepted({ imageId }), true);
}

/** EC2 has accepted the AMI. */
export function rememberBuild({ memory }: MultiKeyRequest, imageId: string | undefined): void {
  if (imageId === undefined) {
    memory.hasGaps = true;
  } else {
    rememberImage(memory, { image: imageId });
  }
}

/** The AMI may exist although CreateImage or RegisterImage returned an error: "AMI name … is already in use by AMI ami-…", or no answer at all. */
export function rememberBuildError(aws: AwsClients, { memory }: MultiKeyRequest, error: unknown): void {
  if (hasErrorCode(error, ['InvalidAMIName.Duplicate'])) {
    memory.hasGaps = true;
  } else if (mayHaveHappened(error)) {
    doubt(memory, aws.now());
  }
}
