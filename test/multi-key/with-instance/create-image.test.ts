import { Image } from '@aws-sdk/client-ec2';
import { Plan, PlannedDevice } from '../../../lambda/multi-key/device-plan';
import { createImage } from '../../../lambda/multi-key/with-instance/create-image';
import { NotReady } from '../../../lambda/outcomes';
import { Memory } from '../../../lambda/request/memory';
import { OWNER_TAG } from '../../../src/contract';
import { answering, ec2Error } from '../../helpers/answers';
import { buildRequest } from '../build-request';

/** The request for the AMI of a stopped builder, and the answers of EC2. */

const device = (name: string, more: Partial<PlannedDevice> = {}): PlannedDevice => ({ name, keyLabel: '', deleteOnTermination: true, ...more });
const EMPTY = { name: '/dev/sdc', ebs: { VolumeSize: 9 } };
const PLAN: Plan = {
  devices: [device('/dev/sda'), device('/dev/sdb', { deleteOnTermination: false }), device('/dev/sdc', { empty: EMPTY }), device('/dev/sdd', { empty: EMPTY, keyArn: 'arn' })],
  dropped: ['/dev/sde', '/dev/sdf'],
  droppedInstanceStores: ['/dev/sdf'],
  instanceStores: [],
};

async function create(answer: object, { named = [], members = {} }: { readonly named?: Image[]; readonly members?: object } = {}) {
  const { aws, calls } = answering({ CreateImage: answer, DescribeImages: { Images: named } }, 5_000);
  const request = buildRequest(members);
  const { source: _source, ...before } = request.memory;
  const error = await createImage(aws, request, { InstanceId: 'i-1' }, PLAN).catch((thrown: Error) => thrown);
  const { source: _same, ...memory } = request.memory;
  expect(before).toEqual({});
  return { error, memory, calls };
}

test('the image has the devices of the plan, and keeps no other', async () => {
  const { error, calls, memory } = await create({ ImageId: 'ami-2' }, { members: { properties: { Tags: [{ Key: 'Team', Value: 'a' }] } } });
  expect(error).toBeUndefined();
  const Tags = [{ Key: OWNER_TAG, Value: 'us' }, { Key: 'Team', Value: 'a' }];
  expect(calls).toEqual([['CreateImage', {
    InstanceId: 'i-1',
    Name: 'golden',
    Description: 'Built from ami-0123456789abcdef0, each device with its own key',
    NoReboot: true,
    BlockDeviceMappings: [
      { DeviceName: '/dev/sda', Ebs: { DeleteOnTermination: true } },
      { DeviceName: '/dev/sdb', Ebs: { DeleteOnTermination: false } },
      { DeviceName: '/dev/sdc', Ebs: { VolumeSize: 9, DeleteOnTermination: true } },
      { DeviceName: '/dev/sdd', Ebs: { DeleteOnTermination: true } },
      { DeviceName: '/dev/sdf', NoDevice: '' },
    ],
    TagSpecifications: [{ ResourceType: 'image', Tags }, { ResourceType: 'snapshot', Tags }],
  }]]);
  expect(memory).toEqual({ ids: { image: 'ami-2' } });
});

test('an answer without an id', async () => {
  expect((await create({})).memory).toEqual({ hasGaps: true });
});

test('a request that was canceled creates no image', async () => {
  const { error, calls } = await create({}, { members: { throwIfCanceled: () => Promise.reject(new Error('canceled')) } });
  expect(error).toEqual(new Error('canceled'));
  expect(calls).toEqual([]);
});

const refused = (error: unknown) => new NotReady(`EC2 does not create an AMI of the builder instance i-1 yet (EC2 ${(error as Error).name}: ${(error as Error).message})`);

test.each<[string, Error, Memory]>([
  ['an error of EC2', ec2Error('InternalError', 500), { hasGaps: true, doubtUntil: 65_000 }],
  ['a limit', ec2Error('SnapshotCreationPerVolumeRateExceeded'), {}],
  ['a state', ec2Error('IncorrectState'), {}],
  ['a state of the instance', ec2Error('IncorrectInstanceState'), {}],
])('EC2 creates it later: %s', async (_title, answer, memory) => {
  const result = await create(answer);
  expect(result).toMatchObject({ error: refused(answer), memory });
  expect(result.memory).toEqual(memory);
  expect((result.error as NotReady).seconds).toBeUndefined();
});

test.each<[string, RegExp]>([
  ['UnauthorizedOperation', /^The handler role is not allowed to create an AMI of the builder instance i-1\. /],
  ['SnapshotLimitExceeded', /^The quota "Snapshots per Region" of this account is used up, so the handler cannot create an AMI of the builder instance i-1\. /],
  ['InvalidAMIName.Malformed', /^EC2 does not allow the AMI name "golden"\. /],
  ['InvalidParameterValue', /^EC2 does not create an AMI of the builder instance i-1\. [(]EC2 InvalidParameterValue: /],
])('EC2 does not create it: %s', async (code, message) => {
  const { error, memory } = await create(ec2Error(code));
  expect(error).not.toBeInstanceOf(NotReady);
  expect((error as Error).message).toMatch(message);
  expect(memory).toEqual({});
});

describe('an AMI has the name', () => {
  const DUPLICATE = ec2Error('InvalidAMIName.Duplicate');

  test('that an earlier call has created, and EC2 does not show yet', async () => {
    expect(await create(DUPLICATE)).toMatchObject({ error: new NotReady('EC2 does not show the AMI "golden" yet', true), memory: { hasGaps: true } });
    expect((await create(DUPLICATE)).error).toMatchObject({ seconds: 2 });
  });

  test('of someone else', async () => {
    expect((await create(DUPLICATE, { named: [{ ImageId: 'ami-9', Name: 'golden' }] })).error).toMatchObject({ message: expect.stringMatching(/^The AMI name "golden" is in use by ami-9\. /) });
  });
});
