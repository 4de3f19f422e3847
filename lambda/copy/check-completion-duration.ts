import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { SourceImage } from '../ami/describe-source-image';
import { AwsClients } from '../aws/clients';
import { describeSnapshots, devicesOf } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

const MEBIBYTE = 1024 * 1024;
/** What EBS moves of one snapshot at most, and of all of an account from one Region to another unless that quota was raised, in MiB/s. */
const MAX_MIB_PER_SECOND_PER_SNAPSHOT = 500;
const MAX_MIB_PER_SECOND_PER_ACCOUNT = 2_000;
/** Durations come in quarters of an hour. */
const DURATION_STEP_MINUTES = 15;

/**
 * That a time-based copy can be done in time. Each snapshot counts on its own, and gets the same time. A snapshot that is too large for it is
 * refused: no quota helps. Together they may only be late, because that quota can be raised, and EC2 accepts the copy.
 *
 * @see the page "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" in the Amazon EBS User Guide
 */
export function checkCompletion({ CompletionDurationMinutes }: EncryptedAmiCopyProperties, { devices }: SourceImage): void {
  if (CompletionDurationMinutes === undefined) {
    return;
  }
  const sizes = devices.map(({ name, snapshot }) => ({ name, id: snapshot.SnapshotId, size: sizeOf(snapshot) }));
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  const shortest = Math.max(...sizes.map(({ size }) => roundUpToQuarterHours(size / MAX_MIB_PER_SECOND_PER_SNAPSHOT)));
  const shortestForAll = Math.max(shortest, roundUpToQuarterHours(total / MAX_MIB_PER_SECOND_PER_ACCOUNT));
  const tooLarge = sizes.filter(({ size }) => roundUpToQuarterHours(size / MAX_MIB_PER_SECOND_PER_SNAPSHOT) > CompletionDurationMinutes);
  if (tooLarge.length > 0) {
    const which = tooLarge.map(({ name, id, size }) => `${id} (${name}, ${size} MiB)`).join(', ');
    throw new DeploymentError(
      `completionDuration is ${CompletionDurationMinutes} minutes, but EBS moves at most ${MAX_MIB_PER_SECOND_PER_SNAPSHOT} MiB/s of a snapshot, which is too little for ${which}: ` +
      `use a completionDuration of at least ${shortestForAll} minutes, or leave it out`,
    );
  }
  if (shortestForAll > CompletionDurationMinutes) {
    console.warn({
      message: `the copy may be later than completionDuration, ${CompletionDurationMinutes} minutes: its ${total} MiB need more than the ${MAX_MIB_PER_SECOND_PER_ACCOUNT} MiB/s that an account has ` +
        `from one Region to another, unless the quota was raised; the shortest duration that holds is ${shortestForAll} minutes`,
    });
  }
}

/** Whether the copy was done in its time: `true` or `false`; nothing if it was made without one. */
export async function describeCompletionTarget(aws: AwsClients, image: Image): Promise<string> {
  const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
  const timed = (await describeSnapshots(aws, snapshotIds)).filter(({ CompletionDurationMinutes }) => CompletionDurationMinutes);
  if (timed.length === 0) {
    return '';
  }
  const late = timed.filter(({ StartTime, CompletionTime, CompletionDurationMinutes }) =>
    !StartTime || !CompletionTime || CompletionTime.getTime() - StartTime.getTime() > CompletionDurationMinutes! * 60_000);
  console.info({ message: late.length === 0 ? 'the copy was done in its time' : 'the copy was late', late: late.map(({ SnapshotId }) => SnapshotId) });
  return String(late.length === 0);
}

/** In MiB. What EBS has to move is at most this; older snapshots do not tell it, but the size of their volume. */
function sizeOf({ FullSnapshotSizeInBytes, VolumeSize }: Snapshot): number {
  return Math.ceil(FullSnapshotSizeInBytes ? FullSnapshotSizeInBytes / MEBIBYTE : (VolumeSize ?? 0) * 1024);
}

function roundUpToQuarterHours(seconds: number): number {
  return Math.max(1, Math.ceil(seconds / 60 / DURATION_STEP_MINUTES)) * DURATION_STEP_MINUTES;
}
