import { Image, Snapshot } from '@aws-sdk/client-ec2';
import * as messages from '../../../lambda/ami/messages';
import { verifyDeviceNames } from '../../../lambda/ami/verification/verify-device-names';
import { describeCompletedSnapshots, verifyKey } from '../../../lambda/ami/verification/verify-snapshots';
import { DeploymentError, NotReady } from '../../../lambda/outcomes';
import { answering, ec2Error } from '../../helpers/answers';

/** The devices of an AMI, and their snapshots: what EC2 does not show yet is waited for, and what it shows must be complete and encrypted with an expected key. */

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/one';
const imageId = 'ami-1';
const imageWith = (snapshotIds: readonly (string | undefined)[]): Image => ({
  ImageId: imageId, BlockDeviceMappings: snapshotIds.map((SnapshotId, index) => ({ DeviceName: `/dev/sd${'abc'[index]}`, Ebs: { SnapshotId } })),
});
const completed = (SnapshotId: string): Snapshot => ({ SnapshotId, State: 'completed' });
/** EC2 with these snapshots, or which answers with an error. */
const ec2With = (answer: Snapshot[] | string) => answering({
  DescribeSnapshots: typeof answer === 'string' ? ec2Error(answer)
    : ({ SnapshotIds }: { SnapshotIds: string[] }) => ({ Snapshots: answer.filter(({ SnapshotId }) => SnapshotIds.includes(SnapshotId!)) }),
}).aws;
const empty = (name: string) => ({ name, ebs: {} });

let logged: jest.SpyInstance;
beforeEach(() => { logged = jest.spyOn(console, 'info').mockReturnValue(undefined); });

test.each<[string, (string | undefined)[], { name: string; ebs: object }[], string[]]>([
  ['of all devices', ['snap-1', 'snap-2'], [], ['/dev/sda snap-1', '/dev/sdb snap-2']],
  ['of all but the empty ones', ['snap-1', undefined, 'snap-2'], [empty('/dev/sdb')], ['/dev/sda snap-1', '/dev/sdc snap-2']],
  ['of one that was empty in the source', ['snap-1', 'snap-2'], [empty('/dev/sdb')], ['/dev/sda snap-1', '/dev/sdb snap-2']],
])('the snapshots %s', async (_title, snapshotIds, emptyDevices, expected) => {
  const snapshots = await describeCompletedSnapshots(ec2With(['snap-2', 'snap-1', 'snap-3'].map(completed)), imageWith(snapshotIds), emptyDevices);
  expect([...snapshots].map(([device, { SnapshotId }]) => `${device} ${SnapshotId}`)).toEqual(expected);
  expect(logged.mock.lastCall).toMatchObject([{ imageId, snapshots: expected.map(text => ({ device: text.split(' ')[0], snapshotId: text.split(' ')[1] })) }]);
});

test.each<[string, (string | undefined)[], Snapshot[] | string, Error]>([
  ['that is not shown', ['snap-1', undefined], [completed('snap-1')], new NotReady(messages.snapshotNotShown({ imageId, device: '/dev/sdb' }))],
  ['that is not complete', ['snap-1'], [{ SnapshotId: 'snap-1', State: 'pending' }], new NotReady(messages.snapshotNotCompleted({ snapshotId: 'snap-1', device: '/dev/sda', state: 'pending' }))],
  ['that EC2 leaves out', ['snap-1', 'snap-2'], [completed('snap-1')], new NotReady(messages.snapshotNotCompleted({ snapshotId: 'snap-2', device: '/dev/sdb' }))],
  ['that EC2 does not know yet', ['snap-1', 'snap-2'], 'InvalidSnapshot.NotFound', new NotReady(messages.snapshotsNotVisible({ snapshotIds: ['snap-1', 'snap-2'] }))],
  ['that has failed', ['snap-1'], [{ SnapshotId: 'snap-1', State: 'error', StateMessage: 'words' }],
    new DeploymentError(messages.snapshotInError({ imageId, snapshotId: 'snap-1', device: '/dev/sda', reason: 'words' }))],
  ['that EC2 does not describe', ['snap-1'], 'RequestLimitExceeded', ec2Error('RequestLimitExceeded')],
])('a snapshot %s', async (_title, snapshotIds, answer, expected) => {
  const error: Error = await describeCompletedSnapshots(ec2With(answer), imageWith(snapshotIds), [empty('/dev/sdc')]).then(() => new Error('none'), caught => caught);
  expect([error.constructor, error.message]).toEqual([expected.constructor, expected.message]);
});

test.each<[Snapshot, (string | undefined)[], boolean]>([
  [{ Encrypted: true, KmsKeyId: KEY }, [KEY], true],
  [{ Encrypted: true, KmsKeyId: KEY }, [undefined, KEY], true],
  [{ Encrypted: true, KmsKeyId: KEY }, ['other'], false],
  [{ Encrypted: true, KmsKeyId: KEY }, [undefined], false],
  [{ Encrypted: false }, [undefined, KEY], true],
  [{ Encrypted: false }, [KEY], false],
  // not what EC2 answers: a key alone is no encryption
  [{ Encrypted: false, KmsKeyId: KEY }, [KEY], false],
])('of %j, where %j are allowed', (snapshot, allowed, isRight) => {
  const verify = () => verifyKey({ ImageId: imageId }, '/dev/sda', { ...snapshot, SnapshotId: 'snap-1' }, allowed);
  if (isRight) {
    expect(verify).not.toThrow();
  } else {
    const key = snapshot.Encrypted ? KEY : undefined;
    expect(verify).toThrow(new DeploymentError(messages.unexpectedSnapshotKey({ imageId, snapshotId: 'snap-1', device: '/dev/sda', key, expected: allowed })));
  }
});

test('the devices are the expected ones, in whatever order', () => {
  const verify = (...names: string[]) => () => verifyDeviceNames(
    imageWith(['snap-1', 'snap-2']), names.map(name => ({ name })), ({ devices, expected }) => `${devices} instead of ${expected}`);
  expect(verify('/dev/sdb', '/dev/sda')).not.toThrow();
  expect(verify('/dev/sdc', '/dev/sda')).toThrow(new DeploymentError('/dev/sda, /dev/sdb instead of /dev/sda, /dev/sdc'));
  expect(verify('/dev/sda')).toThrow('/dev/sda, /dev/sdb instead of /dev/sda');
});
