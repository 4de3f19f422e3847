import { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../../aws-call';
import { EncryptionRequest } from '../encryption/encryption-outcome';
import { dependencyViolation, notFound } from '../requests/errors';
import { visibleSnapshot } from '../snapshots/snapshots';
import { Ec2Context } from '../state/ec2-context';
import { Device, Image, Snapshot } from '../state/records';
import { isSameDevice } from '../volumes/device-names';
import { checkVolumeConfiguration, hasConfigurableIops, VolumeConfiguration } from '../volumes/volume-configuration';

/** A volume of a launch. */
export interface LaunchDevice extends EncryptionRequest, VolumeConfiguration {
  readonly deviceName: string;
  readonly snapshot?: Snapshot;
  readonly deleteOnTermination: boolean;
}

/** The image's devices, changed and extended by the block device mappings of the request. */
export function launchDevices(ec2: Ec2Context, call: Call, image: Image, requested: readonly BlockDeviceMapping[]): LaunchDevice[] {
  const devices: LaunchDevice[] = [];
  for (const device of image.devices) {
    const wanted = requested.find(one => isSameDevice(one.DeviceName ?? '', device.deviceName));
    if (device.ebs && wanted?.NoDevice === undefined) {
      devices.push(launchDevice(ec2, call, device, wanted));
    }
  }
  for (const wanted of requested) {
    const known = image.devices.some(device => isSameDevice(wanted.DeviceName ?? '', device.deviceName));
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
    throw dependencyViolation('KmsKeyId', 'Encrypted');
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
    iops: asked.Iops ?? (type === ebs?.type && hasConfigurableIops(type) ? ebs.iops : undefined),
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

/** The same checks as for CreateVolume, with other words about throughput. */
function checkLaunched(deviceName: string, configuration: VolumeConfiguration): void {
  const { type, throughput } = configuration;
  if (type !== 'gp3' && throughput !== undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `throughput cannot be specified with the volumeType of device '${deviceName}'`);
  }
  checkVolumeConfiguration(configuration);
}

/** Launch permission for an image includes its snapshots. The caller must be allowed to read a snapshot that the request itself names. */
function snapshotOf(ec2: Ec2Context, call: Call, ofImage: string | undefined, asked: string | undefined): Snapshot | undefined {
  if (asked === undefined || asked === ofImage) {
    return ec2.state.snapshots.get(ofImage ?? '');
  }
  const snapshot = visibleSnapshot(ec2, call, asked);
  if (!snapshot) {
    throw notFound('snap', [asked]);
  }
  return snapshot;
}
