import { CfnParameter, Duration, Fn, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import {
  AmiBlockDevice, AmiBuildMethod, AmiVolume, EbsVolumeOptions, EncryptedAmiCopy, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps,
} from '../../src';
import { newStack, source, SOURCE_ID } from '../helpers/stacks';

const TYPE = 'Custom::MultiKeyAmi';
const { GP2, GP3, IO1, IO2, ST1 } = ec2.EbsDeviceVolumeType;

function build(stack: Stack, props: Partial<MultiKeyAmiBuilderProps>): MultiKeyAmiBuilder {
  return new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: source, ...props });
}

const keyIn = (stack: Stack) => stack.node.tryFindChild('Key') as kms.IKey | undefined ?? new kms.Key(stack, 'Key');
interface Volume extends Partial<EbsVolumeOptions> {
  readonly deviceName?: string;
  readonly size?: Size;
}
const volumeIn = (stack: Stack, { deviceName = '/dev/sdf', size = Size.gibibytes(10), ...more }: Volume = {}): AmiBlockDevice => ({
  deviceName, volume: AmiVolume.ebs(size, { encryptionKey: keyIn(stack), ...more }),
});

describe('the custom resource', () => {
  test('says which device gets which key', () => {
    const stack = newStack();
    const other = new kms.Key(stack, 'Other');
    build(stack, {
      rootVolume: { encryptionKey: keyIn(stack) },
      blockDevices: [
        { deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: other, deleteOnTermination: false }) },
        { deviceName: '/dev/sdc', mappingEnabled: false },
        volumeIn(stack, { iops: 6000, throughput: 250, size: Size.gibibytes(100) }),
        { deviceName: '/dev/sdg', volume: AmiVolume.ebsFromSnapshot('snap-0123456789abcdef0', { encryptionKey: other, volumeType: GP2, deleteOnTermination: false }) },
      ],
      contentVersion: '7',
      imageNamePrefix: 'golden/web',
    });
    const arn = (prefix: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${prefix}`), 'Arn'] });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      SourceImageId: SOURCE_ID,
      RootVolume: { EncryptionKeyArn: arn('Key'), DeleteOnTermination: Match.absent() },
      BlockDevices: [
        { DeviceName: '/dev/sdb', Volume: 'SOURCE', EncryptionKeyArn: arn('Other'), DeleteOnTermination: false, VolumeType: Match.absent() },
        { DeviceName: '/dev/sdc', Volume: 'NONE', EncryptionKeyArn: Match.absent(), DeleteOnTermination: Match.absent() },
        {
          DeviceName: '/dev/sdf',
          Volume: 'EBS',
          EncryptionKeyArn: arn('Key'),
          SizeGibibytes: 100,
          VolumeType: 'gp3',
          Iops: 6000,
          Throughput: 250,
          DeleteOnTermination: true,
          SnapshotId: Match.absent(),
        },
        {
          DeviceName: '/dev/sdg',
          Volume: 'SNAPSHOT',
          SnapshotId: 'snap-0123456789abcdef0',
          EncryptionKeyArn: arn('Other'),
          VolumeType: 'gp2',
          DeleteOnTermination: false,
          SizeGibibytes: Match.absent(),
          Iops: Match.absent(),
          Throughput: Match.absent(),
        },
      ],
      BuildMethod: 'LAUNCH_INSTANCE',
      ContentVersion: '7',
      ImageNamePrefix: 'golden/web',
      ImageName: Match.absent(),
      AssociatePublicIpAddress: false,
      UserData: Match.absent(),
      UserDataTimeoutSeconds: Match.absent(),
      InstanceTypes: Match.absent(),
      SubnetIds: Match.absent(),
    });
  });

  test('in no VPC of the app has a security group of the default VPC, which lets nothing in or out', () => {
    const stack = newStack();
    build(stack, { rootVolume: { encryptionKey: keyIn(stack) } });
    const template = Template.fromStack(stack);
    // without VpcId, CloudFormation creates no security group that can have egress rules
    template.hasResourceProperties('AWS::EC2::SecurityGroup', {
      VpcId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AmiDefaultVpc'), 'VpcId'] },
      SecurityGroupIngress: Match.absent(),
      SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: Match.absent(), SecurityGroupIngress: Match.absent(), SecurityGroupEgress: Match.absent() });
    template.hasResourceProperties(TYPE, { SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^AmiSecurityGroup'), 'GroupId'] }] });
  });

  test('in a VPC of the app has its subnets and a security group, which lets nothing in or out', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0 });
    build(stack, { rootVolume: { encryptionKey: keyIn(stack) }, vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(TYPE, {
      SubnetIds: Match.arrayWith([{ Ref: Match.stringLikeRegexp('VpcIsolatedSubnet1') }, { Ref: Match.stringLikeRegexp('VpcIsolatedSubnet2') }]),
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('AmiSecurityGroup'), 'GroupId'] }],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })] });
  });

  test('in subnets of a list that only CloudFormation knows may be launched into those alone', () => {
    const stack = newStack();
    const listed = (id: string) => ({
      vpc: ec2.Vpc.fromVpcAttributes(stack, id, { vpcId: 'vpc-1', availabilityZones: Fn.getAzs(), isolatedSubnetIds: Fn.split(',', Fn.importValue(id)) }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    });
    const [encryptionKey, ids] = [keyIn(stack), (name: string) => ({ 'Fn::Split': [',', { 'Fn::ImportValue': name }] })];
    build(stack, { rootVolume: { encryptionKey }, ...listed('one') });
    new MultiKeyAmiBuilder(stack, 'Other', { sourceImage: source, rootVolume: { encryptionKey }, ...listed('two') });
    const template = Template.fromStack(stack);
    for (const name of ['one', 'two']) {
      template.hasResourceProperties(TYPE, { SubnetIds: ids(name) });
      template.hasResourceProperties('AWS::IAM::Policy', {
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'ec2:RunInstances', Condition: { StringEquals: { 'ec2:SubnetID': ids(name) } } })]) },
      });
    }
  });

  test('runs user data, and with the network only when asked to', () => {
    const stack = newStack();
    const userData = ec2.UserData.forLinux();
    userData.addCommands('shutdown -h now');
    build(stack, { userData, userDataTimeout: Duration.minutes(5), allowAllOutbound: true, blockDevices: [volumeIn(stack)] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(TYPE, { UserData: { 'Fn::Base64': Match.stringLikeRegexp('^#!/bin/bash\n# MultiKeyAmiBuilder: [^]*\nshutdown -h now$') }, UserDataTimeoutSeconds: 300, AssociatePublicIpAddress: true });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    // EC2 gives it a rule that lets everything out
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: Match.absent(), SecurityGroupIngress: Match.absent(), SecurityGroupEgress: Match.absent() });
  });

  test('without an instance has nothing of a network', () => {
    const stack = newStack();
    build(stack, { rootVolume: { encryptionKey: keyIn(stack) }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    template.hasResourceProperties(TYPE, { BuildMethod: 'COPY_SNAPSHOTS', SecurityGroupIds: Match.absent() });
  });

  test('keeps its logical id', () => {
    const stack = newStack();
    build(stack, { rootVolume: { encryptionKey: keyIn(stack) } });
    expect(Object.keys(Template.fromStack(stack).findResources(TYPE))).toEqual(['Ami6D3363E9']);
  });
});

test('is a machine image with the operating system and user data of its source', () => {
  const stack = newStack();
  const ami = new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }), rootVolume: { encryptionKey: keyIn(stack) } });
  expect(ami.getImage(stack)).toMatchObject({ imageId: ami.imageId, osType: ec2.OperatingSystemType.WINDOWS });
  expect(ami.getImage(stack).userData).not.toBe(ami.getImage(stack).userData);
});

describe('permissions', () => {
  test('a source that the stack makes is named in a policy of its own, which nothing else waits for', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, useDefaultKey: true });
    new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: copy, rootVolume: { encryptionKey: keyIn(stack) } });
    const template = Template.fromStack(stack);
    const statement = Match.arrayWith([Match.objectLike({ Sid: 'LaunchFrom' })]);
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy', Match.objectLike({ Properties: { PolicyDocument: { Statement: statement } } })));
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([policy]) });
  });
});

test.each([[12, 0], [13, 1]])('%d builders whose sources the stack makes draw %d warnings of the size of policies', (count, warnings) => {
  const stack = newStack();
  const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, useDefaultKey: true });
  for (let index = 0; index < count; index++) {
    new MultiKeyAmiBuilder(stack, `Ami${index}`, { sourceImage: copy, rootVolume: { encryptionKey: kms.Key.fromKeyArn(stack, `Key${index}`, 'arn:aws:kms:us-east-1:123456789012:key/1') } });
  }
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('^More than 12 AMIs of this stack use .*"Maximum policy size of 10240 bytes exceeded"\\. Move some'))).toHaveLength(warnings);
});

describe('refused at synth', () => {
  const refuse = (props: (stack: Stack) => Partial<MultiKeyAmiBuilderProps>) => {
    const stack = newStack();
    return expect(() => build(stack, props(stack)));
  };
  const volumes = (...more: Volume[]) => (stack: Stack) => ({ blockDevices: more.map(one => volumeIn(stack, one)) });
  const rooted = (props: Partial<MultiKeyAmiBuilderProps>) => (stack: Stack) => ({ rootVolume: { encryptionKey: keyIn(stack) }, ...props });

  test('nothing to change', () => {
    refuse(() => ({})).toThrow('MultiKeyAmiBuilder requires `rootVolume` or `blockDevices`, but got neither. To encrypt all snapshots with one key, use EncryptedAmiCopy.');
    refuse(() => ({ blockDevices: [] })).toThrow('but got neither');
  });

  test('two entries for one device', () => {
    refuse(volumes({ deviceName: '/dev/sdf' }, { deviceName: 'xvdf' }))
      .toThrow('`blockDevices` has /dev/sdf and xvdf, which are two names of one device. Give one of them another `deviceName`, or remove it.');
    refuse(volumes({}, {})).toThrow('`blockDevices` has /dev/sdf and /dev/sdf. Give one of them');
    refuse(stack => ({ blockDevices: [{ deviceName: '/dev/xvdf', volume: AmiVolume.fromSource({ encryptionKey: keyIn(stack) }) }, volumeIn(stack)] }))
      .toThrow('which are two names of one device');
    refuse(stack => ({ blockDevices: [{ deviceName: '/dev/sdb', mappingEnabled: false }, { deviceName: 'xvdb', volume: AmiVolume.fromSource({ encryptionKey: keyIn(stack) }) }] }))
      .toThrow('which are two names of one device');
  });

  test('a device that is left out and has a volume, or is not left out and has none', () => {
    refuse(stack => ({ blockDevices: [{ ...volumeIn(stack), mappingEnabled: false }] }))
      .toThrow('`blockDevices` must have either a `volume` or `mappingEnabled: false` for /dev/sdf, but has both. Choose one, or remove the entry: devices without an entry stay as they are.');
    refuse(() => ({ blockDevices: [{ deviceName: '/dev/sdf' }] })).toThrow('for /dev/sdf, but has neither.');
  });

  test('a volume of the source without a change', () => {
    refuse(() => ({ blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({}) }] }))
      .toThrow('`AmiVolume.fromSource() of /dev/sdb` must have at least one option, but has none.');
    refuse(() => ({ rootVolume: {} })).toThrow('`rootVolume` must have at least one option, but has none.');
  });

  test('sizes and types of volumes of the source that no volume has', () => {
    refuse(() => ({ rootVolume: { iops: 4000 } })).toThrow('`iops` of the volume `rootVolume` requires `volumeType`, but got none. Pass it, or remove `iops`.');
    refuse(() => ({ blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ throughput: 500 }) }] })).toThrow('`throughput` of the volume /dev/sdb requires `volumeType`');
    refuse(() => ({ blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ volumeType: IO2 }) }] })).toThrow('`iops` of the io2 volume /dev/sdb is required.');
    refuse(() => ({ rootVolume: { volumeType: GP2, size: Size.gibibytes(16_385) } })).toThrow('`size` of the gp2 volume `rootVolume` must be a whole number of 1 to 16384 GiB');
  });

  test.each([['/dev/sdf1'], ['sdf'], ['/dev/nvme1n1'], ['/dev/xvdzz']])('the name %s', deviceName => {
    refuse(volumes({ deviceName })).toThrow(`\`deviceName\` must be a device name of EC2, but is "${deviceName}". Use /dev/sdf to /dev/sdp, which are free on every instance type.`);
  });

  test('a name of Linux on Windows', () => {
    refuse(stack => ({ sourceImage: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }), blockDevices: [volumeIn(stack)] }))
      .toThrow('but is "/dev/sdf". Use xvdb to xvdz, or xvdba to xvddx (on Windows).');
  });

  test.each<[Volume, string]>([
    [{ size: Size.gibibytes(65_537) }, '`size` of the gp3 volume /dev/sdf must be a whole number of 1 to 65536 GiB, but is 65537. Choose a number in this range, or use another volume type.'],
    [{ size: Size.mebibytes(1_500) }, '`size` of the gp3 volume /dev/sdf must be a whole number of GiB, but is 1500 MiB. Use Size.gibibytes().'],
    [{ size: Size.kibibytes(1_500) }, 'but is 1.46484375 MiB. Use Size.gibibytes().'],
    [{ volumeType: GP2, size: Size.gibibytes(16_385) }, '`size` of the gp2 volume /dev/sdf must be a whole number of 1 to 16384 GiB, but is 16385. Choose a number in this range, or use another volume type.'],
    [{ volumeType: ST1 }, '`size` of the st1 volume /dev/sdf must be a whole number of 125 to 16384 GiB, but is 10. Choose a number in this range, or use another volume type.'],
    [{ volumeType: GP2, iops: 3000 }, '`iops` of the gp2 volume /dev/sdf cannot be chosen, but is 3000. Remove it, or use another volume type.'],
    [{ volumeType: IO1, size: Size.gibibytes(3), iops: 100 }, '`size` of the io1 volume /dev/sdf must be a whole number of 4 to 16384 GiB, but is 3. Choose a number in this range, or use another volume type.'],
    [{ volumeType: IO2 }, '`iops` of the io2 volume /dev/sdf is required. Pass 100 to 256000.'],
    [{ volumeType: IO1, iops: 501 }, '`iops` of the io1 volume /dev/sdf must be at most 50 per GiB, but is 501 for 10 GiB. Lower it, or increase `size`.'],
    [{ volumeType: GP3, iops: 2_999 }, '`iops` of the gp3 volume /dev/sdf must be a whole number of 3000 to 80000 IOPS, but is 2999. Choose a number in this range, or use another volume type.'],
    [{ throughput: 2_001 }, '`throughput` of the gp3 volume /dev/sdf must be a whole number of 125 to 2000 MiB/s, but is 2001. Choose a number in this range, or use another volume type.'],
    [{ throughput: 800 }, '`throughput` of the gp3 volume /dev/sdf must be at most a quarter of its IOPS in MiB/s, but is 800 for 3000 IOPS. Lower it, or increase `iops`.'],
    [{ volumeType: IO2, iops: 1000, throughput: 200 }, '`throughput` of the io2 volume /dev/sdf cannot be chosen, but is 200.'],
  ])('the volume %j', (volume, sentence) => {
    refuse(volumes(volume)).toThrow(sentence);
  });

  test.each([['snap-1'], ['vol-0123456789abcdef0'], ['snap-0123456789abcdef01'], ['snap-0123456789ABCDEF0'], ['']])('the snapshot %p', snapshotId => {
    refuse(stack => ({ blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(snapshotId, { encryptionKey: keyIn(stack) }) }] }))
      .toThrow(`\`snapshotId\` must be an ID such as "snap-0123456789abcdef0", but is "${snapshotId}". Check where the ID comes from.`);
  });

  test('what belongs to an instance, where there is none', () => {
    refuse(stack => rooted({ buildMethod: AmiBuildMethod.COPY_SNAPSHOTS, userData: ec2.UserData.forLinux(), vpc: new ec2.Vpc(stack, 'Vpc') })(stack))
      .toThrow('`AmiBuildMethod.COPY_SNAPSHOTS` launches no instance, but got `userData`, `vpc`. Remove them, or use `AmiBuildMethod.LAUNCH_INSTANCE`.');
  });

  test('an AMI of Windows without an instance', () => {
    const sourceImage = ec2.MachineImage.latestWindows(ec2.WindowsVersion.WINDOWS_SERVER_2022_ENGLISH_FULL_BASE);
    refuse(rooted({ buildMethod: AmiBuildMethod.COPY_SNAPSHOTS, sourceImage }))
      .toThrow('`AmiBuildMethod.COPY_SNAPSHOTS` registers the AMI from snapshots, which may not keep its license, but `sourceImage` is an AMI of Windows. Use `AmiBuildMethod.LAUNCH_INSTANCE`.');
  });

  test('subnets or security groups without their VPC', () => {
    refuse(rooted({ vpcSubnets: {} })).toThrow('`vpcSubnets` requires `vpc`, but got none. Pass the VPC that the subnets belong to.');
    refuse(stack => rooted({ securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] })(stack)).toThrow('`securityGroups` requires `vpc`, but got none. Pass the VPC that the security groups belong to.');
  });

  test('settings of user data without it, or user data that takes too long or is too large', () => {
    refuse(rooted({ userDataTimeout: Duration.minutes(5) })).toThrow('`userDataTimeout` requires `userData`, but got none. Pass it, or remove `userDataTimeout`.');
    refuse(rooted({ allowAllOutbound: true })).toThrow('`allowAllOutbound` requires `userData`, but got none. Pass it, or remove `allowAllOutbound`.');
    refuse(rooted({ userData: ec2.UserData.custom('x'.repeat(16 * 1024 + 1)) }))
      .toThrow('`userData` must have at most 16384 bytes, but has 16385 with the commands of the construct. Download the rest in `userData`, with `allowAllOutbound: true`.');
    refuse(rooted({ userData: ec2.UserData.forLinux(), userDataTimeout: Duration.hours(2) })).toThrow('`userDataTimeout` must be 1 minute to 1 hour, but is 2 hours: CloudFormation waits at most an hour for a custom resource. Choose a duration in this range.');
  });

  test('no type at all', () => {
    refuse(rooted({ instanceTypes: [] })).toThrow('`instanceTypes` must have at least one element, but is empty. Remove it to use the default.');
  });

  test('but not what is known only when the stack deploys', () => {
    const stack = newStack();
    const parameter = (name: string, type = 'String') => new CfnParameter(stack, name, { type });
    build(stack, {
      blockDevices: [volumeIn(stack, {
        deviceName: parameter('Device').valueAsString, size: Size.gibibytes(parameter('Size', 'Number').valueAsNumber), iops: parameter('Iops', 'Number').valueAsNumber,
      })],
    });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });
});
