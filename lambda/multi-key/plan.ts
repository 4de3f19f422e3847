import { attachmentPoint } from '../../src/attachment-point';
import { MultiKeyAmiProperties, NewVolumeProperties } from '../../src/contract';
import { Failure } from '../failure';
import { ImageRequest } from '../request';
import { Source, SourceDevice } from '../source';

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
  const root = source.image.RootDeviceName;
  const dropped = (properties.DroppedDevices ?? []).map(name => deviceOf(source, name, 'droppedDevices').name);
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

/** What the description says if the user says nothing. */
export function descriptionOf(properties: MultiKeyAmiProperties): string {
  return properties.Description ?? `Built from ${properties.SourceImageId}, each device with its own key`;
}

/** A device of the source by its name, or by another name of the same place. */
function deviceOf(source: Source, name: string, prop: string): SourceDevice {
  const device = source.devices.find(one => one.name === name) ?? source.devices.find(one => attachmentPoint(one.name) === attachmentPoint(name));
  if (!device) {
    throw new Failure(
      `${prop} names ${name}, but the source image ${source.image.ImageId} has ${source.devices.map(one => one.name).join(', ')}: use one of these names`,
    );
  }
  return device;
}

function checkPlaces(source: Source, kept: readonly PlannedDevice[], added: readonly PlannedDevice[]): void {
  for (const { name } of added) {
    const holder = kept.find(one => attachmentPoint(one.name) === attachmentPoint(name));
    if (holder) {
      throw new Failure(
        `the volume ${name} cannot be added, because the source image ${source.image.ImageId} has ${holder.name}` +
        `${holder.name === name ? '' : ', which is the same place'}: choose another deviceName, or drop that device`,
      );
    }
  }
}
