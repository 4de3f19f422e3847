import { DescribeImageAttributeRequest, ModifyImageAttributeRequest, ResetImageAttributeRequest } from '@aws-sdk/client-ec2';
import { authFailure, imageNotFoundError, ownedImage, visibleImage } from './image-access';
import { checkDescription } from './image-names';
import { changeLaunchPermissions, describedPermissions } from './image-sharing';
import { AwsError, Call } from '../../aws-call';
import { IamResource } from '../authorization/ec2-authorization';
import { imageResource, publicArn } from '../authorization/iam-resources';
import { invalidValue } from '../requests/errors';
import { checkImageId } from '../requests/resource-ids';
import { wholeSeconds } from '../requests/times';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { Image, Permissions } from '../state/records';

export const imageAttributeOperations: Ec2Operations = {
  DescribeImageAttribute: (ec2, call) => {
    const { ImageId = '', Attribute } = call.input as unknown as DescribeImageAttributeRequest;
    ec2.permissions.require(call, [{ resource: resourceOfImageId(ec2, call, ImageId) }]);
    return { ImageId, ...attribute(ownedImage(ec2, call, ImageId), Attribute) };
  },
  ModifyImageAttribute: (ec2, call) => modify(ec2, call),
  ResetImageAttribute: (ec2, call) => {
    const { ImageId = '', Attribute } = call.input as unknown as ResetImageAttributeRequest;
    ec2.permissions.require(call, [{ resource: resourceOfImageId(ec2, call, ImageId) }]);
    const image = ownedImage(ec2, call, ImageId);
    if (Attribute !== 'launchPermission') {
      throw new AwsError('InvalidRequest', 'The request received was invalid.');
    }
    clearPermissions(image.launchPermissions);
  },
};

/** The IAM resource of an image ID, whether or not the image exists. */
export function resourceOfImageId(ec2: Ec2Context, call: Call, imageId: string): IamResource {
  checkImageId(ec2, imageId);
  const image = visibleImage(ec2, call.principal.account, call.region, imageId);
  if (!image) {
    return { arn: publicArn(call.region, 'image', imageId), context: {}, missing: imageNotFoundError(ec2, undefined, imageId) };
  }
  const resource = imageResource(ec2, call.principal.account, image);
  return image.state === 'deregistered' ? { ...resource, missing: imageNotFoundError(ec2, image, imageId) } : resource;
}

export function clearPermissions(permissions: Permissions): void {
  Object.values(permissions).forEach((set: Set<string>) => set.clear());
}

function attribute(image: Image, name: string | undefined): object {
  const { attributes } = image;
  switch (name) {
    case 'description': return { Description: { Value: image.description || undefined } };
    case 'launchPermission': return { LaunchPermissions: describedPermissions(image.launchPermissions) };
    case 'uefiData': return { UefiData: { Value: attributes.uefiData } };
    case 'bootMode': return { BootMode: { Value: attributes.bootMode } };
    case 'tpmSupport': return { TpmSupport: { Value: attributes.tpmSupport } };
    case 'imdsSupport': return { ImdsSupport: { Value: image.imdsSupport } };
    case 'sriovNetSupport': return { SriovNetSupport: { Value: attributes.sriovNetSupport } };
    case 'productCodes': return { ProductCodes: attributes.productCodes };
    case 'lastLaunchedTime':
      return { LastLaunchedTime: { Value: image.lastLaunched === undefined ? undefined : wholeSeconds(image.lastLaunched) } };
    case 'deregistrationProtection': return { DeregistrationProtection: { Value: image.protection } };
    case 'kernel': return { KernelId: {} };
    case 'ramdisk': return { RamdiskId: {} };
    // EC2's reference documents this attribute as not available
    case 'blockDeviceMapping': throw authFailure('Unauthorized attempt to access restricted resource');
    default: throw invalidValue(name, 'attribute', 'Unknown attribute.');
  }
}

function modify(ec2: Ec2Context, call: Call): void {
  const input = call.input as unknown as ModifyImageAttributeRequest;
  const { arn, context, missing } = resourceOfImageId(ec2, call, input.ImageId ?? '');
  const name = attributeName(input);
  ec2.permissions.require(call, [{ resource: { arn, context: { ...context, 'ec2:Attribute': name[0].toUpperCase() + name.slice(1) }, missing } }]);
  const image = ownedImage(ec2, call, input.ImageId ?? '');
  switch (name) {
    case 'description': {
      const text = input.Description?.Value ?? input.Value;
      if (text === undefined || (input.Description === undefined && text === '')) {
        throw new AwsError('MissingParameter', 'The request must contain the parameter description');
      }
      checkDescription(text);
      image.description = text;
      return;
    }
    case 'imdsSupport': {
      // EC2 accepts only v2.0: once set, the attribute cannot be removed
      if ((input.ImdsSupport?.Value ?? input.Value) !== 'v2.0') {
        throw new AwsError('MissingParameter', 'The request must contain the parameter imdsSupport with value v2.0');
      }
      image.imdsSupport = 'v2.0';
      return;
    }
    case 'launchPermission': return changeLaunchPermissions(ec2, image, input);
    default: throw invalidValue(name, 'attribute', 'Unknown attribute.');
  }
}

/** Returns the one attribute that a request changes, in any of the forms of the request. */
function attributeName({ Attribute, Description, ImdsSupport, LaunchPermission }: ModifyImageAttributeRequest): string {
  const permissions = [...LaunchPermission?.Add ?? [], ...LaunchPermission?.Remove ?? []];
  const names = [
    ...Description ? ['description'] : [],
    ...permissions.length > 0 ? ['launchPermission'] : [],
    ...ImdsSupport ? ['imdsSupport'] : [],
  ];
  if (names.length > 1) {
    throw new AwsError('InvalidParameterCombination', `Fields for multiple attribute types specified: ${names.join(', ')}`);
  }
  const name = names[0] ?? Attribute;
  if (name === undefined) {
    throw new AwsError('InvalidParameterCombination', 'No attributes specified.');
  }
  return name;
}
