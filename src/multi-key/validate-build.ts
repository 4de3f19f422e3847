import { Duration, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { AmiBlockDevice, newVolumes, SourceVolumeOptions } from './block-devices';
import { MultiKeyAmiBuilderProps } from './multi-key-ami-builder-props';
import { checkVolume } from './volume-limits';
import { checkDeviceName, checkDistinct } from '../ami/validate-device-names';
import { AmiBuildMethod, VolumeOrigin } from '../contract';

/** RunInstances takes 16 KB of user data, before it is encoded. */
const MAX_USER_DATA_BYTES = 16 * 1024;

/** Refuses what is known to be wrong at synthesis. */
export function checkMultiKey(props: MultiKeyAmiBuilderProps, osType: ec2.OperatingSystemType): void {
  const { rootVolume, blockDevices = [] } = props;
  if (!rootVolume && blockDevices.length === 0) {
    throw new Error('MultiKeyAmiBuilder requires `rootVolume` or `blockDevices`, but got neither. Use EncryptedAmiCopy to encrypt all devices with one key.');
  }
  if (rootVolume) {
    checkSourceVolume('rootVolume', rootVolume);
  }
  blockDevices.forEach(checkBlockDevice);
  checkDistinct(blockDevices.map(({ deviceName }) => deviceName));
  for (const volume of newVolumes(blockDevices)) {
    checkDeviceName(volume.deviceName, osType === ec2.OperatingSystemType.WINDOWS);
    checkVolume({ ...volume, volumeType: volume.volumeType ?? ec2.EbsDeviceVolumeType.GP3 });
  }
  checkBuilder(props);
}

function checkBlockDevice({ deviceName, volume, mappingEnabled = true }: AmiBlockDevice): void {
  if (mappingEnabled === (volume === undefined)) {
    throw new Error(
      `\`blockDevices\` must have either a \`volume\` or \`mappingEnabled: false\` for ${deviceName}, but has ${mappingEnabled ? 'neither' : 'both'}. ` +
      'Devices without an entry stay as they are.',
    );
  }
  if (volume?._definition.origin === VolumeOrigin.SOURCE) {
    checkSourceVolume(`AmiVolume.fromSource() of ${deviceName}`, volume._definition);
  }
}

function checkSourceVolume(subject: string, { encryptionKey, deleteOnTermination }: SourceVolumeOptions): void {
  if (!encryptionKey && deleteOnTermination === undefined) {
    throw new Error(
      `\`${subject}\` must have an \`encryptionKey\` or \`deleteOnTermination\`, but has neither. Volumes without either stay as they are: remove it.`,
    );
  }
}

function checkBuilder(props: MultiKeyAmiBuilderProps): void {
  const { userData, userDataTimeout, allowAllOutbound, vpc, vpcSubnets, securityGroups, instanceTypes } = props;
  if (props.buildMethod === AmiBuildMethod.COPY_SNAPSHOTS) {
    const ofInstance = Object.entries({ userData, userDataTimeout, allowAllOutbound, vpc, vpcSubnets, securityGroups, instanceTypes })
      .filter(([, value]) => value !== undefined).map(([name]) => `\`${name}\``);
    if (ofInstance.length > 0) {
      throw new Error(`\`AmiBuildMethod.COPY_SNAPSHOTS\` launches no instance, but got ${ofInstance.join(', ')}. Remove them, or use \`AmiBuildMethod.LAUNCH_INSTANCE\`.`);
    }
  }
  if (!vpc && (vpcSubnets || securityGroups)) {
    throw new Error(`\`${vpcSubnets ? 'vpcSubnets' : 'securityGroups'}\` requires \`vpc\`. Pass the VPC that they belong to.`);
  }
  if (!userData && (userDataTimeout || allowAllOutbound !== undefined)) {
    throw new Error(`\`${userDataTimeout ? 'userDataTimeout' : 'allowAllOutbound'}\` requires \`userData\`. Pass it, or remove the other.`);
  }
  if (instanceTypes?.length === 0 || securityGroups?.length === 0) {
    throw new Error(`\`${instanceTypes?.length === 0 ? 'instanceTypes' : 'securityGroups'}\` must have at least one element. Remove it to use the default.`);
  }
  const commands = userData?.render();
  if (commands !== undefined && !Token.isUnresolved(commands) && Buffer.byteLength(commands) > MAX_USER_DATA_BYTES) {
    throw new Error(
      `\`userData\` must have at most ${MAX_USER_DATA_BYTES} bytes, but has ${Buffer.byteLength(commands)}. Download the rest in \`userData\`, with \`allowAllOutbound: true\`.`,
    );
  }
  checkUserDataTimeout(userDataTimeout);
}

function checkUserDataTimeout(timeout: Duration | undefined): void {
  if (timeout && !timeout.isUnresolved() && (timeout.toSeconds() < 60 || timeout.toSeconds() > 3_600)) {
    throw new Error(`\`userDataTimeout\` must be 1 minute to 1 hour, but is ${timeout.toHumanString()}. CloudFormation waits at most an hour for a custom resource.`);
  }
}
