import { Snapshot, Volume } from '@aws-sdk/client-ec2';
import { MultiKeyRequest, PlannedDevice } from '../../../lambda/multi-key/device-plan';
import { findSnapshotOfDevice, reconcileSnapshot } from '../../../lambda/multi-key/from-snapshots/reconcile-snapshot';
import { NotReady } from '../../../lambda/outcomes';
import { Memory } from '../../../lambda/request/memory';
import { DEVICE_TAG, ID_TAG, OWNER_TAG } from '../../../src/contract';
import { Answers, answering, ec2Error } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';

/** The snapshot of a device: copied, or created from an empty volume. Neither call has a client token. */

const account = '123456789012';
const [KEY, OWN, FOREIGN, DEFAULT] = ['key', 'own', 'foreign', 'default'].map(name => `arn:aws:kms:us-east-1:${account}:key/${name}`);
const TAGS = [{ Key: OWNER_TAG, Value: 'us' }, { Key: 'a', Value: 'b' }, { Key: DEVICE_TAG, Value: '/dev/sdf' }];
const DESCRIPTION = 'Created by cdk-encrypted-ami for attempt (/dev/sdf)';
const device = (more: Partial<PlannedDevice>): PlannedDevice => ({ name: '/dev/sdf', keyLabel: 'the key', deleteOnTermination: true, ...more });
const ofSource = (snapshot: Snapshot, keyArn?: string) => device({ keyArn, source: { name: '/dev/sdf', snapshotId: 'snap-0', ebs: {}, snapshot } });
const newVolume = (SnapshotId?: string) => device({
  keyArn: KEY, volume: { DeviceName: '/dev/sdf', Volume: 'EBS' as never, VolumeType: 'gp3', DeleteOnTermination: true, EncryptionKeyArn: KEY, SnapshotId },
});
const COPIED = ofSource({ OwnerId: account }, KEY);
const EMPTY = newVolume();
const tagged = (name: string, more: Snapshot = {}): Snapshot => ({ SnapshotId: `snap-${name}`, State: 'completed', Tags: [{ Key: DEVICE_TAG, Value: `/dev/sd${name}` }], ...more });
const volume = (State: Volume['State']): Volume => ({ VolumeId: 'vol-1', State, Tags: [{ Key: DEVICE_TAG, Value: '/dev/sdf' }] });
const knownAs = (SnapshotId: string): Memory => ({ ids: { snapshots: { '/dev/sdf': SnapshotId } } });

interface Case {
  readonly snapshot?: Snapshot;
  readonly volume?: Volume;
  readonly memory?: Memory;
  readonly properties?: object;
  readonly answers?: Answers;
  readonly now?: number;
}

/** The reason to wait, or the error; the calls with their input; the memory. */
async function step(planned: PlannedDevice, one: Case) {
  const memory: Memory = { ...one.memory };
  const request = {
    account, owner: 'us', attemptId: 'attempt', requestId: 'one', memory, properties: { SourceImageId: SOURCE_ID, Tags: [{ Key: 'a', Value: 'b' }], ...one.properties },
  } as unknown as MultiKeyRequest;
  const { aws, calls } = answering({
    CopySnapshot: { SnapshotId: 'snap-1' },
    CreateSnapshot: { SnapshotId: 'snap-1' },
    CreateTags: {},
    CreateVolume: { VolumeId: 'vol-1' },
    DescribeAvailabilityZones: { AvailabilityZones: ['c', 'a', 'b'].map(zone => ({ ZoneName: `us-east-1${zone}` })) },
    GetEbsDefaultKmsKeyId: { KmsKeyId: DEFAULT },
    ...one.answers,
  }, one.now);
  let seconds: number | undefined;
  const result = await reconcileSnapshot(aws, request, planned, one.snapshot ? [one.snapshot] : [], one.volume ? [one.volume] : []).catch(error => {
    seconds = (error as NotReady).seconds;
    return String(error);
  });
  return { result, seconds, calls, memory, operations: calls.map(([operation]) => operation) };
}

test.each<[string, Memory, Snapshot[], string | undefined]>([
  ['that memory knows, without its tag', knownAs('snap-g'), [tagged('f'), tagged('g')], 'snap-g'],
  ['that memory knows, and EC2 does not list', knownAs('snap-h'), [tagged('f')], undefined],
  ['that has the tag', { ids: { snapshots: { '/dev/sdg': 'snap-f' } } }, [tagged('g'), tagged('f')], 'snap-f'],
  ['that is of no device', {}, [tagged('g'), { SnapshotId: 'snap-f' }], undefined],
])('the snapshot of a device: one %s', (_title, memory, snapshots, found) => {
  expect(findSnapshotOfDevice({ memory } as MultiKeyRequest, snapshots, '/dev/sdf')?.SnapshotId).toBe(found);
});

test.each<[string, PlannedDevice, Case, string | undefined]>([
  ['is completed', COPIED, { snapshot: tagged('f') }, undefined],
  ['is pending', COPIED, { snapshot: tagged('f', { State: 'pending', Progress: '5%' }) }, 'the snapshot snap-f for /dev/sdf is pending at 5%'],
  ['is pending without progress', COPIED, { snapshot: tagged('f', { State: 'pending' }) }, 'the snapshot snap-f for /dev/sdf is pending'],
  ['was accepted', COPIED, { memory: knownAs('snap-1') }, 'EC2 has accepted the snapshot snap-1 for /dev/sdf, but does not list it yet'],
  ['was accepted, and not seen for two minutes', COPIED, { memory: { ...knownAs('snap-1'), missing: { reads: 10, since: 0 } }, now: 120_000 },
    'DeploymentError: The snapshot snap-1 for /dev/sdf disappeared: somebody deleted it, or removed its tags. Find out who in CloudTrail (DeleteSnapshot, DeleteTags), and deploy again.'],
  ['may have been started', COPIED, { memory: { doubtUntil: 60_000 }, now: 59_999 }, 'EC2 may have started a snapshot for /dev/sdf already'],
  ['waits for a volume', EMPTY, { volume: volume('creating') }, 'the volume vol-1 for /dev/sdf is creating'],
  ['waits for a volume that failed', EMPTY, { volume: volume('error') }, `DeploymentError: The volume vol-1 for /dev/sdf is in the state error. Its key ${KEY} could not be used.`],
  ['failed because its original is pending', COPIED, { snapshot: tagged('f', { State: 'error', StateMessage: 'Source snapshot is not complete' }) },
    'DeploymentError: The snapshot snap-f for /dev/sdf is in the state error. It is a copy of the snapshot snap-0, which is not completed. Deploy again when it is completed. (EC2: Source snapshot is not complete)'],
  ['failed because its original is gone', newVolume('snap-7'), { snapshot: tagged('f', { State: 'error', StateMessage: 'Source snapshot is not found' }) },
    'DeploymentError: The snapshot snap-f for /dev/sdf is in the state error. It is a copy of the snapshot snap-7, which no longer exists'],
  ['failed because of a key', COPIED, { snapshot: tagged('f', { State: 'error', StateMessage: 'Given key ID is not accessible' }) },
    `DeploymentError: The snapshot snap-f for /dev/sdf is in the state error. Its key ${KEY} could not be used.`],
  ['failed without words', COPIED, { snapshot: tagged('f', { State: 'error' }) }, `DeploymentError: The snapshot snap-f for /dev/sdf is in the state error. Its key ${KEY} could not be used.`],
])('nothing is created for a snapshot that %s', async (_title, planned, one, expected) => {
  const { result, operations } = await step(planned, one);
  expect(expected?.startsWith('DeploymentError') ? result?.slice(0, expected.length) : result).toBe(expected);
  expect(operations.filter(operation => /^(Copy|Create)/.test(operation))).toEqual([]);
});

test('a snapshot that failed because of a key tells the words of EC2', async () => {
  expect((await step(COPIED, { snapshot: tagged('f', { State: 'error', StateMessage: 'no key' }) })).result).toMatch(/ \(EC2: no key\)$/);
});

test.each<[string, PlannedDevice, Case, object]>([
  ['with the key that was requested', ofSource({ OwnerId: account, Encrypted: true, KmsKeyId: OWN }, KEY), {}, { Encrypted: true, KmsKeyId: KEY }],
  ['with its own key', ofSource({ OwnerId: account, Encrypted: true, KmsKeyId: OWN }), {}, { Encrypted: true, KmsKeyId: OWN }],
  ['with the default key, because its key is of another account', ofSource({ OwnerId: '210987654321', Encrypted: true, KmsKeyId: FOREIGN }), {}, { Encrypted: true, KmsKeyId: DEFAULT }],
  ['as it is, not encrypted', ofSource({ OwnerId: account, Encrypted: false }), {}, {}],
  ['as it is, not encrypted, of another account', ofSource({ OwnerId: '210987654321', Encrypted: false }), {}, {}],
  ['for a new volume', newVolume('snap-0'), {}, { Encrypted: true, KmsKeyId: KEY }],
  ['when EC2 must list one that may exist', COPIED, { memory: { doubtUntil: 60_000 }, now: 60_000 }, { Encrypted: true, KmsKeyId: KEY }],
])('a snapshot is copied %s', async (_title, planned, one, key) => {
  const { result, calls, memory } = await step(planned, one);
  expect(result).toBe('the snapshot for /dev/sdf is being copied');
  expect(calls.filter(([operation]) => !operation.startsWith('Get'))).toEqual([
    ['CopySnapshot', { SourceRegion: 'us-east-1', SourceSnapshotId: 'snap-0', Description: DESCRIPTION, ...key, TagSpecifications: [{ ResourceType: 'snapshot', Tags: TAGS }] }],
    ['CreateTags', { Resources: ['snap-1'], Tags: [{ Key: ID_TAG, Value: 'snap-1' }] }],
  ]);
  expect(memory.ids).toEqual({ snapshots: { '/dev/sdf': 'snap-1' } });
});

test('a snapshot of an empty volume is created when the volume is available', async () => {
  const { result, calls, memory } = await step(EMPTY, { volume: volume('available') });
  expect(result).toBe('the snapshot for /dev/sdf is being created');
  expect(calls).toEqual([
    ['CreateSnapshot', { VolumeId: 'vol-1', Description: DESCRIPTION, TagSpecifications: [{ ResourceType: 'snapshot', Tags: TAGS }] }],
    ['CreateTags', { Resources: ['snap-1'], Tags: [{ Key: ID_TAG, Value: 'snap-1' }] }],
  ]);
  expect(memory.ids).toEqual({ snapshots: { '/dev/sdf': 'snap-1' } });
});

describe('a refused copy', () => {
  const error = (name: string, message: string) => Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });
  const DENIED = (arn: string) => error('AuthFailure', `Not authorized to use key ${arn} `);
  test.each<[string, Error, object, string]>([
    ['because of a limit that is free again', ec2Error('ResourceLimitExceeded'), {}, 'ResourceLimitExceeded: '],
    ['because of the key', DENIED(KEY), {}, `DeploymentError: The handler role is not allowed to use the key (${KEY}). The key policy must have these statements: `],
    ['because of the key of the source', DENIED(OWN), {}, `DeploymentError: The handler role is not allowed to use the key (${OWN}). Pass it in \`sourceEncryptionKeys\``],
    ['because of a key of the source that was passed', DENIED(OWN), { SourceEncryptionKeyArns: [OWN] }, `DeploymentError: The handler role is not allowed to use the key (${OWN}). The key policy must have`],
    ['because of a quota', ec2Error('SnapshotLimitExceeded'), {}, 'DeploymentError: The quota "Snapshots per Region" of this account is used up, so the handler cannot copy the snapshot snap-0 for /dev/sdf.'],
    ['for another reason', ec2Error('InvalidParameterValue'), {}, 'DeploymentError: EC2 does not copy the snapshot snap-0 for /dev/sdf. (EC2 InvalidParameterValue: '],
  ])('%s', async (_title, refusal, properties, message) => {
    const { result, memory } = await step(COPIED, { properties, answers: { CopySnapshot: refusal } });
    expect(result?.slice(0, message.length)).toBe(message);
    expect(memory).toEqual({});
  });

  test.each<[string, object]>([
    ['whose answer is lost', ec2Error('InternalError', 500)],
    ['whose answer has no id', {}],
  ])('a call %s is not repeated before EC2 must list the snapshot', async (_title, answer) => {
    for (const [planned, operation] of [[COPIED, 'CopySnapshot'], [EMPTY, 'CreateSnapshot']] as const) {
      const { result, seconds, memory } = await step(planned, { volume: volume('available'), answers: { [operation]: answer }, now: 1_000 });
      expect(memory).toEqual({ doubtUntil: 61_000, hasGaps: true });
      expect([result, seconds]).toEqual(answer instanceof Error ? [String(answer), undefined] : ['NotReady: EC2 returned no ID of the snapshot for /dev/sdf', 2]);
    }
  });
});

test('a refused snapshot of a volume, because of a limit that is free again, is tried again', async () => {
  const { result, memory } = await step(EMPTY, { volume: volume('available'), answers: { CreateSnapshot: ec2Error('SnapshotCreationPerVolumeRateExceeded') } });
  expect([result?.split(':')[0], memory]).toEqual(['SnapshotCreationPerVolumeRateExceeded', {}]);
});

describe('an empty volume', () => {
  const zones = (...names: string[]) => ({ answers: { DescribeAvailabilityZones: { AvailabilityZones: names.map(ZoneName => ({ ZoneName })) } } });
  test.each<[string, Case, string]>([
    ['the first zone', {}, 'us-east-1a'],
    ['the first zone that has capacity', { memory: { fullZones: ['us-east-1a'] } }, 'us-east-1b'],
    ['the first zone again, where all were full', { memory: { fullZones: ['b', 'a'] }, ...zones('b', 'a') }, 'a'],
  ])('is created in %s', async (_title, one, zone) => {
    const { result, calls, memory } = await step(EMPTY, one);
    expect(result).toBe('the volume for /dev/sdf is being created');
    expect(calls).toEqual([
      ['DescribeAvailabilityZones', { Filters: [{ Name: 'state', Values: ['available'] }, { Name: 'zone-type', Values: ['availability-zone'] }] }],
      ['CreateVolume', expect.objectContaining({ AvailabilityZone: zone, KmsKeyId: KEY })],
    ]);
    expect(memory.fullZones).toEqual(one.memory?.fullZones);
  });

  test.each<[string, string[] | undefined, string[] | undefined]>([
    ['InsufficientVolumeCapacity', undefined, ['us-east-1a']],
    ['InsufficientVolumeCapacity', ['us-east-1a', 'us-east-1b'], ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['InsufficientVolumeCapacity', ['us-east-1a', 'us-east-1b', 'us-east-1c'], ['us-east-1a', 'us-east-1b', 'us-east-1c']],
    ['RequestLimitExceeded', undefined, undefined],
  ])('that is refused with %s, while %j are full', async (code, before, after) => {
    const { result, memory } = await step(EMPTY, { memory: { fullZones: before }, answers: { CreateVolume: ec2Error(code) } });
    expect(result).toBe(`${code}: ${code}: refused`);
    expect(memory.fullZones).toEqual(after);
  });

  test('waits where EC2 returns no zone', async () => {
    expect((await step(EMPTY, { answers: { DescribeAvailabilityZones: {} } })).result).toBe('NotReady: DescribeAvailabilityZones returned no Availability Zone');
  });
});
