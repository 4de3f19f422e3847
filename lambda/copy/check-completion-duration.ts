import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { completionDurationTooShort, copyMayBeLate, copyWasLate, copyWasOnTime } from './messages';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { SourceImage } from '../ami/describe-source-image';
import { AwsClients } from '../aws/clients';
import { describeSnapshots, devicesOf } from '../aws/find-images';

const MEBIBYTE = 1024 * 1024;
/** The throughput of EBS for one snapshot, and for an account from one Region to another unless that quota was raised, in MiB/s. */
const MAX_MIB_PER_SECOND_PER_SNAPSHOT = 500;
const MAX_MIB_PER_SECOND_PER_ACCOUNT = 2_000;
/** Durations come in quarters of an hour. */
const DURATION_STEP_MINUTES = 15;

/**
 * Warns of a time-based copy that cannot complete in time. Each snapshot counts on its own, with the same duration. Whether EC2 refuses a snapshot that
 * is too large for it, or copies it late, is not documented, so EC2 decides. All snapshots together can only be late, because that quota can be raised.
 *
 * @see the page "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" in the Amazon EBS User Guide
 */
export function warnOfLateCompletion(properties: EncryptedAmiCopyProperties, source: SourceImage): void {
  const tooShort = explainShortDuration(properties, source);
  if (tooShort !== undefined) {
    console.warn({ message: tooShort });
  }
}

/** Why a copy is not certain to complete in its `completionDuration`; undefined if it is. */
export function explainShortDuration({ CompletionDurationMinutes }: EncryptedAmiCopyProperties, { devices }: SourceImage): string | undefined {
  if (CompletionDurationMinutes === undefined) {
    return undefined;
  }
  const sizes = devices.map(({ name, snapshot }) => ({ name, id: snapshot.SnapshotId, size: sizeOf(snapshot) }));
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  const shortest = Math.max(...sizes.map(({ size }) => roundUpToQuarterHours(size / MAX_MIB_PER_SECOND_PER_SNAPSHOT)));
  const shortestForAll = Math.max(shortest, roundUpToQuarterHours(total / MAX_MIB_PER_SECOND_PER_ACCOUNT));
  const tooLarge = sizes.filter(({ size }) => roundUpToQuarterHours(size / MAX_MIB_PER_SECOND_PER_SNAPSHOT) > CompletionDurationMinutes);
  if (tooLarge.length > 0) {
    return completionDurationTooShort({
      minutes: CompletionDurationMinutes,
      snapshots: tooLarge.map(({ name, id, size }) => ({ snapshotId: id, device: name, gibibytes: Math.ceil(size / 1024) })),
      throughput: MAX_MIB_PER_SECOND_PER_SNAPSHOT,
      shortestMinutes: shortestForAll,
    });
  }
  return shortestForAll <= CompletionDurationMinutes ? undefined : copyMayBeLate({
    minutes: CompletionDurationMinutes,
    gibibytes: Math.ceil(total / 1024),
    throughput: MAX_MIB_PER_SECOND_PER_ACCOUNT,
    shortestMinutes: shortestForAll,
  });
}

/** The shortest duration with which these snapshots are copied within the hour; none if the copy has one that is as short. */
export function completionDurationWithinHour(
  { CompletionDurationMinutes = Infinity, LocalZone, OutpostArn }: EncryptedAmiCopyProperties, snapshots: readonly Snapshot[],
): number | undefined {
  const sizes = snapshots.map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const seconds = Math.max(...sizes.map(size => size / MAX_MIB_PER_SECOND_PER_SNAPSHOT), total / MAX_MIB_PER_SECOND_PER_ACCOUNT);
  const shortest = roundUpToQuarterHours(seconds);
  const isPossible = total > 0 && LocalZone === undefined && OutpostArn === undefined;
  return isPossible && shortest < Math.min(CompletionDurationMinutes, 60) ? shortest : undefined;
}

/** Whether the copy completed in its `completionDuration`: `true` or `false`; empty if it has none. */
export async function describeCompletionTarget(aws: AwsClients, image: Image): Promise<string> {
  const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
  const timed = (await describeSnapshots(aws, snapshotIds)).filter(({ CompletionDurationMinutes }) => CompletionDurationMinutes);
  if (timed.length === 0) {
    return '';
  }
  const late = timed.filter(({ StartTime, CompletionTime, CompletionDurationMinutes }) =>
    !StartTime || !CompletionTime || CompletionTime.getTime() - StartTime.getTime() > CompletionDurationMinutes! * 60_000);
  console.info({ message: late.length === 0 ? copyWasOnTime() : copyWasLate(), late: late.map(({ SnapshotId }) => SnapshotId) });
  return String(late.length === 0);
}

/** In MiB. EBS has to copy at most this; EC2 does not return it for older snapshots, but the size of their volume. */
function sizeOf({ FullSnapshotSizeInBytes, VolumeSize }: Snapshot): number {
  return Math.ceil(FullSnapshotSizeInBytes ? FullSnapshotSizeInBytes / MEBIBYTE : (VolumeSize ?? 0) * 1024);
}

function roundUpToQuarterHours(seconds: number): number {
  return Math.ceil(seconds / 60 / DURATION_STEP_MINUTES) * DURATION_STEP_MINUTES;
}
