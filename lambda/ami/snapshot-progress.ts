import { Snapshot } from '@aws-sdk/client-ec2';
import { Memory } from '../request/memory';

const MIN_WAIT_SECONDS = 2;
/** Without progress, and so at the start of everything that takes minutes. */
const MIN_WAIT_WITHOUT_PROGRESS_SECONDS = 5;
const MIN_REGISTRATION_WAIT_SECONDS = 3;
const MAX_WAIT_SECONDS = 60;
/** Of the time that the rest is estimated to take: an estimate that is too long by half makes nothing late. */
const PART_OF_REST = 0.6;

/**
 * Seconds until the next poll of snapshots, by the progress of the slowest; where EC2 returns no progress, or it does not change, a tenth of the time
 * that has passed.
 */
export function secondsUntilDone(memory: Memory, snapshots: readonly Snapshot[], startedAt: number, now: number): number {
  const percents = snapshots.map(percentOf);
  const sum = percents.reduce((total, percent) => total + percent, 0);
  const before = memory.progress;
  const since = before?.percents === sum ? before.since : now;
  const isComplete = snapshots.length > 0 && snapshots.every(({ State }) => State === 'completed');
  memory.progress = Number.isNaN(sum) ? undefined : { percents: sum, since, isComplete };
  const elapsedSeconds = (now - startedAt) / 1_000;
  const remaining = snapshots.map(({ StartTime }, index) =>
    remainingSeconds(percents[index], (now - (StartTime?.getTime() ?? startedAt)) / 1_000, (now - since) / 1_000));
  const rest = Math.max(...remaining);
  const seconds = snapshots.length === 0 || Number.isNaN(rest) ? Math.max(MIN_WAIT_WITHOUT_PROGRESS_SECONDS, elapsedSeconds / 10)
    // the snapshots are at 100%, but not yet completed, or the image is not yet available
    : rest === 0 ? (now - since) / 10_000
      : PART_OF_REST * rest;
  return Math.min(MAX_WAIT_SECONDS, Math.max(MIN_WAIT_SECONDS, seconds));
}

/** Seconds until the next poll of an image whose snapshots are complete; undefined if they are not. */
export function secondsUntilRegistered({ progress }: Memory, now: number): number | undefined {
  return progress?.isComplete ? Math.min(MAX_WAIT_SECONDS, Math.max(MIN_REGISTRATION_WAIT_SECONDS, (now - progress.since) / 10_000)) : undefined;
}

/** NaN where EC2 returns no progress. */
export function percentOf({ Progress }: Snapshot): number {
  return Number(Progress?.match(/^(\d+)%$/)?.[1]);
}

/** Seconds that a snapshot still takes; NaN where unknown. EC2 returns whole percents, of which the last is partly over. */
function remainingSeconds(percent: number, elapsedSeconds: number, unchanged: number): number {
  if (percent >= 100) {
    return 0;
  }
  const perPercent = elapsedSeconds / percent;
  const hasStopped = unchanged > Math.max(10, 2 * perPercent);
  return percent > 0 && !hasStopped ? Math.max((100 - percent) * perPercent - unchanged, 1) : NaN;
}
