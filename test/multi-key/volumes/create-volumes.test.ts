import { Instance, Volume } from '@aws-sdk/client-ec2';
import { MultiKeyRequest, PlannedDevice } from '../../../lambda/multi-key/device-plan';
import { attachNewVolume, createVolume, findVolumeOfDevice } from '../../../lambda/multi-key/volumes/create-volumes';
import { Memory } from '../../../lambda/request/memory';
import { clientToken } from '../../../lambda/request/physical-id';
import { DEVICE_TAG, OWNER_TAG, REQUEST_TAG } from '../../../src/contract';
import { answering, ec2Error } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/one';
const DEVICE: PlannedDevice = {
  name: '/dev/sdf',
  keyArn: KEY,
  keyLabel: 'its key',
  deleteOnTermination: true,
  volume: {
    DeviceName: '/dev/sdf', Volume: 'SNAPSHOT' as never, EncryptionKeyArn: KEY, SizeGibibytes: 3, VolumeType: 'gp3', Iops: 4000, Throughput: 250, DeleteOnTermination: true, SnapshotId: 'snap-1',
  },
};
const VOLUME: Volume = { VolumeId: 'vol-1', State: 'available', AvailabilityZone: 'us-east-1a', Tags: [{ Key: DEVICE_TAG, Value: '/dev/sdf' }] };
const KEY_PROBLEM = `Its key ${KEY} could not be used. Check CloudTrail for denied KMS calls. The key policy must have these statements: `;

function clients(answer: object) {
  const memory: Memory = {};
  const request = {
    account: '123456789012', owner: 'us', requestId: 'one', memory, properties: { SourceImageId: SOURCE_ID, Tags: [{ Key: 'a', Value: 'b' }] },
  } as unknown as MultiKeyRequest;
  return { ...answering({ CreateVolume: answer, AttachVolume: answer }), request, memory };
}

test.each<[string, Volume, string | undefined, boolean]>([
  ['of the device', VOLUME, undefined, true],
  ['of the device, in the zone', VOLUME, 'us-east-1a', true],
  ['of the device, in another zone', VOLUME, 'us-east-1b', false],
  ['that is being deleted', { ...VOLUME, State: 'deleting' }, undefined, false],
  ['without tags', { ...VOLUME, Tags: undefined }, undefined, false],
  ['of another device', { ...VOLUME, Tags: [{ Key: DEVICE_TAG, Value: '/dev/sdg' }] }, undefined, false],
  ['with another tag', { ...VOLUME, Tags: [{ Key: 'Name', Value: '/dev/sdf' }] }, undefined, false],
])('a volume %s', (_title, volume, zone, isFound) => {
  expect(findVolumeOfDevice([volume], '/dev/sdf', zone)).toBe(isFound ? volume : undefined);
});

test.each<[string | undefined, Memory]>([
  ['vol-1', { ids: { volumes: { '/dev/sdf in us-east-1a': 'vol-1' } } }],
  [undefined, {}],
])('a volume is created with its key, and its id is kept: %s', async (VolumeId, remembered) => {
  const { aws, calls, request, memory } = clients({ VolumeId });
  await createVolume(aws, request, DEVICE, 'us-east-1a');
  expect(calls).toEqual([['CreateVolume', {
    AvailabilityZone: 'us-east-1a',
    Encrypted: true,
    KmsKeyId: KEY,
    SnapshotId: 'snap-1',
    Size: 3,
    VolumeType: 'gp3',
    Iops: 4000,
    Throughput: 250,
    ClientToken: clientToken('us', 'one', 'volume', '/dev/sdf', 'us-east-1a'),
    TagSpecifications: [{
      ResourceType: 'volume',
      Tags: [{ Key: OWNER_TAG, Value: 'us' }, { Key: 'a', Value: 'b' }, { Key: REQUEST_TAG, Value: 'one' }, { Key: DEVICE_TAG, Value: '/dev/sdf' }],
    }],
  }]]);
  expect(memory).toEqual(remembered);
});

const ABOUT_VOLUME = 'DeploymentError: EC2 does not create the volume for /dev/sdf. Change its `size`, `volumeType`, `iops` or `throughput`. (EC2 ';
test.each([
  ['IdempotentParameterMismatch', `DeploymentError: EC2 deleted the volume for /dev/sdf while creating it, which it does when a key cannot be used. ${KEY_PROBLEM}`],
  ['InsufficientVolumeCapacity', 'InsufficientVolumeCapacity: InsufficientVolumeCapacity'],
  ['VolumeLimitExceeded', 'DeploymentError: The quota "Storage for General Purpose SSD (gp3) volumes, in TiB" of this account is used up, so the handler cannot create the volume for /dev/sdf.'],
  ['UnauthorizedOperation', 'DeploymentError: The handler role is not allowed to create the volume for /dev/sdf.'],
  ['InvalidParameterValue', ABOUT_VOLUME],
  ['InvalidParameterCombination', ABOUT_VOLUME],
  ['InvalidParameterDependency', ABOUT_VOLUME],
  ['UnknownVolumeType', ABOUT_VOLUME],
  ['InvalidSnapshot.NotFound', 'DeploymentError: EC2 does not create the volume for /dev/sdf. (EC2 InvalidSnapshot.NotFound: '],
])('a refused volume: %s', async (code, message) => {
  const { aws, request, memory } = clients(ec2Error(code));
  const error = await createVolume(aws, request, DEVICE, 'us-east-1a').catch(String);
  expect(error?.slice(0, message.length)).toBe(message);
  expect(error).toContain(`${code}: refused`);
  expect(memory).toEqual({});
});

/** The reason to wait, or the error; the operations. */
async function attach(volume: Volume | undefined, answer: object = {}, Name: NonNullable<Instance['State']>['Name'] = 'running') {
  const { aws, calls, request } = clients(answer);
  const builder: Instance = { InstanceId: 'i-1', Placement: { AvailabilityZone: 'us-east-1a' }, State: { Name } };
  const result = await attachNewVolume(aws, request, builder, DEVICE, volume ? [{ ...volume, AvailabilityZone: 'us-east-1b' }, volume] : []).catch(String);
  return { result, calls };
}

test('a volume is created in the zone of the instance', async () => {
  const { result, calls } = await attach(undefined, { VolumeId: 'vol-1' });
  expect([result, calls]).toEqual(['the volume for /dev/sdf is being created', [['CreateVolume', expect.objectContaining({ AvailabilityZone: 'us-east-1a' })]]]);
});

test.each(['running', 'stopped'] as const)('an available volume is attached to an instance that is %s', async state => {
  const { result, calls } = await attach(VOLUME, {}, state);
  expect([result, calls]).toEqual(['the volume vol-1 for /dev/sdf is being attached', [['AttachVolume', { InstanceId: 'i-1', VolumeId: 'vol-1', Device: '/dev/sdf' }]]]);
});

const inUse = (...Attachments: NonNullable<Volume['Attachments']>): Volume => ({ ...VOLUME, State: 'in-use', Attachments });
test.each<[string, Volume, 'pending' | 'running', string | undefined]>([
  ['before the instance runs', VOLUME, 'pending', 'the volume vol-1 for /dev/sdf cannot be attached before the builder instance is running'],
  ['when it is attached', inUse({ InstanceId: 'i-2', State: 'detaching' }, { InstanceId: 'i-1', State: 'attached' }), 'running', undefined],
  ['while it is being attached', inUse({ InstanceId: 'i-1', State: 'attaching' }), 'running', 'the volume vol-1 for /dev/sdf is being attached'],
  ['while it is attached to another instance', inUse({ InstanceId: 'i-2', State: 'attached' }), 'running', 'the volume vol-1 for /dev/sdf is being attached'],
  ['while it is being created', { ...VOLUME, State: 'creating' }, 'running', 'the volume vol-1 for /dev/sdf is creating'],
  ['that has failed', { ...VOLUME, State: 'error' }, 'running', `DeploymentError: The volume vol-1 for /dev/sdf is in the state error. ${KEY_PROBLEM}`],
])('nothing is called for a volume %s', async (_title, volume, state, expected) => {
  const { result, calls } = await attach(volume, {}, state);
  expect(result?.slice(0, expected?.length)).toBe(expected);
  expect(calls.map(([operation]) => operation)).not.toContain('AttachVolume');
});

const NOT_YET = 'the volume vol-1 for /dev/sdf cannot be attached yet (EC2 ';
const REFUSED = 'DeploymentError: EC2 does not attach the volume vol-1 as /dev/sdf.';
test.each([
  ['VolumeInUse', NOT_YET],
  ['IncorrectState', NOT_YET],
  ['IncorrectInstanceState', NOT_YET],
  ['RequestLimitExceeded', NOT_YET],
  ['CustomerKeyHasBeenRevoked', `DeploymentError: The volume vol-1 cannot be attached as /dev/sdf. ${KEY_PROBLEM}`],
  ['UnauthorizedOperation', 'DeploymentError: The handler role is not allowed to attach the volume for /dev/sdf.'],
  ['InvalidParameterValue', `${REFUSED} Choose another \`deviceName\`, or other \`instanceTypes\`. (EC2 `],
  ['AttachmentLimitExceeded', `${REFUSED} Choose another \`deviceName\`, or other \`instanceTypes\`. (EC2 `],
  ['Other', `${REFUSED} (EC2 Other: `],
])('a refused attachment: %s', async (code, message) => {
  const { result } = await attach(VOLUME, ec2Error(code));
  expect(result?.slice(0, message.length)).toBe(message);
  expect(result).toContain(`${code}: refused`);
});
