import { BlockDeviceMapping, Image as ImageDescription } from '@aws-sdk/client-ec2';
import { wholeSeconds } from '../requests/times';
import { Ec2Context } from '../state/ec2-context';
import { Device, Image, Instance } from '../state/records';

/** The image in the response of DescribeImages to one account. */
export function describedImage(ec2: Ec2Context, viewer: string, image: Image): ImageDescription {
  const { attributes } = image;
  const own = viewer === image.account;
  const nameless = image.state === 'failed' && !ec2.switches.failedImageKeepsName;
  return {
    ImageId: image.id,
    State: image.state,
    StateReason: image.stateReason,
    ImageLocation: image.bucket ? `${image.bucket}/${image.name}.manifest.xml` : `${image.ownerAlias ?? image.account}/${image.name}`,
    OwnerId: image.account,
    ImageOwnerAlias: image.ownerAlias,
    CreationDate: image.undated ? '' : wholeSeconds(image.createdAt),
    Public: image.launchPermissions.groups.has('all'),
    Name: nameless ? undefined : image.name || undefined,
    Description: image.description || undefined,
    Architecture: attributes.architecture,
    ImageType: 'machine',
    // EC2 returns lower case, unlike the SDK's type
    Platform: attributes.platform as ImageDescription['Platform'],
    PlatformDetails: attributes.platformDetails,
    UsageOperation: attributes.usageOperation,
    RootDeviceName: attributes.rootDeviceName,
    RootDeviceType: attributes.rootDeviceType,
    VirtualizationType: attributes.virtualizationType,
    Hypervisor: 'xen',
    EnaSupport: attributes.enaSupport,
    SriovNetSupport: attributes.sriovNetSupport,
    BootMode: attributes.bootMode,
    TpmSupport: attributes.tpmSupport,
    ImdsSupport: image.imdsSupport,
    InstanceTypeSpecification: attributes.instanceTypes && {
      SupportedInstanceTypes: attributes.instanceTypes.supported?.map(InstanceType => ({ InstanceType })),
      UnsupportedInstanceTypes: attributes.instanceTypes.unsupported?.map(InstanceType => ({ InstanceType })),
    },
    ProductCodes: attributes.productCodes.length > 0 ? [...attributes.productCodes] : undefined,
    BlockDeviceMappings: mappings(ec2, image),
    Tags: ec2.state.tags.described(viewer, image.id),
    SourceImageId: image.sourceImage?.id,
    SourceImageRegion: image.sourceImage?.region,
    SourceInstanceId: own ? image.sourceInstanceId : undefined,
    DeprecationTime: image.deprecationTime === undefined ? undefined : wholeSeconds(image.deprecationTime),
    DeregistrationProtection: own ? image.protection : undefined,
    LastLaunchedTime: own && image.lastLaunched !== undefined ? wholeSeconds(image.lastLaunched) : undefined,
    PublicSsmParameterName: image.publicParameter,
    FreeTierEligible: true,
    // EC2 returns it only while Allowed AMIs is enabled, and then hides images that are not allowed
    ImageAllowed: ec2.settings.limits.allowedImageOwners && true,
  };
}

function mappings(ec2: Ec2Context, image: Image): BlockDeviceMapping[] {
  if (image.state !== 'pending') {
    return image.devices.map(device => mapping(ec2, device));
  }
  if (image.sourceInstanceId !== undefined) {
    return image.devices.map(device => withoutVolume(mapping(ec2, device)));
  }
  switch (image.copied ? ec2.switches.snapshotIdsAppear : 'at-once') {
    case 'at-once': return image.devices.map(device => mapping(ec2, device));
    case 'when-available': return [];
    case 'devices-without-ids': return image.devices.map(device => withoutSnapshot(mapping(ec2, device)));
  }
}

/** The devices of a pending image of CreateImage: DescribeImages does not show snapshots and sizes before the image is available. */
function withoutVolume(one: BlockDeviceMapping): BlockDeviceMapping {
  return one.Ebs ? { ...one, Ebs: { ...one.Ebs, SnapshotId: undefined, VolumeSize: undefined } } : one;
}

function withoutSnapshot(one: BlockDeviceMapping): BlockDeviceMapping {
  return one.Ebs ? { ...one, Ebs: { ...one.Ebs, SnapshotId: undefined, OutpostArn: undefined } } : one;
}

function mapping({ state }: Ec2Context, { deviceName, virtualName, ebs }: Device): BlockDeviceMapping {
  const snapshot = state.snapshots.get(ebs?.snapshotId ?? '');
  return {
    DeviceName: deviceName,
    VirtualName: virtualName,
    Ebs: ebs && {
      SnapshotId: ebs.snapshotId,
      VolumeSize: ebs.size,
      VolumeType: ebs.type,
      DeleteOnTermination: ebs.deleteOnTermination,
      Iops: ebs.iops,
      Throughput: ebs.throughput,
      Encrypted: snapshot?.encrypted ?? ebs.encrypted ?? false,
      OutpostArn: snapshot?.outpostArn,
    },
  };
}

/** The mode in which the instance booted. */
export function bootModeOf(instance: Instance): string {
  const { bootMode, architecture } = instance.attributes;
  if (bootMode === 'uefi-preferred') {
    return 'uefi';
  }
  return bootMode ?? (architecture === 'arm64' ? 'uefi' : 'legacy-bios');
}
