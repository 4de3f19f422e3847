import { Duration, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { normalizeDeviceName } from '../contract/device-name';
import { MultiKeyMethod } from '../contract';
import { checkDeviceName, checkDistinct } from '../ami/validate-device-names';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder';
import { checkVolume } from './volume-limits';

/** RunInstances takes 16 KB of user data, before it is encoded. */
const LARGEST_USER_DATA = 16 * 1024;

/** Refuses what can be known to be wrong before anything is deployed. */
export function checkMultiKey(props: MultiKeyAmiBuilderProps, osType: ec2.OperatingSystemType): void {
  const devices = props.sourceDevices ?? [];
  const dropped = props.droppedDevices ?? [];
  const volumes = props.volumes ?? [];
  if (!props.rootKey && devices.length === 0 && volumes.length === 0 && dropped.length === 0) {
    throw new Error('a MultiKeyAmiBuilder must be told what to change, got none of rootKey, sourceDevices, volumes and droppedDevices: use EncryptedAmiCopy for one key');
  }
  for (const { deviceName, encryptionKey, deleteOnTermination } of devices) {
    if (!encryptionKey && deleteOnTermination === undefined) {
      throw new Error(`sourceDevices must say what becomes of ${deviceName}, got neither an encryptionKey nor deleteOnTermination: devices not named stay as they are`);
    }
    if (dropped.some(name => !Token.isUnresolved(name) && normalizeDeviceName(name) === normalizeDeviceName(deviceName))) {
      throw new Error(`the device ${deviceName} must be either dropped or kept, got it in droppedDevices and in sourceDevices: remove it from one of them`);
    }
  }
  checkDistinct([...devices, ...volumes].map(({ deviceName }) => deviceName));
  const windows = osType === ec2.OperatingSystemType.WINDOWS;
  for (const volume of volumes) {
    checkDeviceName(volume.deviceName, windows);
    if (!volume.size && !volume.snapshotId) {
      throw new Error(`the volume ${volume.deviceName} must have a size or a snapshotId, got neither: say how large it is`);
    }
    checkVolume({ ...volume, volumeType: volume.volumeType ?? ec2.EbsDeviceVolumeType.GP3 });
  }
  checkBuilder(props);
}

function checkBuilder(props: MultiKeyAmiBuilderProps): void {
  const { prepare, prepareTimeout, prepareNetworkAccess, vpc, vpcSubnets, securityGroups, instanceTypes } = props;
  if (props.method === MultiKeyMethod.SNAPSHOTS) {
    const ofInstance = Object.entries({ prepare, prepareTimeout, prepareNetworkAccess, vpc, vpcSubnets, securityGroups, instanceTypes })
      .filter(([, value]) => value !== undefined).map(([name]) => name);
    if (ofInstance.length > 0) {
      throw new Error(`MultiKeyMethod.SNAPSHOTS runs no instance, got ${ofInstance.join(', ')}: leave them out, or use MultiKeyMethod.INSTANCE`);
    }
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(`${vpcSubnets ? 'vpcSubnets' : 'securityGroups'} must come with the vpc they belong to, got none: pass vpc as well`);
  }
  if (!prepare && (prepareTimeout || prepareNetworkAccess !== undefined)) {
    throw new Error(`${prepareTimeout ? 'prepareTimeout' : 'prepareNetworkAccess'} must come with something to prepare, got none: pass prepare as well`);
  }
  if (instanceTypes?.length === 0 || securityGroups?.length === 0) {
    throw new Error(`${instanceTypes?.length === 0 ? 'instanceTypes' : 'securityGroups'} must have at least one element, got none: leave it out for the default`);
  }
  const commands = prepare?.render();
  if (commands !== undefined && !Token.isUnresolved(commands) && Buffer.byteLength(commands) > LARGEST_USER_DATA) {
    throw new Error(`prepare must have at most ${LARGEST_USER_DATA} bytes, got ${Buffer.byteLength(commands)}: have it fetch the rest, with prepareNetworkAccess`);
  }
  checkPrepareTimeout(prepareTimeout);
}

function checkPrepareTimeout(timeout: Duration | undefined): void {
  if (timeout && !timeout.isUnresolved() && (timeout.toSeconds() < 60 || timeout.toSeconds() > 3_600)) {
    throw new Error(`prepareTimeout must be 1 minute to 1 hour, got ${timeout.toHumanString()}: CloudFormation waits no longer than an hour for a custom resource`);
  }
}
