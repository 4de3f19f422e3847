import { BlockDeviceMapping, EbsBlockDevice } from '@aws-sdk/client-ec2';
import { NewVolume, splitBlockDevices } from './block-devices';
import {
  deviceKeyLabel, deviceNameInUse, rootDeviceExcluded, rootDeviceGivenTwice, rootDeviceNotFound, rootKeyLabel, sourceDeviceNotFound,
  volumeSmallerThanSource,
} from './messages';
import { AmiBuildMethod, MultiKeyAmiProperties, SourceVolumeProperties } from '../../src/contract';
import { SourceImage, SourceDevice } from '../ami/describe-source-image';
import { declaredKey, KeyReference, KeyUser } from '../ami/keys/key-reference';
import { sourceDeviceWithoutSnapshot } from '../ami/messages';
import { Device, findDevice } from '../aws/find-images';
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
  /** The device of the source, if its volume has no snapshot, so that each launch creates it empty. */
  readonly empty?: Device;
  /** The properties of the source's volume that change. */
  readonly changes?: SourceVolumeProperties;
  /** The properties of a new volume. */
  readonly volume?: NewVolume;
}

export interface Plan {
  readonly devices: readonly PlannedDevice[];
  /** The names of the source's devices that the image does not have. */
  readonly dropped: readonly string[];
  /** The mappings of instance store volumes that the image has. */
  readonly instanceStores: readonly BlockDeviceMapping[];
  /** The names of those that it does not have, which are among the dropped devices. */
  readonly droppedInstanceStores: readonly string[];
}

/** The devices of the AMI: those of the source that are not excluded, and the new volumes. */
export function planDevices(source: SourceImage, properties: MultiKeyAmiProperties): Plan {
  const { sourceDevices, excludedDevices, newVolumes } = splitBlockDevices(properties);
  const { emptyDevices = [] } = source;
  const stores = instanceStoresOf(source);
  const requested = new Map<string, SourceVolumeProperties>(sourceDevices.map(device =>
    [(findDevice(device.DeviceName, emptyDevices) ?? findSourceDevice(source, device.DeviceName)).name, device]));
  const dropped = excludedDevices.map(name => (findDevice(name, [...emptyDevices, ...stores]) ?? findSourceDevice(source, name)).name);
  const root = findDevice(source.image.RootDeviceName, source.devices)?.name;
  checkRoot(source, root, properties, { requested: [...requested.keys()], dropped });
  if (properties.RootVolume) {
    requested.set(root!, properties.RootVolume);
  }
  const planned = (device: Device): PlannedDevice => ({
    name: device.name,
    keyArn: requested.get(device.name)?.EncryptionKeyArn,
    keyLabel: device.name === root && properties.RootVolume ? rootKeyLabel(device.name) : deviceKeyLabel(device.name),
    deleteOnTermination: requested.get(device.name)?.DeleteOnTermination ?? device.ebs.DeleteOnTermination ?? false,
    changes: requested.get(device.name),
  });
  const kept = [
    ...source.devices.map(device => ({ ...planned(device), source: device })), ...emptyDevices.map(device => ({ ...planned(device), empty: device })),
  ].filter(({ name }) => !dropped.includes(name));
  checkEmptyDevices(source, kept, properties);
  kept.forEach(device => checkSize(source, device));
  const added = newVolumes.map((volume): PlannedDevice => ({
    name: volume.DeviceName,
    keyArn: volume.EncryptionKeyArn,
    keyLabel: deviceKeyLabel(volume.DeviceName),
    deleteOnTermination: volume.DeleteOnTermination,
    volume,
  }));
  checkDeviceNamesAreFree(source, kept, added);
  const droppedInstanceStores = stores.flatMap(({ name }) => dropped.includes(name) ? [name] : []);
  return {
    devices: [...kept, ...added],
    dropped,
    droppedInstanceStores,
    instanceStores: stores.filter(({ name }) => !dropped.includes(name) && !findDevice(name, added)).map(({ mapping }) => mapping),
  };
}

/** Whether the AMI has a device for which each launch creates an empty volume. With a key of its own it has a snapshot, because the key is that of a snapshot. */
export function isKeptEmpty({ empty, keyArn }: PlannedDevice): boolean {
  return empty !== undefined && keyArn === undefined;
}

/** A mapping of a device that is kept empty. */
export function emptyVolumeOf(device: PlannedDevice): EbsBlockDevice {
  const { Size, ...shape } = volumeShapeOf(device);
  return { VolumeSize: Size, ...shape, ...device.empty?.ebs.Encrypted ? { Encrypted: true } : {}, DeleteOnTermination: device.deleteOnTermination };
}

/** The parameters of the source's volume with their changes. Another type has its own defaults of the others. */
export function volumeShapeOf({ source, empty, changes = {} }: PlannedDevice) {
  const { Size, VolumeType, Iops, Throughput } = sourceShapeOf((source ?? empty)?.ebs);
  const isSameType = changes.VolumeType === undefined || changes.VolumeType === VolumeType;
  return {
    Size: changes.SizeGibibytes ?? Size,
    VolumeType: (changes.VolumeType as typeof VolumeType) ?? VolumeType,
    Iops: changes.Iops ?? (isSameType ? Iops : undefined),
    Throughput: changes.Throughput ?? (isSameType ? Throughput : undefined),
  };
}

/**
 * The volume's parameters in the source's mapping, without those that EC2 refuses in a mapping: "The parameter iops is not supported for gp2 volumes.",
 * "The throughput parameter is not supported for io2 volumes."
 */
function sourceShapeOf({ VolumeSize, VolumeType, Iops, Throughput }: EbsBlockDevice = {}) {
  const typesWithIops: readonly (typeof VolumeType)[] = ['gp3', 'io1', 'io2'];
  return {
    Size: VolumeSize,
    VolumeType,
    Iops: typesWithIops.includes(VolumeType) ? Iops : undefined,
    Throughput: VolumeType === 'gp3' ? Throughput : undefined,
  };
}

function instanceStoresOf({ image }: SourceImage): { readonly name: string; readonly mapping: BlockDeviceMapping }[] {
  return (image.BlockDeviceMappings ?? []).flatMap(({ DeviceName, VirtualName }) =>
    DeviceName !== undefined && VirtualName !== undefined ? [{ name: DeviceName, mapping: { DeviceName, VirtualName } }] : []);
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

/** Only an instance has the volume that a snapshot with the key can be created from: the role that copies snapshots may create no volume for it. */
function checkEmptyDevices({ image }: SourceImage, kept: readonly PlannedDevice[], { BuildMethod }: MultiKeyAmiProperties): void {
  const keyed = kept.find(device => device.empty && !isKeptEmpty(device));
  if (keyed && BuildMethod === AmiBuildMethod.COPY_SNAPSHOTS) {
    throw new DeploymentError(sourceDeviceWithoutSnapshot({ imageId: image.ImageId, device: keyed.name }));
  }
}

/** "Volume of size 8GB is smaller than snapshot 'snap-…', expect size >= 30GB" */
function checkSize({ image }: SourceImage, { name, source, empty, changes }: PlannedDevice): void {
  const { SizeGibibytes: size = Infinity } = changes ?? {};
  const { VolumeSize: sourceSize = -Infinity } = (source ?? empty!).ebs;
  if (size < sourceSize) {
    throw new DeploymentError(volumeSmallerThanSource({ device: name, size, imageId: image.ImageId, sourceSize }));
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
