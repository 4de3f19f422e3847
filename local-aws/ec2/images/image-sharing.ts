import { LaunchPermission, ModifyImageAttributeRequest } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';
import { unavailableImage } from '../requests/errors';
import { checkShareable } from '../snapshots/snapshot-sharing';
import { Ec2Context } from '../state/ec2-context';
import { Image, Permissions } from '../state/records';

const ORGANIZATION = /^arn:aws[\w-]*:organizations::\d{12}:organization\/o-[a-z0-9]{10,32}$/;
const ORGANIZATIONAL_UNIT = /^arn:aws[\w-]*:organizations::\d{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/;

export function describedPermissions({ users, groups, organizations, organizationalUnits }: Permissions): LaunchPermission[] {
  return [
    ...[...groups].map(Group => ({ Group: Group as 'all' })),
    ...[...users].map(UserId => ({ UserId })),
    ...[...organizations].map(OrganizationArn => ({ OrganizationArn })),
    ...[...organizationalUnits].map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
}

/** Reads `launchPermission` of ModifyImageAttribute, in either of its forms. */
export function changeLaunchPermissions(ec2: Ec2Context, image: Image, input: ModifyImageAttributeRequest): void {
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
  if (added.length > 0) {
    checkSnapshots(ec2, image);
  }
  for (const permission of removed) {
    each(image.launchPermissions, permission, (set, value) => set.delete(value));
  }
  for (const permission of added) {
    each(image.launchPermissions, permission, (set, value) => set.add(value));
  }
}

function checkPermission({ settings: { limits } }: Ec2Context, permission: LaunchPermission): void {
  const { UserId, Group, OrganizationArn, OrganizationalUnitArn } = permission;
  // EC2's message has a space after the value
  const invalid = (value: string, type: string) => new AwsError('InvalidAMIAttributeItemValue', `Invalid attribute item value "${value} " for ${type} item type.`);
  if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
    throw invalid(UserId, 'userId');
  }
  if (Group !== undefined && (Group as string) !== 'all') {
    throw invalid(Group, 'group');
  }
  if (OrganizationArn !== undefined && !ORGANIZATION.test(OrganizationArn)) {
    throw invalid(OrganizationArn, 'organizationArn');
  }
  if (OrganizationalUnitArn !== undefined && !ORGANIZATIONAL_UNIT.test(OrganizationalUnitArn)) {
    throw invalid(OrganizationalUnitArn, 'organizationalUnitArn');
  }
  if (Group === 'all' && limits.blockPublicImages) {
    throw new AwsError('OperationNotPermitted', "You can't publicly share this image because block public access for AMIs is enabled for this account.");
  }
}

/** Another account could not launch the image: "Snapshots encrypted with the AWS Managed CMK can't be shared" (hashicorp/packer#7410). */
function checkSnapshots(ec2: Ec2Context, image: Image): void {
  for (const { ebs } of image.devices) {
    const snapshot = ec2.state.snapshots.get(ebs?.snapshotId ?? '');
    if (snapshot) {
      checkShareable(ec2, snapshot);
    }
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
