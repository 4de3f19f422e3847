import { Image, Instance, Snapshot, Volume } from '@aws-sdk/client-ec2';
import { InstanceSource } from '../../lambda/instance-ami/describe-source-instance';
import { verifyInstanceImage } from '../../lambda/instance-ami/verify-instance-ami';
import { ImageRequest } from '../../lambda/request/image-request';
import { InstanceAmiProperties } from '../../src/contract';
import { answering } from '../helpers/answers';

/** An AMI of an instance is complete when its snapshots have the keys of the volumes, and it starts as the instance; other differences are warnings. */

const [ONE, OTHER] = ['one', 'other'].map(name => `arn:aws:kms:us-east-1:123456789012:key/${name}`);
const SHAPE = { Size: 8, VolumeType: 'io2', Iops: 500, Throughput: undefined } as const;

interface Case {
  readonly properties?: Partial<InstanceAmiProperties>;
  readonly instance?: object;
  readonly image?: object;
  /** The first of the two volumes, its device in the AMI, and its snapshot. */
  readonly volume?: Volume;
  readonly ebs?: object;
  readonly snapshot?: Snapshot;
  readonly deleteOnTermination?: boolean;
}

/** The warnings about an AMI, or the error. */
async function verify(one: Case): Promise<readonly string[] | string> {
  const { properties = {}, instance, image, volume, ebs, snapshot, deleteOnTermination = true } = one;
  const source: InstanceSource = {
    instance: { InstanceId: 'i-1', ...instance } as Instance,
    devices: [
      { name: '/dev/sda', volume: { ...SHAPE, Encrypted: true, KmsKeyId: ONE, ...volume }, deleteOnTermination },
      { name: '/dev/sdb', volume: { Size: 125, VolumeType: 'gp3', Iops: 4000, Throughput: 300, Encrypted: false, KmsKeyId: 'none of a volume that is not encrypted' }, deleteOnTermination: false },
    ],
    excluded: [],
  };
  const created = {
    ImageId: 'ami-2',
    BlockDeviceMappings: [
      // in another order than those of the instance
      { DeviceName: '/dev/sdb', Ebs: { VolumeSize: 125, VolumeType: 'gp3', Iops: 4000, Throughput: 300, DeleteOnTermination: false, SnapshotId: 'snap-b' } },
      { DeviceName: '/dev/sda', Ebs: { VolumeSize: 8, VolumeType: 'io2', Iops: 500, DeleteOnTermination: true, SnapshotId: 'snap-a', ...ebs } },
    ],
    ...image,
  } as Image;
  const snapshots = [{ SnapshotId: 'snap-a', State: 'completed', Encrypted: true, KmsKeyId: ONE, ...snapshot }, { SnapshotId: 'snap-b', State: 'completed', Encrypted: false }];
  const { aws } = answering({ DescribeSnapshots: { Snapshots: snapshots } });
  const request = { properties, memory: {} } as unknown as ImageRequest<InstanceAmiProperties>;
  try {
    await verifyInstanceImage(aws, request, source, created);
    return request.memory.warnings ?? [];
  } catch (error) {
    return (error as Error).message;
  }
}

beforeEach(() => ['warn' as const, 'info' as const].forEach(method => jest.spyOn(console, method).mockReturnValue(undefined)));

const LOCAL = { AvailabilityZone: 'us-east-1-bos-1a' };
const codes = (...ids: string[]) => ids.map(ProductCodeId => ({ ProductCodeId }));
const KNOWN = {
  Architecture: 'x86_64',
  VirtualizationType: 'hvm',
  RootDeviceName: '/dev/sda',
  RootDeviceType: 'ebs',
  BootMode: 'uefi',
  TpmSupport: 'v2.0',
  EnaSupport: true,
  SriovNetSupport: 'simple',
  Platform: 'windows',
  PlatformDetails: 'Windows',
  UsageOperation: 'RunInstances:0002',
  ProductCodes: codes('code'),
  KernelId: 'aki-1',
  RamdiskId: 'ari-1',
};

test.each<[string, Case]>([
  ['with the key of each volume', {}],
  ['with all attributes of the instance', { instance: KNOWN, image: KNOWN }],
  ['with attributes that the instance does not tell', { image: { ...KNOWN, Platform: undefined, ProductCodes: undefined } }],
  ['with the boot mode that overrides that of the instance', { properties: { BootModeOverride: 'legacy-bios' as never }, instance: { BootMode: 'uefi' }, image: { BootMode: 'legacy-bios' } }],
  ['with snapshots in the Local Zone of the instance', { instance: { Placement: LOCAL }, snapshot: LOCAL }],
])('an AMI %s is right', async (_title, one) => {
  expect(await verify(one)).toEqual([]);
});

const FATAL = ['Architecture', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'Platform', 'PlatformDetails', 'UsageOperation'];

test.each(Object.entries(KNOWN).filter(([name]) => name !== 'ProductCodes'))('the attribute %s is that of the instance', async (name, value) => {
  const [wrong, shown] = value === true ? [false, false] : ['other', 'other'];
  const result = await verify({ instance: { [name]: value }, image: { [name]: wrong } });
  expect(result).toEqual(FATAL.includes(name) ? expect.stringContaining(`The AMI ami-2 has the ${name} ${shown}, but its source i-1 has ${value}.`)
    : [expect.stringContaining(`differs from i-1 in values that EC2 did not keep. ${name} is ${shown}, not ${value}.`)]);
});

test.each<[string, Case, RegExp]>([
  ['a product code less', { instance: { ProductCodes: codes('one', 'two') }, image: { ProductCodes: codes('one') } }, /has the ProductCodes one, but its source i-1 has one, two\./],
  ['a product code that the instance does not have', { image: { ProductCodes: codes('one') } }, /has the ProductCodes one, but its source i-1 has \(none\)\./],
  ['the platform of Windows, which the instance does not have', { image: { Platform: 'windows' } }, /has the Platform windows, but its source i-1 has \(none\)\./],
  ['another boot mode than the override', { properties: { BootModeOverride: 'legacy-bios' as never }, instance: { BootMode: 'uefi' }, image: { BootMode: 'uefi' } }, /has the BootMode uefi, but its source i-1 has legacy-bios\./],
  ['no devices', { image: { BlockDeviceMappings: [] } }, /^The AMI ami-2 has the devices , but the instance i-1 has \/dev\/sda, \/dev\/sdb\./],
  ['another key than the volume', { snapshot: { KmsKeyId: OTHER } }, /^The snapshot snap-a \(\/dev\/sda\) of the AMI ami-2 is encrypted with \S+other, but should be encrypted with \S+one\./],
  ['a snapshot that is encrypted where the volume is not', { volume: { Encrypted: false, KmsKeyId: undefined } }, /^The snapshot snap-a .* should be unencrypted\./],
  ['a snapshot that is not complete', { snapshot: { State: 'pending' } }, /snap-a/],
])('an AMI is not complete with %s', async (_title, one, message) => {
  expect(await verify(one)).toMatch(message);
});

test.each<[string, Case, string]>([
  ['size', { ebs: { VolumeSize: 9 } }, 'VolumeSize of /dev/sda is 9, not 8.'],
  ['type', { ebs: { VolumeType: 'io1' } }, 'VolumeType of /dev/sda is io1, not io2.'],
  ['IOPS', { ebs: { Iops: 600 } }, 'Iops of /dev/sda is 600, not 500.'],
  ['throughput', { volume: { VolumeType: 'gp3', Throughput: 200 }, ebs: { VolumeType: 'gp3', Throughput: 250 } }, 'Throughput of /dev/sda is 250, not 200.'],
  ['removal', { deleteOnTermination: false }, 'DeleteOnTermination of /dev/sda is true, not false.'],
  ['place', { snapshot: LOCAL }, 'SnapshotLocation of /dev/sda is us-east-1-bos-1a, not the Region.'],
])('another %s is a warning', async (_title, one, warning) => {
  expect(await verify(one)).toEqual([expect.stringContaining(warning)]);
});
