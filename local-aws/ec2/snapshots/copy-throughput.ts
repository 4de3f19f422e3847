import { AwsError } from '../../aws-call';
import { Ec2Context } from '../state/ec2-context';
import { invalidValue } from '../requests/errors';
import { Snapshot } from '../state/records';
import { AccountAndRegion } from '../../kms/arns';

const mebibyte = 1024 * 1024;

/** What one time-based copy may move at most, and all of an account between two Regions together, in MiB/s. */
const perSnapshot = 500;

/** The time that a request asks for: a quarter of an hour to two days, in quarters of an hour. */
export function checkDuration(minutes: number | undefined, parameter: string): void {
  if (minutes !== undefined && (minutes < 15 || minutes > 2880 || minutes % 15 !== 0)) {
    throw invalidValue(minutes, parameter, 'It must be a multiple of 15 from 15 to 2880.');
  }
}

/** Refuses a time-based copy for which no throughput is left at all. Some, but too little, is accepted, and late. */
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

/** When a time-based copy is there: in time if there is throughput, else as early as what is left allows. */
export function timedCopy(ec2: Ec2Context, place: AccountAndRegion, source: Snapshot, minutes: number): TimedCopy {
  const size = source.dataBytes / mebibyte;
  const wanted = size / (minutes * 60);
  const left = ec2.settings.limits.timeBasedMebibytesPerSecond - inUse(ec2, place, source.region);
  const mebibytesPerSecond = Math.max(Math.min(wanted, left, perSnapshot), 1);
  const start = Math.max(ec2.clock.now(), ...runningCopiesOf(ec2, place, source).map(copy => copy.completesAt));
  // EBS is done within the time that was asked for, not before it
  return { mebibytesPerSecond, completesAt: start + Math.max(size / mebibytesPerSecond, minutes * 60) * 1000 * 0.95 };
}

/** Two copies of one snapshot to the same place go one after the other. */
function runningCopiesOf({ world }: Ec2Context, place: AccountAndRegion, source: Snapshot): Snapshot[] {
  return [...world.snapshots.values()].filter(one =>
    isRunning(one, place) && one.copySource?.snapshotId === source.id);
}

function inUse({ world }: Ec2Context, place: AccountAndRegion, sourceRegion: string): number {
  return [...world.snapshots.values()]
    .filter(one => isRunning(one, place) && one.copySource?.region === sourceRegion)
    .reduce((sum, one) => sum + (one.mebibytesPerSecond ?? 0), 0);
}

function isRunning(one: Snapshot, place: AccountAndRegion): boolean {
  return one.state === 'pending' && one.mebibytesPerSecond !== undefined && one.account === place.account && one.region === place.region;
}
