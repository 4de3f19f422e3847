import {
  BlockDeviceMapping, DescribeImagesCommand, DescribeImagesCommandInput, DescribeSnapshotsCommand, Filter, Image, paginateDescribeImages,
  paginateDescribeSnapshots, Snapshot, Tag,
} from '@aws-sdk/client-ec2';
import { AwsClients } from './clients';
import { IMAGE_NOT_FOUND_CODES, hasErrorCode } from './error-codes';
import { OWNER_TAG, STEP_TAG } from '../../src/contract';
import { normalizeDeviceName } from '../../src/contract/device-name';
import { isImageId } from '../../src/contract/image-id';

/** EC2 returns deprecated and disabled images only on request, the latter even to their owner. */
function inAnyState(input: DescribeImagesCommandInput): DescribeImagesCommandInput {
  return { ...input, IncludeDeprecated: true, IncludeDisabled: true };
}

/** A device of an image that becomes a volume of an instance. */
export interface Device {
  readonly name: string;
  /** None while the image is being created. */
  readonly snapshotId?: string;
  readonly ebs: NonNullable<BlockDeviceMapping['Ebs']>;
}

/** The image with an id, in whatever state; none if it does not exist, or does not exist for this account, or if there is no id. */
export async function findImage(aws: AwsClients, imageId = ''): Promise<Image | undefined> {
  if (!isImageId(imageId)) {
    // for EC2, an empty ID is a missing parameter
    return undefined;
  }
  try {
    const { Images } = await aws.ec2.send(new DescribeImagesCommand(inAnyState({ ImageIds: [imageId] })));
    return Images?.[0];
  } catch (error) {
    if (hasErrorCode(error, IMAGE_NOT_FOUND_CODES)) {
      return undefined;
    }
    throw error;
  }
}

/** The images that a request owns: one, or none. With a `*`, those of several. */
export function findTaggedImages(aws: AwsClients, owner: string): Promise<Image[]> {
  return listImages(aws, { Name: `tag:${OWNER_TAG}`, Values: [owner] });
}

/** The account's image with a name, in whatever state. */
export async function findImageByName(aws: AwsClients, name: string): Promise<Image | undefined> {
  // filters take * and ? for any characters
  return (await listImages(aws, { Name: 'name', Values: [name] })).find(image => image.Name === name);
}

/** The account's images that failed. */
export function findFailedImages(aws: AwsClients): Promise<Image[]> {
  return listImages(aws, { Name: 'state', Values: ['failed'] });
}

export function findTaggedSnapshots(aws: AwsClients, owner: string): Promise<Snapshot[]> {
  return pages(aws, { OwnerIds: ['self'], Filters: [{ Name: `tag:${OWNER_TAG}`, Values: [owner] }] });
}

/** Throws `InvalidSnapshot.NotFound` if one of them does not exist for this account. */
export async function describeSnapshots(aws: AwsClients, snapshotIds: readonly string[]): Promise<Snapshot[]> {
  if (snapshotIds.length === 0) {
    // an image that is backed by S3 has none; without IDs, EC2 would describe all snapshots
    return [];
  }
  const { Snapshots } = await aws.ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [...snapshotIds] }));
  return Snapshots ?? [];
}

export function devicesOf(image: Image): Device[] {
  return (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
    DeviceName !== undefined && Ebs !== undefined ? [{ name: DeviceName, snapshotId: Ebs.SnapshotId, ebs: Ebs }] : []);
}

/**
 * A device by its name, or by another name of the same device. This also finds the root: a mapping can have `/dev/sda` where RootDeviceName is
 * `/dev/sda1`.
 */
export function findDevice<D extends { readonly name: string }>(name: string | undefined, devices: readonly D[]): D | undefined {
  return devices.find(device => device.name === name)
    ?? devices.find(device => name !== undefined && normalizeDeviceName(device.name) === normalizeDeviceName(name));
}

/** The value of the owner tag, of whichever request. */
export function ownerTagOf(resource: { readonly Tags?: readonly Tag[] }): string | undefined {
  return resource.Tags?.find(tag => tag.Key === OWNER_TAG)?.Value;
}

/** Whether it is only an intermediate resource, and not the AMI of the construct. */
export function isIntermediate(resource: { readonly Tags?: Image['Tags'] }): boolean {
  return resource.Tags?.some(tag => tag.Key === STEP_TAG) === true;
}

/** The account's images that match a filter. */
async function listImages(aws: AwsClients, ...Filters: Filter[]): Promise<Image[]> {
  const images: Image[] = [];
  const input = inAnyState({ Owners: ['self'], Filters });
  for await (const page of paginateDescribeImages({ client: aws.ec2, pageSize: 1000 }, input)) {
    images.push(...page.Images ?? []);
  }
  return images;
}

async function pages(aws: AwsClients, input: Parameters<typeof paginateDescribeSnapshots>[1]): Promise<Snapshot[]> {
  const snapshots: Snapshot[] = [];
  for await (const page of paginateDescribeSnapshots({ client: aws.ec2, pageSize: 1000 }, input)) {
    snapshots.push(...page.Snapshots ?? []);
  }
  return snapshots;
}
