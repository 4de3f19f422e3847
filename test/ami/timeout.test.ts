import { estimateMinutes, solutionFor, solutionOfReason } from '../../lambda/ami/explain-timeout';
import { completionDurationWithinHour } from '../../lambda/copy/check-completion-duration';
import { CopyEncryption, EncryptedAmiCopyProperties } from '../../src/contract';

/* The message of an AMI that takes too long computes how long, and what is possible. */

const MINUTE = 60_000;
const BEGAN = Date.parse('2026-01-01T00:00:00Z');
const snapshot = (Progress: string | undefined, startedAfterMinutes = 0) => ({ Progress, StartTime: new Date(BEGAN + startedAfterMinutes * MINUTE) });

test.each<[string, ReturnType<typeof snapshot>[], number | undefined]>([
  ['half in 20 minutes', [snapshot('50%')], 40],
  ['the slowest counts', [snapshot('50%'), snapshot('10%'), snapshot('100%')], 200],
  ['a snapshot that began later', [snapshot('50%', 10)], 30],
  ['a clock of EC2 that is behind', [snapshot('50%', -5)], 40],
  ['one without progress', [snapshot('50%'), snapshot(undefined)], undefined],
  ['one at the beginning', [snapshot('0%')], undefined],
  ['no snapshot', [], undefined],
])('after 20 minutes: %s', (_, snapshots, minutes) => {
  expect(estimateMinutes(snapshots, BEGAN, BEGAN + 20 * MINUTE)).toBe(minutes);
});

const hour = 'and CloudFormation waits at most 1 hour. Use a source with smaller volumes.';
const timed = (minutes: number, more = '') => ` Or set \`completionDuration: Duration.minutes(${minutes})\`${more}: for a price per GiB, EBS copies the snapshots within this time.`;

test.each<[number, number | undefined, number | undefined, string]>([
  [5, 20, 15, 'At this pace it takes about 20 minutes. Set `timeout: Duration.minutes(25)`, or remove `timeout`, which is 1 hour by default.'],
  [5, 56, 15, 'At this pace it takes about 56 minutes. Set `timeout: Duration.minutes(60)`, or remove `timeout`, which is 1 hour by default.'],
  [5, 57, 15, `At this pace it takes about 57 minutes, ${hour}${timed(15, ' and `timeout: Duration.hours(1)`')}`],
  [5, undefined, 15, 'Increase `timeout` (at most 1 hour), or use a smaller source.'],
  [56, 87, 30, `At this pace it takes about 87 minutes, ${hour}${timed(30)}`],
  [56, 180, undefined, `At this pace it takes about 3 hours, ${hour}`],
  [56, undefined, 45, `CloudFormation waits at most 1 hour, so \`timeout\` cannot be increased. Use a smaller source, or deploy again.${timed(45)}`],
])('a timeout of %d minutes, of which it takes %p, and %p as a time-based copy', (minutes, needed, completionDuration, text) => {
  expect(solutionFor({ minutes, needed, completionDuration })).toBe(text);
});

test.each([
  ['PendingVerification: Your request is being validated', 'Deploy again when AWS has verified the account.'],
  ['InsufficientVolumeCapacity: There is not enough capacity', 'Deploy again later.'],
  ['the copy ami-1 is pending', undefined],
])('where more time is no solution: %s', (why, solution) => {
  expect(solutionOfReason(why)).toBe(solution);
});

const copy: EncryptedAmiCopyProperties = {
  SourceImageId: 'ami-1', Encryption: CopyEncryption.DEFAULT_KEY, CopySourceTags: false, GeneratedNamePrefix: 'x', TimeoutSeconds: 3600,
} as EncryptedAmiCopyProperties;
const sized = (...gibibytes: number[]) => gibibytes.map(VolumeSize => ({ VolumeSize }));

test.each<[string, Partial<EncryptedAmiCopyProperties>, number[], number | undefined]>([
  ['500 GiB', {}, [500], 30],
  ['many small snapshots', {}, Array.from({ length: 20 }, () => 100), 30],
  ['the largest that fits into 45 minutes', {}, [1318], 45],
  ['a snapshot that takes an hour', {}, [1319], undefined],
  ['with a longer duration', { CompletionDurationMinutes: 45 }, [500], 30],
  ['with this duration', { CompletionDurationMinutes: 30 }, [500], undefined],
  ['to an Outpost', { OutpostArn: 'arn' }, [500], undefined],
  ['to a Local Zone', { LocalZone: 'us-east-1-bos-1a' }, [500], undefined],
  ['no snapshot yet', {}, [], undefined],
])('the duration of a time-based copy: %s', (_, properties, sizes, minutes) => {
  expect(completionDurationWithinHour({ ...copy, ...properties }, sized(...sizes))).toBe(minutes);
});
