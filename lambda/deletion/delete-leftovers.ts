import { DeleteSnapshotCommand, DeregisterImageCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { LEFTOVER_TAG, Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails } from '../aws/error-codes';
import { findTaggedImages, findTaggedSnapshots, ownerTagOf } from '../aws/find-images';
import { isOwnSnapshot } from '../ownership/own-snapshots';
import { isSealed, tagOf } from '../ownership/seal';
import { ImageRequest } from '../request/image-request';
import { Request } from '../request/parse-request';
import { attemptIdOf, ownerOf } from '../request/physical-id';

/**
 * Tries once to delete what an earlier Delete of the stack could not delete, because another AMI used it or because it was protected. Never fails, and
 * never waits: CloudFormation has forgotten it long ago.
 */
export async function deleteLeftovers(aws: AwsClients, { event, image: request }: Request): Promise<void> {
  const { ownerPrefix, account } = request;
  try {
    const [images, snapshots] = await Promise.all([findTaggedImages(aws, `${ownerPrefix}*`), findTaggedSnapshots(aws, `${ownerPrefix}*`)]);
    const isLeftover = (one: Image | Snapshot) => tagOf(one, LEFTOVER_TAG) !== undefined && one.OwnerId === account;
    for (const image of images.filter(isLeftover).filter(one => isOwnImage(event.StackId, one))) {
      await attempt(image.ImageId, () => aws.ec2.send(new DeregisterImageCommand({ ImageId: image.ImageId, DeleteAssociatedSnapshots: true })));
    }
    for (const snapshot of snapshots.filter(isLeftover).filter(one => isOwnLeftover(event.StackId, request, one))) {
      await attempt(snapshot.SnapshotId, () => aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshot.SnapshotId })));
    }
  } catch (error) {
    console.warn({ message: 'the leftovers of the stack were not listed', why: awsErrorDetails(error) });
  }
}

/**
 * An image whose properties are not known any more is ours by its generated name, which ends with the attempt of its owner tag; that of the intermediate
 * image of an `InstanceAmi` also has a number.
 */
function isOwnImage(stackId: string, image: Image): boolean {
  const attemptId = attemptIdOf(stackId, ownerTagOf(image));
  const isNamed = [`-${attemptId}`, `-${attemptId}-1`].some(end => image.Name?.endsWith(end));
  return attemptId !== undefined && isSealed(image, image.ImageId) && isNamed;
}

/** A snapshot is ours by its description, which names its AMI, or the attempt. */
function isOwnLeftover(stackId: string, request: ImageRequest<Sharing>, snapshot: Snapshot): boolean {
  const attemptId = attemptIdOf(stackId, ownerTagOf(snapshot));
  if (attemptId === undefined || !isSealed(snapshot, snapshot.SnapshotId)) {
    return false;
  }
  const claim = { ...request, owner: ownerOf(stackId, attemptId), attemptId, imageId: tagOf(snapshot, LEFTOVER_TAG), isDelete: true, memory: {} };
  return isOwnSnapshot(claim, snapshot, [], [snapshot]);
}

async function attempt(id: string | undefined, call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
    console.info({ message: 'a leftover is deleted', id });
  } catch (error) {
    console.info({ message: 'a leftover is still not to be deleted', id, why: awsErrorDetails(error) });
  }
}
