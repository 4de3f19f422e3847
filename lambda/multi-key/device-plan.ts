import { NewVolume, splitBlockDevices } from './block-devices';
import {
  deviceKeyLabel, deviceNameInUse, rootDeviceExcluded, rootDeviceGivenTwice, rootDeviceNotFound, rootKeyLabel, sourceDeviceNotFound,
} from './messages';
import { MultiKeyAmiProperties, SourceVolumeProperties } from '../../src/contract';
import { SourceImage, SourceDevice } from '../ami/describe-source-image';
import { declaredKey, KeyReference, KeyUser } from '../ami/keys/key-reference';
import { sourceDeviceWithoutSnapshot } from '../ami/messages';
import { findDevice } from '../aws/find-images';
import { DeploymentError } from '../outcomes';
import { ImageRequest } from '../request/image-request';

export type MultiKeyRequest = ImageRequest<MultiKeyAmiProperties>;

/** A device of the AMI that is built. */
export interface PlannedDevice {
  /** In calls of EC2. */
  readonly name: string;
  /** The key that was requested; none if it keeps its key. */
  readonly keyArn?: string;
  /** The name of that key in messages. */
  readonly keyLabel: string;
  readonly deleteOnTermination: boolean;
  /** The device of the source; none for a new volume. */
  readonly source?: SourceDevice;
  /** The properties of a new volume. */
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
  const requested = new Map<string, SourceVolumeProperties>(sourceDevices.map(device => [findSourceDevice(source, device.DeviceName).name, device]));
  const dropped = excludedDevices.map(name => (findDevice(name, source.emptyDevices ?? []) ?? findSourceDevice(source, name)).name);
  checkEmptyDevices(source, dropped);
  const root = findDevice(source.image.RootDeviceName, source.devices)?.name;
  checkRoot(source, root, properties, { requested: [...requested.keys()], dropped });
  if (root !== undefined && properties.RootVolume) {
    requested.set(root, properties.RootVolume);
  }
  const kept = source.devices.filter(({ name }) => !dropped.includes(name)).map((device): PlannedDevice => ({
    name: device.name,
    keyArn: requested.get(device.name)?.EncryptionKeyArn,
    keyLabel: device.name === root && properties.RootVolume ? rootKeyLabel(device.name) : deviceKeyLabel(device.name),
    deleteOnTermination: requested.get(device.name)?.DeleteOnTermination ?? device.ebs.DeleteOnTermination ?? false,
    source: device,
  }));
  const added = newVolumes.map((volume): PlannedDevice => ({
    name: volume.DeviceName,
    keyArn: volume.EncryptionKeyArn,
    keyLabel: deviceKeyLabel(volume.DeviceName),
    deleteOnTermination: volume.DeleteOnTermination,
    volume,
  }));
  checkDeviceNamesAreFree(source, kept, added);
  return { devices: [...kept, ...added], dropped };
}

function checkRoot(
  source: SourceImage, root: string | undefined, { RootVolume }: MultiKeyAmiProperties, named: { requested: string[]; dropped: string[] },
): void {
  const { ImageId: imageId, RootDeviceName } = source.image;
  if (root === undefined) {
    if (RootVolume) {
      throw new DeploymentError(rootDeviceNotFound({ device: RootDeviceName, imageId, devices: namesOf(source) }));
    }
    return;
  }
  if (named.dropped.includes(root)) {
    throw new DeploymentError(rootDeviceExcluded({ device: root, imageId }));
  }
  if (RootVolume && named.requested.includes(root)) {
    throw new DeploymentError(rootDeviceGivenTwice({ device: root, imageId }));
  }
}

/** The key that was requested for a device; none if it keeps its key. */
export function keyReferencesOf({ keyArn, keyLabel }: PlannedDevice, user: KeyUser): KeyReference[] {
  return keyArn === undefined ? [] : [declaredKey(keyArn, keyLabel, user)];
}

/** The description of the AMI; a default if the properties have none. */
export function descriptionOf(properties: MultiKeyAmiProperties): string {
  return properties.Description ?? `Built from ${properties.SourceImageId}, each device with its own key`;
}

function findSourceDevice(source: SourceImage, name: string): SourceDevice {
  const device = findDevice(name, source.devices);
  if (!device) {
    throw new DeploymentError(sourceDeviceNotFound({ device: name, imageId: source.image.ImageId, devices: namesOf(source) }));
  }
  return device;
}

/** An instance would have an empty volume there, of which CreateImage makes a snapshot: another device than the source's. */
function checkEmptyDevices({ image, emptyDevices = [] }: SourceImage, dropped: readonly string[]): void {
  const kept = emptyDevices.find(({ name }) => !dropped.includes(name));
  if (kept) {
    throw new DeploymentError(sourceDeviceWithoutSnapshot({ imageId: image.ImageId, device: kept.name }));
  }
}

function namesOf({ devices, emptyDevices = [] }: SourceImage): string {
  return [...devices, ...emptyDevices].map(({ name }) => name).join(', ');
}

function checkDeviceNamesAreFree(source: SourceImage, kept: readonly PlannedDevice[], added: readonly PlannedDevice[]): void {
  for (const { name } of added) {
    const existing = findDevice(name, kept)?.name;
    if (existing !== undefined) {
      throw new DeploymentError(deviceNameInUse({ device: name, imageId: source.image.ImageId, existing }));
    }
  }
}
