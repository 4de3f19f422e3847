import { Snapshot } from '@aws-sdk/client-ec2';
import { buildFromSnapshots } from '../../../lambda/multi-key/from-snapshots/build-from-snapshots';
import { Memory } from '../../../lambda/request/memory';
import { AmiBuildMethod, DEVICE_TAG, ID_TAG, OWNER_TAG, VolumeOrigin } from '../../../src/contract';
import { Answers, answering, ec2Error } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';
import { buildRequest } from '../build-request';

/** Each step of a build from copied snapshots. */

const account = '123456789012';
const KEY = `arn:aws:kms:us-east-1:${account}:key/one`;
const sourceDevice = (letter: string) => ({ name: `/dev/sd${letter}`, snapshotId: `snap-0${letter}`, ebs: { VolumeSize: 8 }, snapshot: { SnapshotId: `snap-0${letter}`, OwnerId: account } });
const SOURCE = {
  image: { ImageId: SOURCE_ID, OwnerId: account, RootDeviceName: '/dev/sda' },
  devices: [sourceDevice('a'), sourceDevice('b')],
  emptyDevices: [{ name: '/dev/sdc', ebs: { VolumeSize: 5 } }],
};
/** The snapshot of a device, which is sealed. */
const own = (letter: string, more: Snapshot = {}): Snapshot => ({
  SnapshotId: `snap-${letter}`,
  OwnerId: account,
  State: 'completed',
  Tags: [{ Key: OWNER_TAG, Value: 'us' }, { Key: DEVICE_TAG, Value: `/dev/sd${letter}` }, { Key: ID_TAG, Value: `snap-${letter}` }],
  ...more,
});
const known = (...letters: string[]): Memory => ({ ids: { snapshots: Object.fromEntries(letters.map(letter => [`/dev/sd${letter}`, `snap-${letter}`])) } });
const EMPTY_VOLUME = { BlockDevices: [{ DeviceName: '/dev/sdf', Volume: VolumeOrigin.EBS, EncryptionKeyArn: KEY, VolumeType: 'gp3', DeleteOnTermination: true, SizeGibibytes: 1 }] };

interface Case {
  readonly snapshots?: readonly Snapshot[];
  readonly memory?: Memory;
  readonly properties?: object;
  readonly answers?: Answers;
  readonly throwIfCanceled?: () => Promise<void>;
}

async function step({ snapshots = [], memory = {}, properties, answers, throwIfCanceled = async () => undefined }: Case) {
  const request = buildRequest({
    attemptId: 'attempt',
    startedAt: 0,
    memory: { ...memory, source: SOURCE },
    throwIfCanceled,
    properties: {
      ImageName: undefined, GeneratedNamePrefix: 'Images', BuildMethod: AmiBuildMethod.COPY_SNAPSHOTS, RootVolume: { EncryptionKeyArn: KEY }, ...properties,
    },
  });
  const { aws, calls } = answering({
    DescribeSnapshots: { Snapshots: snapshots },
    DescribeVolumes: { Volumes: [] },
    DescribeKey: { KeyMetadata: { Arn: KEY, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    CopySnapshot: ({ SourceSnapshotId }: { SourceSnapshotId: string }) => ({ SnapshotId: SourceSnapshotId.replace('0', '') }),
    CreateTags: {},
    RegisterImage: { ImageId: 'ami-2' },
    ...answers,
  }, 40_000);
  const error = await buildFromSnapshots(aws, request).catch(thrown => thrown as Error & { seconds?: number });
  const operations = calls.map(([operation]) => operation);
  const copied = calls.flatMap(([operation, input]) => operation === 'CopySnapshot' ? (input as { SourceSnapshotId: string }).SourceSnapshotId : []);
  return { error, memory: request.memory, calls, operations, copied };
}

test('first, everything is checked, and each device that has a snapshot is copied', async () => {
  const { error, memory, operations, copied } = await step({});
  expect(error).toMatchObject({ name: 'NotReady', message: 'the snapshot for /dev/sda is being copied', seconds: 2 });
  expect(copied).toEqual(['snap-0a', 'snap-0b']);
  expect(memory.ids).toEqual({ snapshots: { '/dev/sda': 'snap-a', '/dev/sdb': 'snap-b' } });
  expect(operations).toContain('DescribeKey');
  expect(operations).not.toContain('DescribeVolumes');
});

test.each<[string, Case, boolean]>([
  ['before the first one', {}, true],
  ['afterwards', { snapshots: [own('a')], memory: known('a') }, false],
  ['after the first volume', {
    properties: EMPTY_VOLUME,
    memory: { ids: { volumes: { f: 'vol-1' } } },
    answers: { DescribeVolumes: { Volumes: [{ VolumeId: 'vol-1', State: 'creating', Tags: [{ Key: DEVICE_TAG, Value: '/dev/sdf' }] }] } },
  }, false],
])('the keys are checked %s: %#', async (_title, one, isChecked) => {
  expect((await step(one)).operations.includes('DescribeKey')).toBe(isChecked);
});

test('volumes are described only where the build creates some', async () => {
  expect((await step({ properties: EMPTY_VOLUME, answers: { DescribeAvailabilityZones: {} } })).operations).toContain('DescribeVolumes');
});

test('a request that is canceled copies nothing', async () => {
  const { error, copied } = await step({ throwIfCanceled: () => Promise.reject(new Error('canceled')) });
  expect([error.message, copied]).toEqual(['canceled', []]);
});

test('the id of a copy is kept, also when another copy is refused', async () => {
  const { error, memory } = await step({
    answers: {
      CopySnapshot: ({ SourceSnapshotId }: { SourceSnapshotId: string }) => {
        if (SourceSnapshotId === 'snap-0a') {
          throw ec2Error('InvalidParameterValue');
        }
        return { SnapshotId: 'snap-b' };
      },
    },
  });
  expect(error).toMatchObject({ name: 'DeploymentError', message: expect.stringContaining('EC2 does not copy the snapshot snap-0a for /dev/sda.') });
  expect(memory.ids).toEqual({ snapshots: { '/dev/sdb': 'snap-b' } });
});

test('snapshots of ours that do not carry their id get it', async () => {
  const unsealed = own('b', { Tags: [{ Key: OWNER_TAG, Value: 'us' }] });
  const { calls } = await step({ snapshots: [own('a'), unsealed], memory: known('a', 'b') });
  expect(calls.filter(([operation]) => operation === 'CreateTags')).toEqual([['CreateTags', { Resources: ['snap-b'], Tags: [{ Key: ID_TAG, Value: 'snap-b' }] }]]);
});

describe('the next step', () => {
  const pending = own('b', { State: 'pending', Progress: '50%', StartTime: new Date(0) });
  test.each<[string, Case, string, number]>([
    ['soon, while a snapshot is being started', { snapshots: [pending], memory: known('b') }, 'the snapshot for /dev/sda is being copied', 2],
    ['by the progress, while one is pending', { snapshots: [own('a'), pending], memory: known('a', 'b') }, 'the snapshot snap-b for /dev/sdb is pending at 50%', 24],
    ['soon, when the AMI is being registered', { snapshots: [own('a'), own('b')], memory: known('a', 'b') }, 'the AMI "Images-attempt" is being registered', 2],
  ])('comes %s', async (_title, one, message, seconds) => {
    const { error, memory } = await step(one);
    expect(error).toMatchObject({ name: 'NotReady', message, seconds });
    expect(memory.progress).toEqual(seconds === 24 ? { percents: 50, since: 40_000, isComplete: false } : undefined);
  });
});

test.each<[string, Memory, boolean]>([
  ['when all snapshots are completed', known('a', 'b'), true],
  ['not again, when EC2 has accepted it', { ids: { ...known('a', 'b').ids, image: 'ami-2' } }, false],
])('the AMI is registered %s', async (_title, memory, isRegistered) => {
  const { error, operations } = await step({ snapshots: [own('a'), own('b')], memory });
  expect(operations.includes('RegisterImage')).toBe(isRegistered);
  expect(error).toMatchObject({ name: 'NotReady', message: isRegistered ? 'the AMI "Images-attempt" is being registered' : 'EC2 has accepted the AMI ami-2 of the build, but does not show it' });
});

test.each<[string, Case, number | undefined]>([
  ['begins again when all snapshots are shown', { snapshots: [own('a')], memory: known('a') }, undefined],
  ['begins again when none is known', {}, undefined],
  ['goes on while one of them is not shown', { snapshots: [own('a')], memory: known('a', 'b') }, 4],
  ['goes on while the AMI is not shown', { snapshots: [own('a'), own('b')], memory: { ids: { ...known('a', 'b').ids, image: 'ami-2' } } }, 4],
])('the count of reads without what EC2 has accepted %s', async (_title, one, reads) => {
  const { memory } = await step({ ...one, memory: { ...one.memory, missing: { reads: 3, since: 40_000 } } });
  expect(memory.missing?.reads).toBe(reads);
});
