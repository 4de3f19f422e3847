import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { CopyRequest } from './copy-request';
import { copyLimitReached } from './messages';
import { isOwnCopy } from './own-copies';
import { AwsClients } from '../aws/clients';
import { findTaggedImages, findTaggedSnapshots, isIntermediate, ownerTagOf } from '../aws/find-images';
import { NotReady } from '../outcomes';

/*
 * Copies of one stack that run in the same execution environment share one DescribeImages result.
 *
 * 400 copies that each call DescribeImages four times a minute exceed EC2's request limit of 20 per second ("RequestLimitExceeded"), and their calls of
 * CopyImage beyond the limit of concurrent copies delay those that EC2 would accept. A shared result only makes a copy wait: before a request does
 * anything else, it reads EC2 itself.
 */

/** The images of a stack at one time, in milliseconds since 1970. */
interface ImageListing {
  readonly stack: string;
  readonly at: number;
  readonly images: readonly Image[];
}

/** When EC2 refused another copy, and how many of the stack were in progress then. */
interface CapacityRefusal {
  readonly at: number;
  readonly inProgress: number;
}

/** For a request that has not used the listing yet: its next step needs a newer one. */
const LISTING_MAX_AGE_MS = 5_000;
/** Other copies of the account may complete sooner than those of the stack. */
const REFUSAL_MAX_AGE_MS = 60_000;
/** Those that wait together must not come back together. */
const SHORTEST_WAIT_AT_LIMIT_SECONDS = 7;

const imageListings = new WeakMap<AwsClients, ImageListing>();
const snapshotListings = new WeakMap<AwsClients, { readonly stack: string; readonly at: number; readonly snapshots: readonly Snapshot[] }>();
const capacityRefusals = new WeakMap<AwsClients, CapacityRefusal>();

/** The copy of a request, if there is one. */
export async function findCopyInListing(aws: AwsClients, request: CopyRequest): Promise<Image | undefined> {
  const { ownerPrefix, memory } = request;
  const find = (listing: ImageListing) => {
    memory.imagesReadAt = listing.at;
    return listing.images.find(one => one.State !== 'deregistered' && isOwnCopy(aws, request, one));
  };
  const last = imageListings.get(aws);
  if (last?.stack === ownerPrefix && aws.now() - last.at < LISTING_MAX_AGE_MS && last.at > (memory.imagesReadAt ?? -Infinity)) {
    const image = find(last);
    if (image?.State === 'pending' || image?.State === 'available') {
      return image;
    }
  }
  const at = aws.now();
  // requests that only wait do not retry, so that those that start a copy are not throttled
  const listing = { stack: ownerPrefix, at, images: await findTaggedImages(aws.withoutRetries(), `${ownerPrefix}*`) };
  imageListings.set(aws, listing);
  return find(listing);
}

/** The snapshots of a request, from a listing of the last few seconds. */
export async function findSnapshotsOfCopy(aws: AwsClients, { owner, ownerPrefix, memory }: CopyRequest): Promise<Snapshot[]> {
  const last = snapshotListings.get(aws);
  const good = last?.stack === ownerPrefix && aws.now() - last.at < LISTING_MAX_AGE_MS && last.at > (memory.snapshotsReadAt ?? -Infinity);
  const listing = good ? last : { stack: ownerPrefix, at: aws.now(), snapshots: await findTaggedSnapshots(aws.withoutRetries(), `${ownerPrefix}*`) };
  snapshotListings.set(aws, listing);
  memory.snapshotsReadAt = listing.at;
  return listing.snapshots.filter(snapshot => ownerTagOf(snapshot) === owner && !isIntermediate(snapshot));
}

/** Records that EC2 answered "ResourceLimitExceeded". */
export function recordCapacityRefusal(aws: AwsClients): void {
  capacityRefusals.set(aws, { at: aws.now(), inProgress: inProgress(imageListings.get(aws)) });
}

/**
 * Throws `NotReady` while EC2 accepts no other copy, because none of those in progress has completed. Everything else is checked before: once a copy has
 * completed, only CopyImage is left to send.
 */
export function throwIfAtCopyLimit(aws: AwsClients): void {
  const refusal = capacityRefusals.get(aws);
  const listing = imageListings.get(aws);
  if (refusal && aws.now() - refusal.at < REFUSAL_MAX_AGE_MS && inProgress(listing) >= refusal.inProgress) {
    throw new NotReady(copyLimitReached({ inProgress: refusal.inProgress }), SHORTEST_WAIT_AT_LIMIT_SECONDS * (1 + 2 * Math.random()));
  }
}

function inProgress(listing: ImageListing | undefined): number {
  return listing?.images.filter(({ State }) => State === 'pending').length ?? 0;
}
