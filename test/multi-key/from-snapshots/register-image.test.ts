import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { MultiKeyRequest, Plan, PlannedDevice } from '../../../lambda/multi-key/device-plan';
import { registerImage } from '../../../lambda/multi-key/from-snapshots/register-image';
import { Memory } from '../../../lambda/request/memory';
import { OWNER_TAG } from '../../../src/contract';
import { Answers, answering, ec2Error } from '../../helpers/answers';

/** RegisterImage copies no attribute of the source. */

const account = '123456789012';
const TAGS = [{ Key: OWNER_TAG, Value: 'us' }, { Key: 'a', Value: 'b' }];
const ATTRIBUTES: Image = {
  Architecture: 'arm64',
  VirtualizationType: 'hvm',
  EnaSupport: true,
  SriovNetSupport: 'simple',
  BootMode: 'uefi-preferred',
  TpmSupport: 'v2.0',
  ImdsSupport: 'v2.0',
  KernelId: 'aki-1',
  RamdiskId: 'ari-1',
};
const SOURCE: Image = { ...ATTRIBUTES, ImageId: 'ami-1', OwnerId: account, RootDeviceName: '/dev/sda1' };
const SNAPSHOTS: Snapshot[] = ['snap-a', 'snap-f'].map(SnapshotId => ({ SnapshotId }));
const planned = (name: string, more: Partial<PlannedDevice>): PlannedDevice => ({ name, keyLabel: 'its key', deleteOnTermination: true, ...more });
const STORE = { DeviceName: '/dev/sdz', VirtualName: 'ephemeral0' };
const PLAN: Plan = {
  dropped: [],
  droppedInstanceStores: [],
  instanceStores: [STORE],
  devices: [
    planned('/dev/sda', { keyArn: 'key', source: { name: '/dev/sda', ebs: { VolumeSize: 8, VolumeType: 'gp3', Iops: 3000, Throughput: 125 }, snapshot: {} } }),
    planned('/dev/sdc', { empty: { name: '/dev/sdc', ebs: { VolumeSize: 5, Encrypted: true } } }),
    planned('/dev/sdf', {
      keyArn: 'key',
      deleteOnTermination: false,
      volume: { DeviceName: '/dev/sdf', Volume: 'EBS' as never, EncryptionKeyArn: 'key', SizeGibibytes: 3, VolumeType: 'io2', Iops: 500, DeleteOnTermination: false },
    }),
  ],
};

interface Case {
  readonly source?: Image;
  readonly plan?: Partial<Plan>;
  readonly properties?: object;
  readonly answers?: Answers;
}

async function register({ source, plan, properties, answers }: Case) {
  const memory: Memory = { ids: { snapshots: { '/dev/sda': 'snap-a', '/dev/sdf': 'snap-f' } } };
  const request = {
    account, owner: 'us', ownerPrefix: 'us', attemptId: 'attempt', memory, properties: { SourceImageId: 'ami-1', GeneratedNamePrefix: 'Images', Tags: [{ Key: 'a', Value: 'b' }], ...properties },
  } as unknown as MultiKeyRequest;
  const { aws, calls } = answering({ RegisterImage: { ImageId: 'ami-2' }, DescribeImageAttribute: { UefiData: { Value: 'data' } }, ...answers }, 1_000);
  const of = { image: { ...SOURCE, ...source }, devices: [] };
  const error = await registerImage(aws, request, of, { ...PLAN, ...plan }, SNAPSHOTS).catch(thrown => thrown);
  return { error, memory, calls, input: calls.find(([operation]) => operation === 'RegisterImage')?.[1] };
}

test('everything is passed, and the id is kept', async () => {
  const { error, memory, calls } = await register({});
  expect(error).toBeUndefined();
  expect(memory.ids?.image).toBe('ami-2');
  expect(calls).toEqual([
    ['DescribeImageAttribute', { ImageId: 'ami-1', Attribute: 'uefiData' }],
    ['RegisterImage', {
      ...ATTRIBUTES,
      Name: 'Images-attempt',
      Description: 'Built from ami-1, each device with its own key',
      RootDeviceName: '/dev/sda',
      UefiData: 'data',
      BlockDeviceMappings: [
        { DeviceName: '/dev/sda', Ebs: { SnapshotId: 'snap-a', VolumeSize: 8, VolumeType: 'gp3', Iops: 3000, Throughput: 125, DeleteOnTermination: true } },
        { DeviceName: '/dev/sdc', Ebs: { VolumeSize: 5, Encrypted: true, DeleteOnTermination: true } },
        { DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-f', VolumeSize: 3, VolumeType: 'io2', Iops: 500, DeleteOnTermination: false } },
        STORE,
      ],
      TagSpecifications: [{ ResourceType: 'image', Tags: TAGS }],
    }],
  ]);
});

test('the root is that of the source where no device has this name', async () => {
  expect((await register({ plan: { devices: PLAN.devices.slice(1) } })).input).toMatchObject({ RootDeviceName: '/dev/sda1' });
});

test.each<[string, Image]>([
  ['that starts by BIOS', { BootMode: 'legacy-bios' }],
  ['of another account', { OwnerId: '210987654321' }],
])('no UEFI data is read of a source %s', async (_title, source) => {
  const { calls, input } = await register({ source });
  expect(calls.map(([operation]) => operation)).toEqual(['RegisterImage']);
  expect(input).toMatchObject({ UefiData: undefined });
});

const NAMED = { ImageName: 'golden' };
const LOST: Memory = { hasGaps: true, doubtUntil: 61_000 };
test.each<[string, Error, Case, object, Memory]>([
  ['the name is in use, which EC2 may not show yet', ec2Error('InvalidAMIName.Duplicate'), {}, { name: 'NotReady', seconds: 2, message: 'EC2 does not show the AMI "Images-attempt" yet' }, { hasGaps: true }],
  ['the name is in use by another', ec2Error('InvalidAMIName.Duplicate'), { properties: NAMED, answers: { DescribeImages: { Images: [{ ImageId: 'ami-9', Name: 'golden' }] } } },
    { name: 'DeploymentError', message: expect.stringMatching(/^The AMI name "golden" is in use by ami-9\./) }, { hasGaps: true }],
  ['a snapshot is gone', ec2Error('InvalidSnapshotID.NotFound'), {},
    { name: 'NotReady', seconds: 2, message: expect.stringMatching(/^EC2 does not show all snapshots of the AMI "Images-attempt" [(]EC2 InvalidSnapshotID.NotFound: /) }, {}],
  ['EC2 does not answer', ec2Error('InternalError', 500), {}, { name: 'InternalError' }, LOST],
  ['EC2 throttles', ec2Error('RequestLimitExceeded'), {}, { name: 'RequestLimitExceeded' }, {}],
  ['the call is denied', ec2Error('UnauthorizedOperation'), {}, { name: 'DeploymentError', message: expect.stringMatching(/^The handler role is not allowed to register the AMI\./) }, {}],
  ['the name is malformed', ec2Error('InvalidAMIName.Malformed'), { properties: NAMED }, { name: 'DeploymentError', message: expect.stringMatching(/^EC2 does not allow the AMI name "golden"\. .* [(]EC2 InvalidAMIName.Malformed: /) }, {}],
  ['another refusal', ec2Error('InvalidParameterValue'), {},
    { name: 'DeploymentError', message: 'EC2 does not register the AMI "Images-attempt". (EC2 InvalidParameterValue: InvalidParameterValue: refused)' }, {}],
])('%s', async (_title, refusal, one, expected, remembered) => {
  const { error, memory } = await register({ ...one, answers: { RegisterImage: refusal, ...one.answers } });
  expect(error).toEqual(expect.objectContaining(expected));
  const { ids, ...rest } = memory;
  expect([ids?.image, rest]).toEqual([undefined, remembered]);
});
