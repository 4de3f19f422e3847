import { DescribeImageAttributeCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { normalizeDeviceName } from '../../src/contract/device-name';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots, devicesOf } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';

/** What an image is besides its disks. Whether EC2 carries all of it over is documented for none of them. */
const COPIED_ATTRIBUTES = [
  'Architecture', 'VirtualizationType', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'ImdsSupport', 'EnaSupport', 'SriovNetSupport',
  'Platform', 'PlatformDetails', 'UsageOperation', 'KernelId', 'RamdiskId',
] as const satisfies readonly (keyof Image)[];

/** That an image is in everything but its disks what its source is, wherever that is. */
export async function verifyAttributes(aws: AwsClients, account: string, source: Image, image: Image, sourceAws = aws): Promise<void> {
  for (const name of COPIED_ATTRIBUTES) {
    if (source[name] !== image[name] && !(name === 'RootDeviceName' && isSamePlace(source[name], image[name]))) {
      throw new DeploymentError(
        `the image ${image.ImageId} has the ${name} ${image[name] ?? '(none)'}, but its source ${source.ImageId} has ${source[name] ?? '(none)'}: ` +
        'EC2 did not carry it over, and an instance of the image could start differently or not at all; tell AWS support',
      );
    }
  }
  await verifyUefiData(aws, account, source, image, sourceAws);
}

/** RegisterImage takes only the name that the mapping has: `/dev/sda`, where the source says `/dev/sda1`. */
function isSamePlace(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && normalizeDeviceName(one) === normalizeDeviceName(other);
}

/** Secure Boot's variables. Only the owner of an image may read them. */
async function verifyUefiData(aws: AwsClients, account: string, source: Image, image: Image, sourceAws: AwsClients): Promise<void> {
  if (!source.BootMode?.startsWith('uefi') || source.OwnerId !== account) {
    return;
  }
  const [wanted, got] = await Promise.all([uefiDataOf(sourceAws, source.ImageId!), uefiDataOf(aws, image.ImageId!)]);
  if (wanted !== got) {
    throw new DeploymentError(`the image ${image.ImageId} has other UEFI data than its source ${source.ImageId}: EC2 did not carry it over; tell AWS support`);
  }
}

export async function uefiDataOf(aws: AwsClients, imageId: string): Promise<string | undefined> {
  const { UefiData } = await aws.ec2.send(new DescribeImageAttributeCommand({ ImageId: imageId, Attribute: 'uefiData' }));
  return UefiData?.Value;
}

/** The snapshots of an image by device, read back; "not yet" as long as one of them is not complete. */
export async function describeCompletedSnapshots(aws: AwsClients, image: Image): Promise<Map<string, Snapshot>> {
  const devices = devicesOf(image);
  const deviceWithoutSnapshot = devices.find(({ snapshotId }) => !snapshotId);
  if (deviceWithoutSnapshot) {
    throw new NotReady(`the image ${image.ImageId} does not show the snapshot of ${deviceWithoutSnapshot.name} yet`);
  }
  const snapshots = await describeVisibleSnapshots(aws, devices.map(({ snapshotId }) => snapshotId!));
  return new Map(devices.map(({ name, snapshotId }) => {
    const snapshot = snapshots.find(({ SnapshotId }) => SnapshotId === snapshotId);
    if (snapshot?.State !== 'completed') {
      throw new NotReady(`the snapshot ${snapshotId} (${name}) is ${snapshot?.State ?? 'not to be seen'}`);
    }
    return [name, snapshot];
  }));
}

async function describeVisibleSnapshots(aws: AwsClients, snapshotIds: readonly string[]): Promise<Snapshot[]> {
  try {
    return await describeSnapshots(aws, snapshotIds);
  } catch (error) {
    throw hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES) ? new NotReady(`not all of the snapshots ${snapshotIds.join(', ')} are to be seen`) : error;
  }
}

/** That a snapshot is under one of the keys that it may be under; `undefined` among them is a snapshot that is not encrypted. */
export function verifyKey(image: Image, device: string, snapshot: Snapshot, allowed: readonly (string | undefined)[]): void {
  const key = snapshot.Encrypted ? snapshot.KmsKeyId : undefined;
  if (!allowed.includes(key)) {
    const describe = (arn: string | undefined) => arn === undefined ? 'unencrypted' : `encrypted with ${arn}`;
    throw new DeploymentError(
      `the snapshot ${snapshot.SnapshotId} (${device}) of the image ${image.ImageId} is ${describe(key)}, but should be ${allowed.map(describe).join(' or ')}: ` +
      'was the default key for EBS changed while the image was made? Deploy again',
    );
  }
}
