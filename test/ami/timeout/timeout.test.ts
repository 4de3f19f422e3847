import { Snapshot } from '@aws-sdk/client-ec2';
import { estimateMinutes, explainTimeout, solutionFor, solutionOfReason } from '../../../lambda/ami/explain-timeout';
import { completionDurationWithinHour } from '../../../lambda/copy/check-completion-duration';
import { ImageRequest } from '../../../lambda/request/image-request';
import { AnyProperties, resourceHandlerFor } from '../../../lambda/resource-handlers';
import { CopyEncryption, EncryptedAmiCopyProperties, RESOURCE_TYPES } from '../../../src/contract';
import { answering, ec2Error } from '../../helpers/answers';

/* The message of an AMI that takes too long computes how long, and what is possible. */

const MINUTE = 60_000;
const BEGAN = Date.parse('2026-01-01T00:00:00Z');
const snapshot = (Progress: string | undefined, startedAfterMinutes = 0) => ({ Progress, StartTime: new Date(BEGAN + startedAfterMinutes * MINUTE) });

test.each<[string, Snapshot[], number | undefined]>([
  ['half in 20 minutes', [snapshot('50%')], 40],
  ['the slowest counts', [snapshot('50%'), snapshot('10%'), snapshot('100%')], 200],
  ['a snapshot that began later', [snapshot('50%', 10)], 30],
  ['a clock of EC2 that is behind', [snapshot('50%', -5)], 40],
  ['a snapshot whose beginning EC2 does not tell', [{ Progress: '50%' }], 40],
  ['a part of a minute', [snapshot('99%')], 21],
  ['one at 1%', [snapshot('1%')], 2_000],
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
  [56, 119, undefined, `At this pace it takes about 119 minutes, ${hour}`],
  [56, 120, undefined, `At this pace it takes about 2 hours, ${hour}`],
  [56, 150, undefined, `At this pace it takes about 2.5 hours, ${hour}`],
  [56, 180, undefined, `At this pace it takes about 3 hours, ${hour}`],
  [56, undefined, 45, `CloudFormation waits at most 1 hour, so \`timeout\` cannot be increased. Use a smaller source, or deploy again.${timed(45)}`],
])('a timeout of %d minutes, of which it takes %p, and %p as a time-based copy', (minutes, needed, completionDuration, text) => {
  expect(solutionFor({ minutes, needed, completionDuration })).toBe(text);
});

test.each([
  ['PendingVerification: Your request is being validated', 'Deploy again when AWS has verified the account.'],
  ['InsufficientVolumeCapacity: There is not enough capacity', 'Deploy again later.'],
  ['InsufficientCapacity: none', 'Deploy again later.'],
  ['InsufficientFreeAddressesInSubnet: none', undefined],
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

describe('the message', () => {
  const explain = (type: keyof typeof RESOURCE_TYPES, answer: object, { why = 'the copy ami-1 is pending.', isNewImage = true, limitMinutes = 20 } = {}) => {
    const request = { owner: 'us', limitMs: limitMinutes * MINUTE + 20_000, startedAt: BEGAN, isNewImage, properties: copy };
    const { aws, calls } = answering({ DescribeSnapshots: answer }, BEGAN + 20 * MINUTE);
    return { message: explainTimeout(aws, resourceHandlerFor(RESOURCE_TYPES[type]), request as unknown as ImageRequest<AnyProperties>, why), calls };
  };
  const snapshots = (Progress: string) => ({ Snapshots: [{ SnapshotId: 'snap-1', VolumeSize: 500, ...snapshot(Progress) }] });
  const unknown = 'Increase `timeout` (at most 1 hour), or use a smaller source.';

  test.each<[string, object, Parameters<typeof explain>[2], string]>([
    [
      'its pace is too slow', snapshots('50%'), {},
      ' (snap-1 at 50%): the copy ami-1 is pending. At this pace it takes about 40 minutes. Set `timeout: Duration.minutes(50)`, or remove `timeout`, which is 1 hour by default. ' +
      'The partly created AMI is deleted.',
    ],
    ['its pace is fast enough', snapshots('100%'), {}, ` (snap-1 at 100%): the copy ami-1 is pending. ${unknown} The partly created AMI is deleted.`],
    ['its pace is not known', snapshots(''), {}, ` (snap-1, whose progress is unknown): the copy ami-1 is pending. ${unknown} The partly created AMI is deleted.`],
    ['it is only updated', { Snapshots: [] }, { isNewImage: false }, `: the copy ami-1 is pending. ${unknown}`],
    ['its snapshots cannot be read', ec2Error('RequestLimitExceeded'), {}, `: the copy ami-1 is pending. ${unknown} The partly created AMI is deleted.`],
    [
      'the account is verified', snapshots('50%'), { why: 'PendingVerification: wait' },
      ' (snap-1 at 50%): PendingVerification: wait. Deploy again when AWS has verified the account. The partly created AMI is deleted.',
    ],
  ])('of an AMI that is not available in time: %s', async (_title, answer, options, end) => {
    expect(await explain('encryptedAmiCopy', answer, options).message).toBe(`The AMI was not available within 20 minutes${end}`);
  });

  test('has a time-based copy, which only a copy can be', async () => {
    const options = { limitMinutes: 57 };
    const slow = { Snapshots: [{ SnapshotId: 'snap-1', VolumeSize: 500, ...snapshot('10%') }] };
    expect(await explain('encryptedAmiCopy', slow, options).message).toContain('Or set `completionDuration: Duration.minutes(30)`: for');
    expect(await explain('multiKeyAmi', slow, options).message).not.toContain('completionDuration');
  });

  test('of an AMI that is not shared in time has no snapshots', async () => {
    const { message, calls } = explain('amiSharing', {});
    expect(await message).toBe('The AMI was not shared within 20 minutes: the copy ami-1 is pending. Deploy again.');
    expect(calls).toEqual([]);
  });
});
