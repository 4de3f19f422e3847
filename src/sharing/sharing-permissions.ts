import * as iam from 'aws-cdk-lib/aws-iam';
import { imageArn, onlyOwned, snapshotArn } from '../provider/ec2-resources';
import { allowManagingAmi } from '../provider/existing-ami-permissions';
import { HandlerPermissions } from '../provider/handler-permissions';

/** Allows the handler role to share the snapshots of AMIs of this stack; it is allowed to share the AMIs already. */
export function allowSharing(permissions: HandlerPermissions): void {
  permissions.allow('ShareSnapshots', ['ec2:ModifySnapshotAttribute'], [snapshotArn(permissions.stack)], onlyOwned());
}

/**
 * Allows the handler role to share an AMI that is not of this stack, and its snapshots, which EC2 allows their owner only. The returned statement belongs in
 * a policy of the construct, which exists until the construct has stopped sharing.
 */
export function allowSharingOf(permissions: HandlerPermissions, imageId: string): iam.PolicyStatement {
  allowManagingAmi(permissions);
  return new iam.PolicyStatement({
    sid: 'ShareExisting',
    actions: ['ec2:ModifyImageAttribute', 'ec2:ModifySnapshotAttribute'],
    resources: [imageArn(permissions.stack, imageId), snapshotArn(permissions.stack)],
  });
}
