import { Image } from '@aws-sdk/client-ec2';
import { buildByInstance } from './build-with-instance';
import { hasEmptyVolumes } from './block-devices';
import { buildBySnapshots } from './build-from-snapshots';
import { BuildRequest, descriptionOf, planOf } from './device-plan';
import { explainFailedImage } from './explain-build-failure';
import { verifyBuild } from './verify-build';
import { ImageAttributes, MultiKeyAmiProperties, AmiBuildMethod } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { checkSource } from '../ami/describe-source-image';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { keep } from '../ami/update-in-place';
import { Aws } from '../aws/clients';
import { devicesOf, findOwnImages, findOwnSnapshots } from '../aws/find-images';
import { removeOwned } from '../deletion/delete-owned-resources';
import { images, instances, Removable, snapshots, volumes } from '../deletion/owned-resources';
import { Failure, NotYet, SOON_SECONDS } from '../outcomes';

/**
 * Takes the next step towards the image, whatever was done before: looks at what exists, and goes on from there. It is done when the image
 * is proven and everything that it took to build it is seen gone.
 */
export async function advanceMultiKey(aws: Aws, request: BuildRequest): Promise<ImageAttributes> {
  const [image] = await findOwnImages(aws, request.owner);
  if (!image) {
    if (!request.making) {
      throw new Failure(
        'the image of this resource was deregistered outside of CloudFormation, so there is nothing to change: change `contentVersion` (or ' +
        'whatever else it is made of) to have it made anew',
      );
    }
    return request.properties.BuildMethod === AmiBuildMethod.LAUNCH_INSTANCE ? buildByInstance(aws, request) : buildBySnapshots(aws, request);
  }
  switch (image.State) {
    case 'available':
    case 'disabled':
      if (request.making) {
        await finish(aws, request, image);
      }
      await keep(aws, request, image, descriptionOf(request.properties));
      return attributesOf(image);
    case 'pending':
    case 'transient':
      throw new NotYet(`the image ${image.ImageId} is ${image.State}`, request.properties.BuildMethod === AmiBuildMethod.COPY_SNAPSHOTS
        || secondsUntilDone(request.memory, await findOwnSnapshots(aws, request.owner), request.startedAt, aws.now()));
    default:
      throw await explainFailedImage(aws, request, image);
  }
}

/** What a request can own, in the order in which it is removed: an instance first, because it holds its volumes. */
export function removablesOfBuild(properties: MultiKeyAmiProperties): readonly Removable[] {
  return [images, ...temporaryOf(properties), snapshots];
}

async function finish(aws: Aws, request: BuildRequest, image: Image): Promise<void> {
  if (request.memory.verified !== image.ImageId) {
    const source = await checkSource(aws, request.properties.SourceImageId);
    await verifyBuild(aws, request, source, planOf(source, request.properties), image);
    request.memory.verified = image.ImageId;
  }
  const kept = devicesOf(image).map(({ snapshotId }) => snapshotId);
  // a lost answer of CopySnapshot can have left a second copy
  const surplus: Removable = { ...snapshots, find: async (...of) => (await snapshots.find(...of)).filter(({ id }) => !kept.includes(id)) };
  const superfluous = [...temporaryOf(request.properties), ...request.properties.BuildMethod === AmiBuildMethod.COPY_SNAPSHOTS ? [surplus] : []];
  await removeOwned(aws, request.memory, request.owner, superfluous, SOON_SECONDS);
}

/** What is there only while the image is built. */
function temporaryOf(properties: MultiKeyAmiProperties): readonly Removable[] {
  if (properties.BuildMethod === AmiBuildMethod.LAUNCH_INSTANCE) {
    return [instances, volumes];
  }
  // the role may describe volumes only if there are any
  return hasEmptyVolumes(properties) ? [volumes] : [];
}
