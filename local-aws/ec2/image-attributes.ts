import {
  DescribeImageAttributeRequest, LaunchPermission, ModifyImageAttributeRequest, ResetImageAttributeRequest,
} from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context, Ec2Operations } from './context';
import { checkId, invalidValue, unavailableImage } from './errors';
import { imageResource, publicArn } from './iam-resources';
import { authFailure, goneImage, ownImage, seenImage } from './image-access';
import { checkDescription } from './names';
import { IamResource } from './permissions';
import { Image, Permissions } from './records';

export const imageAttributeOperations: Ec2Operations = {
  DescribeImageAttribute: (ec2, call) => {
    const { ImageId = '', Attribute } = call.input as unknown as DescribeImageAttributeRequest;
    ec2.permissions.require(call, [{ resource: resourceOf(ec2, call, ImageId) }]);
    return { ImageId, ...attribute(ec2, ownImage(ec2, call, ImageId), Attribute) };
  },
  ModifyImageAttribute: (ec2, call) => modify(ec2, call),
  ResetImageAttribute: (ec2, call) => {
    const { ImageId = '' } = call.input as unknown as ResetImageAttributeRequest;
    ec2.permissions.require(call, [{ resource: resourceOf(ec2, call, ImageId) }]);
    clear(ownImage(ec2, call, ImageId).launchPermissions);
  },
};

/** What IAM is asked about for an image by its id, whether or not it exists. */
export function resourceOf(ec2: Ec2Context, call: Call, imageId: string): IamResource {
  checkId('ami', imageId);
  const image = seenImage(ec2, call.principal.account, call.region, imageId);
  if (!image) {
    return { arn: publicArn(call.region, 'image', imageId), context: {}, missing: goneImage(ec2, undefined, imageId) };
  }
  const resource = imageResource(ec2, call.principal.account, image);
  return image.state === 'deregistered' ? { ...resource, missing: goneImage(ec2, image, imageId) } : resource;
}

export function clear(permissions: Permissions): void {
  Object.values(permissions).forEach((set: Set<string>) => set.clear());
}

function attribute(ec2: Ec2Context, image: Image, name: string | undefined): object {
  const { attributes } = image;
  switch (name) {
    case 'description': return { Description: { Value: image.description } };
    case 'launchPermission': return { LaunchPermissions: launchPermissions(image.launchPermissions) };
    case 'uefiData': return { UefiData: { Value: attributes.uefiData } };
    case 'bootMode': return { BootMode: { Value: attributes.bootMode } };
    case 'tpmSupport': return { TpmSupport: { Value: attributes.tpmSupport } };
    case 'imdsSupport': return { ImdsSupport: { Value: image.imdsSupport } };
    case 'sriovNetSupport': return { SriovNetSupport: { Value: attributes.sriovNetSupport } };
    case 'productCodes': return { ProductCodes: attributes.productCodes };
    case 'lastLaunchedTime':
      return { LastLaunchedTime: { Value: image.lastLaunched === undefined ? undefined : new Date(image.lastLaunched).toISOString() } };
    case 'deregistrationProtection': return { DeregistrationProtection: { Value: image.protection } };
    case 'kernel': return { KernelId: {} };
    case 'ramdisk': return { RamdiskId: {} };
    // documented as not available: "Unauthorized attempt to access restricted resource"
    case 'blockDeviceMapping': throw authFailure(ec2, 'Unauthorized attempt to access restricted resource');
    default: throw invalidValue(name, 'attribute', 'Unknown attribute.');
  }
}

function launchPermissions({ users, groups, organizations, organizationalUnits }: Permissions): LaunchPermission[] {
  return [
    ...[...groups].map(Group => ({ Group: Group as 'all' })),
    ...[...users].map(UserId => ({ UserId })),
    ...[...organizations].map(OrganizationArn => ({ OrganizationArn })),
    ...[...organizationalUnits].map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
}

function modify(ec2: Ec2Context, call: Call): void {
  const input = call.input as unknown as ModifyImageAttributeRequest;
  const { arn, context } = resourceOf(ec2, call, input.ImageId ?? '');
  const name = input.Attribute ?? (input.Description ? 'description' : input.LaunchPermission ? 'launchPermission' : 'imdsSupport');
  ec2.permissions.require(call, [{ resource: { arn, context: { ...context, 'ec2:Attribute': name[0].toUpperCase() + name.slice(1) } } }]);
  const image = ownImage(ec2, call, input.ImageId ?? '');
  switch (name) {
    case 'description': {
      const text = input.Description?.Value ?? input.Value ?? '';
      checkDescription(text);
      image.description = text;
      return;
    }
    case 'imdsSupport': {
      const support = input.ImdsSupport?.Value ?? input.Value;
      if (support !== 'v2.0') {
        throw invalidValue(support, 'imdsSupport', 'Once set it cannot be taken away.');
      }
      image.imdsSupport = 'v2.0';
      return;
    }
    case 'launchPermission': return share(ec2, image, input);
    default: throw invalidValue(name, 'attribute', 'Unknown attribute.');
  }
}

function share(ec2: Ec2Context, image: Image, input: ModifyImageAttributeRequest): void {
  if (image.state !== 'available') {
    throw unavailableImage(image.id);
  }
  const listed: LaunchPermission[] = [
    ...(input.UserIds ?? []).map(UserId => ({ UserId })),
    ...(input.UserGroups ?? []).map(Group => ({ Group: Group as 'all' })),
    ...(input.OrganizationArns ?? []).map(OrganizationArn => ({ OrganizationArn })),
    ...(input.OrganizationalUnitArns ?? []).map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
  const removed = [...input.LaunchPermission?.Remove ?? [], ...input.OperationType === 'remove' ? listed : []];
  const added = [...input.LaunchPermission?.Add ?? [], ...input.OperationType === 'add' ? listed : []];
  added.forEach(permission => checkPermission(ec2, permission));
  for (const permission of removed) {
    each(image.launchPermissions, permission, (set, value) => set.delete(value));
  }
  for (const permission of added) {
    each(image.launchPermissions, permission, (set, value) => set.add(value));
  }
}

function checkPermission({ settings: { limits } }: Ec2Context, { UserId, Group }: LaunchPermission): void {
  if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
    throw new AwsError('InvalidAMIAttributeItemValue', `Invalid attribute item value "${UserId}" for userId item type.`);
  }
  if (Group !== undefined && (Group as string) !== 'all') {
    throw new AwsError('InvalidAMIAttributeItemValue', `Invalid attribute item value "${Group}" for group item type.`);
  }
  if (Group === 'all' && limits.blockPublicImages) {
    throw new AwsError('OperationNotPermitted', "You can't publicly share this image because block public access for AMIs is enabled for this account.");
  }
}

function each(permissions: Permissions, one: LaunchPermission, change: (set: Set<string>, value: string) => void): void {
  const parts: [Set<string>, string | undefined][] = [
    [permissions.users, one.UserId],
    [permissions.groups, one.Group],
    [permissions.organizations, one.OrganizationArn],
    [permissions.organizationalUnits, one.OrganizationalUnitArn],
  ];
  for (const [set, value] of parts) {
    if (value !== undefined) {
      change(set, value);
    }
  }
}
