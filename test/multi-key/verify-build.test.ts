import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { digestOfUefiData } from '../../lambda/ami/verification/uefi-data';
import { MultiKeyRequest, Plan, planDevices } from '../../lambda/multi-key/device-plan';
import { verifyBuild } from '../../lambda/multi-key/verify-build';
import { IAM_PROPAGATION_MS } from '../../lambda/outcomes';
import { AmiBlockDeviceProperties, AmiBuildMethod, MultiKeyAmiProperties, VolumeOrigin } from '../../src/contract';
import { answering } from '../helpers/answers';

/** A build is complete when its devices, their keys, and their requested sizes and types are right; other differences from the source are warnings. */

const account = '123456789012';
const [ROOT, DATA, KEPT, OTHER] = ['root', 'data', 'kept', 'other'].map(name => `arn:aws:kms:us-east-1:${account}:key/${name}`);
const SOURCE: Image = { ImageId: 'ami-1', BootMode: 'uefi', EnaSupport: true, RootDeviceName: '/dev/sda' };
const sourceDevice = (name: string, VolumeSize: number, KmsKeyId?: string) => ({
  name, ebs: { VolumeSize, VolumeType: 'gp3' as const, DeleteOnTermination: true }, snapshot: { Encrypted: KmsKeyId !== undefined, OwnerId: account, KmsKeyId },
});
const EMPTY = { name: '/dev/sdc', ebs: { VolumeSize: 9, VolumeType: 'gp3' as const, DeleteOnTermination: true } };
const NEW: AmiBlockDeviceProperties = { DeviceName: '/dev/sdf', Volume: VolumeOrigin.EBS, EncryptionKeyArn: DATA, SizeGibibytes: 3, VolumeType: 'gp3', DeleteOnTermination: true };

interface Case {
  readonly properties?: Partial<MultiKeyAmiProperties>;
  readonly source?: object;
  readonly plan?: (plan: Plan) => Plan;
  readonly image?: Partial<Image>;
  /** Other members of the device mappings of the image, by the last letter of their names. */
  readonly ebs?: Record<string, object>;
  /** Other members of the snapshots. */
  readonly snapshots?: Record<string, Snapshot>;
  /** The devices that have no snapshot. */
  readonly without?: string;
  readonly uefiData?: string;
  readonly describeKey?: (id: string) => object;
}

const asRight: Record<string, [number, string]> = { a: [8, ROOT], b: [16, KEPT], c: [9, DATA], f: [3, DATA] };

/** The warnings about a build, or the error. */
async function verify(one: Case): Promise<readonly string[] | string> {
  const { properties = {}, plan = same => same, ebs = {}, snapshots = {}, without = '', uefiData = 'data', describeKey = Arn => ({ Arn }) } = one;
  const source = { image: SOURCE, devices: [sourceDevice('/dev/sda', 8), sourceDevice('/dev/sdb', 16, KEPT)], uefiDataDigest: digestOfUefiData('data'), ...one.source };
  const request = {
    account, properties: { SourceImageId: 'ami-1', BuildMethod: AmiBuildMethod.LAUNCH_INSTANCE, RootVolume: { EncryptionKeyArn: ROOT }, BlockDevices: [NEW], ...properties }, memory: {},
  } as unknown as MultiKeyRequest;
  const planned = plan(planDevices(source, request.properties));
  const letters = planned.devices.map(({ name }) => name.at(-1)!);
  const image = {
    ...SOURCE,
    ImageId: 'ami-2',
    BlockDeviceMappings: letters.map(letter => ({
      DeviceName: `/dev/sd${letter}`,
      Ebs: { VolumeSize: asRight[letter][0], VolumeType: 'gp3', DeleteOnTermination: true, SnapshotId: without.includes(letter) ? undefined : `snap-${letter}`, ...ebs[letter] },
    })),
    ...one.image,
  } as Image;
  const { aws } = answering({
    DescribeSnapshots: {
      Snapshots: letters.map(letter => ({ SnapshotId: `snap-${letter}`, State: 'completed', Encrypted: true, KmsKeyId: asRight[letter][1], ...snapshots[letter] })),
    },
    DescribeImageAttribute: { UefiData: { Value: uefiData } },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', ...describeKey(KeyId) } }),
  }, IAM_PROPAGATION_MS);
  try {
    await verifyBuild(aws, request, source, planned, image);
    return request.memory.warnings ?? [];
  } catch (error) {
    return (error as Error).message;
  }
}

let logged: jest.SpyInstance;
beforeEach(() => {
  logged = jest.spyOn(console, 'warn').mockReturnValue(undefined);
  jest.spyOn(console, 'info').mockReturnValue(undefined);
});

const device = (letter: string, changes: object) => ({ DeviceName: `/dev/sd${letter}`, Volume: VolumeOrigin.SOURCE, ...changes });
const withDevices = (...BlockDevices: AmiBlockDeviceProperties[]) => ({ properties: { BlockDevices } });
const withEmpty = { source: { emptyDevices: [EMPTY] } };
const ALIAS = `arn:aws:kms:us-east-1:${account}:alias/golden`;
const denied = () => { throw Object.assign(new Error('denied'), { name: 'AccessDeniedException' }); };
const changed = { properties: { RootVolume: { EncryptionKeyArn: ROOT, SizeGibibytes: 10, VolumeType: 'gp2' } } };
const fromSnapshot = withDevices({ ...NEW, Volume: VolumeOrigin.SNAPSHOT, SizeGibibytes: undefined, VolumeType: 'gp3' } as AmiBlockDeviceProperties);

test.each<[string, Case]>([
  ['with each of its keys', {}],
  ['of devices without a key that were not encrypted', { properties: { RootVolume: undefined }, snapshots: { a: { Encrypted: false, KmsKeyId: undefined } } }],
  ['with a key by its alias', { properties: { RootVolume: { EncryptionKeyArn: ALIAS } }, describeKey: id => ({ Arn: id === ALIAS ? ROOT : id }) }],
  ['with a larger root of another type', { ...changed, ebs: { a: { VolumeSize: 10, VolumeType: 'gp2' } } }],
  ['with the size that a snapshot has', { ...fromSnapshot, ebs: { f: { VolumeSize: 77 } } }],
  ['with a device that stays', { ...withDevices(NEW, device('b', { DeleteOnTermination: false })), ebs: { b: { DeleteOnTermination: false } } }],
  ['of a source whose UEFI data is not known', { source: { uefiDataDigest: undefined }, uefiData: 'other' }],
  ['with a key for a device of another account', { source: { devices: [{ ...sourceDevice('/dev/sda', 8), snapshot: { Encrypted: true, OwnerId: '210987654321' } }] } }],
  ['with a key for a device that was empty', { ...withEmpty, ...withDevices(NEW, device('c', { EncryptionKeyArn: DATA })) }],
])('a build %s is right', async (_title, one) => {
  expect(await verify(one)).toEqual([]);
  expect(logged).not.toHaveBeenCalled();
});

test('a device that stays empty needs no snapshot, which the log tells', async () => {
  expect(await verify({ ...withEmpty, without: 'c' })).toEqual([]);
  expect(logged.mock.calls).toEqual([[expect.objectContaining({ imageId: 'ami-2', devices: '/dev/sdc', message: expect.stringContaining('no snapshot') })]]);
});

test.each<[string, Case, RegExp]>([
  ['a fatal attribute', { image: { BootMode: undefined } }, /^The AMI ami-2 has the BootMode \(none\), but its source ami-1 has uefi\./],
  ['a device less', { image: { BlockDeviceMappings: [] } }, /^The AMI ami-2 has the devices , but should have \/dev\/sda, \/dev\/sdb, \/dev\/sdf\./],
  ['lost UEFI data', { uefiData: '' }, /^The UEFI data of the AMI ami-2 differs/],
  ['other UEFI data without a boot', { properties: { BuildMethod: AmiBuildMethod.COPY_SNAPSHOTS }, uefiData: 'other' }, /^The UEFI data of the AMI ami-2 differs/],
  ['another key of the root', { snapshots: { a: { KmsKeyId: OTHER } } }, /^The snapshot snap-a \(\/dev\/sda\) of the AMI ami-2 is encrypted with \S+other, but should be encrypted with \S+root\./],
  ['another key of a new volume', { snapshots: { f: { KmsKeyId: OTHER } } }, /^The snapshot snap-f \(\/dev\/sdf\) .* should be encrypted with \S+data\./],
  ['another key of a device that keeps its own', { snapshots: { b: { KmsKeyId: OTHER } } }, /^The snapshot snap-b \(\/dev\/sdb\) .* should be encrypted with \S+kept\./],
  ['another key of a device that was empty', { ...withEmpty, ...withDevices(NEW, device('c', { EncryptionKeyArn: ROOT })) }, /^The snapshot snap-c .* should be encrypted with \S+root\./],
  ['a key that the plan has lost', {
    plan: plan => ({ ...plan, devices: plan.devices.map(one => ({ ...one, keyArn: one.name === '/dev/sda' ? undefined : one.keyArn })) }), snapshots: { a: { Encrypted: false } },
  }, /^The snapshot snap-a \(\/dev\/sda\) of the AMI ami-2 is unencrypted, but should be encrypted with \S+root\./],
  ['no snapshot of a device that was empty and has a key', { ...withEmpty, ...withDevices(NEW, device('c', { EncryptionKeyArn: DATA })), without: 'c' }, /snapshot .*\/dev\/sdc/],
  ['no snapshot of a new volume', { without: 'f' }, /snapshot .*\/dev\/sdf/],
  ['a snapshot that is not complete', { snapshots: { b: { State: 'pending' } } }, /snap-b/],
  ['another size of a new volume', { ebs: { f: { VolumeSize: 4 } } }, /^\/dev\/sdf of the AMI ami-2 is a volume of 4 GiB \(gp3\), but should be one of 3 GiB \(gp3\)\./],
  ['another type of a new volume', { ebs: { f: { VolumeType: 'gp2' } } }, /is a volume of 3 GiB \(gp2\), but should be one of 3 GiB \(gp3\)\./],
  ['the old size of the root', { ...changed, ebs: { a: { VolumeType: 'gp2' } } }, /^\/dev\/sda of the AMI ami-2 is a volume of 8 GiB \(gp2\), but should be one of 10 GiB \(gp2\)\./],
  ['the old type of the root', { ...changed, ebs: { a: { VolumeSize: 10 } } }, /^\/dev\/sda of the AMI ami-2 is a volume of 10 GiB \(gp3\), but should be one of 10 GiB \(gp2\)\./],
])('a build is not complete with %s', async (_title, one, message) => {
  expect(await verify(one)).toMatch(message);
});

test('a key that the handler may not describe is right where a snapshot has it', async () => {
  expect(await verify({ describeKey: denied })).toEqual([]);
  const { message } = logged.mock.calls[0][0] as { message: string };
  expect(message).toContain('not allowed to use the `encryptionKey` of `rootVolume`');
  expect(message).toContain('"kms:ViaService":"ec2.us-east-1.*"');
  expect(message).toContain(`{"AWS":"${account}"}`);
  expect(await verify({ describeKey: denied, snapshots: { f: { KmsKeyId: OTHER } } })).toMatch(/^The snapshot snap-f/);
});

test.each<[string, Case, RegExp]>([
  ['an attribute', { image: { EnaSupport: false } }, /EnaSupport is false, not true\./],
  ['another size of a device that keeps it', { ebs: { b: { VolumeSize: 17 } } }, /VolumeSize of \/dev\/sdb is 17, not 16\./],
  ['a volume that stays', { ebs: { f: { DeleteOnTermination: false } } }, /DeleteOnTermination of \/dev\/sdf is false, not true\./],
  ['other throughput of a new volume', withDevices({ ...NEW, Throughput: 250 }), /Throughput of \/dev\/sdf is \(none\), not 250\./],
  ['the place of a snapshot', { snapshots: { a: { AvailabilityZone: 'us-east-1-bos-1a' } } }, /SnapshotLocation of \/dev\/sda is us-east-1-bos-1a, not the Region\./],
  ['UEFI data that a boot has changed', { uefiData: 'other' }, /UEFI/],
])('a warning names %s', async (_title, one, warning) => {
  expect(await verify(one)).toEqual([expect.stringMatching(warning)]);
});
