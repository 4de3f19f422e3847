import { CfnParameter, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy, KeyedVolume, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps, MultiKeyMethod } from '../../src';
import { newStack, source, SOURCE_ID, statementsOf } from '../helpers/stacks';

const TYPE = 'Custom::MultiKeyAmi';
const { GP2, GP3, IO1, IO2, ST1 } = ec2.EbsDeviceVolumeType;

function build(stack: Stack, props: Partial<MultiKeyAmiBuilderProps>): MultiKeyAmiBuilder {
  return new MultiKeyAmiBuilder(stack, 'Ami', { source, ...props });
}

const keyIn = (stack: Stack) => stack.node.tryFindChild('Key') as kms.IKey | undefined ?? new kms.Key(stack, 'Key');
const volumeIn = (stack: Stack, more: Partial<KeyedVolume> = {}): KeyedVolume => ({ deviceName: '/dev/sdf', size: Size.gibibytes(10), encryptionKey: keyIn(stack), ...more });

describe('the custom resource', () => {
  test('says which device gets which key', () => {
    const stack = newStack();
    const other = new kms.Key(stack, 'Other');
    build(stack, {
      rootKey: keyIn(stack),
      sourceDevices: [{ deviceName: '/dev/sdb', encryptionKey: other, deleteOnTermination: false }],
      droppedDevices: ['/dev/sdc'],
      volumes: [volumeIn(stack, { iops: 6000, throughput: 250, size: Size.gibibytes(100) })],
    });
    const arn = (prefix: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${prefix}`), 'Arn'] });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      SourceImageId: SOURCE_ID,
      RootKeyArn: arn('Key'),
      SourceDevices: [{ DeviceName: '/dev/sdb', KeyArn: arn('Other'), DeleteOnTermination: false }],
      DroppedDevices: ['/dev/sdc'],
      Volumes: [{ DeviceName: '/dev/sdf', KeyArn: arn('Key'), SizeGibibytes: 100, VolumeType: 'gp3', Iops: 6000, Throughput: 250, DeleteOnTermination: true }],
      Method: 'INSTANCE',
      PublicAddress: false,
      UserData: Match.absent(),
      PrepareTimeoutSeconds: Match.absent(),
      InstanceTypes: Match.absent(),
      SubnetIds: Match.absent(),
    });
  });

  test('in no VPC of the app has a security group of the default VPC, which lets nothing in or out', () => {
    const stack = newStack();
    build(stack, { rootKey: keyIn(stack) });
    const template = Template.fromStack(stack);
    // CloudFormation makes none with rules for what goes out unless it is told the VPC
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
    build(stack, { rootKey: keyIn(stack), vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(TYPE, {
      SubnetIds: Match.arrayWith([{ Ref: Match.stringLikeRegexp('VpcIsolatedSubnet1') }, { Ref: Match.stringLikeRegexp('VpcIsolatedSubnet2') }]),
      SecurityGroupIds: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('AmiSecurityGroup'), 'GroupId'] }],
    });
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })] });
  });

  test('prepares with user data, and with the network only when asked to', () => {
    const stack = newStack();
    const prepare = ec2.UserData.forLinux();
    prepare.addCommands('shutdown -h now');
    build(stack, { prepare, prepareTimeout: Duration.minutes(5), prepareNetworkAccess: true, volumes: [volumeIn(stack)] });
    const template = Template.fromStack(stack);
    template.hasResourceProperties(TYPE, { UserData: { 'Fn::Base64': '#!/bin/bash\nshutdown -h now' }, PrepareTimeoutSeconds: 300, PublicAddress: true });
    template.resourceCountIs('AWS::EC2::SecurityGroup', 1);
    // EC2 gives it a rule that lets everything out
    template.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: Match.absent(), SecurityGroupIngress: Match.absent(), SecurityGroupEgress: Match.absent() });
  });

  test('without an instance has nothing of a network', () => {
    const stack = newStack();
    build(stack, { rootKey: keyIn(stack), method: MultiKeyMethod.SNAPSHOTS });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    template.hasResourceProperties(TYPE, { Method: 'SNAPSHOTS', SecurityGroupIds: Match.absent() });
  });

  test('keeps its logical id', () => {
    const stack = newStack();
    build(stack, { rootKey: keyIn(stack) });
    expect(Object.keys(Template.fromStack(stack).findResources(TYPE))).toEqual(['Ami6D3363E9']);
  });
});

test('is a machine image with the operating system and user data of its source', () => {
  const stack = newStack();
  const ami = new MultiKeyAmiBuilder(stack, 'Ami', { source: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }), rootKey: keyIn(stack) });
  expect(ami.getImage(stack)).toMatchObject({ imageId: ami.imageId, osType: ec2.OperatingSystemType.WINDOWS });
  expect(ami.getImage(stack).userData).not.toBe(ami.getImage(stack).userData);
});

describe('permissions', () => {
  const OF_INSTANCES = ['ec2:RunInstances', 'ec2:StopInstances', 'ec2:TerminateInstances', 'ec2:CreateImage', 'ec2:AttachVolume', 'ec2:CreateVolume', 'ec2:DescribeInstances'];

  test('a stack of copies alone has none of a builder', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Copy', { source });
    const text = JSON.stringify(statementsOf(stack));
    for (const action of [...OF_INSTANCES, 'ec2:CopySnapshot', 'ec2:RegisterImage']) {
      expect(text).not.toContain(`"${action}"`);
    }
  });

  test('a build without an instance has none of an instance', () => {
    const stack = newStack();
    build(stack, { rootKey: keyIn(stack), method: MultiKeyMethod.SNAPSHOTS });
    const text = JSON.stringify(statementsOf(stack));
    for (const action of [...OF_INSTANCES, 'ec2:CopyImage', 'ec2:DescribeVolumes']) {
      expect(text).not.toContain(`"${action}"`);
    }
  });

  test('a build by instance has none of copies, and makes volumes only if there are any', () => {
    const stack = newStack();
    build(stack, { rootKey: keyIn(stack) });
    const text = JSON.stringify(statementsOf(stack));
    for (const action of ['ec2:CopyImage', 'ec2:CopySnapshot', 'ec2:RegisterImage', 'ec2:CreateVolume', 'ec2:AttachVolume', 'ec2:GetConsoleOutput']) {
      expect(text).not.toContain(`"${action}"`);
    }
  });

  test('a builder is launched from its source alone, and touched only by its owner tag', () => {
    const stack = newStack();
    build(stack, { rootKey: keyIn(stack), volumes: [volumeIn(stack)] });
    const statements = statementsOf(stack);
    expect(JSON.stringify(statements.LaunchFrom.Resource)).toContain(`image/${SOURCE_ID}`);
    expect(JSON.stringify(statements.LaunchFrom.Resource)).not.toContain('image/*');
    const owned = { StringLike: { 'aws:ResourceTag/cdk-encrypted-ami:owner': { 'Fn::Join': ['', [{ Ref: 'AWS::StackId' }, '/*']] } } };
    for (const sid of ['StopBuilder', 'ImageOfBuilder', 'AttachVolume', 'DeleteVolume', 'Remove']) {
      expect(statements[sid].Condition).toEqual(owned);
    }
    for (const sid of ['LaunchBuilder', 'CreateVolume', 'CreateImage']) {
      expect(statements[sid].Condition).toEqual({ StringLike: { 'aws:RequestTag/cdk-encrypted-ami:owner': { 'Fn::Join': ['', [{ Ref: 'AWS::StackId' }, '/*']] } } });
    }
    const actions = Object.values(statements).flatMap(({ Action }) => Action);
    expect(actions.filter(action => action.includes('*'))).toEqual([]);
  });

  test('a source that the stack makes is named in a policy of its own, which nothing else waits for', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Copy', { source });
    new MultiKeyAmiBuilder(stack, 'Ami', { source: copy, rootKey: keyIn(stack) });
    const template = Template.fromStack(stack);
    const statement = Match.arrayWith([Match.objectLike({ Sid: 'LaunchFrom' })]);
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy', Match.objectLike({ Properties: { PolicyDocument: { Statement: statement } } })));
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([policy]) });
  });
});

test.each([[12, 0], [13, 1]])('%d builders whose sources the stack makes draw %d warnings of the size of policies', (count, warnings) => {
  const stack = newStack();
  const copy = new EncryptedAmiCopy(stack, 'Copy', { source });
  for (let index = 0; index < count; index++) {
    new MultiKeyAmiBuilder(stack, `Ami${index}`, { source: copy, rootKey: kms.Key.fromKeyArn(stack, `Key${index}`, 'arn:aws:kms:us-east-1:123456789012:key/1') });
  }
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('Maximum policy size of 10240 bytes exceeded'))).toHaveLength(warnings);
});

describe('refused at synth', () => {
  const refuse = (props: (stack: Stack) => Partial<MultiKeyAmiBuilderProps>) => {
    const stack = newStack();
    return expect(() => build(stack, props(stack)));
  };
  const volumes = (...more: Partial<KeyedVolume>[]) => (stack: Stack) => ({ volumes: more.map(one => volumeIn(stack, one)) });

  test('nothing to change', () => {
    refuse(() => ({})).toThrow('a MultiKeyAmiBuilder must be told what to change, got none of rootKey, sourceDevices, volumes and droppedDevices: use EncryptedAmiCopy for one key');
  });

  test('two devices in one place', () => {
    refuse(volumes({ deviceName: '/dev/sdf' }, { deviceName: 'xvdf' }))
      .toThrow('each device must have a place of its own, got /dev/sdf and xvdf, which are one place: give one of them another deviceName');
    refuse(volumes({}, {})).toThrow('each device must have a place of its own, got /dev/sdf and /dev/sdf: give one of them another deviceName');
    refuse(stack => ({ sourceDevices: [{ deviceName: '/dev/xvdf', encryptionKey: keyIn(stack) }], volumes: [volumeIn(stack)] })).toThrow('which are one place');
  });

  test('a device both dropped and keyed', () => {
    refuse(stack => ({ sourceDevices: [{ deviceName: '/dev/sdb', encryptionKey: keyIn(stack) }], droppedDevices: ['xvdb'] }))
      .toThrow('the device /dev/sdb must be either dropped or kept, got it in droppedDevices and in sourceDevices: remove it from one of them');
  });

  test('a device of the source of which nothing is said', () => {
    refuse(() => ({ sourceDevices: [{ deviceName: '/dev/sdb' }] })).toThrow('sourceDevices must say what becomes of /dev/sdb, got neither an encryptionKey nor deleteOnTermination');
  });

  test.each([['/dev/sdf1'], ['sdf'], ['/dev/nvme1n1'], ['/dev/xvdzz']])('the name %s', deviceName => {
    refuse(volumes({ deviceName })).toThrow(`deviceName must be a name that EC2 has for a volume, got "${deviceName}": use /dev/sdf to /dev/sdp`);
  });

  test('a name of Linux on Windows', () => {
    refuse(stack => ({ source: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }), volumes: [volumeIn(stack)] }))
      .toThrow('got "/dev/sdf": use xvdb to xvdz, or xvdba to xvddx (on Windows)');
  });

  test('a volume without a size', () => {
    refuse(volumes({ size: undefined })).toThrow('the volume /dev/sdf must have a size or a snapshotId, got neither: say how large it is');
  });

  test.each<[Partial<KeyedVolume>, string]>([
    [{ size: Size.gibibytes(65_537) }, 'size of the gp3 volume /dev/sdf must be a whole number of 1 to 65536 GiB, got 65537'],
    [{ volumeType: GP2, size: Size.gibibytes(16_385) }, 'size of the gp2 volume /dev/sdf must be a whole number of 1 to 16384 GiB, got 16385'],
    [{ volumeType: ST1 }, 'size of the st1 volume /dev/sdf must be a whole number of 125 to 16384 GiB, got 10'],
    [{ volumeType: GP2, iops: 3000 }, 'iops of the gp2 volume /dev/sdf cannot be chosen, got 3000: leave it out, or use the type gp3, io1 or io2'],
    [{ volumeType: IO1, size: Size.gibibytes(3), iops: 100 }, 'size of the io1 volume /dev/sdf must be a whole number of 4 to 16384 GiB, got 3'],
    [{ volumeType: IO2 }, 'iops of the io2 volume /dev/sdf must be given, got none: say how many, 100 to 256000'],
    [{ volumeType: IO1, iops: 501 }, 'iops of the io1 volume /dev/sdf must be at most 50 for each GiB, got 501 for 10 GiB: ask for less, or make it larger'],
    [{ volumeType: GP3, iops: 2_999 }, 'iops of the gp3 volume /dev/sdf must be a whole number of 3000 to 80000 IOPS, got 2999'],
    [{ throughput: 2_001 }, 'throughput of the gp3 volume /dev/sdf must be a whole number of 125 to 2000 MiB/s, got 2001'],
    [{ throughput: 800 }, 'throughput of the gp3 volume /dev/sdf must be at most a quarter of its IOPS in MiB/s, got 800 for 3000 IOPS: ask for less, or for more iops'],
    [{ volumeType: IO2, iops: 1000, throughput: 200 }, 'throughput of the io2 volume /dev/sdf cannot be chosen, got 200'],
  ])('the volume %j', (volume, sentence) => {
    refuse(volumes(volume)).toThrow(sentence);
  });

  test('what belongs to an instance, where there is none', () => {
    refuse(stack => ({ rootKey: keyIn(stack), method: MultiKeyMethod.SNAPSHOTS, prepare: ec2.UserData.forLinux(), vpc: new ec2.Vpc(stack, 'Vpc') }))
      .toThrow('MultiKeyMethod.SNAPSHOTS runs no instance, got prepare, vpc: leave them out, or use MultiKeyMethod.INSTANCE');
  });

  test('subnets or security groups without their VPC', () => {
    refuse(stack => ({ rootKey: keyIn(stack), vpcSubnets: {} })).toThrow('vpcSubnets must come with the vpc they belong to, got none: pass vpc as well');
    refuse(stack => ({ rootKey: keyIn(stack), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')] })).toThrow('securityGroups must come with the vpc');
  });

  test('settings of a preparation without one, or one that is too long or too large', () => {
    refuse(stack => ({ rootKey: keyIn(stack), prepareTimeout: Duration.minutes(5) })).toThrow('prepareTimeout must come with something to prepare, got none: pass prepare as well');
    const prepare = ec2.UserData.custom('x'.repeat(16 * 1024 + 1));
    refuse(stack => ({ rootKey: keyIn(stack), prepare })).toThrow('prepare must have at most 16384 bytes, got 16385: have it fetch the rest, with prepareNetworkAccess');
    refuse(stack => ({ rootKey: keyIn(stack), prepare: ec2.UserData.forLinux(), prepareTimeout: Duration.hours(2) })).toThrow('prepareTimeout must be 1 minute to 1 hour, got 2 hours');
  });

  test('no type at all', () => {
    refuse(stack => ({ rootKey: keyIn(stack), instanceTypes: [] })).toThrow('instanceTypes must have at least one element, got none: leave it out for the default');
  });

  test('but not what is known only when the stack deploys', () => {
    const stack = newStack();
    const parameter = (name: string, type = 'String') => new CfnParameter(stack, name, { type });
    build(stack, {
      volumes: [volumeIn(stack, {
        deviceName: parameter('Device').valueAsString, size: Size.gibibytes(parameter('Size', 'Number').valueAsNumber), iops: parameter('Iops', 'Number').valueAsNumber,
      })],
    });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });
});
