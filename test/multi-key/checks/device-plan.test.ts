import { BlockDeviceMapping, EbsBlockDevice, Image } from '@aws-sdk/client-ec2';
import {
  descriptionOf, emptyVolumeOf, isKeptEmpty, keyReferencesOf, Plan, PlannedDevice, planDevices, volumeShapeOf,
} from '../../../lambda/multi-key/device-plan';
import { AmiBlockDeviceProperties, AmiBuildMethod, MultiKeyAmiProperties, VolumeOrigin } from '../../../src/contract';

/** The devices of an AMI that is built: those of the source with their changes, and new ones. */

const sourceDevice = (name: string, ebs: EbsBlockDevice = {}) => ({ name, ebs: { VolumeSize: 8, ...ebs }, snapshot: {} });
const EMPTY = { name: '/dev/sdc', ebs: { VolumeSize: 5 } };
const STORES: BlockDeviceMapping[] = [{ DeviceName: '/dev/sdy', VirtualName: 'ephemeral0' }, { DeviceName: '/dev/sdz', VirtualName: 'ephemeral1' }];

type Source = Parameters<typeof planDevices>[0];
const IMAGE: Image = { ImageId: 'ami-1', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [...STORES, { DeviceName: '/dev/sdx' }, { VirtualName: 'ephemeral2' }] };
const SOURCE: Source = { image: IMAGE, devices: [sourceDevice('/dev/xvda'), sourceDevice('/dev/sdb')], emptyDevices: [EMPTY] };

const changed = (DeviceName: string, changes: object = {}): AmiBlockDeviceProperties => ({ DeviceName, Volume: VolumeOrigin.SOURCE, ...changes });
const excluded = (DeviceName: string): AmiBlockDeviceProperties => ({ DeviceName, Volume: VolumeOrigin.NONE });
const added = (DeviceName: string, Volume = VolumeOrigin.EBS): AmiBlockDeviceProperties =>
  ({ DeviceName, Volume, EncryptionKeyArn: 'new', VolumeType: 'gp3', DeleteOnTermination: true });
const propertiesOf = (BlockDevices?: AmiBlockDeviceProperties[], more: Partial<MultiKeyAmiProperties> = {}) =>
  ({ SourceImageId: 'ami-1', BuildMethod: AmiBuildMethod.COPY_SNAPSHOTS, BlockDevices, ...more }) as MultiKeyAmiProperties;
const root = (RootVolume: MultiKeyAmiProperties['RootVolume']) => ({ RootVolume });
const BY_LAUNCH = { BuildMethod: AmiBuildMethod.LAUNCH_INSTANCE };

const planOf = (BlockDevices?: AmiBlockDeviceProperties[], more: Partial<MultiKeyAmiProperties> = {}, source: Partial<Source> = {}) =>
  planDevices({ ...SOURCE, ...source }, propertiesOf(BlockDevices, more));
/** Each device with its key. */
const keysOf = ({ devices }: Plan) => devices.map(({ name, keyArn }) => keyArn === undefined ? name : `${name} ${keyArn}`);

test.each<[string, () => Plan, string[]]>([
  ['as they are', () => planOf(), ['/dev/xvda', '/dev/sdb', '/dev/sdc']],
  ['with keys', () => planOf([changed('/dev/sdb', { EncryptionKeyArn: 'b' }), changed('xvdc', { EncryptionKeyArn: 'c' })], BY_LAUNCH), ['/dev/xvda', '/dev/sdb b', '/dev/sdc c']],
  ['with a key of the root', () => planOf([], root({ EncryptionKeyArn: 'root' })), ['/dev/xvda root', '/dev/sdb', '/dev/sdc']],
  ['with a key of the root, by its other name', () => planOf([], root({ EncryptionKeyArn: 'root' }), { image: { RootDeviceName: '/dev/sda1' } }), ['/dev/xvda root', '/dev/sdb', '/dev/sdc']],
  ['with a key of the root as one of the devices', () => planOf([changed('/dev/sda1', { EncryptionKeyArn: 'root' })]), ['/dev/xvda root', '/dev/sdb', '/dev/sdc']],
  ['without some', () => planOf([excluded('xvdb'), excluded('/dev/xvdc')]), ['/dev/xvda']],
  ['with new ones', () => planOf([added('/dev/sdf'), added('/dev/sdg', VolumeOrigin.SNAPSHOT)]), ['/dev/xvda', '/dev/sdb', '/dev/sdc', '/dev/sdf new', '/dev/sdg new']],
  ['with a new one in the place of another', () => planOf([excluded('/dev/sdb'), added('/dev/xvdb')]), ['/dev/xvda', '/dev/sdc', '/dev/xvdb new']],
  ['of a source without empty devices', () => planOf([], {}, { emptyDevices: undefined }), ['/dev/xvda', '/dev/sdb']],
  ['of a source without a root', () => planOf([changed('/dev/xvda')], {}, { image: { RootDeviceName: '/dev/sdq' } }), ['/dev/xvda', '/dev/sdb', '/dev/sdc']],
])('the devices of the source, %s', (_title, plan, names) => {
  expect(keysOf(plan())).toEqual(names);
});

test.each<[string, () => Plan, string[], string[], string[]]>([
  ['all', () => planOf(), [], [], ['/dev/sdy', '/dev/sdz']],
  ['without one', () => planOf([excluded('/dev/sdb'), excluded('xvdz')]), ['/dev/sdb', '/dev/sdz'], ['/dev/sdz'], ['/dev/sdy']],
  ['with a volume in the place of one', () => planOf([added('/dev/xvdy')]), [], [], ['/dev/sdz']],
  ['none', () => planOf([], {}, { image: { ImageId: 'ami-1', RootDeviceName: '/dev/xvda' } }), [], [], []],
])('the instance stores of the source: %s', (_title, make, dropped, droppedInstanceStores, names) => {
  const plan = make();
  expect(plan).toMatchObject({ dropped, droppedInstanceStores, instanceStores: STORES.filter(({ DeviceName }) => names.includes(DeviceName!)) });
  expect(plan.instanceStores).toHaveLength(names.length);
});

test('a device of the plan has its origin, its changes and the name of its key', () => {
  const changes = changed('/dev/sdb', { EncryptionKeyArn: 'b' });
  expect(planOf([changes, added('/dev/sdf')], root({ EncryptionKeyArn: 'root' })).devices).toEqual([
    {
      name: '/dev/xvda',
      keyArn: 'root',
      keyLabel: 'the `encryptionKey` of `rootVolume` for /dev/xvda',
      deleteOnTermination: false,
      changes: { EncryptionKeyArn: 'root' },
      source: SOURCE.devices[0],
    },
    { name: '/dev/sdb', keyArn: 'b', keyLabel: 'the `encryptionKey` of /dev/sdb', deleteOnTermination: false, changes, source: SOURCE.devices[1] },
    { name: '/dev/sdc', keyLabel: 'the `encryptionKey` of /dev/sdc', deleteOnTermination: false, empty: EMPTY },
    { name: '/dev/sdf', keyArn: 'new', keyLabel: 'the `encryptionKey` of /dev/sdf', deleteOnTermination: true, volume: added('/dev/sdf') },
  ]);
  expect(planOf([changed('/dev/xvda', { EncryptionKeyArn: 'a' })]).devices[0].keyLabel).toBe('the `encryptionKey` of /dev/xvda');
});

test.each<[boolean | undefined, boolean | undefined, boolean]>([
  [undefined, undefined, false],
  [undefined, true, true],
  [true, false, true],
  [false, true, false],
])('a volume for which DeleteOnTermination %s is declared, and %s in the source: %s', (declared, DeleteOnTermination, expected) => {
  const devices = [SOURCE.devices[0], sourceDevice('/dev/sdb', { DeleteOnTermination })];
  expect(planOf([changed('/dev/sdb', { DeleteOnTermination: declared })], {}, { devices }).devices[1].deleteOnTermination).toBe(expected);
});

test.each<[string, () => Plan, string]>([
  ['a device that the source does not have', () => planOf([changed('/dev/sdq')]), '`blockDevices` names /dev/sdq as a device of the source, but the source image ami-1 has /dev/xvda, /dev/sdb, /dev/sdc.'],
  ['the exclusion of one', () => planOf([excluded('/dev/sdq')]), 'names /dev/sdq as a device of the source'],
  ['a change of an instance store', () => planOf([changed('/dev/sdy')]), 'names /dev/sdy as a device of the source'],
  ['a change of the root of a source without one', () => planOf([], root({}), { image: { ImageId: 'ami-1', RootDeviceName: '/dev/sdq' } }), '`rootVolume` is the volume of the root device /dev/sdq, but the source image ami-1 has /dev/xvda, /dev/sdb, /dev/sdc.'],
  ['the exclusion of the root', () => planOf([excluded('/dev/sda1')]), 'The root device /dev/xvda of ami-1 cannot be left out'],
  ['the root twice', () => planOf([changed('/dev/sda')], root({})), 'The root device /dev/xvda of ami-1 is given twice'],
  ['a key of an empty device, whose volume a build of snapshots cannot create', () => planOf([changed('/dev/sdc', { EncryptionKeyArn: 'c' })]), 'The source image ami-1 has no snapshot for /dev/sdc'],
  ['a smaller volume', () => planOf([changed('/dev/sdb', { SizeGibibytes: 7 })]), 'The volume /dev/sdb must have at least the 8 GiB that it has in the source image ami-1, but `size` is 7 GiB.'],
  ['a smaller empty volume', () => planOf([changed('/dev/sdc', { SizeGibibytes: 4 })]), 'The volume /dev/sdc must have at least the 5 GiB'],
  ['a smaller root', () => planOf([], root({ SizeGibibytes: 7 })), 'The volume /dev/xvda must have at least the 8 GiB'],
  ['a new volume with the name of a device', () => planOf([added('/dev/sdb')]), 'The volume /dev/sdb cannot be added: the source image ami-1 already has /dev/sdb. Choose'],
  ['a new volume with another name of a device', () => planOf([added('xvdc')]), 'The volume xvdc cannot be added: the source image ami-1 already has /dev/sdc, which is another name of the same device. Choose'],
])('refused: %s', (_title, plan, message) => {
  expect(plan).toThrow(expect.objectContaining({ name: 'DeploymentError', message: expect.stringContaining(message) }));
});

test.each<[string, () => Plan]>([
  ['a volume of the same size', () => planOf([changed('/dev/sdb', { SizeGibibytes: 8 })])],
  ['a larger volume', () => planOf([changed('/dev/sdb', { SizeGibibytes: 9 })])],
  ['a size where that of the source is not known', () => planOf([changed('/dev/sdb', { SizeGibibytes: 1 })], {}, { devices: [SOURCE.devices[0], { ...SOURCE.devices[1], ebs: {} }] })],
  ['a change of an empty device that is no key', () => planOf([changed('/dev/sdc', { DeleteOnTermination: true })])],
  ['a key of an empty device, for an instance', () => planOf([changed('/dev/sdc', { EncryptionKeyArn: 'c' })], BY_LAUNCH)],
])('accepted: %s', (_title, plan) => {
  expect(plan).not.toThrow();
});

const planned = (more: Partial<PlannedDevice>): PlannedDevice => ({ name: '/dev/sdc', keyLabel: 'its key', deleteOnTermination: true, ...more });

test.each<[Partial<PlannedDevice>, boolean]>([
  [{ empty: EMPTY }, true],
  [{ empty: EMPTY, keyArn: 'c' }, false],
  [{}, false],
])('the device %j is kept empty: %s', (device, isEmpty) => {
  expect(isKeptEmpty(planned(device))).toBe(isEmpty);
});

test.each<[EbsBlockDevice, object]>([
  [{ VolumeSize: 5, VolumeType: 'gp3' }, { VolumeSize: 5, VolumeType: 'gp3', DeleteOnTermination: true }],
  [{ VolumeSize: 5, Encrypted: false }, { VolumeSize: 5, DeleteOnTermination: true }],
  [{ VolumeSize: 5, Encrypted: true }, { VolumeSize: 5, Encrypted: true, DeleteOnTermination: true }],
])('the mapping of an empty device %j', (ebs, mapping) => {
  expect(emptyVolumeOf(planned({ empty: { name: '/dev/sdc', ebs } }))).toEqual(mapping);
});

type Shape = [size?: number, type?: string, iops?: number, throughput?: number];
const ofSource = ([VolumeSize, VolumeType, Iops, Throughput]: Shape) => ({ VolumeSize, VolumeType, Iops, Throughput }) as EbsBlockDevice;
test.each<[string, Shape, object | undefined, Shape]>([
  ['of gp3', [8, 'gp3', 3000, 125], undefined, [8, 'gp3', 3000, 125]],
  ['of gp2, for which EC2 tells the IOPS', [8, 'gp2', 100], undefined, [8, 'gp2']],
  ['of io1', [8, 'io1', 500], undefined, [8, 'io1', 500]],
  ['of io2, which has no throughput of its own', [8, 'io2', 500, 125], undefined, [8, 'io2', 500]],
  ['of no known type', [8, undefined, 500, 125], undefined, [8]],
  ['with another size', [8, 'gp3', 3000, 125], { SizeGibibytes: 9 }, [9, 'gp3', 3000, 125]],
  ['with other IOPS and throughput', [8, 'gp3', 3000, 125], { Iops: 4000, Throughput: 250 }, [8, 'gp3', 4000, 250]],
  ['with the type that it has', [8, 'gp3', 3000, 125], { VolumeType: 'gp3' }, [8, 'gp3', 3000, 125]],
  ['with another type, which has its own defaults', [8, 'gp3', 4000, 250], { VolumeType: 'io2' }, [8, 'io2']],
  ['with another type and its IOPS', [8, 'gp3', 4000, 250], { VolumeType: 'io2', Iops: 500 }, [8, 'io2', 500]],
])('the parameters of a volume %s', (_title, shape, changes, expected) => {
  const ebs = ofSource(shape);
  const [Size, VolumeType, Iops, Throughput] = expected;
  for (const device of [{ source: { ...SOURCE.devices[1], ebs } }, { empty: { name: '/dev/sdc', ebs } }]) {
    expect(volumeShapeOf(planned({ ...device, changes }))).toEqual({ Size, VolumeType, Iops, Throughput });
  }
});

test('the parameters of a volume of which the source tells nothing', () => {
  expect(volumeShapeOf(planned({}))).toEqual({});
});

test('the key that was requested for a device, none, and the description', () => {
  const user = { account: '123456789012', regions: ['us-east-1'] };
  expect(keyReferencesOf(planned({ keyArn: 'c' }), user)).toEqual([expect.objectContaining({ id: 'c', label: 'its key', isDeclared: true })]);
  expect(keyReferencesOf(planned({}), user)).toEqual([]);
  expect(descriptionOf(propertiesOf([], { Description: 'golden' }))).toBe('golden');
  expect(descriptionOf(propertiesOf([]))).toBe('Built from ami-1, each device with its own key');
});
