import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { checkSourceKeys, describeSourceImage, SourceDevice, SourceOptions } from '../../../lambda/ami/describe-source-image';
import { AccessDeniedError, DeploymentError, NotReady } from '../../../lambda/outcomes';
import { answering, ec2Error } from '../../helpers/answers';
import { SOURCE_ID } from '../../helpers/stacks';

/** The source of a copy or a build, with its snapshots and their keys. */

const ACCOUNT = '123456789012';
const device = (DeviceName: string, SnapshotId?: string, Encrypted?: boolean) => ({ DeviceName, Ebs: { SnapshotId, VolumeSize: 8, Encrypted } });
const IMAGE: Image = { ImageId: SOURCE_ID, State: 'available', RootDeviceType: 'ebs', OwnerId: '999999999999', BlockDeviceMappings: [device('/dev/sda', 'snap-1')] };

interface Case {
  readonly image?: Partial<Image>;
  readonly options?: SourceOptions;
  /** EC2's answer to the description of each snapshot. */
  readonly snapshot?: (id: string) => Snapshot | Error | undefined;
}

/** The source or the error, and how many snapshots were described. */
async function describeSource({ image, options, snapshot = SnapshotId => ({ SnapshotId, OwnerId: '999999999999' }) }: Case, imageId = SOURCE_ID) {
  const { aws, calls } = answering({
    DescribeImages: { Images: image === undefined ? [] : [{ ...IMAGE, ...image }] },
    DescribeSnapshots: ({ SnapshotIds: [id] }: { SnapshotIds: string[] }) => {
      const answer = snapshot(id);
      return answer instanceof Error ? answer : { Snapshots: answer === undefined ? [] : [answer] };
    },
  });
  const result = await describeSourceImage(aws, ACCOUNT, imageId, options).catch((error: Error) => error);
  return { result, calls: calls.map(([operation]) => operation) };
}

const SHOWN: SourceDevice = { name: '/dev/sda', snapshotId: 'snap-1', ebs: IMAGE.BlockDeviceMappings![0].Ebs!, snapshot: { SnapshotId: 'snap-1', OwnerId: '999999999999' } };

test('a source has its devices with their snapshots, and those without', async () => {
  const image = { BlockDeviceMappings: [device('/dev/sda', 'snap-1'), device('/dev/sdb')] };
  const { result, calls } = await describeSource({ image });
  expect(result).toEqual({ image: { ...IMAGE, ...image }, devices: [SHOWN], emptyDevices: [{ name: '/dev/sdb', ebs: image.BlockDeviceMappings[1].Ebs }] });
  expect(calls).toEqual(['DescribeImages', 'DescribeSnapshots']);
});

test('an id that EC2 never assigns is not described', async () => {
  const { result, calls } = await describeSource({}, 'golden');
  expect(result).toMatchObject({ name: 'DeploymentError', message: expect.stringMatching(/^`sourceImage` must have an ID such as "ami-\w+", but has "golden"\. /) });
  expect(calls).toEqual([]);
});

test.each<[string, Case, typeof DeploymentError | typeof NotReady, RegExp]>([
  ['that does not exist', {}, DeploymentError, /^The source image ami-\w+ was not found in us-east-1\. .* account 123456789012, /],
  ['that is pending', { image: { State: 'pending' } }, NotReady, /^the source image ami-\w+ is pending$/],
  ['that is transient', { image: { State: 'transient' } }, NotReady, /^the source image ami-\w+ is transient$/],
  ['that failed', { image: { State: 'failed', StateReason: { Message: 'Bad' } } }, DeploymentError, /^The source image ami-\w+ is failed, not available\. .*[(]EC2: Bad[)]$/],
  ['in S3', { image: { RootDeviceType: 'instance-store' } }, DeploymentError, / is backed by instance store, /],
  ['in S3, where one of EBS has to be', { image: { RootDeviceType: 'instance-store' }, options: { instanceStore: false } }, DeploymentError, / is backed by instance store, /],
  ['of EBS without devices', { image: { BlockDeviceMappings: [] }, options: { instanceStore: true } }, DeploymentError, / is backed by instance store, /],
  ['whose snapshot cannot be described', { image: {}, snapshot: () => ec2Error('UnauthorizedOperation') }, AccessDeniedError, /^The handler role is not allowed to describe the snapshot snap-1 [(]\/dev\/sda[)]\. /],
  ['whose snapshot is not shared', { image: {}, snapshot: () => ec2Error('InvalidSnapshot.NotFound') }, DeploymentError, /^The source image ami-\w+ is visible to this account, but its snapshot snap-1 [(]\/dev\/sda[)] is not, /],
  ['whose snapshot is not in the answer', { image: {}, snapshot: () => undefined }, DeploymentError, / but its snapshot snap-1 [(]\/dev\/sda[)] is not, .*--region us-east-1`\.$/],
  [
    'whose encrypted snapshot is not shared', { image: { BlockDeviceMappings: [device('/dev/sda', 'snap-1', true)] }, snapshot: () => undefined },
    DeploymentError, / A snapshot that is encrypted with the AWS managed key aws\/ebs cannot be shared: /,
  ],
  ['of this account whose snapshot was deleted', { image: { OwnerId: ACCOUNT }, options: { hiddenSnapshots: true }, snapshot: () => undefined }, DeploymentError, / but its snapshot snap-1 /],
])('a source %s', async (_title, one, type, message) => {
  const { result } = await describeSource(one);
  expect(result).toBeInstanceOf(type);
  expect((result as Error).message).toMatch(message);
});

test('an error of EC2 is no refusal', async () => {
  expect((await describeSource({ image: {}, snapshot: () => ec2Error('InternalError', 500) })).result).toEqual(ec2Error('InternalError', 500));
});

test('of several snapshots that cannot be read, the message names the first', async () => {
  const BlockDeviceMappings = [device('/dev/sda', 'snap-1'), device('/dev/sdb', 'snap-2'), device('/dev/sdc', 'snap-3')];
  const { result } = await describeSource({ image: { BlockDeviceMappings }, snapshot: SnapshotId => SnapshotId === 'snap-1' ? { SnapshotId } : undefined });
  expect((result as Error).message).toContain('snap-2 (/dev/sdb)');
});

test('an image in S3 has no devices to copy', async () => {
  const image: Partial<Image> = { RootDeviceType: 'instance-store' };
  expect(await describeSource({ image, options: { instanceStore: true } })).toEqual({ result: { image: { ...IMAGE, ...image }, devices: [] }, calls: ['DescribeImages'] });
  expect((await describeSource({ image: {}, options: { instanceStore: true } })).result).toMatchObject({ devices: [SHOWN] });
});

test.each<[string, Error | undefined]>([['refused', ec2Error('InvalidSnapshot.NotFound')], ['no snapshot', undefined]])('a launch needs no snapshot of another account: %s', async (_title, answer) => {
  const info = jest.spyOn(console, 'info').mockReturnValue(undefined);
  const image = { BlockDeviceMappings: [device('/dev/sda', 'snap-1'), device('/dev/sdb', 'snap-2', true)] };
  const { result } = await describeSource({ image, options: { hiddenSnapshots: true }, snapshot: SnapshotId => SnapshotId === 'snap-1' ? { SnapshotId, OwnerId: '999999999999' } : answer });
  expect(result).toMatchObject({
    devices: [SHOWN, { name: '/dev/sdb', snapshotId: 'snap-2', snapshot: { SnapshotId: 'snap-2', Encrypted: true, VolumeSize: 8 }, isHidden: true }],
  });
  expect(info.mock.calls).toEqual([[{ message: expect.stringMatching(/^The snapshot snap-2 [(]\/dev\/sdb[)] of the source image ami-\w+ is not shared /) }]]);
  info.mockRestore();
});

describe('the keys of the snapshots', () => {
  const [ONE, TWO] = ['one', 'two'].map(name => `arn:aws:kms:us-east-1:999999999999:key/${name}`);
  const of = (name: string, KmsKeyId?: string): SourceDevice => ({ name, ebs: {}, snapshot: { SnapshotId: 'snap-1', KmsKeyId } });

  async function check(devices: SourceDevice[], KeyState = 'Enabled') {
    const { aws, calls } = answering({
      DescribeKey: ({ KeyId }: { KeyId: string }) =>
        ({ KeyMetadata: { Arn: KeyId, KeyState, KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } }),
    });
    const error = await checkSourceKeys(aws, { devices }, { account: ACCOUNT, regions: ['us-east-1'], declaredKeyArns: [] }).catch((thrown: Error) => thrown);
    return { error, keys: calls.map(([, input]) => (input as { KeyId: string }).KeyId) };
  }

  test('are checked once each', async () => {
    expect(await check([of('/dev/sda', ONE), of('/dev/sdb'), of('/dev/sdc', TWO), of('/dev/sdd', ONE)])).toEqual({ error: undefined, keys: [ONE, TWO] });
  });

  test('are named in the message of one that cannot be used', async () => {
    expect((await check([of('/dev/sdb', ONE)], 'Disabled')).error).toMatchObject({
      name: 'DeploymentError', message: expect.stringMatching(/^The key of the source snapshot snap-1 for \/dev\/sdb [(]arn:\S+one[)] is disabled/),
    });
  });
});
