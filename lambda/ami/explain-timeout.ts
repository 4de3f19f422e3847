import { Snapshot } from '@aws-sdk/client-ec2';
import { snapshotProgress } from './messages';
import { percentOf } from './snapshot-progress';
import { completionDurationNeeded, hourTooShort, notAvailableInTime, notSharedInTime, timeoutTooShort, timeoutUnknown } from './timeout-messages';
import { AwsClients } from '../aws/clients';
import { findTaggedSnapshots } from '../aws/find-images';
import { ImageRequest } from '../request/image-request';
import { AnyProperties, ResourceHandler } from '../resource-handlers';

const MINUTE_MS = 60_000;
/** CloudFormation's hour without the time for deleting and for the answer. */
const MAX_MINUTES = 56;
const HOUR_MINUTES = 60;
/** An estimate from whole percents is not exact. */
const MARGIN = 1.2;
const STEP_MINUTES = 5;

/** The message for an AMI that is not available in time: how long it takes at the pace of its snapshots, and what is possible. */
export async function explainTimeout(
  aws: AwsClients, handler: ResourceHandler<AnyProperties>, request: ImageRequest<AnyProperties>, why: string,
): Promise<string> {
  const minutes = Math.round(request.limitMs / MINUTE_MS);
  if (!handler.createsImage) {
    return notSharedInTime({ minutes, why });
  }
  const snapshots = await findSnapshots(aws, request.owner);
  const estimate = estimateMinutes(snapshots, request.startedAt, aws.now());
  // a pace that is not known (NaN), or fast enough, was not the reason
  const needed = Number(estimate) > minutes ? estimate : undefined;
  const completionDuration = handler.completionDurationWithinHour?.(request.properties, snapshots);
  const solution = solutionOfReason(why) ?? solutionFor({ minutes, needed, completionDuration });
  return notAvailableInTime({ minutes, progress: snapshotProgress(snapshots), why, solution, isDeleted: request.isNewImage });
}

/** The solution where more time is none. */
export function solutionOfReason(why: string): string | undefined {
  if (/\bPendingVerification\b/.test(why)) {
    return 'Deploy again when AWS has verified the account.';
  }
  return /\bInsufficient(Instance|Host|Volume)?Capacity\b/.test(why) ? 'Deploy again later.' : undefined;
}

/** `needed` is undefined where the pace is not known. */
export function solutionFor({ minutes, needed, completionDuration }: {
  readonly minutes: number; readonly needed: number | undefined; readonly completionDuration: number | undefined;
}): string {
  const isHour = minutes >= MAX_MINUTES;
  if (!isHour) {
    if (needed === undefined) {
      return timeoutUnknown();
    }
    if (needed <= MAX_MINUTES) {
      return timeoutTooShort({ needed, timeout: Math.min(HOUR_MINUTES, Math.ceil(needed * MARGIN / STEP_MINUTES) * STEP_MINUTES) });
    }
  }
  return hourTooShort({ needed }) + (completionDuration === undefined ? '' : completionDurationNeeded({ completionDuration, withTimeout: !isHour }));
}

/** How many minutes the slowest snapshot takes from the beginning of the request; undefined where EC2 returns no progress of one. */
export function estimateMinutes(snapshots: readonly Snapshot[], startedAt: number, now: number): number | undefined {
  const estimates = snapshots.flatMap(snapshot => {
    const percent = percentOf(snapshot);
    const began = Math.max(snapshot.StartTime?.getTime() ?? startedAt, startedAt);
    return percent > 0 ? [began - startedAt + (now - began) * 100 / percent] : [];
  });
  return estimates.length === 0 || estimates.length < snapshots.length ? undefined : Math.ceil(Math.max(...estimates) / MINUTE_MS);
}

async function findSnapshots(aws: AwsClients, owner: string): Promise<Snapshot[]> {
  try {
    return await findTaggedSnapshots(aws, owner);
  } catch {
    // a throttled call must not replace the message that this is for
    return [];
  }
}
