import { Aws, CfnParameter, Duration, Fn, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBuildMethod, AmiVolume, BuilderCapacityType, EncryptedAmiCopy, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../../src';
import { imageWithId } from '../../helpers/deployment';
import { keysOfLaunch, readable } from '../../helpers/policy-lines';
import { newStack, source, SOURCE_ID } from '../../helpers/stacks';

const TYPE = 'Custom::MultiKeyAmi';
const SNAPSHOT_ID = 'snap-0123456789abcdef0';
const { GP2, GP3, IO2 } = ec2.EbsDeviceVolumeType;

function build(stack: Stack, props: Partial<MultiKeyAmiBuilderProps>): MultiKeyAmiBuilder {
  return new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: source, ...props });
}

/** The properties of the custom resource but for those of every AMI. */
function propertiesOf(stack: Stack): object {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE));
  const common = ['ServiceToken', 'ServiceTimeout', 'GeneratedNamePrefix', 'TimeoutSeconds', 'RemovalPolicy'];
  return Object.fromEntries(Object.entries(readable(Properties) as object).filter(([name]) => !common.includes(name)));
}

describe('the custom resource', () => {
  test('has every prop, and which device gets which key', () => {
    const stack = newStack();
    const [root, other, old] = ['Root', 'Other', 'Old'].map(id => new kms.Key(stack, id));
    const ami = build(stack, {
      rootVolume: { encryptionKey: root, size: Size.gibibytes(20), volumeType: IO2, iops: 1_000, deleteOnTermination: false },
      blockDevices: [
        { deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: other, volumeType: GP3, iops: 4_000, throughput: 500 }) },
        { deviceName: '/dev/sdc', mappingEnabled: false },
        { deviceName: '/dev/sde', volume: AmiVolume.fromSource({ deleteOnTermination: true }) },
        { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: root }) },
        { deviceName: '/dev/sdg', volume: AmiVolume.ebs(Size.gibibytes(100), { encryptionKey: other, volumeType: GP3, iops: 6_000, throughput: 250, deleteOnTermination: false }) },
        { deviceName: '/dev/sdh', volume: AmiVolume.ebsFromSnapshot(SNAPSHOT_ID, { encryptionKey: root }) },
        { deviceName: '/dev/sdi', volume: AmiVolume.ebsFromSnapshot(SNAPSHOT_ID, { encryptionKey: other, size: Size.gibibytes(5), volumeType: GP2, deleteOnTermination: false }) },
      ],
      sourceEncryptionKeys: [old],
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], publicSubnetIds: ['subnet-1'] }),
      instanceTypes: [new ec2.InstanceType('t3.micro'), new ec2.InstanceType('t3.small')],
      capacityType: BuilderCapacityType.SPOT,
      userData: ec2.UserData.custom('#cloud-config'),
      userDataTimeout: Duration.minutes(5),
      allowAllOutbound: true,
      contentVersion: '7',
      imageNamePrefix: 'golden/web',
    });
    // also those of the source, for devices that keep them
    expect(keysOfLaunch(ami)).toEqual(['<Root.Arn>', '<Other.Arn>', '<Old.Arn>']);
    expect(propertiesOf(stack)).toEqual({
      SourceImageId: SOURCE_ID,
      SourceEncryptionKeyArns: ['<Old.Arn>'],
      RootVolume: { EncryptionKeyArn: '<Root.Arn>', SizeGibibytes: 20, VolumeType: 'io2', Iops: 1_000, DeleteOnTermination: false },
      BlockDevices: [
        { DeviceName: '/dev/sdb', Volume: 'SOURCE', EncryptionKeyArn: '<Other.Arn>', VolumeType: 'gp3', Iops: 4_000, Throughput: 500 },
        { DeviceName: '/dev/sdc', Volume: 'NONE' },
        { DeviceName: '/dev/sde', Volume: 'SOURCE', DeleteOnTermination: true },
        { DeviceName: '/dev/sdf', Volume: 'EBS', EncryptionKeyArn: '<Root.Arn>', SizeGibibytes: 10, VolumeType: 'gp3', DeleteOnTermination: true },
        { DeviceName: '/dev/sdg', Volume: 'EBS', EncryptionKeyArn: '<Other.Arn>', SizeGibibytes: 100, VolumeType: 'gp3', Iops: 6_000, Throughput: 250, DeleteOnTermination: false },
        { DeviceName: '/dev/sdh', Volume: 'SNAPSHOT', SnapshotId: SNAPSHOT_ID, EncryptionKeyArn: '<Root.Arn>', VolumeType: 'gp3', DeleteOnTermination: true },
        { DeviceName: '/dev/sdi', Volume: 'SNAPSHOT', SnapshotId: SNAPSHOT_ID, EncryptionKeyArn: '<Other.Arn>', SizeGibibytes: 5, VolumeType: 'gp2', DeleteOnTermination: false },
      ],
      BuildMethod: 'LAUNCH_INSTANCE',
      UserData: { 'Fn::Base64': '#cloud-config' },
      UserDataTimeoutSeconds: 300,
      AssociatePublicIpAddress: true,
      CapacityType: 'SPOT',
      InstanceTypes: ['t3.micro', 't3.small'],
      SubnetIds: ['subnet-1'],
      SecurityGroupIds: ['<AmiSecurityGroup.GroupId>'],
      ContentVersion: '7',
      ImageNamePrefix: 'golden/web',
    });
    expect(ami.sourceImageId).toBe(SOURCE_ID);
  });

  test.each<[string, Partial<MultiKeyAmiBuilderProps>, object]>([
    ['with an instance', {}, { BuildMethod: 'LAUNCH_INSTANCE', SecurityGroupIds: ['<AmiSecurityGroup.GroupId>'] }],
    ['without an instance has nothing of a network', { buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }, { BuildMethod: 'COPY_SNAPSHOTS' }],
    [
      'with user data has a timeout',
      { userData: ec2.UserData.custom('x') },
      { BuildMethod: 'LAUNCH_INSTANCE', SecurityGroupIds: ['<AmiSecurityGroup.GroupId>'], UserData: { 'Fn::Base64': 'x' }, UserDataTimeoutSeconds: 1_800 },
    ],
  ])('%s, and nothing that was not asked for', (_title, props, expected) => {
    const stack = newStack();
    build(stack, { rootVolume: { deleteOnTermination: true }, ...props });
    expect(propertiesOf(stack)).toEqual({
      SourceImageId: SOURCE_ID, RootVolume: { DeleteOnTermination: true }, AssociatePublicIpAddress: false, ...expected,
    });
    // a security group of the default VPC, and one that tells which VPC this is
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 'SecurityGroupIds' in expected ? 2 : 0);
  });

  test('in a VPC, in which the builder has no network unless asked for', () => {
    const stack = newStack();
    build(stack, {
      rootVolume: { deleteOnTermination: true },
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], publicSubnetIds: ['subnet-1'] }),
    });
    expect(propertiesOf(stack)).toMatchObject({ SubnetIds: ['subnet-1'], AssociatePublicIpAddress: false });
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: [Match.objectLike({ CidrIp: '255.255.255.255/32' })] });
  });

  test('in subnets of a list that only CloudFormation knows may be launched into those alone', () => {
    const stack = newStack();
    const listed = (id: string) => ({
      vpc: ec2.Vpc.fromVpcAttributes(stack, id, { vpcId: 'vpc-1', availabilityZones: Fn.getAzs(), isolatedSubnetIds: Fn.split(',', Fn.importValue(id)) }),
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
    });
    const [encryptionKey, ids] = [new kms.Key(stack, 'Key'), (name: string) => ({ 'Fn::Split': [',', { 'Fn::ImportValue': name }] })];
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

  test('keeps its logical id, and has what is known only when the stack deploys', () => {
    const stack = newStack();
    const number = (name: string) => new CfnParameter(stack, name, { type: 'Number' }).valueAsNumber;
    const deviceName = new CfnParameter(stack, 'Device').valueAsString;
    build(stack, {
      blockDevices: [{ deviceName, volume: AmiVolume.ebs(Size.gibibytes(number('Size')), { encryptionKey: new kms.Key(stack, 'Key'), iops: number('Iops') }) }],
      userData: ec2.UserData.custom(Aws.REGION),
    });
    expect(Object.keys(Template.fromStack(stack).findResources(TYPE))).toEqual(['Ami6D3363E9']);
    expect(propertiesOf(stack)).toMatchObject({
      BlockDevices: [{ DeviceName: '<Device>', SizeGibibytes: '<Size>', Iops: '<Iops>' }], UserData: { 'Fn::Base64': '<Region>' },
    });
  });
});

test('a source whose ID is none is refused', () => {
  expect(() => build(newStack(), { sourceImage: imageWithId('golden'), rootVolume: { deleteOnTermination: true } })).toThrow('`sourceImage` must have an ID such as "ami-');
});

test('is a machine image with the operating system and user data of its source', () => {
  const stack = newStack();
  const ami = new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }), rootVolume: { encryptionKey: new kms.Key(stack, 'Key') } });
  expect(ami.getImage(stack)).toMatchObject({ imageId: ami.imageId, osType: ec2.OperatingSystemType.WINDOWS });
  expect(ami.getImage(stack).userData).not.toBe(ami.getImage(stack).userData);
});

describe('permissions', () => {
  test('a source that the stack makes is named in a policy of its own, which nothing else waits for', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, useDefaultKey: true });
    new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: copy, rootVolume: { encryptionKey: new kms.Key(stack, 'Key') } });
    const template = Template.fromStack(stack);
    const statement = Match.arrayWith([Match.objectLike({ Sid: 'LaunchFrom' })]);
    const [policy] = Object.keys(template.findResources('AWS::IAM::Policy', Match.objectLike({ Properties: { PolicyDocument: { Statement: statement } } })));
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([policy]) });
  });
});
