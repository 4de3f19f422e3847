import { BlockDeviceMapping, Image as ImageDescription } from '@aws-sdk/client-ec2';
import { Ec2Context } from './context';
import { Device, Image, Instance } from './records';

/** An image as DescribeImages tells it to one account. */
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
    CreationDate: new Date(image.createdAt).toISOString(),
    Public: image.launchPermissions.groups.has('all'),
    Name: nameless ? undefined : image.name,
    Description: image.description || undefined,
    Architecture: attributes.architecture,
    ImageType: 'machine',
    // in lower case, whatever the SDK's type says
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
    ProductCodes: attributes.productCodes.length > 0 ? [...attributes.productCodes] : undefined,
    BlockDeviceMappings: mappings(ec2, image),
    Tags: ec2.world.tags.list(viewer, image.id),
    SourceImageId: own ? image.sourceImage?.id : undefined,
    SourceImageRegion: own ? image.sourceImage?.region : undefined,
    SourceInstanceId: own ? image.sourceInstanceId : undefined,
    DeprecationTime: image.deprecationTime === undefined ? undefined : new Date(image.deprecationTime).toISOString(),
    DeregistrationProtection: own ? image.protection : undefined,
    LastLaunchedTime: own && image.lastLaunched !== undefined ? new Date(image.lastLaunched).toISOString() : undefined,
    FreeTierEligible: image.ownerAlias === 'amazon' ? true : undefined,
    ImageAllowed: true,
  };
}

function mappings(ec2: Ec2Context, image: Image): BlockDeviceMapping[] {
  const early = image.state === 'pending' && image.copied ? ec2.switches.snapshotIdsAppear : 'at-once';
  if (early === 'when-available') {
    return [];
  }
  return image.devices.map(device => mapping(ec2, device, early === 'at-once'));
}

function mapping({ world, switches }: Ec2Context, { deviceName, virtualName, ebs }: Device, withId: boolean): BlockDeviceMapping {
  const snapshot = world.snapshots.get(ebs?.snapshotId ?? '');
  return {
    DeviceName: deviceName,
    VirtualName: virtualName,
    Ebs: ebs && {
      SnapshotId: withId ? ebs.snapshotId : undefined,
      VolumeSize: ebs.size,
      VolumeType: ebs.type,
      DeleteOnTermination: ebs.deleteOnTermination,
      Iops: ebs.iops,
      Throughput: ebs.throughput,
      Encrypted: snapshot?.encrypted ?? ebs.encrypted ?? false,
      OutpostArn: withId ? snapshot?.outpostArn : undefined,
      KmsKeyId: switches.imageBdmCarriesKmsKeyId && withId ? snapshot?.kmsKeyId : undefined,
    },
  };
}

/** The words for what an instance of the image boots as. */
export function bootModeOf(instance: Instance): string {
  const { bootMode, architecture } = instance.attributes;
  if (bootMode === 'uefi-preferred') {
    return 'uefi';
  }
  return bootMode ?? (architecture === 'arm64' ? 'uefi' : 'legacy-bios');
}
