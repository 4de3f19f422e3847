import { NewVolume, splitBlockDevices } from './block-devices';
import { MultiKeyAmiProperties, SourceVolumeProperties } from '../../src/contract';
import { SourceImage, SourceDevice } from '../ami/describe-source-image';
import { declaredKey, KeyReference } from '../ami/key-reference';
import { findDevice } from '../aws/find-images';
import { DeploymentError } from '../outcomes';
import { ImageRequest } from '../request/image-request';

export type MultiKeyRequest = ImageRequest<MultiKeyAmiProperties>;

/** One device of the image to come. */
export interface PlannedDevice {
  /** As EC2 is told it. */
  readonly name: string;
  /** The key that was asked for; none if it keeps what it has. */
  readonly keyArn?: string;
  /** How a sentence speaks of that key. */
  readonly keyRole: string;
  readonly deleteOnTermination: boolean;
  /** What it is in the source; none for a new volume. */
  readonly source?: SourceDevice;
  /** What is asked of a new volume. */
  readonly volume?: NewVolume;
}

export interface Plan {
  readonly devices: readonly PlannedDevice[];
  /** The names of the source's devices that the image does not have. */
  readonly dropped: readonly string[];
}

/** The devices of the AMI: those of the source that are not excluded, and the new volumes. */
export function planDevices(source: SourceImage, properties: MultiKeyAmiProperties): Plan {
  const { sourceDevices, excludedDevices, newVolumes } = splitBlockDevices(properties);
  const asked = new Map<string, SourceVolumeProperties>(sourceDevices.map(device => [findSourceDevice(source, device.DeviceName).name, device]));
  const dropped = excludedDevices.map(name => findSourceDevice(source, name).name);
  const root = findDevice(source.image.RootDeviceName, source.devices)?.name;
  checkRoot(source, root, properties, { asked: [...asked.keys()], dropped });
  if (root !== undefined && properties.RootVolume) {
    asked.set(root, properties.RootVolume);
  }
  const kept = source.devices.filter(({ name }) => !dropped.includes(name)).map((device): PlannedDevice => ({
    name: device.name,
    keyArn: asked.get(device.name)?.EncryptionKeyArn,
    keyRole: device.name === root && properties.RootVolume ? `the encryptionKey of rootVolume (${device.name})` : `the encryptionKey of ${device.name}`,
    deleteOnTermination: asked.get(device.name)?.DeleteOnTermination ?? device.ebs.DeleteOnTermination ?? false,
    source: device,
  }));
  const added = newVolumes.map((volume): PlannedDevice => ({
    name: volume.DeviceName,
    keyArn: volume.EncryptionKeyArn,
    keyRole: `the encryptionKey of ${volume.DeviceName}`,
    deleteOnTermination: volume.DeleteOnTermination,
    volume,
  }));
  checkDeviceNamesAreFree(source, kept, added);
  return { devices: [...kept, ...added], dropped };
}

function checkRoot(
  source: SourceImage, root: string | undefined, { RootVolume }: MultiKeyAmiProperties, named: { asked: string[]; dropped: string[] },
): void {
  const { ImageId, RootDeviceName } = source.image;
  if (root === undefined) {
    if (RootVolume) {
      throw new DeploymentError(
        `\`rootVolume\` is the volume of the root device ${RootDeviceName}, but the source image ${ImageId} has ${namesOf(source)}. Use \`blockDevices\` instead.`,
      );
    }
    return;
  }
  if (named.dropped.includes(root)) {
    throw new DeploymentError(`The root device ${root} of ${ImageId} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`);
  }
  if (RootVolume && named.asked.includes(root)) {
    throw new DeploymentError(`The root device ${root} of ${ImageId} is given twice, by \`rootVolume\` and by \`blockDevices\`. Remove one of them.`);
  }
}

/** The key that was asked for a device; none if it keeps what it has. */
export function keyReferencesOf({ keyArn, keyRole }: PlannedDevice): KeyReference[] {
  return keyArn === undefined ? [] : [declaredKey(keyArn, keyRole)];
}

/** What the description says if the user says nothing. */
export function descriptionOf(properties: MultiKeyAmiProperties): string {
  return properties.Description ?? `Built from ${properties.SourceImageId}, each device with its own key`;
}

function findSourceDevice(source: SourceImage, name: string): SourceDevice {
  const device = findDevice(name, source.devices);
  if (!device) {
    throw new DeploymentError(
      `\`blockDevices\` names ${name} as a device of the source, but the source image ${source.image.ImageId} has ${namesOf(source)}. Use one of these names.`,
    );
  }
  return device;
}

function namesOf({ devices }: SourceImage): string {
  return devices.map(({ name }) => name).join(', ');
}

function checkDeviceNamesAreFree(source: SourceImage, kept: readonly PlannedDevice[], added: readonly PlannedDevice[]): void {
  for (const { name } of added) {
    const holder = findDevice(name, kept);
    if (holder) {
      throw new DeploymentError(
        `The volume ${name} cannot be added: the source image ${source.image.ImageId} already has ${holder.name}` +
        `${holder.name === name ? '' : ', which is another name of the same device'}. Choose another \`deviceName\`, or leave that device out of the AMI.`,
      );
    }
  }
}
