import { BlockDeviceMapping, RegisterImageRequest } from '@aws-sdk/client-ec2';
import { mappedDevice } from './block-device-mapping';
import { encryptedWithSnapshot } from './create-image';
import { makeAvailable } from './image-completion';
import { checkDescription, checkImageName, checkNameIsFree } from './image-names';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { publicArn, snapshotResource } from '../authorization/iam-resources';
import { visibleSnapshot } from '../snapshots/snapshots';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { Device, Image, License, noPermissions, Snapshot } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';
import { checkDevicesAreUnique } from '../volumes/device-names';

const noLicence: License = { platformDetails: 'Linux/UNIX', usageOperation: 'RunInstances', productCodes: [], billingProducts: [] };

/** Creates an image of existing snapshots. EC2's defaults for omitted members are i386 and paravirtual. */
export function registerImage(ec2: Ec2Context, call: Call): object {
  const { state, clock, settings: { timing } } = ec2;
  const input = call.input as unknown as RegisterImageRequest;
  const place = accountAndRegionOf(call);
  const mappings = input.BlockDeviceMappings ?? [];
  const tags = specifiedTags(input.TagSpecifications, 'image');
  checkTagSpecifications(input.TagSpecifications, ['image']);
  const snapshots = mappings.map(mapping => mapping.Ebs?.SnapshotId && visibleSnapshot(ec2, call, mapping.Ebs.SnapshotId));
  ec2.permissions.require(call, [
    ...permissionsToCreate(call, { arn: publicArn(place.region, 'image', '*'), context: {} }, tags),
    ...snapshots.flatMap(snapshot => snapshot ? [{ resource: snapshotResource(ec2, place.account, snapshot) }] : []),
  ]);
  checkImageName(ec2, input.Name ?? '');
  checkDescription(input.Description);
  checkDevicesAreUnique(mappings);
  const devices = mappings.filter(mapping => mapping.NoDevice === undefined).map(mapping => deviceOf(ec2, call, mapping));
  const root = rootOf(ec2, input, devices);
  checkNameIsFree(ec2, place, input.Name ?? '');
  const image: Image = {
    ...place,
    id: newResourceId('ami'),
    createdAt: clock.now(),
    seeded: false,
    reads: 0,
    name: input.Name ?? '',
    description: input.Description ?? '',
    attributes: {
      ...root.license ?? noLicence,
      architecture: input.Architecture ?? 'i386',
      virtualizationType: input.VirtualizationType === 'hvm' ? 'hvm' : 'paravirtual',
      rootDeviceName: input.RootDeviceName ?? '',
      rootDeviceType: 'ebs',
      enaSupport: input.EnaSupport,
      sriovNetSupport: input.SriovNetSupport,
      bootMode: input.BootMode,
      tpmSupport: input.TpmSupport,
      uefiData: input.UefiData,
      imdsSupport: input.ImdsSupport,
    },
    devices,
    state: 'pending',
    copied: false,
    launchPermissions: noPermissions(),
    protection: 'disabled',
    imdsSupport: input.ImdsSupport,
  };
  state.images.set(image.id, image);
  state.tags.put(place.account, image.id, tags);
  state.schedule.scheduleTransition(clock.now() + timing.imageRegistration, () => {
    if (image.state === 'pending') {
      makeAvailable(ec2, image);
    }
  });
  return { ImageId: image.id };
}

function deviceOf(ec2: Ec2Context, call: Call, { DeviceName = '', VirtualName, Ebs }: BlockDeviceMapping): Device {
  if (!Ebs) {
    return { deviceName: DeviceName, virtualName: VirtualName };
  }
  if (Ebs.KmsKeyId !== undefined) {
    throw new AwsError('UnknownParameter', 'The parameter KmsKeyId is not recognized');
  }
  const snapshot = Ebs.SnapshotId === undefined ? undefined : usableSnapshot(ec2, call, Ebs.SnapshotId);
  if (snapshot && Ebs.Encrypted !== undefined) {
    throw encryptedWithSnapshot();
  }
  if (!snapshot && Ebs.VolumeSize === undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `The device ${DeviceName} has neither a snapshot nor a size.`);
  }
  return mappedDevice(DeviceName, Ebs, snapshot, true);
}

function usableSnapshot(ec2: Ec2Context, call: Call, id: string): Snapshot {
  const snapshot = visibleSnapshot(ec2, call, id);
  if (!snapshot) {
    throw new AwsError('InvalidSnapshotID.NotFound', `The snapshot ID '${id}' does not exist`);
  }
  if (snapshot.account !== call.principal.account) {
    throw new AwsError('InvalidParameterValue', `Invalid value '${id}' for snapshotId. Snapshot does not belong to ${call.principal.account}`);
  }
  if (snapshot.state !== 'completed') {
    throw new AwsError('IncorrectState', `Snapshot ${id} is in invalid state - ${snapshot.state}`);
  }
  return snapshot;
}

function rootOf({ state }: Ec2Context, input: RegisterImageRequest, devices: readonly Device[]): Snapshot {
  const device = devices.find(one => one.deviceName === input.RootDeviceName);
  const snapshot = state.snapshots.get(device?.ebs?.snapshotId ?? '');
  if (!snapshot) {
    throw new AwsError('InvalidBlockDeviceMapping', 'No root snapshot specified in device mapping.');
  }
  return snapshot;
}
