import { BlockDeviceMapping, VolumeType } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context } from './context';
import { sameDevice } from './device-names';
import { EncryptionRequest } from './encryption';
import { dependency, notFound } from './errors';
import { Device, Image, Snapshot } from './records';
import { seenSnapshot } from './snapshots';

/** A volume that a launch is going to make. */
export interface LaunchDevice extends EncryptionRequest {
  readonly deviceName: string;
  readonly snapshot?: Snapshot;
  readonly size: number;
  readonly type: VolumeType;
  readonly iops?: number;
  readonly throughput?: number;
  readonly deleteOnTermination: boolean;
}

/** The image's devices, with what the request says about each of them, and those it adds. */
export function launchDevices(ec2: Ec2Context, call: Call, image: Image, requested: readonly BlockDeviceMapping[]): LaunchDevice[] {
  const devices: LaunchDevice[] = [];
  for (const device of image.devices) {
    const wanted = requested.find(one => sameDevice(one.DeviceName ?? '', device.deviceName));
    if (device.ebs && wanted?.NoDevice === undefined) {
      devices.push(launchDevice(ec2, call, device, wanted));
    }
  }
  for (const wanted of requested) {
    const known = image.devices.some(device => sameDevice(wanted.DeviceName ?? '', device.deviceName));
    if (!known && wanted.Ebs && wanted.NoDevice === undefined) {
      devices.push(launchDevice(ec2, call, { deviceName: wanted.DeviceName ?? '' }, wanted));
    }
  }
  return devices;
}

function launchDevice(ec2: Ec2Context, call: Call, { deviceName, ebs }: Device, wanted: BlockDeviceMapping | undefined): LaunchDevice {
  const asked = wanted?.Ebs ?? {};
  const snapshot = snapshotOf(ec2, call, ebs?.snapshotId, asked.SnapshotId);
  const size = asked.VolumeSize ?? ebs?.size ?? snapshot?.volumeSize;
  if (asked.KmsKeyId !== undefined && !asked.Encrypted) {
    throw dependency('KmsKeyId', 'Encrypted');
  }
  if (size === undefined) {
    throw new AwsError('MissingParameter', 'The request must contain the parameter size or snapshotId');
  }
  if (snapshot && size < snapshot.volumeSize) {
    throw new AwsError('InvalidBlockDeviceMapping', `Volume of size ${size}GB is smaller than snapshot '${snapshot.id}', expect size >= ${snapshot.volumeSize}GB`);
  }
  if (asked.Encrypted === false && snapshot?.encrypted) {
    throw new AwsError('InvalidBlockDeviceMapping', `Device ${deviceName} has the encrypted snapshot ${snapshot.id}, its volume cannot be unencrypted`);
  }
  const type = asked.VolumeType ?? ebs?.type ?? 'gp2';
  return {
    deviceName,
    snapshot,
    size,
    type,
    iops: asked.Iops ?? (type === ebs?.type ? ebs.iops : undefined),
    throughput: asked.Throughput ?? (type === ebs?.type ? ebs.throughput : undefined),
    encrypted: asked.Encrypted ?? ebs?.encrypted,
    kmsKeyId: asked.KmsKeyId,
    deleteOnTermination: asked.DeleteOnTermination ?? ebs?.deleteOnTermination ?? ec2.switches.launchedVolumesDeletedOnTermination,
  };
}

/** Whoever may launch an image may use its snapshots for that; one that the request names itself he must be able to read. */
function snapshotOf(ec2: Ec2Context, call: Call, ofImage: string | undefined, asked: string | undefined): Snapshot | undefined {
  if (asked === undefined || asked === ofImage) {
    return ec2.world.snapshots.get(ofImage ?? '');
  }
  const snapshot = seenSnapshot(ec2, call, asked);
  if (!snapshot) {
    throw notFound('snap', [asked]);
  }
  return snapshot;
}
