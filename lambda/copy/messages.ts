import { awsWords, ec2Reason } from '../aws/aws-words';

/*
 * Messages about copies of AMIs. For their form see lambda/ami/messages.ts.
 */

interface Copy {
  readonly imageId: string | undefined;
}

// reasons to wait

export function copyPending({ imageId, state }: Copy & { state: string }): string {
  return `the copy ${imageId} is ${state}`;
}

export function copyStarted({ imageId }: Copy): string {
  return `EC2 has started the copy ${imageId}`;
}

export function copyAccepted({ imageId }: Copy): string {
  return `EC2 has accepted the copy as ${imageId}, but does not show it`;
}

export function noImageIdReturned(): string {
  return 'CopyImage returned no image ID';
}

export function copyLimitReached({ inProgress }: { inProgress: number }): string {
  return `EC2 accepts no more copies while ${inProgress} of this stack are in progress (ResourceLimitExceeded)`;
}

export function noThroughputLeft({ sourceId }: { sourceId: string }, error: unknown): string {
  return `EC2 has no throughput left for a time-based copy of ${sourceId}${awsWords('EC2', error)}`;
}

// before the copy

export function completionDurationTooShort({ minutes, snapshots, throughput, shortestMinutes }: {
  minutes: number; snapshots: readonly { snapshotId?: string; device: string; gibibytes: number }[]; throughput: number; shortestMinutes: number;
}): string {
  const tooLarge = snapshots.map(({ snapshotId, device, gibibytes }) => `${snapshotId} (${device}, ${gibibytes} GiB)`).join(', ');
  return `\`completionDuration\` of ${minutes} minutes is too short for ${tooLarge}: EBS copies at most ${throughput} MiB/s per snapshot. ` +
    `Use at least ${shortestMinutes} minutes, or remove \`completionDuration\`.`;
}

export function copyMayBeLate({ minutes, gibibytes, throughput, shortestMinutes }: {
  minutes: number; gibibytes: number; throughput: number; shortestMinutes: number;
}): string {
  return `The copy can take longer than its \`completionDuration\` of ${minutes} minutes: it has ${gibibytes} GiB, and without a quota increase EBS copies at most ` +
    `${throughput} MiB/s per account from one Region to another. The shortest duration that is certain is ${shortestMinutes} minutes.`;
}

export function copyWasOnTime(): string {
  return 'The copy completed within its `completionDuration`.';
}

export function copyWasLate(): string {
  return 'The copy took longer than its `completionDuration`.';
}

export function tooManyCopiedTags({ sourceId, own, copied, max }: { sourceId?: string; own: number; copied: number; max: number }): string {
  return `The copy would have ${own + copied} tags, ${own} of yours and ${copied} of the source image ${sourceId}, but can have ${max}, because EC2 allows 50 and ten ` +
    'are reserved for this library. Remove tags from the source or from the copy, or remove `copySourceTags`.';
}

export function sourceRegionNotEnabled({ region, account }: { region: string; account: string }, error: unknown): string {
  return `The source Region ${region} is not enabled for account ${account}. Enable it with \`aws account enable-region --region-name ${region}\`, which takes some ` +
    `minutes, and deploy again; or copy from another Region.${awsWords('EC2', error)}`;
}

export function bucketNotPassed({ imageId, bucket }: { imageId?: string; bucket?: string }): string {
  return `The source image ${imageId} is backed by S3, and the handler role is not allowed to read its bucket (${bucket}). Pass the bucket in \`sourceBucket\`.`;
}

// CopyImage has refused the copy

/** `cause` is one or more sentences, with what to do. */
export function completionDurationRefused(
  { sourceId, minutes, cause }: { sourceId: string; minutes?: number; cause?: string }, error: unknown,
): string {
  return `EC2 does not copy the source image ${sourceId} within the \`completionDuration\` of ${minutes} minutes. ` +
    `${cause ?? 'Use a longer one, or remove it.'}${awsWords('EC2', error)}`;
}

export function copyOfRequestGone({ sourceId }: { sourceId: string }, error: unknown): string {
  return `The copy of ${sourceId} that this request started was deleted, or was started with other parameters. Deploy again.${awsWords('EC2', error)}`;
}

export function imageQuotaReached({ sourceId }: { sourceId: string }, error: unknown): string {
  return `EC2 does not copy ${sourceId}, because a quota of this account is used up. Deregister AMIs that are not needed, or request a higher quota, and deploy ` +
    `again.${awsWords('EC2', error)}`;
}

export function imageNameTaken({ name }: { name: string }, error: unknown): string {
  return `The AMI name "${name}" is in use. Choose another \`imageName\`, or remove it.${awsWords('EC2', error)}`;
}

export function sourceImageBilled({ sourceId }: { sourceId: string }, error: unknown): string {
  return `EC2 does not copy the source image ${sourceId}, because it has an AWS Marketplace product code or a billed license and belongs to another account. ` +
    `Launch an instance from it and use \`InstanceAmi\`, which keeps the license.${awsWords('EC2', error)}`;
}

export function sourceStorageNotShared({ sourceId, account }: { sourceId: string; account: string }, error: unknown): string {
  return `The source image ${sourceId} is shared with this account, but its storage is not. Its owner must share each of its snapshots with account ${account}.` +
    awsWords('EC2', error);
}

export function copyRefused({ sourceId, destination, hint }: { sourceId: string; destination?: string; hint: string }, error: unknown): string {
  return `EC2 does not copy the source image ${sourceId}${destination === undefined ? '.' : ` to ${destination}. ${hint}`}${awsWords('EC2', error)}`;
}

// the copy has failed

/** `cause` and `orphanedResources` are sentences; the latter can be empty. */
export function copyFailed({ imageId, sourceId, state, cause, orphanedResources, reasons }: Copy & {
  sourceId: string; state?: string; cause: string; orphanedResources: string; reasons: readonly string[];
}): string {
  return `The copy ${imageId} of ${sourceId} is in the state ${state}. ${cause}${orphanedResources}${ec2Reason(reasons.join('; '))}`;
}

export function mixedEncryptionAcrossRegions(): string {
  return 'The source has encrypted and unencrypted snapshots in another Region, and the keys of that Region cannot be used here. ' +
    'Set `encryptionKey` instead of `preserveEncryption`: all snapshots are then encrypted with that key.';
}

/** `keys` has their ARNs; `hint` begins with a space, and can be empty. */
export function keyCouldNotBeUsed({ keys, hint }: { keys: string; hint: string }): string {
  return `A key could not be used: ${keys}. Check its policy, and CloudTrail for denied KMS calls.${hint}`;
}

/** As above. */
export function causeUnknown({ keys, hint, isToOutpost }: { keys: string; hint: string; isToOutpost: boolean }): string {
  const outpost = isToOutpost ? 'It can also be that the Outpost is disconnected, or has no capacity left in S3 on Outposts. ' : '';
  return 'All checks of the source, its snapshots and the keys passed. The most likely cause is a key policy that denies the use of ' +
    `${keys}: check CloudTrail for denied KMS calls. ${outpost}Otherwise it is a temporary EC2 failure: deploy again.${hint}`;
}

/** Begins with a space. */
export function ownerTagLost({ ids, tag, command }: { ids: readonly string[]; tag: string; command: string }): string {
  const [have, them] = ids.length === 1 ? ['has', 'it'] : ['have', 'them'];
  return ` ${ids.join(', ')} no longer ${have} the tag ${tag}, so the handler role is not allowed to delete ${them}. ` +
    `Delete ${them} yourself: \`${command}\`.`;
}

// the copy differs from its source

export function devicesNotKept({ imageId, devices, sourceId, sourceDevices }: Copy & {
  devices: string; sourceId?: string; sourceDevices: string;
}): string {
  return `The copy ${imageId} has the devices ${devices}, but its source ${sourceId} has ${sourceDevices}. Contact AWS Support.`;
}

export function copyDisappeared({ imageId, sourceId }: { readonly imageId: string; readonly sourceId: string }): string {
  return `The copy ${imageId} of ${sourceId} disappeared while it was pending: somebody deregistered it, or removed its tags. ` +
    'Find out who in CloudTrail (DeregisterImage, DeleteTags), and deploy again.';
}
