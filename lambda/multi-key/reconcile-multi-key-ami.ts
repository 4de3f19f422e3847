import { Image } from '@aws-sdk/client-ec2';
import { hasEmptyVolumes } from './block-devices';
import { describeBuildSource } from './build-source';
import { MultiKeyRequest, descriptionOf, planDevices } from './device-plan';
import { explainFailedImage } from './explain-build-failure';
import { buildFromSnapshots } from './from-snapshots/build-from-snapshots';
import { imagePending } from './messages';
import { findOwnBuilds } from './own-builds';
import { verifyBuild } from './verify-build';
import { findOwnVolumes } from './volumes/own-volumes';
import { buildWithInstance } from './with-instance/build-with-instance';
import { buildersOf } from './with-instance/builder-resources';
import { findOwnBuilders } from './with-instance/own-builders';
import { ImageAttributes, MultiKeyAmiProperties, AmiBuildMethod } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { imagePhase } from '../ami/image-phase';
import { secondsUntilDone, secondsUntilRegistered } from '../ami/snapshot-progress';
import { updateInPlace } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { findTaggedSnapshots } from '../aws/find-images';
import { deleteOwnedResources } from '../deletion/delete-owned-resources';
import { imagesOf, OwnedResourceType, snapshotsOf, volumesOf } from '../deletion/owned-resources';
import { AmiDisappeared, NotReady, SHORT_WAIT_SECONDS } from '../outcomes';
import { snapshotIdsOf } from '../sharing/places';

/**
 * Takes the next step of a build: reads what exists, and continues from there. Returns the attributes when the AMI is verified and all temporary
 * resources are deleted.
 */
export async function reconcileMultiKeyAmi(aws: AwsClients, request: MultiKeyRequest): Promise<ImageAttributes> {
  const { memory } = request;
  const hasBuilder = request.properties.BuildMethod === AmiBuildMethod.LAUNCH_INSTANCE;
  const isOnlyCleanup = request.isNewImage && hasBuilder && request.memory.verified !== undefined;
  if (isOnlyCleanup) {
    // each of its steps would read the AMI again
    await deleteOwnedResources(aws, request, temporaryResourceTypes(request.properties), SHORT_WAIT_SECONDS);
  }
  const [image] = await findOwnBuilds(aws, request);
  if (!image) {
    if (!request.isNewImage) {
      throw new AmiDisappeared();
    }
    return hasBuilder ? buildWithInstance(aws, request) : buildFromSnapshots(aws, request);
  }
  memory.missing = undefined;
  switch (imagePhase(image)) {
    case 'complete':
      if (request.isNewImage && !(isOnlyCleanup && request.memory.verified === image.ImageId)) {
        await finish(aws, request, image);
      }
      await updateInPlace(aws, request, image, descriptionOf(request.properties));
      return attributesOf(image);
    case 'pending':
      throw new NotReady(
        imagePending({ imageId: image.ImageId, state: image.State }),
        !hasBuilder || (secondsUntilRegistered(memory, aws.now())
          ?? secondsUntilDone(memory, await findTaggedSnapshots(aws, request.owner), request.startedAt, aws.now())),
      );
    case 'failed':
      throw await explainFailedImage(aws, request, image);
  }
}

/** The types of resources that a build can own, in the order of their deletion: an instance first, because it holds its volumes. */
export function ownedResourceTypesOfBuild(properties: MultiKeyAmiProperties): readonly OwnedResourceType<MultiKeyAmiProperties>[] {
  return [imagesOf(findOwnBuilds), ...temporaryResourceTypes(properties), snapshotsOf(findOwnBuilds)];
}

async function finish(aws: AwsClients, request: MultiKeyRequest, image: Image): Promise<void> {
  if (request.memory.verified !== image.ImageId) {
    const source = await describeBuildSource(aws, request);
    await verifyBuild(aws, request, source, planDevices(source, request.properties), image);
    request.memory.verified = image.ImageId;
  }
  const kept = snapshotIdsOf(image);
  const toDelete = [
    ...temporaryResourceTypes(request.properties),
    // a lost response of CopySnapshot can have led to a second copy
    ...request.properties.BuildMethod === AmiBuildMethod.COPY_SNAPSHOTS ? [snapshotsOf(findOwnBuilds, kept)] : [],
  ];
  await deleteOwnedResources(aws, request, toDelete, SHORT_WAIT_SECONDS);
}

/** The types of resources that exist only while the AMI is built. */
function temporaryResourceTypes(properties: MultiKeyAmiProperties): readonly OwnedResourceType<MultiKeyAmiProperties>[] {
  if (properties.BuildMethod === AmiBuildMethod.LAUNCH_INSTANCE) {
    return [buildersOf(), volumesOf((aws, request) => findOwnVolumes(aws, request, () => findOwnBuilders(aws, request)))];
  }
  // the role is allowed to describe volumes only if the build creates some
  return hasEmptyVolumes(properties) ? [volumesOf((aws, request) => findOwnVolumes(aws, request, async () => []))] : [];
}
