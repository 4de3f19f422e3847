import { Aws } from 'aws-cdk-lib';
import { imageArn, onlyOwned, snapshotArn } from './ec2-resources';
import { HandlerPermissions } from './handler-permissions';
import { allowDescribingEbsKey } from './key-permissions';
import { OWNER_TAG } from '../contract';

/** Permissions for any AMI once it exists: describing, verifying, updating and deleting it. */
export function allowManagingAmi(permissions: HandlerPermissions): void {
  const { stack } = permissions;
  const [image, snapshot] = [imageArn(stack), snapshotArn(stack)];
  // whether CloudFormation has canceled the request
  permissions.allow('DescribeStack', ['cloudformation:DescribeStackResource', 'cloudformation:DescribeStacks'], [Aws.STACK_ID]);
  // Describe actions support no resource-level permissions
  permissions.allow('Describe', ['ec2:DescribeImages', 'ec2:DescribeSnapshots'], ['*']);
  permissions.allow('ChangeTags', ['ec2:CreateTags', 'ec2:DeleteTags'], [image, snapshot], {
    ...onlyOwned(),
    'ForAllValues:StringNotEquals': { 'aws:TagKeys': [OWNER_TAG] },
    // ForAllValues is true of no keys at all: DeleteTags without keys deletes every tag
    'Null': { 'aws:TagKeys': 'false' },
  });
  permissions.allow('ChangeDescription', ['ec2:ModifyImageAttribute'], [image], onlyOwned());
  permissions.allow('DeleteAmi', ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], [image, snapshot], onlyOwned());
  // Only to stop sharing: when a stack no longer shares its AMIs, the permission to share is removed before the handler stops sharing.
  permissions.allow('RevokeSharing', ['ec2:ModifySnapshotAttribute'], [snapshot], { ...onlyOwned(), Null: { 'ec2:Add/userId': 'true', 'ec2:Add/group': 'true' } });
  // UEFI data: the only attribute to verify that DescribeImages does not return
  permissions.allow('ReadBootData', ['ec2:DescribeImageAttribute'], [image]);
  // source snapshots may be encrypted with aws/ebs, which EC2 may use for anyone in the account
  allowDescribingEbsKey(permissions);
}
