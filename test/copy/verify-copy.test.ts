import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { digestOfUefiData } from '../../lambda/ami/verification/uefi-data';
import { CopyRequest } from '../../lambda/copy/copy-request';
import { verifyCopy } from '../../lambda/copy/verify-copy';
import { IAM_PROPAGATION_MS } from '../../lambda/outcomes';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { answering, Answers } from '../helpers/answers';
import { SOURCE_ID } from '../helpers/stacks';

/** A copy is complete when its devices, their keys and their places are right; other differences from the source are warnings. */

const [WANTED, DEFAULT, KEPT] = ['wanted', 'default', 'kept'].map(name => `arn:aws:kms:us-east-1:123456789012:key/${name}`);
const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';
const account = '123456789012';
const devices = (...ebs: object[]) => ebs.map((Ebs, index) => ({ DeviceName: `/dev/sd${'abc'[index]}`, Ebs }));
const SOURCE: Image = { ImageId: 'ami-1', BootMode: 'uefi', EnaSupport: true };
const COPY: Image = { ...SOURCE, ImageId: 'ami-2', BlockDeviceMappings: devices({ SnapshotId: 'snap-1', VolumeSize: 8 }, { SnapshotId: 'snap-2', VolumeSize: 16 }) };

interface Case {
  readonly properties?: Partial<EncryptedAmiCopyProperties>;
  readonly copy?: Partial<Image>;
  /** The first snapshot. */
  readonly snapshot?: Snapshot;
  /** More of the memory of the handler. */
  readonly memory?: object;
  readonly source?: object;
  readonly second?: Snapshot;
  /** Other answers of AWS. */
  readonly answers?: Answers;
}

/** The warnings of a copy, or the error. */
async function verify({ properties = {}, copy, snapshot, second, memory, source, answers: others }: Case): Promise<readonly string[] | string> {
  const snapshots = [{ SnapshotId: 'snap-1', ...snapshot }, { SnapshotId: 'snap-2', ...snapshot, ...second }].map(one => ({ State: 'completed', Encrypted: true, KmsKeyId: WANTED, ...one }));
  const { aws } = answering({
    DescribeSnapshots: { Snapshots: snapshots },
    DescribeImageAttribute: { UefiData: { Value: 'data' } },
    DescribeAvailabilityZones: { AvailabilityZones: [{ ZoneName: 'us-east-1-bos-1a', ZoneId: 'use1-bos1-az1' }] },
    GetEbsDefaultKmsKeyId: { KmsKeyId: DEFAULT },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { Arn: KeyId, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } }),
    ...others,
  }, IAM_PROPAGATION_MS);
  const request = {
    account,
    properties: { SourceImageId: 'ami-1', Encryption: 'KEY', EncryptionKeyArn: WANTED, ...properties },
    memory: {
      source: {
        image: SOURCE,
        devices: [
          { name: '/dev/sda', ebs: { VolumeSize: 8 }, snapshot: { Encrypted: false } },
          { name: '/dev/sdb', ebs: { VolumeSize: 16 }, snapshot: { Encrypted: true, OwnerId: account, KmsKeyId: KEPT } },
        ],
        uefiDataDigest: digestOfUefiData('data'),
        ...source,
      },
      ...memory,
    },
  } as unknown as CopyRequest;
  try {
    const result = await verifyCopy(aws, request, { ...COPY, ...copy });
    const { BlockDeviceMappings = [] } = { ...COPY, ...copy };
    expect(result.map(({ SnapshotId }) => SnapshotId)).toEqual(BlockDeviceMappings.flatMap(({ Ebs }) => Ebs!.SnapshotId ?? []));
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

const emptyDevice = { source: { emptyDevices: [{ name: '/dev/sdc', ebs: { VolumeSize: 8 } }] } };
const withEmpty = (...ebs: object[]) => ({ BlockDeviceMappings: [...COPY.BlockDeviceMappings!, ...devices({}, {}, ...ebs).slice(2)] });

test.each<[string, Case]>([
  ['with the key', {}],
  ['with the default key', { properties: { Encryption: 'DEFAULT_KEY' as never }, snapshot: { KmsKeyId: DEFAULT } }],
  ['with the default key of the beginning', { properties: { Encryption: 'DEFAULT_KEY' as never }, memory: { defaultKey: { id: 'before', arn: 'before' } }, snapshot: { KmsKeyId: 'before' } }],
  ['with a key, whatever the default key was', { memory: { defaultKey: { id: 'before', arn: 'before' } } }],
  ['that preserves', { properties: { Encryption: 'PRESERVE' as never }, snapshot: { Encrypted: false }, second: { Encrypted: true, KmsKeyId: KEPT } }],
  ['on the Outpost', { properties: { OutpostArn: OUTPOST }, snapshot: { OutpostArn: OUTPOST } }],
  ['in the Local Zone', { properties: { LocalZone: 'use1-bos1-az1' }, snapshot: { AvailabilityZone: 'us-east-1-bos-1a' } }],
  ['with an empty device', { ...emptyDevice, copy: withEmpty({ VolumeSize: 8 }) }],
  ['that does not tell its UEFI data', { source: { uefiDataDigest: undefined } }],
  ['whose volumes stay, as the source does not say', { copy: { BlockDeviceMappings: COPY.BlockDeviceMappings!.map(one => ({ ...one, Ebs: { ...one.Ebs, DeleteOnTermination: false } })) } }],
])('a copy %s is right', async (_title, one) => {
  expect(await verify(one)).toEqual([]);
  expect(logged.mock.calls).toEqual(one.source === emptyDevice.source ? [[expect.objectContaining({ imageId: 'ami-2', devices: '/dev/sdc' })]] : []);
});

test.each<[string, Case, RegExp]>([
  ['a fatal attribute', { copy: { BootMode: undefined } }, /^The AMI ami-2 has the BootMode \(none\), but its source ami-1 has uefi\./],
  ['a device less', { copy: { BlockDeviceMappings: COPY.BlockDeviceMappings!.slice(1) } }, /^The copy ami-2 has the devices \/dev\/sdb, but its source ami-1 has \/dev\/sda, \/dev\/sdb\./],
  ['an empty device less', emptyDevice, /has the devices \/dev\/sda, \/dev\/sdb, but its source ami-1 has \/dev\/sda, \/dev\/sdb, \/dev\/sdc/],
  ['other UEFI data', { source: { uefiDataDigest: digestOfUefiData('other') } }, /^The UEFI data of the AMI ami-2 differs/],
  ['another key', { snapshot: { KmsKeyId: DEFAULT } }, /^The snapshot snap-1 \(\/dev\/sda\) of the AMI ami-2 is encrypted with \S+default, but should be encrypted with \S+wanted/],
  ['another default key than at the beginning', { properties: { Encryption: 'DEFAULT_KEY' as never }, memory: { defaultKey: { id: 'before', arn: 'before' } }, snapshot: { KmsKeyId: DEFAULT } }, /should be encrypted with before/],
  ['an encryption that was not preserved', { properties: { Encryption: 'PRESERVE' as never }, snapshot: { Encrypted: false } }, /snap-2 \(\/dev\/sdb\) of the AMI ami-2 is unencrypted, but should be encrypted with \S+kept/],
  ['a snapshot in the Region, not on the Outpost', { properties: { OutpostArn: OUTPOST } }, /snap-1/],
  ['a snapshot in the Region, not in the Local Zone', { properties: { LocalZone: 'us-east-1-bos-1a' } }, /snap-1/],
  ['a snapshot in a Local Zone', { second: { AvailabilityZone: 'us-east-1-bos-1a' } }, /snap-2/],
  ['a snapshot that is not complete', { second: { State: 'pending' } }, /snap-2/],
])('a copy is not complete with %s', async (_title, one, message) => {
  expect(await verify(one)).toMatch(message);
});

test('a key that the handler may not describe is right where a snapshot has it', async () => {
  const denied = () => { throw Object.assign(new Error('denied'), { name: 'AccessDeniedException' }); };
  expect(await verify({ answers: { DescribeKey: denied } })).toEqual([]);
  expect(await verify({ answers: { DescribeKey: denied }, snapshot: { KmsKeyId: DEFAULT } })).toMatch(/^The snapshot snap-1/);
});

test('a copy of an AMI in S3 has no snapshots, also where the source has to be described again', async () => {
  const image = { ImageId: SOURCE_ID, State: 'available', RootDeviceType: 'instance-store' };
  expect(await verify({
    properties: { SourceImageId: SOURCE_ID, Encryption: 'PRESERVE' as never },
    copy: { RootDeviceType: 'instance-store', BootMode: undefined, EnaSupport: undefined, BlockDeviceMappings: undefined },
    memory: { source: undefined },
    answers: { DescribeImages: { Images: [image] } },
  })).toEqual([]);
});

test('other differences are one warning', async () => {
  const mapping = devices({ SnapshotId: 'snap-1', VolumeSize: 9, DeleteOnTermination: true }, { SnapshotId: 'snap-2', VolumeSize: 16 });
  expect(await verify({ copy: { EnaSupport: false, BlockDeviceMappings: mapping } })).toEqual([
    expect.stringContaining('EnaSupport is false, not true; VolumeSize of /dev/sda is 9, not 8; DeleteOnTermination of /dev/sda is true, not false.'),
  ]);
});
