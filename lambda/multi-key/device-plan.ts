import { MultiKeyAmiProperties, NewVolumeProperties } from '../../src/contract';
import { Failure } from '../outcomes';
import { findDevice } from '../aws/find-images';
import { KeyReference } from '../ami/check-key';
import { ImageRequest } from '../request/image-request';
import { Source, SourceDevice } from '../ami/describe-source-image';

export type BuildRequest = ImageRequest<MultiKeyAmiProperties>;

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
  readonly volume?: NewVolumeProperties;
}

export interface Plan {
  readonly devices: readonly PlannedDevice[];
  /** The names of the source's devices that the image does not have. */
  readonly dropped: readonly string[];
}

/** The devices of the image to come: those of the source, as far as they are kept, and the new volumes. */
export function planOf(source: Source, properties: MultiKeyAmiProperties): Plan {
  const asked = new Map((properties.SourceDevices ?? []).map(device => [deviceOf(source, device.DeviceName, 'sourceDevices').name, device]));
  const root = findDevice(source.image.RootDeviceName, source.devices)?.name;
  const dropped = (properties.DroppedDevices ?? []).map(name => deviceOf(source, name, 'droppedDevices').name);
  if (properties.RootKeyArn && root === undefined) {
    throw new Failure(
      `rootKey is for the root device ${source.image.RootDeviceName}, but the source image ${source.image.ImageId} has ${namesOf(source)}: use sourceDevices instead`,
    );
  }
  if (root !== undefined && dropped.includes(root)) {
    throw new Failure(`the root device ${root} of ${source.image.ImageId} cannot be dropped, because an image must have one: remove it from droppedDevices`);
  }
  if (root !== undefined && properties.RootKeyArn && asked.get(root)?.KeyArn) {
    throw new Failure(`the root device ${root} of ${source.image.ImageId} is given two keys, by rootKey and by sourceDevices: remove one of them`);
  }
  const kept = source.devices.filter(({ name }) => !dropped.includes(name)).map((device): PlannedDevice => ({
    name: device.name,
    keyArn: asked.get(device.name)?.KeyArn ?? (device.name === root ? properties.RootKeyArn : undefined),
    keyRole: device.name === root && properties.RootKeyArn ? `rootKey (${device.name})` : `the encryptionKey of ${device.name}`,
    deleteOnTermination: asked.get(device.name)?.DeleteOnTermination ?? device.ebs.DeleteOnTermination ?? false,
    source: device,
  }));
  const added = (properties.Volumes ?? []).map((volume): PlannedDevice => ({
    name: volume.DeviceName,
    keyArn: volume.KeyArn,
    keyRole: `the encryptionKey of ${volume.DeviceName}`,
    deleteOnTermination: volume.DeleteOnTermination,
    volume,
  }));
  checkPlaces(source, kept, added);
  return { devices: [...kept, ...added], dropped };
}

/** The key that was asked for a device; none if it keeps what it has. */
export function keyReferenceOf({ keyArn, keyRole }: PlannedDevice): KeyReference[] {
  return keyArn === undefined ? [] : [{
    id: keyArn, role: keyRole, cureIfDenied: 'the policy of the key must allow this account, or the handler\'s role, to use it',
  }];
}

/** What the description says if the user says nothing. */
export function descriptionOf(properties: MultiKeyAmiProperties): string {
  return properties.Description ?? `Built from ${properties.SourceImageId}, each device with its own key`;
}

function deviceOf(source: Source, name: string, prop: string): SourceDevice {
  const device = findDevice(name, source.devices);
  if (!device) {
    throw new Failure(
      `${prop} names ${name}, but the source image ${source.image.ImageId} has ${namesOf(source)}: use one of these names`,
    );
  }
  return device;
}

function namesOf({ devices }: Source): string {
  return devices.map(({ name }) => name).join(', ');
}

function checkPlaces(source: Source, kept: readonly PlannedDevice[], added: readonly PlannedDevice[]): void {
  for (const { name } of added) {
    const holder = findDevice(name, kept);
    if (holder) {
      throw new Failure(
        `the volume ${name} cannot be added, because the source image ${source.image.ImageId} has ${holder.name}` +
        `${holder.name === name ? '' : ', which is the same place'}: choose another deviceName, or drop that device`,
      );
    }
  }
}
