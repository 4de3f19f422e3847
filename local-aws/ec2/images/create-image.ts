import { BlockDeviceMapping, CreateImageRequest } from '@aws-sdk/client-ec2';
import { mappedDevice } from './block-device-mapping';
import { scheduleImageCompletion } from './image-completion';
import { bootModeOf } from './image-description';
import { checkDescription, checkImageName, checkNameIsFree } from './image-names';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { newSnapshotResource, publicArn } from '../authorization/iam-resources';
import { instancePermission, ownInstance } from '../instances/instance-access';
import { checkId, notFound } from '../requests/errors';
import { checkPending, startSnapshot } from '../snapshots/create-snapshots';
import { PendingSnapshot } from '../snapshots/snapshot-copies';
import { visibleSnapshot } from '../snapshots/snapshots';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { Device, Image, Instance, noPermissions, Volume } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';
import { checkDevicesAreUnique, isSameDevice } from '../volumes/device-names';
import { hasConfigurableIops } from '../volumes/volume-configuration';

/** Creates an image of an instance. Each snapshot has the key of its volume. CreateImage has no client token. */
export function createImage(ec2: Ec2Context, call: Call): object {
  const { state, clock, switches, settings: { timing } } = ec2;
  const input = call.input as unknown as CreateImageRequest;
  const place = accountAndRegionOf(call);
  const { InstanceId = '', Name = '', Description, TagSpecifications, BlockDeviceMappings = [] } = input;
  checkId('i', InstanceId);
  const imageTags = specifiedTags(TagSpecifications, 'image');
  const snapshotTags = specifiedTags(TagSpecifications, 'snapshot');
  checkTagSpecifications(TagSpecifications, ['image', 'snapshot']);
  ec2.permissions.require(call, [
    instancePermission(ec2, call, InstanceId),
    ...permissionsToCreate(call, { arn: publicArn(place.region, 'image', '*'), context: {} }, imageTags),
    ...permissionsToCreate(call, newSnapshotResource(call), snapshotTags),
  ]);
  const instance = ownInstance(ec2, call, InstanceId);
  if (!instance) {
    throw notFound('i', [InstanceId]);
  }
  checkImageName(ec2, Name);
  checkDescription(Description);
  if (BlockDeviceMappings.some(one => one.Ebs?.KmsKeyId !== undefined)) {
    throw new AwsError('UnknownParameter', 'The parameter KmsKeyId is not recognized');
  }
  if (instance.state !== 'running' && instance.state !== 'stopped') {
    throw new AwsError(switches.createImageStateCode, `The instance '${InstanceId}' is not in the 'running' or 'stopped' state.`);
  }
  checkBootMode(input, instance);
  checkNameIsFree(ec2, place, Name);
  const volumes = state.volumesOf(InstanceId).filter(volume => mappingOf(volume, BlockDeviceMappings)?.NoDevice === undefined);
  volumes.forEach(volume => checkPending(ec2, volume));
  BlockDeviceMappings.forEach(mapping => checkMapping(ec2, instance, mapping));
  checkDevicesAreUnique(BlockDeviceMappings);

  const id = newResourceId('ami');
  const pending = new Map(volumes.map((volume): [Volume, PendingSnapshot] =>
    [volume, startSnapshot(ec2, volume, `Created by CreateImage(${InstanceId}) for ${id}`, snapshotTags, true)]));
  const image: Image = {
    ...place,
    id,
    createdAt: clock.now(),
    seeded: false,
    reads: 0,
    name: Name,
    description: Description ?? '',
    attributes: { ...instance.attributes, bootMode: input.BootModeOverride ?? instance.attributes.bootMode },
    devices: [
      ...volumes.map(volume => snapshotDevice(volume, pending.get(volume)!, mappingOf(volume, BlockDeviceMappings))),
      ...instanceStoreDevices(ec2, instance, BlockDeviceMappings),
      ...BlockDeviceMappings.filter(mapping => isNew(ec2, instance, mapping)).map(mapping => newDevice(ec2, call, mapping)),
    ],
    state: 'pending',
    sourceInstanceId: InstanceId,
    copied: false,
    launchPermissions: noPermissions(),
    protection: 'disabled',
    imdsSupport: instance.attributes.imdsSupport,
  };
  state.images.set(id, image);
  state.tags.put(place.account, id, imageTags);
  scheduleImageCompletion(ec2, image, [...pending.values()], clock.now() + timing.snapshotStart);
  return { ImageId: id };
}

/** The request may name UEFI only if the instance booted with UEFI. */
function checkBootMode({ BootModeOverride }: CreateImageRequest, instance: Instance): void {
  if (BootModeOverride !== undefined && BootModeOverride !== bootModeOf(instance)) {
    throw new AwsError('InvalidParameterValue', `The boot mode of the instance '${instance.id}' is not '${BootModeOverride}'.`);
  }
}

function mappingOf(volume: Volume, mappings: readonly BlockDeviceMapping[]): BlockDeviceMapping | undefined {
  return mappings.find(one => isSameDevice(one.DeviceName ?? '', volume.attachment?.device ?? ''));
}

function isNew({ state }: Ec2Context, instance: Instance, mapping: BlockDeviceMapping): boolean {
  return mapping.Ebs !== undefined && mapping.NoDevice === undefined &&
    !state.volumesOf(instance.id).some(volume => isSameDevice(mapping.DeviceName ?? '', volume.attachment?.device ?? ''));
}

/** Of a device that the instance has, the request may only change DeleteOnTermination. */
function checkMapping(ec2: Ec2Context, instance: Instance, mapping: BlockDeviceMapping): void {
  const { Ebs, DeviceName } = mapping;
  if (!Ebs) {
    return;
  }
  if (isNew(ec2, instance, mapping)) {
    if (Ebs.SnapshotId !== undefined && Ebs.Encrypted !== undefined) {
      throw encryptedWithSnapshot();
    }
    return;
  }
  const changed = Object.entries(Ebs).find(([name, value]) => name !== 'DeleteOnTermination' && value !== undefined);
  if (changed) {
    throw new AwsError('InvalidBlockDeviceMapping', `${changed[0]} of the device ${DeviceName} cannot be changed; only DeleteOnTermination can.`);
  }
}

export function encryptedWithSnapshot(): AwsError {
  return new AwsError(
    'InvalidParameter',
    'Parameter encrypted is invalid. You cannot specify the encrypted flag if specifying a snapshot id in a block device mapping.',
  );
}

function snapshotDevice(volume: Volume, { snapshot }: PendingSnapshot, mapping: BlockDeviceMapping | undefined): Device {
  return {
    deviceName: volume.attachment?.device ?? '',
    ebs: {
      snapshotId: snapshot.id,
      size: volume.size,
      type: volume.type,
      // EC2 refuses the IOPS of gp2 in a mapping: "The parameter iops is not supported for gp2 volumes."
      iops: hasConfigurableIops(volume.type) ? volume.iops : undefined,
      throughput: volume.throughput,
      deleteOnTermination: mapping?.Ebs?.DeleteOnTermination ?? volume.attachment?.deleteOnTermination ?? false,
    },
  };
}

/** The image inherits the mappings of instance store volumes from the image that the instance was launched from (hashicorp/packer#8362). */
function instanceStoreDevices({ state }: Ec2Context, instance: Instance, mappings: readonly BlockDeviceMapping[]): Device[] {
  const taken = [...state.volumesOf(instance.id).map(volume => volume.attachment?.device ?? ''), ...mappings.map(mapping => mapping.DeviceName ?? '')];
  return (state.images.get(instance.imageId)?.devices ?? [])
    .filter(device => device.virtualName !== undefined && !taken.some(name => isSameDevice(name, device.deviceName)));
}

function newDevice(ec2: Ec2Context, call: Call, { DeviceName = '', Ebs = {} }: BlockDeviceMapping): Device {
  const snapshot = Ebs.SnapshotId === undefined ? undefined : visibleSnapshot(ec2, call, Ebs.SnapshotId);
  if (Ebs.SnapshotId !== undefined && !snapshot) {
    throw notFound('snap', [Ebs.SnapshotId]);
  }
  return mappedDevice(DeviceName, Ebs, snapshot, false);
}
