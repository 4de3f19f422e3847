import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { buildRequest } from './build-request';
import {
  IMAGE_NOT_FOUND_CODES, INSTANCE_NOT_FOUND_CODES, SNAPSHOT_NOT_FOUND_CODES, VOLUME_NOT_FOUND_CODES,
} from '../../lambda/aws/error-codes';
import { MultiKeyRequest } from '../../lambda/multi-key/device-plan';
import { ownedResourceTypesOfBuild, reconcileMultiKeyAmi } from '../../lambda/multi-key/reconcile-multi-key-ami';
import { NotReady } from '../../lambda/outcomes';
import { Memory } from '../../lambda/request/memory';
import { AmiBuildMethod, ID_TAG, MultiKeyAmiProperties, OWNER_TAG, VolumeOrigin } from '../../src/contract';
import { answering } from '../helpers/answers';
import { SOURCE_ID } from '../helpers/stacks';

/** Each step of a build, by what exists: nothing, an AMI that is pending, one that is complete, or one that failed. */

const account = '123456789012';
const KEY = `arn:aws:kms:us-east-1:${account}:key/one`;
const OWNER = { Key: OWNER_TAG, Value: 'us' };
const ID = 'ami-0123456789abcdef2';
const IMAGE: Image = {
  ImageId: ID,
  Name: 'Images-attempt',
  OwnerId: account,
  State: 'available',
  RootDeviceName: '/dev/xvda',
  Architecture: 'arm64',
  Tags: [OWNER, { Key: ID_TAG, Value: ID }],
  BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-a', VolumeSize: 8, DeleteOnTermination: true } }],
};
const SOURCE = {
  image: { ImageId: SOURCE_ID, OwnerId: account, RootDeviceName: '/dev/xvda', Architecture: 'arm64' },
  devices: [{ name: '/dev/xvda', snapshotId: 'snap-0', ebs: { VolumeSize: 8, DeleteOnTermination: true }, snapshot: { SnapshotId: 'snap-0', OwnerId: account } }],
};
const snapshotNamed = (SnapshotId: string): Snapshot => ({ SnapshotId, OwnerId: account, State: 'completed', Encrypted: true, KmsKeyId: KEY, Tags: [OWNER] });
const BY_LAUNCH = AmiBuildMethod.LAUNCH_INSTANCE;
const BY_COPIES = AmiBuildMethod.COPY_SNAPSHOTS;

interface Case {
  readonly method: AmiBuildMethod;
  /** None if there is none. */
  readonly image?: Partial<Image>;
  readonly request?: Partial<MultiKeyRequest>;
  readonly memory?: Memory;
  /** The key of the snapshot of the AMI. */
  readonly key?: string;
}

/** The attributes or the error; the operations; the memory. */
async function step({ method, image, request: more, memory: before, key = KEY }: Case) {
  const request = buildRequest({
    attemptId: 'attempt',
    startedAt: 0,
    oldProperties: {},
    memory: { source: SOURCE, ids: { image: ID, snapshots: { '/dev/xvda': 'snap-a', 'of a lost answer': 'snap-b' } }, ...before },
    properties: { ImageName: undefined, GeneratedNamePrefix: 'Images', BuildMethod: method, RootVolume: { EncryptionKeyArn: KEY }, Description: 'golden' },
    ...more,
  });
  const all = [{ ...snapshotNamed('snap-a'), KmsKeyId: key }, snapshotNamed('snap-b')];
  const { aws, calls } = answering({
    DescribeImages: { Images: image ? [{ ...IMAGE, ...image }] : [] },
    DescribeSnapshots: ({ SnapshotIds = all.map(one => one.SnapshotId!) }: { SnapshotIds?: string[] }) =>
      ({ Snapshots: all.filter(({ SnapshotId }) => SnapshotIds.includes(SnapshotId!)) }),
    DescribeInstances: { Reservations: [] },
    DescribeVolumes: { Volumes: [] },
    DescribeKey: { KeyMetadata: { Arn: KEY, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    DeleteSnapshot: {},
    CreateTags: {},
    ModifyImageAttribute: {},
  }, 50_000);
  const result = await reconcileMultiKeyAmi(aws, request).catch((error: Error) => error);
  const deleted = calls.filter(([operation]) => operation === 'DeleteSnapshot').map(([, input]) => input);
  return { result, memory: request.memory, calls, operations: calls.map(([operation]) => operation), deleted };
}

beforeEach(() => { ['info', 'warn'].forEach(name => jest.spyOn(console, name as 'info').mockReturnValue(undefined)); });

describe('without an AMI', () => {
  test.each<[AmiBuildMethod, string]>([
    [BY_LAUNCH, 'DescribeInstances'],
    [BY_COPIES, 'DescribeSnapshots'],
  ])('a build by %s begins with %s', async (method, operation) => {
    expect((await step({ method, memory: { ids: undefined } })).operations[0]).toBe(operation);
  });

  test('an AMI that CloudFormation knows has disappeared', async () => {
    const { result, operations } = await step({ method: BY_LAUNCH, request: { isNewImage: false, imageId: ID } });
    expect([(result as Error).name, operations]).toEqual(['AmiDisappeared', ['DescribeImages']]);
  });
});

describe('with an AMI that is pending', () => {
  test.each<[string, Case, number]>([
    ['soon, by snapshots', { method: BY_COPIES }, 2],
    ['by the time since its snapshots are complete', { method: BY_LAUNCH, memory: { progress: { percents: 100, since: 0, isComplete: true } } }, 5],
    ['by the progress of its snapshots', { method: BY_LAUNCH }, 5],
  ])('the next step comes %s', async (_title, one, seconds) => {
    const { result, memory, operations } = await step({ ...one, image: { State: 'pending' }, memory: { ...one.memory, missing: { reads: 3, since: 0 } } });
    expect(result).toMatchObject({ name: 'NotReady', message: `the AMI ${ID} is pending`, seconds });
    expect(memory.missing).toBeUndefined();
    expect(operations).toEqual(one.method === BY_LAUNCH && one.memory === undefined ? ['DescribeImages', 'DescribeSnapshots'] : ['DescribeImages']);
  });
});

test('an AMI that failed is explained', async () => {
  const { result } = await step({ method: BY_COPIES, image: { State: 'failed', StateReason: { Message: 'words' } } });
  expect((result as Error).message).toMatch(/^The AMI ami-\S+ is in the state failed\. .*words/);
});

describe('with a new AMI that is complete', () => {
  const image = {};
  test.each<[AmiBuildMethod, string[], object[]]>([
    [BY_LAUNCH, ['DescribeInstances', 'DescribeVolumes'], []],
    [BY_COPIES, ['DescribeSnapshots', 'DescribeImages', 'DeleteSnapshot'], [{ SnapshotId: 'snap-b' }]],
  ])('it is verified, then what is not needed any more is deleted: %s', async (method, operations, deleted) => {
    const one = await step({ method, image });
    expect(one.result).toBeInstanceOf(NotReady);
    expect(one.memory.verified).toBe(ID);
    const afterwards = one.operations.slice(one.operations.indexOf('DescribeKey') + 1);
    expect([...new Set(afterwards)].sort()).toEqual([...operations].sort());
    expect(one.deleted).toEqual(deleted);
  });

  test.each([BY_LAUNCH, BY_COPIES])('with another key, it is an error: %s', async method => {
    const { result, memory, deleted } = await step({ method, image, key: `${KEY}-other` });
    expect((result as Error).message).toMatch(/^The snapshot snap-a .*should be encrypted with/);
    expect([memory.verified, deleted]).toEqual([undefined, []]);
  });

  test.each<[string, Case, string[]]>([
    ['by an instance, is not read until all is deleted', { method: BY_LAUNCH }, ['DescribeInstances', 'DescribeVolumes']],
    ['by snapshots, is not verified again', { method: BY_COPIES }, ['DescribeImages', 'DescribeSnapshots', 'DescribeImages', 'DescribeImages', 'DeleteSnapshot']],
  ])('one that was verified, %s', async (_title, one, operations) => {
    const { result, ...rest } = await step({ ...one, image, memory: { verified: ID } });
    expect(result).toBeInstanceOf(NotReady);
    expect(rest.operations.filter(operation => operation === 'DescribeKey')).toEqual([]);
    expect([...new Set(rest.operations)].sort()).toEqual([...new Set(operations)].sort());
  });

  test('one that is not the one that was verified is verified, when all is deleted', async () => {
    const { result, memory } = await step({ method: BY_LAUNCH, image, memory: { verified: 'ami-9', removals: { us: { requestedIds: [], snapshotIds: [], rounds: 1 } } } });
    expect(result).toBeInstanceOf(NotReady);
    expect(memory.verified).toBe(ID);
  });

  test.each<[AmiBuildMethod, string[]]>([
    [BY_LAUNCH, []],
    [BY_COPIES, ['snap-b']],
  ])('when all is deleted, its tags and its description are written: %s', async (method, requestedIds) => {
    const memory = { verified: ID, removals: { us: { requestedIds, snapshotIds: [], rounds: 1 } } };
    const { result, calls, operations } = await step({ method, image, memory });
    expect(result).toMatchObject({ ImageId: ID, ImageName: 'Images-attempt', RootSnapshotId: 'snap-a' });
    expect(operations).toContain('CreateTags');
    expect(calls).toContainEqual(['ModifyImageAttribute', { ImageId: ID, Description: { Value: 'golden' } }]);
    expect(operations.filter(operation => operation === 'DescribeInstances')).toHaveLength(method === BY_LAUNCH ? 2 : 0);
  });
});

test.each([
  [BY_LAUNCH, { verified: ID }],
  [BY_LAUNCH, {}],
  [BY_COPIES, {}],
])('an AMI that is updated in place is neither verified nor cleaned up: %s %j', async (method, memory) => {
  const { result, operations } = await step({ method, image: {}, memory, request: { isNewImage: false, imageId: ID } });
  expect(result).toMatchObject({ ImageId: ID });
  expect([...new Set(operations)]).toEqual(['DescribeImages', 'DescribeSnapshots', 'CreateTags', 'ModifyImageAttribute']);
});

const EMPTY_VOLUME = { DeviceName: '/dev/sdf', Volume: VolumeOrigin.EBS };
const OF_SNAPSHOT = { DeviceName: '/dev/sdf', Volume: VolumeOrigin.SNAPSHOT };
const [IMAGES, INSTANCES, VOLUMES, SNAPSHOTS] = [IMAGE_NOT_FOUND_CODES, INSTANCE_NOT_FOUND_CODES, VOLUME_NOT_FOUND_CODES, SNAPSHOT_NOT_FOUND_CODES];
test.each<[string, Partial<MultiKeyAmiProperties>, (readonly string[])[]]>([
  ['with an instance', { BuildMethod: BY_LAUNCH }, [IMAGES, INSTANCES, VOLUMES, SNAPSHOTS]],
  ['from snapshots', { BuildMethod: BY_COPIES, BlockDevices: [OF_SNAPSHOT] }, [IMAGES, SNAPSHOTS]],
  ['from snapshots, with an empty volume', { BuildMethod: BY_COPIES, BlockDevices: [EMPTY_VOLUME] }, [IMAGES, VOLUMES, SNAPSHOTS]],
])('a build %s owns resources of these types, by the codes of their errors', (_title, properties, codes) => {
  expect(ownedResourceTypesOfBuild(properties as MultiKeyAmiProperties).map(({ notFoundCodes }) => notFoundCodes)).toEqual(codes);
});
