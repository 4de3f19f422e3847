import { Snapshot } from '@aws-sdk/client-ec2';
import { SourceImage } from '../../lambda/ami/describe-source-image';
import { completionDurationWithinHour, describeCompletionTarget, explainShortDuration, warnOfLateCompletion } from '../../lambda/copy/check-completion-duration';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { answering } from '../helpers/answers';
import { copyImage } from '../helpers/copies';

/** The time that a copy needs, and the time that it had. One snapshot is copied with 500 MiB/s: 15 minutes are 450,000 MiB; all of them with 2,000 MiB/s. */

const MEBIBYTE = 1_048_576;
const properties = (CompletionDurationMinutes: number | undefined, more: Partial<EncryptedAmiCopyProperties> = {}) =>
  ({ CompletionDurationMinutes, ...more }) as EncryptedAmiCopyProperties;
const snapshotOf = (mebibytes: number): Snapshot => ({ FullSnapshotSizeInBytes: mebibytes * MEBIBYTE, VolumeSize: 64_000 });
const sourceOf = (...snapshots: Snapshot[]) => ({
  devices: snapshots.map((snapshot, index) => ({ name: `/dev/sd${'abcde'[index]}`, ebs: {}, snapshot: { SnapshotId: `snap-${index}`, ...snapshot } })),
}) as unknown as SourceImage;
const five = (mebibytes: number) => Array<Snapshot>(5).fill(snapshotOf(mebibytes));
const tooShort = (minutes: number, snapshots: string, shortest: number) =>
  `\`completionDuration\` of ${minutes} minutes is too short for ${snapshots}: EBS copies at most 500 MiB/s per snapshot. Use at least ${shortest} minutes, or remove \`completionDuration\`.`;
const late = (minutes: number, gibibytes: number, shortest: number) =>
  `The copy can take longer than its \`completionDuration\` of ${minutes} minutes: it has ${gibibytes} GiB, and without a quota increase EBS copies at most 2000 MiB/s per account ` +
  `from one Region to another. The shortest duration that is certain is ${shortest} minutes.`;

test.each<[string, number | undefined, Snapshot[], string | undefined]>([
  ['without a duration', undefined, [snapshotOf(9_000_000)], undefined],
  ['without snapshots', 15, [], undefined],
  ['of one snapshot that just fits', 15, [snapshotOf(450_000)], undefined],
  ['of one snapshot that is too large', 15, [snapshotOf(450_001)], tooShort(15, 'snap-0 (/dev/sda, 440 GiB)', 30)],
  ['of a snapshot that just fits into half an hour', 30, [snapshotOf(900_000)], undefined],
  ['of a little data', 15, [snapshotOf(0.5)], undefined],
  ['of a volume whose data is not known', 15, [{ VolumeSize: 440 }], tooShort(15, 'snap-0 (/dev/sda, 440 GiB)', 30)],
  ['of a volume whose data is not known, and that fits', 15, [{ VolumeSize: 439 }], undefined],
  ['of nothing that is known', 15, [{}], undefined],
  ['of two snapshots, of which one is too large', 15, [snapshotOf(1_000), snapshotOf(600_000)], tooShort(15, 'snap-1 (/dev/sdb, 586 GiB)', 30)],
  ['of two snapshots that are too large', 15, [snapshotOf(500_000), snapshotOf(1_000_000)], tooShort(15, 'snap-0 (/dev/sda, 489 GiB), snap-1 (/dev/sdb, 977 GiB)', 45)],
  ['of five snapshots that are too large, and need more time together', 15, five(800_000), tooShort(15, [0, 1, 2, 3, 4].map(index => `snap-${index} (/dev/sd${'abcde'[index]}, 782 GiB)`).join(', '), 45)],
  ['of five snapshots that just fit together', 15, five(360_000), undefined],
  ['of five snapshots that fit, but not together', 15, five(360_001), late(15, 1758, 30)],
])('a copy %s', (_title, minutes, snapshots, expected) => {
  expect(explainShortDuration(properties(minutes), sourceOf(...snapshots))).toBe(expected);
  const logged = jest.spyOn(console, 'warn').mockReturnValue(undefined);
  warnOfLateCompletion(properties(minutes), sourceOf(...snapshots));
  expect(logged.mock.calls).toEqual(expected === undefined ? [] : [[{ message: expected }]]);
  logged.mockRestore();
});

test.each<[string, Partial<EncryptedAmiCopyProperties>, Snapshot[], number | undefined]>([
  ['a small snapshot', {}, [snapshotOf(1)], 15],
  ['a larger one', {}, [snapshotOf(450_001)], 30],
  ['five that need more time together', {}, five(360_001), 30],
  ['one that needs almost an hour', {}, [snapshotOf(1_350_000)], 45],
  ['one that needs an hour', {}, [snapshotOf(1_350_001)], undefined],
  ['nothing', {}, [], undefined],
  ['snapshots whose size is not known', {}, [{}], undefined],
  ['a copy with a longer duration', { CompletionDurationMinutes: 30 }, [snapshotOf(1)], 15],
  ['a copy with this duration', { CompletionDurationMinutes: 15 }, [snapshotOf(1)], undefined],
  ['a copy to a Local Zone', { LocalZone: 'us-east-1-bos-1a' }, [snapshotOf(1)], undefined],
  ['a copy to an Outpost', { OutpostArn: 'arn' }, [snapshotOf(1)], undefined],
])('the shortest duration within the hour for %s', (_title, more, snapshots, minutes) => {
  expect(completionDurationWithinHour(properties(undefined, more), snapshots)).toBe(minutes);
});

describe('after the copy', () => {
  const at = (seconds: number) => new Date(seconds * 1_000);
  const timed = (SnapshotId: string, seconds?: number, more: Snapshot = {}): Snapshot =>
    ({ SnapshotId, CompletionDurationMinutes: 15, StartTime: at(0), CompletionTime: seconds === undefined ? undefined : at(seconds), ...more });

  test.each<[string, Snapshot[], string, string[]]>([
    ['snapshots without a duration', [{ SnapshotId: 'snap-1', StartTime: at(0), CompletionTime: at(60) }], '', []],
    ['a snapshot that just was on time', [timed('snap-1', 900)], 'true', []],
    ['a snapshot that was late', [timed('snap-1', 901)], 'false', ['snap-1']],
    ['one of two snapshots that was late', [timed('snap-1', 60), timed('snap-2', 901)], 'false', ['snap-2']],
    ['one of two snapshots that has a duration', [timed('snap-1', 60), { SnapshotId: 'snap-2' }], 'true', []],
    ['a snapshot whose end is not known', [timed('snap-1')], 'false', ['snap-1']],
    ['a snapshot whose start is not known', [timed('snap-1', 60, { StartTime: undefined })], 'false', ['snap-1']],
  ])('the target of %s', async (_title, Snapshots, expected, lateOnes) => {
    const logged = jest.spyOn(console, 'info').mockReturnValue(undefined);
    const { aws, calls } = answering({ DescribeSnapshots: { Snapshots } });
    const BlockDeviceMappings = [...Snapshots.map(({ SnapshotId }, index) => ({ DeviceName: `/dev/sd${index}`, Ebs: { SnapshotId } })), { DeviceName: '/dev/empty', Ebs: {} }];
    expect(await describeCompletionTarget(aws, copyImage({ BlockDeviceMappings }))).toBe(expected);
    expect(calls).toStrictEqual([['DescribeSnapshots', { SnapshotIds: Snapshots.map(({ SnapshotId }) => SnapshotId) }]]);
    const message = expected === 'true' ? 'The copy completed within its `completionDuration`.' : 'The copy took longer than its `completionDuration`.';
    expect(logged.mock.calls).toEqual(expected === '' ? [] : [[{ message, late: lateOnes }]]);
    logged.mockRestore();
  });
});
