import { DescribeImageAttributeCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { attributeNotKept, snapshotNotCompleted, snapshotNotShown, snapshotsNotVisible, uefiDataNotKept, unexpectedSnapshotKey } from './messages';
import { RememberedSource } from './remembered-source';
import { digestOfUefiData } from './uefi-data-digest';
import { normalizeDeviceName } from '../../src/contract/device-name';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots, Device, devicesOf } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';

/** Attributes of an image besides its devices. For none of them EC2 documents that a copy keeps them. */
const COPIED_ATTRIBUTES = [
  'Architecture', 'VirtualizationType', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'ImdsSupport', 'EnaSupport', 'SriovNetSupport',
  'Platform', 'PlatformDetails', 'UsageOperation', 'KernelId', 'RamdiskId',
] as const satisfies readonly (keyof Image)[];

/** Compares all attributes of an image but its devices with those of its source. */
export async function verifyAttributes(aws: AwsClients, { image: source, uefiDataDigest }: RememberedSource, image: Image): Promise<void> {
  for (const name of COPIED_ATTRIBUTES) {
    if (source[name] !== image[name] && !(name === 'RootDeviceName' && isSamePlace(source[name], image[name]))) {
      throw new DeploymentError(attributeNotKept({
        name, imageId: image.ImageId, value: image[name], sourceId: source.ImageId, sourceValue: source[name],
      }));
    }
  }
  // Secure Boot's variables, which only the owner of an image may read
  if (uefiDataDigest !== undefined && digestOfUefiData(await uefiDataOf(aws, image.ImageId!)) !== uefiDataDigest) {
    throw new DeploymentError(uefiDataNotKept({ imageId: image.ImageId, sourceId: source.ImageId }));
  }
}

/** RegisterImage takes only the name that the mapping has: `/dev/sda`, where the source says `/dev/sda1`. */
function isSamePlace(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && normalizeDeviceName(one) === normalizeDeviceName(other);
}

export async function uefiDataOf(aws: AwsClients, imageId: string): Promise<string | undefined> {
  const { UefiData } = await aws.ec2.send(new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: 'uefiData' }));
  return UefiData?.Value;
}

/**
 * The snapshots of an image by device, which the log has too. Throws `NotReady` as long as one of them is not complete, or is not shown for a device
 * that must have one.
 */
export async function describeCompletedSnapshots(
  aws: AwsClients, image: Image, emptyDevices: readonly Device[] = [],
): Promise<Map<string, Snapshot>> {
  const devices = devicesOf(image).filter(({ name, snapshotId }) => snapshotId || !emptyDevices.some(empty => empty.name === name));
  const deviceWithoutSnapshot = devices.find(({ snapshotId }) => !snapshotId);
  if (deviceWithoutSnapshot) {
    throw new NotReady(snapshotNotShown({ imageId: image.ImageId, device: deviceWithoutSnapshot.name }));
  }
  const snapshots = await describeVisibleSnapshots(aws, devices.map(({ snapshotId }) => snapshotId!));
  const completed = new Map(devices.map(({ name, snapshotId }) => {
    const snapshot = snapshots.find(({ SnapshotId }) => SnapshotId === snapshotId);
    if (snapshot?.State !== 'completed') {
      throw new NotReady(snapshotNotCompleted({ snapshotId, device: name, state: snapshot?.State }));
    }
    return [name, snapshot];
  }));
  console.info({
    message: 'the snapshots of the AMI are completed',
    imageId: image.ImageId,
    sourceImageId: image.SourceImageId,
    // a response to CloudFormation can have 4,096 bytes, so the keys of many devices do not fit into it
    snapshots: [...completed].map(([device, { SnapshotId, KmsKeyId }]) => ({ device, snapshotId: SnapshotId, key: KmsKeyId })),
  });
  return completed;
}

async function describeVisibleSnapshots(aws: AwsClients, snapshotIds: readonly string[]): Promise<Snapshot[]> {
  try {
    return await describeSnapshots(aws, snapshotIds);
  } catch (error) {
    throw hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES) ? new NotReady(snapshotsNotVisible({ snapshotIds })) : error;
  }
}

/** Checks that a snapshot is encrypted with one of the allowed keys; `undefined` among them allows one that is not encrypted. */
export function verifyKey(image: Image, device: string, snapshot: Snapshot, allowed: readonly (string | undefined)[]): void {
  const key = snapshot.Encrypted ? snapshot.KmsKeyId : undefined;
  if (!allowed.includes(key)) {
    throw new DeploymentError(unexpectedSnapshotKey({ imageId: image.ImageId, snapshotId: snapshot.SnapshotId, device, key, expected: allowed }));
  }
}
