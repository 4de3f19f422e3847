import { RememberedSource } from '../ami/remembered-source';

/**
 * A request's knowledge from its earlier steps. The state machine carries it, and it can be lost with an invocation. An id in it is believed only
 * after the owner tag and the descent of the resource were read, because an execution can be started by hand, with a forged memory.
 */
export interface Memory {
  /** Before its first step, the request waits so long, because many others of the stack are running. */
  startAfterSeconds?: number;
  /** The status of the stack when the request began. */
  stackStatus?: string;
  /** The operations of the stack when the request began: a later one cancels it. None where CloudFormation does not tell them. */
  operationIds?: readonly string[];
  /** When CloudFormation was last asked for it. Times are milliseconds since 1970. */
  stackStatusReadAt?: number;
  /** When CloudFormation began to wait for the answer, if it says so. */
  hourBegan?: number;
  /** Whether a call that creates something may have been sent. */
  mayHaveCreated?: boolean;
  /** The reason for which the request ends: only its resources are left to delete. */
  failure?: string;
  /** When the deletion of a failed request's resources began. */
  failedAt?: number;
  /** The AMI of the resource is gone: this update creates it again. */
  recreate?: boolean;
  /** The physical id of the AMI that a rollback returns to. */
  rollbackTo?: string;
  /** The ids that EC2 answered with. */
  ids?: KnownIds;
  /** A resource that EC2 has accepted, and does not show. */
  missing?: { readonly reads: number; readonly since: number };
  /** An invocation died, or an answer was lost: until then a call that cannot be repeated is not made. */
  doubtUntil?: number;
  /** Whether an invocation has ever died, so that EC2 may have made what memory does not know. */
  hasGaps?: boolean;
  /** The source of the AMI, as it was when the request began. */
  source?: RememberedSource;
  /** The account's default key when the copy was requested: the account can choose another one while EC2 copies. */
  defaultKey?: { readonly id: string; readonly arn: string };
  /** The AMI that was proven to be what was asked for. */
  verified?: string;
  /** Sentences for the answer, about differences that do no harm. */
  warnings?: readonly string[];
  /** The listings of the stack's images and snapshots that were used last, by their times. */
  imagesReadAt?: number;
  snapshotsReadAt?: number;
  /** The progress of the snapshots. */
  progress?: SeenProgress;
  /** The places where EC2 would not launch the builder, each with EC2's code. */
  refusedPlaces?: Record<string, string>;
  /** Availability Zones that had no capacity for an empty volume. */
  fullZones?: readonly string[];
  /** The Spot Instance requests of builders that EC2 has canceled. */
  canceledSpotRequests?: readonly string[];
  /** EC2's last refusal of a launch. */
  lastRefusal?: { readonly code: string; readonly message: string };
  /** EC2 does not launch a builder without metadata that also requires tokens. */
  metadataEnabled?: boolean;
  /** The instance of an `InstanceAmi`, as long as EC2 does not show it. */
  missingInstance?: { readonly reads: number; readonly since: number };
  /** Volumes with the tags of the request that it has not created. */
  foreignVolumes?: readonly string[];
  /** The tags with records of sharing that were written, which EC2 may not show at once. */
  sharingTags?: { readonly tags: Readonly<Record<string, string>>; readonly since: number };
  /** Deletions that are in progress, by owner. */
  removals?: Record<string, Removal>;
}

interface KnownIds {
  /** Of CreateImage. */
  readonly image?: string;
  /** Of CopyImage. */
  readonly copy?: string;
  readonly instances?: readonly string[];
  /** By device. */
  readonly snapshots?: Readonly<Record<string, string>>;
  /** By device. */
  readonly volumes?: Readonly<Record<string, string>>;
}

interface SeenProgress {
  /** Of all snapshots together. */
  readonly percents: number;
  readonly since: number;
  /** All are at 100%: only the image is waited for. */
  readonly isComplete: boolean;
}

interface Removal {
  /** The ids that EC2 has accepted to delete. */
  readonly requestedIds: string[];
  /** Snapshots of images that were deregistered: EC2 does not tell their image any more. */
  readonly snapshotIds: string[];
  readonly rounds: number;
}

/** So long EC2 may not list a new resource, and so long after a lost answer nothing is created that has no client token. */
const DOUBT_MS = 60_000;

export function rememberImage(memory: Memory, made: { readonly image: string } | { readonly copy: string }): void {
  memory.ids = { ...memory.ids, ...made };
}

export function isKnownImage({ ids }: Memory, imageId: string | undefined): boolean {
  return imageId !== undefined && (ids?.image === imageId || ids?.copy === imageId);
}

export function rememberInstance(memory: Memory, instanceId: string): void {
  memory.ids = { ...memory.ids, instances: [...new Set([...memory.ids?.instances ?? [], instanceId])] };
}

export function rememberSnapshot(memory: Memory, device: string, snapshotId: string): void {
  memory.ids = { ...memory.ids, snapshots: { ...memory.ids?.snapshots, [device]: snapshotId } };
}

export function rememberVolume(memory: Memory, device: string, volumeId: string): void {
  memory.ids = { ...memory.ids, volumes: { ...memory.ids?.volumes, [device]: volumeId } };
}

/** An answer was lost: EC2 may have done what was asked, and not list it yet. */
export function doubt(memory: Memory, now: number): void {
  memory.doubtUntil = now + DOUBT_MS;
  memory.hasGaps = true;
}

/** So long, and so often, EC2 may not show a resource that it has accepted. */
const MAX_MISSING_MS = 120_000;
const MIN_READS = 10;

/** Counts a read that did not show a resource that EC2 has accepted. Returns whether that was long and often enough to believe that it is gone. */
export function isGoneForGood(memory: Memory, now: number): boolean {
  const { reads, since } = memory.missing ?? { reads: 0, since: now };
  memory.missing = { reads: reads + 1, since };
  return reads >= MIN_READS && now - since >= MAX_MISSING_MS;
}
