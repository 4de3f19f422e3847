/*
 * Messages about resources that are not deleted. For their form see lambda/ami/messages.ts.
 */

interface Deletion {
  /** Each resource with AWS's answer. */
  readonly refusals: string;
}

/** `isSpot`: builder instances were Spot Instances, of which EC2 may launch others, without the tags that the role needs. */
export function deletionDenied({ refusals, why, isSpot }: Deletion & { readonly why: string; readonly isSpot: boolean }): string {
  const spot = isSpot ? ' An instance among them that EC2 launched for a Spot Instance request may have no tags, and the role cannot delete it: terminate it yourself.' : '';
  return `The handler role is not allowed to delete resources. ${why}${spot} Then delete the stack again. (${refusals})`;
}

export function deletionRefused({ refusals }: Deletion): string {
  return `Cannot delete ${refusals}. Delete what uses it, then delete the stack again. AMIs and snapshots among them have the tag ` +
    'cdk-encrypted-ami:leftover, and later deployments of the stack try again.';
}

export function snapshotInUse({ snapshotId, users }: { readonly snapshotId: string; readonly users: string }): string {
  return `Cannot delete the snapshot ${snapshotId}, because ${users} uses it. Deregister that AMI, or keep the snapshot and delete the stack with it retained. ` +
    'The snapshot has the tag cdk-encrypted-ami:leftover, and later deployments of the stack try again.';
}

export function deregistrationProtected({ imageId, region, answer }: {
  readonly imageId: string; readonly region: string; readonly answer: string;
}): string {
  return `Cannot deregister the AMI ${imageId}, because somebody has protected it against deregistration. Remove the protection ` +
    `(aws ec2 disable-image-deregistration-protection --image-id ${imageId} --region ${region}), then delete the stack again. ` +
    `The AMI has the tag cdk-encrypted-ami:leftover. If its name is generated, later deployments of the stack try again. (${answer})`;
}
