import { Aws, Duration, Lazy, Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBlockDevice, AmiBuildMethod, AmiVolume, BuilderCapacityType, EbsVolumeOptions, MultiKeyAmiBuilderProps, SourceDeviceOptions } from '../../../src';
import { validateBuild } from '../../../src/multi-key/validate-build';
import { newStack, source } from '../../helpers/stacks';

/** The props of a `MultiKeyAmiBuilder` that are refused at synth, and those beside them that are not. */

const { LINUX, WINDOWS, UNKNOWN } = ec2.OperatingSystemType;
const { GP2, GP3, IO2, ST1 } = ec2.EbsDeviceVolumeType;
const { COPY_SNAPSHOTS, LAUNCH_INSTANCE } = AmiBuildMethod;

const stack = newStack();
const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1');
const foreignKey = kms.Key.fromKeyArn(stack, 'ForeignKey', 'arn:aws:kms:eu-west-1:123456789012:key/2');
const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], publicSubnetIds: ['subnet-1'] });
const securityGroups = [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')];
const userData = ec2.UserData.forLinux();

type Props = Partial<MultiKeyAmiBuilderProps>;
interface Builder extends Props {
  readonly osType?: ec2.OperatingSystemType;
  /** The user data with the commands of the construct. */
  readonly script?: string;
}

const validate = ({ osType = LINUX, script, ...props }: Builder) => () => validateBuild(stack, { sourceImage: source, ...props }, osType, script);
const rooted = (props: Builder): Builder => ({ rootVolume: { encryptionKey }, ...props });
const devices = (...blockDevices: AmiBlockDevice[]): Props => ({ blockDevices });
const ebs = (deviceName: string, options: Partial<EbsVolumeOptions> = {}, size = Size.gibibytes(10)): AmiBlockDevice =>
  ({ deviceName, volume: AmiVolume.ebs(size, { encryptionKey, ...options }) });
const fromSource = (deviceName: string, options: SourceDeviceOptions): AmiBlockDevice => ({ deviceName, volume: AmiVolume.fromSource(options) });
const fromSnapshot = (snapshotId: string): AmiBlockDevice => ({ deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(snapshotId, { encryptionKey }) });

describe('allowed', () => {
  test.each<[string, Builder]>([
    ['the root volume alone', rooted({})],
    ['one device alone', devices(ebs('/dev/sdf'))],
    ['one option of a volume of the source, whose type is not known', { rootVolume: { size: Size.gibibytes(20) }, ...devices(fromSource('/dev/sdb', { deleteOnTermination: false })) }],
    ['options of a volume of the source with its type', devices(fromSource('/dev/sdb', { volumeType: GP3, iops: 4_000, throughput: 500 }))],
    ['a device without its volume', devices({ deviceName: '/dev/sdb', mappingEnabled: false })],
    ['a device with its volume', devices({ ...ebs('/dev/sdf'), mappingEnabled: true })],
    ['IOPS of a new volume without a type', devices(ebs('/dev/sdf', { iops: 4_000 }))],
    ['a name of Windows on Windows', { osType: WINDOWS, ...devices(ebs('xvdb')) }],
    ['a name of Windows on Linux', devices(ebs('xvdb'))],
    // its name is that of the source AMI
    ['another name of a volume of the source', devices(fromSource('/dev/nvme1n1', { encryptionKey }), { deviceName: 'b', mappingEnabled: false })],
    ['a snapshot', devices(fromSnapshot('snap-0123456789abcdef0'))],
    ['a snapshot that is known only when the stack deploys', devices(fromSnapshot(Lazy.string({ produce: () => '' })))],
    ['snapshots of Linux and of an unknown system, copied', rooted({ buildMethod: COPY_SNAPSHOTS, osType: UNKNOWN })],
    ['Windows with an instance', rooted({ buildMethod: LAUNCH_INSTANCE, osType: WINDOWS })],
    ['a place of the instance', rooted({ vpc, vpcSubnets: {}, securityGroups, instanceTypes: [new ec2.InstanceType('t3.micro')] })],
    ['settings of user data', rooted({ userData, script: 'true', userDataTimeout: Duration.hours(1), allowAllOutbound: true, cleanUp: false })],
    ['settings of a script for file systems', rooted({ script: 'true', userDataTimeout: Duration.minutes(1), cleanUp: true })],
    ['user data of 16 KiB', rooted({ userData, script: 'x'.repeat(16_384) })],
    ['user data whose length is known only when the stack deploys', rooted({ userData, script: `${'x'.repeat(16_370)}${Aws.REGION}` })],
  ])('%s', (_title, props) => {
    expect(validate(props)).not.toThrow();
  });
});

describe('volumes', () => {
  test.each([{}, devices()])('nothing to change: %j', props => {
    expect(validate(props)).toThrow('MultiKeyAmiBuilder requires `rootVolume` or `blockDevices`, but got neither. To encrypt all snapshots with one key, use EncryptedAmiCopy.');
  });

  test.each<[string, Props, string]>([
    ['a volume and no mapping', devices({ ...ebs('/dev/sdf'), mappingEnabled: false }), 'both'],
    ['a mapping and no volume', devices({ deviceName: '/dev/sdf' }), 'neither'],
    ['a mapping and no volume', devices({ deviceName: '/dev/sdf', mappingEnabled: true }), 'neither'],
  ])('%s', (_title, props, got) => {
    expect(validate(props)).toThrow(
      `\`blockDevices\` must have either a \`volume\` or \`mappingEnabled: false\` for /dev/sdf, but has ${got}. Choose one, or remove the entry: devices without an entry stay as they are.`);
  });

  test.each<[string, Props, string]>([
    ['a volume of the source without a change', devices(fromSource('/dev/sdb', { size: undefined })), '`AmiVolume.fromSource() of /dev/sdb` must have at least one option, but has none.'],
    ['the root volume without a change', { rootVolume: {} }, '`rootVolume` must have at least one option, but has none. Pass one, or remove it: volumes without options stay as they are.'],
    ['IOPS without a type', { rootVolume: { iops: 4_000 } }, '`iops` of the volume `rootVolume` requires `volumeType`, but got none. Pass it, or remove `iops`.'],
    ['throughput without a type', devices(fromSource('/dev/sdb', { throughput: 500 })), '`throughput` of the volume /dev/sdb requires `volumeType`, but got none.'],
    ['a volume of the source above its limits', devices(fromSource('/dev/sdb', { volumeType: IO2 })), '`iops` of the io2 volume /dev/sdb is required.'],
    ['the root volume above its limits', { rootVolume: { volumeType: GP2, size: Size.gibibytes(16_385) } }, '`size` of the gp2 volume `rootVolume` must be a whole number of 1 to 16384 GiB'],
    ['a root volume of half a GiB', { rootVolume: { size: Size.mebibytes(512) } }, '`size` of the volume `rootVolume` must be a whole number of GiB, but is 512 MiB. Use Size.gibibytes().'],
    ['a new volume below its limits', devices(ebs('/dev/sdf', { volumeType: ST1 })), '`size` of the st1 volume /dev/sdf must be a whole number of 125 to 16384 GiB, but is 10.'],
    ['a new volume without a type', devices(ebs('/dev/sdf', {}, Size.gibibytes(65_537))), '`size` of the gp3 volume /dev/sdf must be a whole number of 1 to 65536 GiB, but is 65537.'],
    ['the second of two volumes', devices(ebs('/dev/sdf'), ebs('/dev/sdg', { volumeType: GP2, iops: 3_000 })), '`iops` of the gp2 volume /dev/sdg cannot be chosen'],
  ])('%s', (_title, props, sentence) => {
    expect(validate(props)).toThrow(sentence);
  });

  test.each<[Props, string]>([
    [devices(ebs('/dev/sdf'), ebs('xvdf')), '`blockDevices` has /dev/sdf and xvdf, which are two names of one device. Give one of them another `deviceName`, or remove it.'],
    [devices(ebs('/dev/sdf'), ebs('/dev/sdf')), '`blockDevices` has /dev/sdf and /dev/sdf. Give one of them'],
    [devices(fromSource('/dev/xvdf', { encryptionKey }), ebs('/dev/sdf')), 'which are two names of one device'],
    [devices({ deviceName: '/dev/sdb', mappingEnabled: false }, fromSource('xvdb', { encryptionKey })), 'which are two names of one device'],
  ])('two entries for one device', (props, sentence) => {
    expect(validate(props)).toThrow(sentence);
  });

  test.each(['/dev/sdf1', 'sdf', '/dev/nvme1n1', '/dev/xvdzz'])('the name %s', deviceName => {
    expect(validate(devices(ebs(deviceName)))).toThrow(
      `\`deviceName\` must be a device name of EC2, but is "${deviceName}". Use /dev/sdf to /dev/sdp, which are free on every instance type.`);
  });

  test('a name of Linux on Windows', () => {
    expect(validate({ osType: WINDOWS, ...devices(ebs('/dev/sdf')) })).toThrow('but is "/dev/sdf". Use xvdb to xvdz, or xvdba to xvddx (on Windows).');
  });

  test.each(['snap-1', 'vol-0123456789abcdef0', 'snap-0123456789abcdef01', 'snap-0123456789ABCDEF0', ''])('the snapshot %p', snapshotId => {
    expect(validate(devices(fromSnapshot(snapshotId)))).toThrow(
      `\`snapshotId\` must be an ID such as "snap-0123456789abcdef0", but is "${snapshotId}". Check where the ID comes from.`);
  });

  test.each<[string, Props]>([
    ['encryptionKey', { rootVolume: { encryptionKey: foreignKey } }],
    ['encryptionKey', devices(fromSource('/dev/sdb', { encryptionKey: foreignKey }))],
    ['encryptionKey', devices(ebs('/dev/sdf', { encryptionKey: foreignKey }))],
    ['sourceEncryptionKeys', rooted({ sourceEncryptionKeys: [encryptionKey, foreignKey] })],
  ])('a key of another Region: %s', (prop, props) => {
    expect(validate(props)).toThrow(new RegExp(`^\`${prop}\` .*${foreignKey.keyArn}.*eu-west-1`));
  });
});

describe('the builder instance', () => {
  test.each<[string, Props]>(Object.entries({
    userData,
    cleanUp: false,
    userDataTimeout: Duration.minutes(5),
    allowAllOutbound: false,
    vpc,
    vpcSubnets: {},
    securityGroups,
    instanceTypes: [],
    capacityType: BuilderCapacityType.ON_DEMAND,
  }).map(([name, value]) => [name, { [name]: value }]))('%s, where there is none', (name, props) => {
    expect(validate(rooted({ buildMethod: COPY_SNAPSHOTS, ...props })))
      .toThrow(`\`AmiBuildMethod.COPY_SNAPSHOTS\` launches no instance, but got \`${name}\`. Remove it, or use \`AmiBuildMethod.LAUNCH_INSTANCE\`.`);
  });

  test('two settings of it, where there is none', () => {
    expect(validate(rooted({ buildMethod: COPY_SNAPSHOTS, vpc, userData }))).toThrow('but got `userData`, `vpc`. Remove them, or use');
  });

  test('an AMI of Windows without an instance', () => {
    expect(validate(rooted({ buildMethod: COPY_SNAPSHOTS, osType: WINDOWS }))).toThrow(
      '`AmiBuildMethod.COPY_SNAPSHOTS` registers the AMI from snapshots, which may not keep its license, but `sourceImage` is an AMI of Windows. Use `AmiBuildMethod.LAUNCH_INSTANCE`.');
  });

  test.each<[string, Builder, string]>([
    ['subnets without their VPC', { vpcSubnets: {} }, '`vpcSubnets` requires `vpc`, but got none. Pass the VPC that the subnets belong to.'],
    ['security groups without their VPC', { securityGroups }, '`securityGroups` requires `vpc`, but got none. Pass the VPC that the security groups belong to.'],
    ['no instance type', { instanceTypes: [] }, '`instanceTypes` must have at least one element, but is empty. Remove it to use the default.'],
    ['no security group', { vpc, securityGroups: [] }, '`securityGroups` must have at least one element, but is empty.'],
    ['a timeout without user data', { userDataTimeout: Duration.minutes(5) }, '`userDataTimeout` requires `userData`, but got none. Pass it, or remove `userDataTimeout`.'],
    ['a clean-up without user data', { cleanUp: false }, '`cleanUp` requires `userData`, but got none.'],
    ['a network without user data', { allowAllOutbound: true }, '`allowAllOutbound` requires `userData`, but got none. Pass it, or remove `allowAllOutbound`.'],
    ['a network for a script of the construct alone', { script: 'true', allowAllOutbound: true }, '`allowAllOutbound` requires `userData`'],
    ['a timeout above an hour', { userData, script: 'true', userDataTimeout: Duration.hours(2) },
      '`userDataTimeout` must be 1 minute to 1 hour, but is 2 hours: CloudFormation waits at most an hour for a custom resource. Choose a duration in this range.'],
    ['user data above 16 KiB', { userData, script: 'x'.repeat(16_385) },
      '`userData` must have at most 16384 bytes, but has 16385 with the commands of the construct. Download the rest in `userData`, with `allowAllOutbound: true`.'],
    ['user data above 16 KiB in UTF-8', { userData, script: 'é'.repeat(8_193) }, 'but has 16386'],
  ])('%s', (_title, props, sentence) => {
    expect(validate(rooted(props))).toThrow(sentence);
  });
});
