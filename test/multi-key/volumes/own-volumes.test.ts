import { Instance, Volume } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../../lambda/multi-key/device-plan';
import { findOwnVolumes } from '../../../lambda/multi-key/volumes/own-volumes';
import { Memory } from '../../../lambda/request/memory';
import { clientToken, newAttemptId } from '../../../lambda/request/physical-id';
import { DEVICE_TAG, REQUEST_TAG } from '../../../src/contract';
import { Answers, answering, ec2Error } from '../../helpers/answers';

const ID = 'vol-1';
const SOURCE = 'ami-0123456789abcdef0';
const added = (DeviceName: string) => ({ DeviceName, Volume: 'EBS', EncryptionKeyArn: 'key', VolumeType: 'gp3', DeleteOnTermination: true, SizeGibibytes: 8 });
const source = {
  image: { ImageId: SOURCE, RootDeviceName: '/dev/xvda' },
  devices: [{ name: '/dev/xvda', snapshotId: 'snap-1', ebs: { VolumeSize: 8 }, snapshot: { VolumeSize: 8 } }],
};
const attemptOf = (RequestId: string) => newAttemptId('resource-recipe00-', { RequestId });
const REQUEST = {
  owner: 'us',
  account: '123456789012',
  requestId: 'one',
  attemptId: attemptOf('one'),
  isDelete: false,
  isNewImage: true,
  properties: { SourceImageId: SOURCE, GeneratedNamePrefix: 'Images', BlockDevices: [added('/dev/sdf'), added('/dev/sdg')] },
};

const tagged = (device: string, requestId?: string, more: Volume = {}): Volume => ({
  VolumeId: ID,
  State: 'available',
  AvailabilityZone: 'us-east-1a',
  Tags: [{ Key: DEVICE_TAG, Value: device }, ...requestId === undefined ? [] : [{ Key: REQUEST_TAG, Value: requestId }]],
  ...more,
});
const VOLUME = tagged('/dev/sdg', 'one');
const attachedTo = (...instances: string[]): Volume => ({ ...VOLUME, State: 'in-use', Attachments: instances.map(InstanceId => ({ InstanceId })) });
const known = (...ids: string[]) => ({ ids: { volumes: Object.fromEntries(ids.map(id => [id, id])) } });

let warned: jest.SpyInstance;
beforeEach(() => { warned = jest.spyOn(console, 'warn').mockReturnValue(undefined); });
afterEach(() => jest.restoreAllMocks());

/** The volumes that are found among those with the owner tag, and how. */
async function find(volumes: Volume[], more: object, answers: Answers = {}, builders: Instance[] = []) {
  const memory: Memory = { source: source as never, ...(more as Partial<MultiKeyRequest>).memory };
  const { aws, calls } = answering({ DescribeVolumes: { Volumes: volumes }, CreateVolume: { VolumeId: ID }, ...answers });
  const findBuilders = jest.fn(async () => builders);
  const found = await findOwnVolumes(aws, { ...REQUEST, ...more, memory } as unknown as MultiKeyRequest, findBuilders);
  return {
    found: found.map(({ VolumeId }) => VolumeId),
    memory,
    asked: findBuilders.mock.calls.length,
    operations: calls.map(([operation]) => operation),
    created: calls.filter(([operation]) => operation === 'CreateVolume').map(([, input]) => input),
  };
}

test.each<[string, object, string[]]>([
  ['a build that runs', { memory: known(ID) }, [ID]],
  ['a build whose AMI is there', { memory: known(ID), imageId: 'ami-1' }, [ID]],
  ['a deletion without an AMI', { memory: known(ID), isDelete: true }, [ID]],
  ['another in memory', { memory: known('vol-2') }, []],
  ['nothing in memory', {}, []],
])('the volumes that memory knows: %s', async (_title, request, found) => {
  expect(await find([VOLUME], request)).toMatchObject({ found, asked: 0, operations: ['DescribeVolumes'] });
});

test('a deletion of an AMI reads no volumes', async () => {
  expect(await find([VOLUME], { memory: known(ID), isDelete: true, imageId: 'ami-1' })).toMatchObject({ found: [], operations: [] });
});

test.each<[string, Volume, object, string[], number]>([
  ['to a builder', attachedTo('i-1'), {}, [ID], 1],
  ['to another builder, too', attachedTo('i-3', 'i-2'), {}, [ID], 1],
  ['to no builder', attachedTo('i-3'), {}, [], 1],
  ['to a builder, and known', attachedTo('i-1'), { memory: known(ID) }, [ID], 0],
  ['to nothing', attachedTo(), {}, [], 0],
])('a volume that is attached %s', async (_title, volume, request, found, asked) => {
  const result = await find([volume, { VolumeId: 'vol-9' }], request, {}, [{ InstanceId: 'i-1' }, { InstanceId: 'i-2' }]);
  expect(result).toMatchObject({ found, asked, operations: ['DescribeVolumes'] });
  expect(result.memory.ids?.volumes ?? {}).toEqual(found.length > 0 ? { [ID]: ID } : {});
});

describe('a volume that is not known', () => {
  const LOST = { memory: { failure: 'failed', hasGaps: true } };
  const LEFT = 'a volume carries the tags of this stack, but was not created by it: it is left alone';

  test.each<[string, object]>([
    ['in a deletion', { isDelete: true, requestId: 'deletion' }],
    ['of a request that has failed, and whose memory has gaps', LOST],
  ])('is recognized by the answer to its own request %s', async (_title, request) => {
    const { found, memory, created } = await find([VOLUME], request);
    expect(found).toEqual([ID]);
    expect(created).toEqual([expect.objectContaining({
      AvailabilityZone: 'us-east-1a', KmsKeyId: 'key', ClientToken: clientToken('us', 'one', 'volume', '/dev/sdg', 'us-east-1a'),
    })]);
    expect(memory).toMatchObject({ ids: { volumes: { '/dev/sdg in us-east-1a': ID } } });
    expect([memory.foreignVolumes, warned.mock.calls]).toEqual([undefined, []]);
  });

  test.each<[string, Volume, object]>([
    ['while a build runs', VOLUME, {}],
    ['while a build with gaps runs', VOLUME, { memory: { hasGaps: true } }],
    ['after a failure without gaps', VOLUME, { memory: { failure: 'failed' } }],
    ['in another attempt that is deleted', VOLUME, { isDelete: true, isOtherAttempt: true }],
    ['in another attempt that has failed', VOLUME, { ...LOST, isOtherAttempt: true }],
    ['while it is deleted', { ...VOLUME, State: 'deleting' }, { isDelete: true }],
    ['where it was found to be foreign', VOLUME, { isDelete: true, memory: { foreignVolumes: ['vol-0', ID] } }],
  ])('is not asked for %s', async (_title, volume, request) => {
    const { found, memory, operations } = await find([volume], request);
    expect([found, operations, warned.mock.calls]).toEqual([[], ['DescribeVolumes'], []]);
    expect(memory.foreignVolumes).toEqual((request as Partial<MultiKeyRequest>).memory?.foreignVolumes);
  });

  test('is not asked for where it is known', async () => {
    expect(await find([VOLUME], { isDelete: true, memory: known(ID) })).toMatchObject({ found: [ID], operations: ['DescribeVolumes'] });
  });

  test.each<[string, Volume, object]>([
    ['has the tag of no request', tagged('/dev/sdg'), { isDelete: true, attemptId: attemptOf('') }],
    ['has the tag of the request of another attempt', tagged('/dev/sdg', 'two'), { isDelete: true }],
    ['is of a request of another attempt', VOLUME, { ...LOST, requestId: 'two' }],
    ['is of a request whose properties are not known', VOLUME, { isDelete: true, properties: { BlockDevices: REQUEST.properties.BlockDevices } }],
    ['is of a device that the source has', tagged('/dev/xvda', 'one'), { isDelete: true }],
    ['is of no device', tagged('/dev/sdh', 'one'), { isDelete: true }],
  ])('is left alone without a call if it %s', async (_title, volume, request) => {
    const { found, memory, operations } = await find([volume], request);
    expect([found, operations, memory.ids, memory.foreignVolumes]).toEqual([[], ['DescribeVolumes'], undefined, [ID]]);
    expect(warned.mock.calls).toEqual([[{ message: LEFT, id: ID }]]);
  });

  test.each<[string, string | undefined, object | undefined, string[]]>([
    ['another, which is ours', 'vol-2', { volumes: { '/dev/sdg in us-east-1a': 'vol-2' } }, ['vol-2']],
    ['none', undefined, undefined, []],
  ])('is left alone if its request made %s', async (_title, VolumeId, ids, found) => {
    const result = await find([VOLUME, { ...VOLUME, VolumeId: 'vol-2' }], { isDelete: true }, { CreateVolume: { VolumeId } });
    expect([result.found, result.memory.ids, result.memory.foreignVolumes?.[0]]).toEqual([found, ids, ID]);
  });

  test('is left alone with others that are', async () => {
    const { memory } = await find([VOLUME], { isDelete: true, memory: { foreignVolumes: ['vol-0'] } }, { CreateVolume: {} });
    expect(memory.foreignVolumes).toEqual(['vol-0', ID]);
  });

  test.each<[string, object, Answers, unknown]>([
    ['its request is refused', {}, { CreateVolume: ec2Error('InvalidParameterValue') }, { code: 'InvalidParameterValue', message: 'InvalidParameterValue: refused', status: 400 }],
    ['the source is gone', { source: undefined }, { DescribeImages: {} }, expect.stringMatching(new RegExp(`^The source image ${SOURCE}`))],
  ])('is left alone if %s', async (_title, memory, answers, why) => {
    const result = await find([VOLUME], { isDelete: true, memory }, answers);
    expect([result.found, result.memory.foreignVolumes]).toEqual([[], [ID]]);
    expect(warned.mock.calls).toEqual([[{ message: 'the volume could not be recognized', id: ID, why }], [{ message: LEFT, id: ID }]]);
  });

  test.each<[string, object, Answers, string]>([
    ['EC2 fails', {}, { CreateVolume: ec2Error('InternalError', 500) }, 'InternalError'],
    ['the source is pending', { source: undefined }, { DescribeImages: { Images: [{ ImageId: SOURCE, State: 'pending' }] } }, 'NotReady'],
  ])('is asked for again if %s', async (_title, changed, answers, name) => {
    const memory: Memory = { source: source as never, ...changed };
    const { aws } = answering({ DescribeVolumes: { Volumes: [VOLUME] }, ...answers });
    const request = { ...REQUEST, isDelete: true, memory } as unknown as MultiKeyRequest;
    await expect(findOwnVolumes(aws, request, async () => [])).rejects.toMatchObject({ name });
    expect([memory.foreignVolumes, warned.mock.calls]).toEqual([undefined, []]);
  });
});
