import { imageArn, onlyNewlyTagged, snapshotArn } from '../provider/ec2-resources';
import { HandlerPermissions } from '../provider/handler-permissions';

/* Permissions for calls that more than one kind of AMI needs. */

/** CopyImage of AMIs of this Region. */
export function allowCopyImage(permissions: HandlerPermissions): void {
  const resources = [imageArn(permissions.stack), snapshotArn(permissions.stack)];
  // The ID of the new image is not known, and CopyImage supports no condition on tags of a resource: which AMIs a copy can read is limited by what others share
  // with the account, and which snapshots it can decrypt by the keys.
  permissions.allow('Copy', ['ec2:CopyImage'], resources);
  permissions.allow('TagOnCopy', ['ec2:CreateTags'], resources, onlyNewlyTagged('CopyImage'));
}

/** The resources that CreateImage creates, of any instance. */
export function allowCreateImage(permissions: HandlerPermissions): void {
  const resources = [imageArn(permissions.stack), snapshotArn(permissions.stack)];
  permissions.allow('CreateImage', ['ec2:CreateImage'], resources, onlyNewlyTagged());
  permissions.allow('TagOnImage', ['ec2:CreateTags'], resources, onlyNewlyTagged('CreateImage'));
}

/** Which key is the account's default key for EBS. */
export function allowDefaultKey(permissions: HandlerPermissions): void {
  permissions.allow('DefaultKey', ['ec2:GetEbsDefaultKmsKeyId'], ['*']);
}

/** Whether EBS encrypts by default, which decides how a copy without any key is encrypted. */
export function allowEncryptionByDefault(permissions: HandlerPermissions): void {
  permissions.allow('EncryptionByDefault', ['ec2:GetEbsEncryptionByDefault'], ['*']);
}
