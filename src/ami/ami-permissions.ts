import { Aws } from 'aws-cdk-lib';
import { imageArn, onlyNewlyTagged, snapshotArn } from '../provider/ec2-resources';
import { HandlerPermissions } from '../provider/handler-permissions';

/* Permissions for calls that more than one kind of AMI needs. */

/**
 * CopyImage of one AMI, of this Region or of `sourceRegion`. For a copy from another Region it is not documented which Region's ARNs EC2 evaluates, so both
 * are allowed. The IDs of the snapshots of the source are known only when the stack deploys.
 */
export function allowCopyImage(permissions: HandlerPermissions, imageId: string, sourceRegion?: string): void {
  const { stack } = permissions;
  const regions = [...new Set([undefined, sourceRegion])];
  permissions.allowWith([imageId], 'CopyFrom', ['ec2:CopyImage'], regions.flatMap(region => [imageArn(stack, imageId, region), snapshotArn(stack, '*', region)]));
  allowCopies(permissions);
}

/** CopyImage of AMIs that the account owns, whose IDs are not known before the handler creates them. CopyImage supports no condition on tags of the source. */
export function allowCopyOwnImage(permissions: HandlerPermissions): void {
  const { stack } = permissions;
  permissions.allow('CopyFromOwn', ['ec2:CopyImage'], [imageArn(stack)], { StringEquals: { 'ec2:Owner': Aws.ACCOUNT_ID } });
  permissions.allow('CopyFromOwnSnapshots', ['ec2:CopyImage'], [snapshotArn(stack)]);
  allowCopies(permissions);
}

/** The resources that CopyImage creates. */
function allowCopies(permissions: HandlerPermissions): void {
  const { stack } = permissions;
  permissions.allow('Copy', ['ec2:CopyImage'], [imageArn(stack)], onlyNewlyTagged());
  permissions.allow('TagOnCopy', ['ec2:CreateTags'], [imageArn(stack), snapshotArn(stack)], onlyNewlyTagged('CopyImage'));
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
