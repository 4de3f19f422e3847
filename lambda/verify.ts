import { DescribeImageAttributeCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { Aws } from './aws';
import { CopyRequest, destinationKey } from './copy';
import { is, SNAPSHOT_GONE } from './errors';
import { Failure, NotYet } from './failure';
import { describeSnapshots, devicesOf } from './images';
import { checkKey, defaultKey } from './keys';
import { checkSource, Source } from './source';

/** What an image is besides its disks. Whether EC2 copies all of it is documented for none of them. */
const SURVIVING = [
  'Architecture', 'VirtualizationType', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'ImdsSupport', 'EnaSupport', 'SriovNetSupport',
  'Platform', 'PlatformDetails', 'UsageOperation', 'KernelId', 'RamdiskId',
] as const satisfies readonly (keyof Image)[];

/** A copy is done when it is proven: each snapshot read back, each attribute that must survive compared. */
export async function verifyCopy(aws: Aws, request: CopyRequest, copy: Image): Promise<void> {
  const source = await checkSource(aws, request.properties.SourceImageId);
  compareAttributes(source.image, copy);
  await compareBootData(aws, request, source.image, copy);
  await compareDevices(aws, request, source, copy);
}

function compareAttributes(source: Image, copy: Image): void {
  for (const name of SURVIVING) {
    if (source[name] !== copy[name]) {
      throw new Failure(
        `the copy ${copy.ImageId} has the ${name} ${copy[name] ?? '(none)'}, but its source ${source.ImageId} has ${source[name] ?? '(none)'}: ` +
        'EC2 did not copy it, and an instance of the copy could start differently or not at all; tell AWS support',
      );
    }
  }
}

/** Secure Boot's variables. Only the owner of an image may read them. */
async function compareBootData(aws: Aws, request: CopyRequest, source: Image, copy: Image): Promise<void> {
  if (!source.BootMode?.startsWith('uefi') || source.OwnerId !== request.account) {
    return;
  }
  const [wanted, got] = await Promise.all([source, copy].map(async image => {
    const { UefiData } = await aws.ec2.send(new DescribeImageAttributeCommand({ ImageId: image.ImageId, Attribute: 'uefiData' }));
    return UefiData?.Value;
  }));
  if (wanted !== got) {
    throw new Failure(`the copy ${copy.ImageId} has other UEFI data than its source ${source.ImageId}: EC2 did not copy it; tell AWS support`);
  }
}

async function compareDevices(aws: Aws, request: CopyRequest, source: Source, copy: Image): Promise<void> {
  const devices = devicesOf(copy);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  if (names(devices) !== names(source.devices)) {
    throw new Failure(`the copy ${copy.ImageId} has the devices ${names(devices)}, but its source ${source.image.ImageId} has ${names(source.devices)}: tell AWS support`);
  }
  const expected = await expectedKeys(aws, request, source);
  for (const device of devices) {
    const original = source.devices.find(({ name }) => name === device.name)!;
    for (const name of ['VolumeSize', 'VolumeType', 'DeleteOnTermination', 'Iops', 'Throughput'] as const) {
      if (device.ebs[name] !== original.ebs[name]) {
        throw new Failure(
          `${device.name} of the copy ${copy.ImageId} has the ${name} ${device.ebs[name]}, but the source ${source.image.ImageId} has ${original.ebs[name]}: tell AWS support`,
        );
      }
    }
    compareKey(copy, device.name, await readSnapshot(aws, copy, device.name, device.snapshotId), expected.get(device.name)!);
  }
}

/** For each device the keys that its snapshot may be under; `undefined` among them is a snapshot that is not encrypted. */
async function expectedKeys(aws: Aws, request: CopyRequest, source: Source): Promise<Map<string, (string | undefined)[]>> {
  const one = await destinationKey(aws, request.properties);
  if (one) {
    const arn = await checkKey(aws, one);
    return new Map(source.devices.map(({ name }) => [name, [arn]]));
  }
  const byDefault = source.devices.every(({ snapshot }) => snapshot.Encrypted && snapshot.OwnerId === request.account)
    ? undefined : await checkKey(aws, await defaultKey(aws, 'sourceKeys'));
  return new Map(source.devices.map(({ name, snapshot }) => {
    if (!snapshot.Encrypted) {
      return [name, [undefined, byDefault]];
    }
    return [name, [snapshot.OwnerId === request.account ? snapshot.KmsKeyId : byDefault]];
  }));
}

async function readSnapshot(aws: Aws, copy: Image, device: string, snapshotId: string | undefined): Promise<Snapshot> {
  if (!snapshotId) {
    throw new NotYet(`the copy ${copy.ImageId} does not show the snapshot of ${device} yet`);
  }
  try {
    const [snapshot] = await describeSnapshots(aws, [snapshotId]);
    if (snapshot?.State === 'completed') {
      return snapshot;
    }
    throw new NotYet(`the snapshot ${snapshotId} (${device}) is ${snapshot?.State ?? 'not to be seen'}`);
  } catch (error) {
    throw is(error, SNAPSHOT_GONE) ? new NotYet(`the snapshot ${snapshotId} (${device}) is not to be seen`) : error;
  }
}

function compareKey(copy: Image, device: string, snapshot: Snapshot, expected: (string | undefined)[]): void {
  const key = snapshot.Encrypted ? snapshot.KmsKeyId : undefined;
  if (!expected.includes(key)) {
    const describe = (arn: string | undefined) => arn === undefined ? 'unencrypted' : `encrypted with ${arn}`;
    throw new Failure(
      `the snapshot ${snapshot.SnapshotId} (${device}) of the copy ${copy.ImageId} is ${describe(key)}, but should be ${expected.map(describe).join(' or ')}: ` +
      'was the default key for EBS changed while the copy was made? Deploy again',
    );
  }
}

