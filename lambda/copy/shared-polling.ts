import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { CopyRequest } from './copy-request';
import { AwsClients } from '../aws/clients';
import { findOwnImages, findOwnSnapshots, isIntermediate, ownerTagOf } from '../aws/find-images';
import { NotReady } from '../outcomes';

/*
 * What the copies of a stack know of each other that are dealt with in the same execution environment.
 *
 * Four hundred copies that each look for themselves, four times a minute, ask more than EC2 answers ("RequestLimitExceeded", beyond 20
 * a second), and those that ask in vain for room keep EC2 from taking any when there is room again. Nothing here decides more than to
 * wait: whoever has something to do looks at EC2 first.
 */

/** The images of a stack at a time, in milliseconds since 1970. */
interface ImageListing {
  readonly stack: string;
  readonly at: number;
  readonly images: readonly Image[];
}

/** When EC2 took no more copies, and how many of the stack were in progress then. */
interface CapacityRefusal {
  readonly at: number;
  readonly inProgress: number;
}

/** Milliseconds; for a request that has not used the look yet: one that comes back comes for something new. */
const LISTING_MAX_AGE_MS = 5_000;
/** Others of the account may be done sooner than ours. */
const REFUSAL_MAX_AGE_MS = 60_000;

const imageListings = new WeakMap<AwsClients, ImageListing>();
const snapshotListings = new WeakMap<AwsClients, { readonly stack: string; readonly at: number; readonly snapshots: readonly Snapshot[] }>();
const capacityRefusals = new WeakMap<AwsClients, CapacityRefusal>();

/** The copy of a request, if there is one. Throws `NotReady` if there is none, and no room for it. */
export async function findCopyInListing(aws: AwsClients, { owner, ownerPrefix, memory }: CopyRequest): Promise<Image | undefined> {
  const find = (listing: ImageListing) => {
    memory.imagesReadAt = listing.at;
    const image = listing.images.find(one => ownerTagOf(one) === owner && !isIntermediate(one));
    if (!image) {
      throwIfAtCopyLimit(aws, listing);
    }
    return image;
  };
  const last = imageListings.get(aws);
  if (last?.stack === ownerPrefix && aws.now() - last.at < LISTING_MAX_AGE_MS && last.at > (memory.imagesReadAt ?? 0)) {
    const image = find(last);
    if (image?.State === 'pending' || image?.State === 'available') {
      return image;
    }
  }
  const at = aws.now();
  // who has not begun, or only waits, gives way to those who are about to begin
  const listing = { stack: ownerPrefix, at, images: await findOwnImages(aws.withoutRetries(), `${ownerPrefix}*`) };
  imageListings.set(aws, listing);
  return find(listing);
}

/** The snapshots of a request, as they were a few seconds ago at most. */
export async function findSnapshotsOfCopy(aws: AwsClients, { owner, ownerPrefix, memory }: CopyRequest): Promise<Snapshot[]> {
  const last = snapshotListings.get(aws);
  const good = last?.stack === ownerPrefix && aws.now() - last.at < LISTING_MAX_AGE_MS && last.at > (memory.snapshotsReadAt ?? 0);
  const listing = good ? last : { stack: ownerPrefix, at: aws.now(), snapshots: await findOwnSnapshots(aws.withoutRetries(), `${ownerPrefix}*`) };
  snapshotListings.set(aws, listing);
  memory.snapshotsReadAt = listing.at;
  return listing.snapshots.filter(snapshot => ownerTagOf(snapshot) === owner && !isIntermediate(snapshot));
}

/** EC2 said "ResourceLimitExceeded". */
export function recordCapacityRefusal(aws: AwsClients): void {
  capacityRefusals.set(aws, { at: aws.now(), inProgress: inProgress(imageListings.get(aws)) });
}

/** There is none before one of those in progress is done. */
function throwIfAtCopyLimit(aws: AwsClients, listing: ImageListing): void {
  const refusal = capacityRefusals.get(aws);
  if (refusal && aws.now() - refusal.at < REFUSAL_MAX_AGE_MS && inProgress(listing) >= refusal.inProgress) {
    throw new NotReady(`EC2 takes no more copies while ${refusal.inProgress} of this stack are in progress (ResourceLimitExceeded)`);
  }
}

function inProgress(listing: ImageListing | undefined): number {
  return listing?.images.filter(({ State }) => State === 'pending').length ?? 0;
}
