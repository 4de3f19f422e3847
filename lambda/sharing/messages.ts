import { capitalize } from '../ami/messages';
import { awsWords } from '../aws/aws-words';

/*
 * Messages about sharing. For their form see lambda/ami/messages.ts.
 */

/** `imageId` is empty where a parameter of the stack has no value. */
export function imageNotFound({ imageId, region }: { imageId: string; region: string }): string {
  return `The AMI ${imageId || '""'} was not found in ${region}. Check the ID and the Region.`;
}

export function imageOfOtherAccount({ imageId, ownerId }: { imageId: string; ownerId?: string }): string {
  return `The AMI ${imageId} belongs to account ${ownerId}, and only its owner can share it. Share it from that account.`;
}

export function imageNotAvailable({ imageId, state }: { imageId: string; state?: string }): string {
  return `the AMI ${imageId} is ${state}, and EC2 shares only AMIs that are available`;
}

/** In the middle of a sentence, as are snapshots. */
export function imageLabel(imageId: string | undefined): string {
  return `the AMI ${imageId}`;
}

export function snapshotLabel(snapshotId: string): string {
  return `the snapshot ${snapshotId}`;
}

export function encryptedWithManagedKey({ label }: { label: string }, error: unknown): string {
  return `${capitalize(label)} cannot be shared, because it is encrypted with the AWS managed key aws/ebs. ` +
    `Copy it with a customer managed key.${awsWords('EC2', error)}`;
}

export function sharingRefused({ label }: { label: string }, error: unknown): string {
  return `EC2 does not change the sharing of ${label}. Check the IDs of the accounts, and the ARNs of organizations and organizational units.${awsWords('EC2', error)}`;
}

interface UnavailableImage {
  readonly imageId: string | undefined;
  readonly state: string | undefined;
  /** The accounts, organizations and organizational units that it is not shared with yet. */
  readonly added: readonly string[];
}

export function imageNotShareable({ imageId, state, added }: UnavailableImage): string {
  return `The AMI ${imageId} is ${state}, and EC2 shares only AMIs that are available. Enable it (aws ec2 enable-image --image-id ${imageId}), ` +
    `or do not share it with ${added.join(', ')}.`;
}
