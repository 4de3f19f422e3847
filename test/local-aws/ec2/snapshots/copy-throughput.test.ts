import { copy, describedImage, snapshotsOf } from '../calls';
import { aws } from '../each-test';

/** Copies that are to be done in a time. */

describe('a time-based copy', () => {
  const timed = (minutes: number, name: string, size: number) => copy({
    Name: name,
    SourceImageId: aws.ec2.addImage({ name: `source of ${name}`, devices: [{ deviceName: '/dev/xvda', size, used: size }] }).id,
    SnapshotCopyCompletionDurationMinutes: minutes,
  });

  test('completes in time', async () => {
    const id = await timed(15, 'one', 100);
    aws.pass(10);
    expect((await snapshotsOf(await describedImage(id)))[0]).toMatchObject({
      State: 'pending', CompletionDurationMinutes: 15, TransferType: 'time-based',
    });
    aws.pass(5);
    expect((await describedImage(id)).State).toBe('available');
  });

  test('is late when too little throughput is left, and refused when none is', async () => {
    aws.ec2.settings.limits.timeBasedMebibytesPerSecond = 150;
    const first = await timed(15, 'one', 100);
    const second = await timed(15, 'two', 100);
    await expect(timed(15, 'three', 100)).rejects.toMatchObject({ name: 'ResourceLimitExceeded' });
    aws.pass(15);
    expect((await describedImage(first)).State).toBe('available');
    expect((await describedImage(second)).State).toBe('pending');
    await timed(15, 'three', 100);
    aws.pass(60);
    expect((await describedImage(second)).State).toBe('available');
  });

  test('of more data than its duration allows is late or refused', async () => {
    const id = await timed(15, 'one', 600);
    aws.pass(15);
    expect((await describedImage(id)).State).toBe('pending');
    aws.pass(15);
    expect((await describedImage(id)).State).toBe('available');
    aws.ec2.switches.durationTooShort = 'refused';
    await expect(timed(15, 'two', 600)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('waits for another copy of the same snapshot', async () => {
    const first = await copy({ Name: 'one', SnapshotCopyCompletionDurationMinutes: 15 });
    const second = await copy({ Name: 'two', SnapshotCopyCompletionDurationMinutes: 15 });
    aws.pass(15);
    expect((await describedImage(first)).State).toBe('available');
    expect((await describedImage(second)).State).toBe('pending');
    aws.pass(15);
    expect((await describedImage(second)).State).toBe('available');
  });
});
