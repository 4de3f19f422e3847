import { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../../aws-call';
import { Ec2Context } from '../state/ec2-context';
import { sameDevice } from '../volumes/device-names';
import { EncryptionRequest } from '../encryption/encryption-outcome';
import { dependency, notFound } from '../requests/errors';
import { Device, Image, Snapshot } from '../state/records';
import { seenSnapshot } from '../snapshots/snapshots';
import { checkVolumeConfiguration, hasChosenIops, VolumeConfiguration } from '../volumes/volume-configuration';

/** A volume that a launch is going to make. */
export interface LaunchDevice extends EncryptionRequest, VolumeConfiguration {
  readonly deviceName: string;
  readonly snapshot?: Snapshot;
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
  const configuration = {
    size,
    type,
    iops: asked.Iops ?? (type === ebs?.type && hasChosenIops(type) ? ebs.iops : undefined),
    throughput: asked.Throughput ?? (type === ebs?.type ? ebs.throughput : undefined),
  };
  checkLaunched(deviceName, configuration);
  return {
    deviceName,
    snapshot,
    ...configuration,
    encrypted: asked.Encrypted ?? ebs?.encrypted,
    kmsKeyId: asked.KmsKeyId,
    deleteOnTermination: asked.DeleteOnTermination ?? ebs?.deleteOnTermination ?? ec2.switches.launchedVolumesDeletedOnTermination,
  };
}

/** As for CreateVolume, but for the words about throughput. */
function checkLaunched(deviceName: string, configuration: VolumeConfiguration): void {
  const { type, throughput } = configuration;
  if (type !== 'gp3' && throughput !== undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `throughput cannot be specified with the volumeType of device '${deviceName}'`);
  }
  checkVolumeConfiguration(configuration);
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
