import { DescribeImagesRequest, Image as ImageDescription } from '@aws-sdk/client-ec2';
import { isPastRetention, canLaunch, visibleImage } from './image-access';
import { describedImage } from './image-description';
import { Call } from '../../aws-call';
import { notFound } from '../requests/errors';
import { isVisible } from '../requests/eventual-consistency';
import { FilterFields, filtered, page, refuseIdsWithPages } from '../requests/filters-and-pages';
import { checkImageId } from '../requests/resource-ids';
import { Ec2Context } from '../state/ec2-context';
import { Image } from '../state/records';

const fields: FilterFields<ImageDescription> = {
  'architecture': image => image.Architecture,
  'block-device-mapping.delete-on-termination': image => image.BlockDeviceMappings?.map(one => text(one.Ebs?.DeleteOnTermination)),
  'block-device-mapping.device-name': image => image.BlockDeviceMappings?.map(one => one.DeviceName),
  'block-device-mapping.snapshot-id': image => image.BlockDeviceMappings?.map(one => one.Ebs?.SnapshotId),
  'block-device-mapping.volume-size': image => image.BlockDeviceMappings?.map(one => text(one.Ebs?.VolumeSize)),
  'block-device-mapping.volume-type': image => image.BlockDeviceMappings?.map(one => one.Ebs?.VolumeType),
  'block-device-mapping.encrypted': image => image.BlockDeviceMappings?.map(one => text(one.Ebs?.Encrypted)),
  'boot-mode': image => image.BootMode,
  'creation-date': image => image.CreationDate,
  'description': image => image.Description,
  'ena-support': image => text(image.EnaSupport),
  'free-tier-eligible': image => text(image.FreeTierEligible),
  'hypervisor': image => image.Hypervisor,
  'image-allowed': image => text(image.ImageAllowed),
  'image-id': image => image.ImageId,
  'image-type': image => image.ImageType,
  'is-public': image => text(image.Public),
  'kernel-id': image => image.KernelId,
  'manifest-location': image => image.ImageLocation,
  'name': image => image.Name,
  'owner-alias': image => image.ImageOwnerAlias,
  'owner-id': image => image.OwnerId,
  'platform': image => image.Platform,
  'product-code': image => image.ProductCodes?.map(code => code.ProductCodeId),
  'product-code.type': image => image.ProductCodes?.map(code => code.ProductCodeType),
  'public-ssm-parameter-name': image => image.PublicSsmParameterName,
  'ramdisk-id': image => image.RamdiskId,
  'root-device-name': image => image.RootDeviceName,
  'root-device-type': image => image.RootDeviceType,
  'source-image-id': image => image.SourceImageId,
  'source-image-region': image => image.SourceImageRegion,
  'source-instance-id': image => image.SourceInstanceId,
  'sriov-net-support': image => image.SriovNetSupport,
  'state': image => image.State,
  'state-reason-code': image => image.StateReason?.Code,
  'state-reason-message': image => image.StateReason?.Message,
  'virtualization-type': image => image.VirtualizationType,
};

export function describeImages(ec2: Ec2Context, call: Call): object {
  const input = call.input as DescribeImagesRequest;
  ec2.permissions.require(call);
  refuseIdsWithPages(input.ImageIds, input, 'imageIdsSet');
  const viewer = call.principal.account;
  const candidates = input.ImageIds?.length ? byId(ec2, call, input) : listed(ec2, call, input);
  const described = candidates
    .filter(image => !input.Owners?.length || input.Owners.some(owner => isOwnedBy(image, owner, viewer)))
    .filter(image => !input.ExecutableUsers?.length || input.ExecutableUsers.some(user => isExecutableBy(image, user, viewer)))
    .map(image => describedImage(ec2, viewer, image));
  const { items, NextToken } = page(filtered(described, input.Filters, fields, image => image.Tags ?? []), input, 5);
  return { Images: items, NextToken };
}

/** Finds images by ID. Each must exist, but EC2 leaves out an image that was just deregistered or is not shared. */
function byId(ec2: Ec2Context, call: Call, input: DescribeImagesRequest): Image[] {
  const asked = [...new Set(input.ImageIds)];
  asked.forEach(id => checkImageId(ec2, id));
  const ids = asked.filter(id => !isHidden(ec2, call, id));
  const found = ids.map(id => visibleImage(ec2, call.principal.account, call.region, id));
  const missing = ids.filter((_id, index) => {
    const image = found[index];
    return !image || isPastRetention(ec2, image) || !isVisible(ec2, image);
  });
  if (missing.length > 0) {
    throw notFound('ami', missing);
  }
  return found
    .filter(image => image !== undefined)
    .filter(image => isStillShown(ec2, image))
    .filter(image => image.state !== 'disabled' || input.IncludeDisabled || ec2.switches.describeDisabledById);
}

/** True if the image belongs to another account and the caller is not allowed to use it. */
function isHidden(ec2: Ec2Context, { principal, region }: Call, id: string): boolean {
  const image = ec2.state.images.get(id);
  return image !== undefined && image.region === region && !isPastRetention(ec2, image) && !canLaunch(ec2, principal.account, image);
}

function listed(ec2: Ec2Context, call: Call, input: DescribeImagesRequest): Image[] {
  return [...ec2.state.images.values()]
    .filter(image => visibleImage(ec2, call.principal.account, call.region, image.id))
    .filter(image => isStillShown(ec2, image) && isVisible(ec2, image))
    .filter(image => image.state !== 'disabled' || input.IncludeDisabled)
    .filter(image => image.account === call.principal.account || !isDeprecated(ec2, image) || input.IncludeDeprecated);
}

function isStillShown({ clock, settings: { consistency } }: Ec2Context, image: Image): boolean {
  return image.deregisteredAt === undefined || clock.now() < image.deregisteredAt + consistency.deregisteredShown;
}

function isDeprecated({ clock }: Ec2Context, image: Image): boolean {
  return image.deprecationTime !== undefined && image.deprecationTime <= clock.now();
}

function isOwnedBy(image: Image, owner: string, viewer: string): boolean {
  return owner === image.account || owner === image.ownerAlias || (owner === 'self' && image.account === viewer);
}

/** Only explicit permissions count, also for the owner. */
function isExecutableBy({ launchPermissions }: Image, user: string, viewer: string): boolean {
  if (user === 'all') {
    return launchPermissions.groups.has('all');
  }
  return launchPermissions.users.has(user === 'self' ? viewer : user);
}

function text(value: boolean | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
