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

/** Before anything is created. `ids` are accounts, organizations and organizational units. */
export function ebsKeyNotShareable({ device, ids }: { device: string; ids: readonly string[] }): string {
  return `The AMI cannot be shared with ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ', …' : ''}, because the snapshot of ${device} would be encrypted with the AWS managed key ` +
    'aws/ebs, which nobody else can use. Pass a customer managed key for it, or do not share the AMI.';
}

export function sharingRefused({ label }: { label: string }, error: unknown): string {
  return `EC2 does not change the sharing of ${label}. Check the IDs of the accounts, and the ARNs of organizations and organizational units.${awsWords('EC2', error)}`;
}

/** `ids` are accounts, organizations and organizational units. */
export function recordTooLong({ imageId, ids }: { imageId: string; ids: readonly string[] }): string {
  return `The AMI ${imageId} is shared already with ${ids.length} of those that this construct declares (${ids.slice(0, 5).join(', ')}, …), by someone else or by ` +
    'another construct. The handler records them in tags of the AMI, so that it does not take them back one day, and so many do not fit. Declare only those ' +
    'that the AMI is not shared with yet, or stop sharing it with them first.';
}

export function tagLimitExceeded({ imageId, key }: { imageId: string; key: string }, error: unknown): string {
  return `The AMI ${imageId} has too many tags for one more, ${key}, in which the handler records whom the AMI was shared with before. EC2 allows 50: remove one.` +
    awsWords('EC2', error);
}

export function recordNotShown({ imageId }: { imageId?: string }): string {
  return `EC2 may not show the last tags of the AMI ${imageId} yet`;
}

interface UnavailableImage {
  readonly imageId: string | undefined;
  readonly state: string | undefined;
  readonly region: string;
  /** The accounts, organizations and organizational units that it is not shared with yet. */
  readonly added: readonly string[];
}

export function imageNotShareable({ imageId, state, region, added }: UnavailableImage): string {
  return `The AMI ${imageId} is ${state}, and EC2 shares only AMIs that are available. Enable it (aws ec2 enable-image --image-id ${imageId} --region ${region}), ` +
    `or do not share it with ${added.join(', ')}.`;
}
