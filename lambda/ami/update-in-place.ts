import { CreateTagsCommand, DeleteTagsCommand, Image, ModifyImageAttributeCommand, Snapshot } from '@aws-sdk/client-ec2';
import { ENCRYPTION_TAG, ID_TAG, ImageProperties, OWNER_TAG, REMOVAL_POLICY_TAG, REPLACES_TAG, Tag } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { describeSnapshots, devicesOf } from '../aws/find-images';
import { Tagged, tagOf, writeTags } from '../ownership/seal';
import { ImageRequest } from '../request/image-request';
import { snapshotIdsOf } from '../sharing/places';
import { share, shareNewAmi } from '../sharing/share';

/** The tags of the image and of each of its snapshots, the owner's among them. */
export function tagsOf(request: ImageRequest<ImageProperties>): Tag[] {
  return [{ Key: OWNER_TAG, Value: request.owner }, ...request.properties.Tags ?? []];
}

/**
 * Updates the tags of an image and of its snapshots, its description and its sharing. Describes the snapshots unless the caller has just done that.
 */
export async function updateInPlace(
  aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image, description: string, knownSnapshots?: readonly Snapshot[],
): Promise<void> {
  const snapshots = knownSnapshots ?? await describeSnapshots(aws, snapshotIdsOf(image));
  await updateTags(aws, request, [
    { id: image.ImageId!, resource: image },
    ...snapshots.map(snapshot => ({ id: snapshot.SnapshotId!, resource: snapshot })),
  ]);
  await markFinished(aws, request, image, snapshots);
  if (image.Description !== description) {
    await aws.ec2.send(new ModifyImageAttributeCommand({ ImageId: image.ImageId, Description: { Value: description } }));
  }
  await (request.isNewImage ? shareNewAmi(aws, image, request.properties) : share(aws, request, image, request.properties));
}

/**
 * A finished AMI tells its own id, the removal policy of its resource, and the AMI that it replaces. Its snapshots tell their ids, and for people their devices
 * and keys.
 */
async function markFinished(aws: AwsClients, request: ImageRequest<ImageProperties>, image: Image, snapshots: readonly Snapshot[]): Promise<void> {
  const { properties, replaces, isNewImage } = request;
  const tags = [
    { Key: ID_TAG, Value: image.ImageId! },
    { Key: REMOVAL_POLICY_TAG, Value: properties.RemovalPolicy ?? 'Retain' },
    ...isNewImage && replaces !== undefined ? [{ Key: REPLACES_TAG, Value: replaces }] : [],
  ];
  await writeMissingTags(aws, image.ImageId!, image, tags);
  const devices = new Map(devicesOf(image).map(({ name, snapshotId }) => [snapshotId, name]));
  await Promise.all(snapshots.map(snapshot => writeMissingTags(aws, snapshot.SnapshotId!, snapshot, [
    { Key: ID_TAG, Value: snapshot.SnapshotId! },
    { Key: ENCRYPTION_TAG, Value: `${devices.get(snapshot.SnapshotId)}: ${snapshot.Encrypted ? snapshot.KmsKeyId : 'not encrypted'}` },
  ])));
}

async function writeMissingTags(aws: AwsClients, id: string, resource: Tagged, tags: readonly Tag[]): Promise<void> {
  const missing = tags.filter(({ Key, Value }) => tagOf(resource, Key) !== Value);
  if (missing.length > 0) {
    await writeTags(aws, id, missing);
  }
}

async function updateTags(
  aws: AwsClients, request: ImageRequest<ImageProperties>, tagged: { id: string; resource: Image | Snapshot }[],
): Promise<void> {
  const wanted = request.properties.Tags ?? [];
  const withMissingTags = tagged.filter(({ resource }) => wanted.some(tag =>
    !resource.Tags?.some(({ Key, Value }) => Key === tag.Key && Value === tag.Value)));
  if (withMissingTags.length > 0) {
    await aws.ec2.send(new CreateTagsCommand({ Resources: withMissingTags.map(({ id }) => id), Tags: [...wanted] }));
  }
  // only tags that CloudFormation has set: others belong to the people or tools that have added them since
  const unwanted = (request.oldProperties.Tags ?? []).filter(old => !wanted.some(tag => tag.Key === old.Key));
  const withUnwantedTags = tagged.filter(({ resource }) => unwanted.some(tag => resource.Tags?.some(existingTag => existingTag.Key === tag.Key)));
  if (withUnwantedTags.length > 0) {
    await aws.ec2.send(new DeleteTagsCommand({ Resources: withUnwantedTags.map(({ id }) => id), Tags: unwanted.map(({ Key }) => ({ Key })) }));
  }
}
