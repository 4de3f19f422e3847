import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { AmiBlockDevice, listDeviceKeys, listNewVolumes, SourceDeviceOptions } from './block-devices';
import * as messages from './messages';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder-props';
import { validateVolume } from './volume-limits';
import { validateTimeout } from '../ami/validate-ami';
import { validateDeviceName, validateDistinct } from '../ami/validate-device-names';
import { AmiBuildMethod, VolumeOrigin } from '../contract';
import { snapshotIdError } from '../contract/snapshot-id';
import { validateKeys } from '../keys/validate-keys';

/** RunInstances takes 16 KB of user data, before it is encoded. */
const MAX_USER_DATA_BYTES = 16 * 1024;

/** Refuses props that cannot work, as far as that is known at synthesis. */
export function validateBuild(
  scope: Construct, props: MultiKeyAmiBuilderProps, osType: ec2.OperatingSystemType, userDataToRun: string | undefined,
): void {
  const { rootVolume, blockDevices = [] } = props;
  if (!rootVolume && blockDevices.length === 0) {
    throw new Error(messages.nothingToChange());
  }
  if (props.buildMethod === AmiBuildMethod.COPY_SNAPSHOTS && osType === ec2.OperatingSystemType.WINDOWS) {
    throw new Error(messages.copySnapshotsOfWindows());
  }
  if (rootVolume) {
    validateSourceVolume('rootVolume', '`rootVolume`', rootVolume);
  }
  blockDevices.forEach(validateBlockDevice);
  validateDistinct(blockDevices.map(({ deviceName }) => deviceName));
  for (const volume of listNewVolumes(blockDevices)) {
    validateDeviceName(volume.deviceName, osType === ec2.OperatingSystemType.WINDOWS);
    validateSnapshotId(volume.snapshotId);
    validateVolume({ ...volume, volumeType: volume.volumeType ?? ec2.EbsDeviceVolumeType.GP3 });
  }
  validateBuilder(props, userDataToRun !== undefined);
  validateKeys(scope, 'encryptionKey', listDeviceKeys(rootVolume, blockDevices));
  validateKeys(scope, 'sourceEncryptionKeys', props.sourceEncryptionKeys);
  validateUserDataSize(userDataToRun);
}

function validateBlockDevice({ deviceName, volume, mappingEnabled = true }: AmiBlockDevice): void {
  if (mappingEnabled === (volume === undefined)) {
    throw new Error(messages.volumeOrNoMapping(deviceName, mappingEnabled ? 'neither' : 'both'));
  }
  if (volume?._definition.origin === VolumeOrigin.SOURCE) {
    const { origin, ...options } = volume._definition;
    validateSourceVolume(`AmiVolume.fromSource() of ${deviceName}`, deviceName, options);
  }
}

function validateSnapshotId(snapshotId: string | undefined): void {
  const problem = snapshotId === undefined || Token.isUnresolved(snapshotId) ? undefined : snapshotIdError(snapshotId);
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

/** `name` is that of the option or the device, in messages. */
function validateSourceVolume(subject: string, name: string, options: SourceDeviceOptions): void {
  if (listNamesWithValue(options).length === 0) {
    throw new Error(messages.sourceVolumeUnchanged(subject));
  }
  const { volumeType, iops, throughput } = options;
  const [withoutType] = volumeType ? [] : listNamesWithValue({ iops, throughput });
  if (withoutType !== undefined) {
    throw new Error(messages.volumeOptionMissing(withoutType, name, 'volumeType'));
  }
  validateVolume({ ...options, deviceName: name });
}

function validateBuilder(props: MultiKeyAmiBuilderProps, runsScript: boolean): void {
  const { userData, cleanUp, userDataTimeout, allowAllOutbound, vpc, vpcSubnets, securityGroups, instanceTypes, capacityType } = props;
  if (props.buildMethod === AmiBuildMethod.COPY_SNAPSHOTS) {
    const ofInstance = listNamesWithValue({
      userData, cleanUp, userDataTimeout, allowAllOutbound, vpc, vpcSubnets, securityGroups, instanceTypes, capacityType,
    });
    if (ofInstance.length > 0) {
      throw new Error(messages.propsOfInstanceWithCopySnapshots(ofInstance));
    }
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(messages.vpcMissing(vpcSubnets ? 'vpcSubnets' : 'securityGroups'));
  }
  const [withoutUserData] = userData ? [] : listNamesWithValue({ allowAllOutbound, ...runsScript ? {} : { userDataTimeout, cleanUp } });
  if (withoutUserData !== undefined) {
    throw new Error(messages.userDataMissing(withoutUserData));
  }
  if (instanceTypes?.length === 0 || securityGroups?.length === 0) {
    throw new Error(messages.emptyList(instanceTypes?.length === 0 ? 'instanceTypes' : 'securityGroups'));
  }
  validateTimeout('userDataTimeout', userDataTimeout);
}

/** The names of the properties that have a value. */
function listNamesWithValue(props: object): string[] {
  return Object.entries(props).filter(([, value]) => value !== undefined).map(([name]) => name);
}

function validateUserDataSize(commands: string | undefined): void {
  if (commands === undefined || Token.isUnresolved(commands)) {
    return;
  }
  const bytes = Buffer.byteLength(commands);
  if (bytes > MAX_USER_DATA_BYTES) {
    throw new Error(messages.userDataTooLong(bytes, MAX_USER_DATA_BYTES));
  }
}
