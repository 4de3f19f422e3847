import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { isNotOlder } from './own-images';
import { hasCopiedSeal, isSealed, tagOf } from './seal';
import { DEVICE_TAG, Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { devicesOf, findTaggedSnapshots } from '../aws/find-images';
import { ImageRequest } from '../request/image-request';
import { isKnownImage } from '../request/memory';

/**
 * The descriptions that EC2 writes: "Copied for DestinationAmi ami-… from SourceAmi ami-… for SourceSnapshot snap-…. Task created on …" and
 * "Created by CreateImage(i-…) for ami-…". While the image is pending, its mapping may tell no snapshots.
 */
const DESCRIPTIONS = [/^Copied for DestinationAmi (ami-[0-9a-f]+) /, /^Created by CreateImage\(i-[0-9a-f]+\) for (ami-[0-9a-f]+)/];

/** The part of a request that decides which snapshots it owns. */
type Claim = Pick<ImageRequest<Sharing>, 'owner' | 'attemptId' | 'account' | 'imageId' | 'isDelete' | 'memory' | 'startedAt'>;

/** The snapshots of a request, given its images. */
export async function findOwnSnapshots(aws: AwsClients, request: ImageRequest<Sharing>, images: readonly Image[]): Promise<Snapshot[]> {
  const tagged = await findTaggedSnapshots(aws, request.owner);
  return tagged.filter(snapshot => isOwnSnapshot(request, snapshot, images, tagged));
}

/** The description of a snapshot that the handler copies or creates itself: EC2 reports no other descent of it. */
export function snapshotDescription(attemptId: string, device: string): string {
  return `Created by cdk-encrypted-ami for ${attemptId} (${device})`;
}

/**
 * A snapshot is ours if an image of ours has it. Of one whose image is gone EC2 reports no descent: then the id in memory decides, or its description
 * together with the seal. EC2 deletes no snapshot that another image has: "The snapshot snap-… is currently in use by ami-…".
 */
export function isOwnSnapshot(request: Claim, snapshot: Snapshot, images: readonly Image[], tagged: readonly Snapshot[]): boolean {
  const { memory, owner, imageId, isDelete, account, attemptId } = request;
  const id = snapshot.SnapshotId!;
  if (snapshot.OwnerId !== account || hasCopiedSeal(snapshot, id)) {
    return false;
  }
  if (images.some(image => devicesOf(image).some(({ snapshotId }) => snapshotId === id))
    || Object.values(memory.ids?.snapshots ?? {}).includes(id) || memory.removals?.[owner]?.snapshotIds.includes(id)) {
    return true;
  }
  const described = DESCRIPTIONS.map(form => snapshot.Description?.match(form)?.[1]).find(image => image !== undefined);
  if (described !== undefined) {
    return described === imageId || isKnownImage(memory, described) || images.some(({ ImageId }) => ImageId === described);
  }
  const device = tagOf(snapshot, DEVICE_TAG);
  if (device === undefined || snapshot.Description !== snapshotDescription(attemptId, device)) {
    return false;
  }
  const hasGaps = memory.hasGaps === true;
  return isSealed(snapshot, id) ? isDelete || hasGaps : hasGaps && isOnlyOneOfDevice(request, snapshot, device, tagged);
}

/** After an invocation died, memory may not know a snapshot that it has made. Two of one device are doubt: then neither is ours. */
function isOnlyOneOfDevice(
  { memory, startedAt }: Claim, snapshot: Snapshot, device: string, tagged: readonly Snapshot[],
): boolean {
  return memory.ids?.snapshots?.[device] === undefined && isNotOlder(snapshot.StartTime, startedAt)
    && tagged.filter(other => other.Description === snapshot.Description && !hasCopiedSeal(other, other.SnapshotId)).length === 1;
}
