import { AccountAndRegion, AwsError } from '../../aws-call';
import { invalidValue } from '../requests/errors';
import { Ec2Context } from '../state/ec2-context';
import { Snapshot } from '../state/records';

const mebibyte = 1024 * 1024;

/** The throughput quota of one time-based copy, in MiB/s. */
const perSnapshot = 500;

/** The allowed completion durations: 15 minutes to two days, in multiples of 15 minutes. */
export function checkDuration(minutes: number | undefined, parameter: string): void {
  if (minutes !== undefined && (minutes < 15 || minutes > 2880 || minutes % 15 !== 0)) {
    throw invalidValue(minutes, parameter, 'It must be a multiple of 15 from 15 to 2880.');
  }
}

/** Refuses a time-based copy when no throughput is left. If too little is left, EC2 accepts the copy, and it completes late. */
export function checkThroughput(ec2: Ec2Context, place: AccountAndRegion, sources: readonly Snapshot[], minutes: number | undefined): void {
  if (minutes === undefined || sources.length === 0) {
    return;
  }
  const { settings: { limits }, switches } = ec2;
  const tooLarge = sources.find(source => source.dataBytes / mebibyte / perSnapshot > minutes * 60);
  if (tooLarge && switches.durationTooShort === 'refused') {
    throw invalidValue(minutes, 'CompletionDurationMinutes', `The data of ${tooLarge.id} cannot be copied in that time.`);
  }
  if (inUse(ec2, place, sources[0].region) >= limits.timeBasedMebibytesPerSecond) {
    throw new AwsError(
      switches.noThroughputCode,
      `The cumulative snapshot copy throughput quota of ${limits.timeBasedMebibytesPerSecond} MiB/s for this Region pair is used up.`,
    );
  }
}

export interface TimedCopy {
  readonly mebibytesPerSecond: number;
  readonly completesAt: number;
}

/** A time-based copy completes in time if there is enough throughput, else as early as the remaining throughput allows. */
export function timedCopy(ec2: Ec2Context, place: AccountAndRegion, source: Snapshot, minutes: number): TimedCopy {
  const size = source.dataBytes / mebibyte;
  const wanted = size / (minutes * 60);
  const left = ec2.settings.limits.timeBasedMebibytesPerSecond - inUse(ec2, place, source.region);
  const mebibytesPerSecond = Math.max(Math.min(wanted, left, perSnapshot), 1);
  const start = Math.max(ec2.clock.now(), ...runningCopiesOf(ec2, place, source).map(copy => copy.completesAt));
  // EBS completes a copy within the requested duration, not before it
  return { mebibytesPerSecond, completesAt: start + Math.max(size / mebibytesPerSecond, minutes * 60) * 1000 * 0.95 };
}

/** EBS runs two copies of one snapshot to the same destination one after the other. */
function runningCopiesOf({ state }: Ec2Context, place: AccountAndRegion, source: Snapshot): Snapshot[] {
  return [...state.snapshots.values()].filter(one =>
    isRunning(one, place) && one.copySource?.snapshotId === source.id);
}

function inUse({ state }: Ec2Context, place: AccountAndRegion, sourceRegion: string): number {
  return [...state.snapshots.values()]
    .filter(one => isRunning(one, place) && one.copySource?.region === sourceRegion)
    .reduce((sum, one) => sum + (one.mebibytesPerSecond ?? 0), 0);
}

function isRunning(one: Snapshot, place: AccountAndRegion): boolean {
  return one.state === 'pending' && one.mebibytesPerSecond !== undefined && one.account === place.account && one.region === place.region;
}
