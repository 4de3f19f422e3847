import { App, CfnParameter, Fn, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AmiBuildMethod, AmiVolume, BuilderCapacityType, EncryptedAmiCopy, EncryptedAmiCopyProps, InstanceAmi, InstanceAmiProps, MultiKeyAmiBuilder, MultiKeyAmiBuilderProps } from '../../src';
import { imageIn } from '../helpers/deployment';
import { handlerLines } from '../helpers/policy-lines';
import { newStack, source, SOURCE_ID } from '../helpers/stacks';

/** Everything that the handler role is allowed, for each feature of each construct, and nothing else. */

const SNAPSHOT_ID = 'snap-0123456789abcdef0';
const INSTANCE_ID = 'i-0123456789abcdef0';

const keyArn = (id: string) => `arn:aws:kms:${id === 'far' ? 'eu-west-1' : 'us-east-1'}:123456789012:key/${id}`;
const keysIn = (stack: Stack, ...ids: string[]) => ids.map(id => kms.Key.fromKeyArn(stack, id, keyArn(id)));
const aliasesIn = (stack: Stack, ...ids: string[]) => ids.map(id => kms.Alias.fromAliasName(stack, id, `alias/${id}`));

type Define = (stack: Stack) => unknown;
const copy = (props: (stack: Stack) => Partial<EncryptedAmiCopyProps>): Define => stack => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, ...props(stack) });
const build = (props: (stack: Stack) => Partial<MultiKeyAmiBuilderProps> = () => ({})): Define => stack =>
  new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: source, rootVolume: { encryptionKey: keysIn(stack, 'root')[0] }, ...props(stack) });
const imageOf = (props: (stack: Stack) => Partial<InstanceAmiProps> = () => ({})): Define => stack =>
  new InstanceAmi(stack, 'Ami', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', INSTANCE_ID), ...props(stack) });
const WITHOUT_INSTANCE = { buildMethod: AmiBuildMethod.COPY_SNAPSHOTS };
const FAR = { sourceImage: imageIn('eu-west-1', SOURCE_ID), sourceRegion: 'eu-west-1' };
const emptyVolume = (stack: Stack) => [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keysIn(stack, 'data')[0] }) }];
const volumeOf = (stack: Stack, snapshotId = SNAPSHOT_ID) => [{ deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(snapshotId, { encryptionKey: keysIn(stack, 'data')[0] }) }];

const [IMAGES, SNAPSHOTS] = ['ec2:us-east-1::image/*', 'ec2:us-east-1::snapshot/*'];
const OWNED = 'StringLike aws:ResourceTag/cdk-encrypted-ami:owner = <StackId>/*';
const NEW = 'StringLike aws:RequestTag/cdk-encrypted-ami:owner = <StackId>/*';
const newBy = (action: string) => `StringEquals ec2:CreateAction = ${action} and ${NEW}`;
const viaEc2 = (...regions: string[]) => `StringEquals kms:ViaService = ${regions.map(region => `ec2.${region}.amazonaws.com, ec2.${region}.<URLSuffix>`).join(', ')}`;
const anyOf = (...types: string[]) => types.map(type => `ec2:us-east-1:123456789012:${type}/*`).join(', ');
const fullDestination = 'kms:Decrypt, kms:GenerateDataKey, kms:GenerateDataKeyWithoutPlaintext, kms:ReEncryptTo';
const arnsOf = (ids: readonly string[]) => ids.map(keyArn).join(', ');

const MANAGE = [
  `ChangeDescription: ec2:ModifyImageAttribute | ${IMAGES} | ${OWNED}`,
  `ChangeTags: ec2:CreateTags, ec2:DeleteTags | ${IMAGES}, ${SNAPSHOTS} | ForAllValues:StringNotEquals aws:TagKeys = cdk-encrypted-ami:owner and Null aws:TagKeys = false and ${OWNED}`,
  `DeleteAmi: ec2:DeregisterImage, ec2:DeleteSnapshot | ${IMAGES}, ${SNAPSHOTS} | ${OWNED}`,
  'Describe: ec2:DescribeImages, ec2:DescribeSnapshots | *',
  'DescribeStack: cloudformation:DescribeStackResource, cloudformation:DescribeStacks | <StackId>',
  'EbsKeyMetadata: kms:DescribeKey | kms:us-east-1:123456789012:key/* | ForAnyValue:StringEquals kms:ResourceAliases = alias/aws/ebs',
  `ReadBootData: ec2:DescribeImageAttribute | ${IMAGES}`,
  `RevokeSharing: ec2:ModifySnapshotAttribute | ${SNAPSHOTS} | Null ec2:Add/group = true and Null ec2:Add/userId = true and ${OWNED}`,
];
const DEFAULT_KEY = ['DefaultKey: ec2:GetEbsDefaultKmsKeyId | *'];
const PRESERVE = [...DEFAULT_KEY, 'EncryptionByDefault: ec2:GetEbsEncryptionByDefault | *'];
const COPIES = [`Copy: ec2:CopyImage | ${IMAGES} | ${NEW}`, `TagOnCopy: ec2:CreateTags | ${IMAGES}, ${SNAPSHOTS} | ${newBy('CopyImage')}`];
const COPY = [`CopyFrom: ec2:CopyImage | ec2:us-east-1::image/${SOURCE_ID}, ${SNAPSHOTS}`, ...COPIES];
const COPY_FROM_FAR = [
  `CopyFrom: ec2:CopyImage | ec2:us-east-1::image/${SOURCE_ID}, ${SNAPSHOTS}, ec2:eu-west-1::image/${SOURCE_ID}, ec2:eu-west-1::snapshot/*`,
  'EbsKeyMetadataFrom: kms:DescribeKey | kms:eu-west-1:123456789012:key/* | ForAnyValue:StringEquals kms:ResourceAliases = alias/aws/ebs',
  'ReadBootDataFrom: ec2:DescribeImageAttribute | ec2:eu-west-1::image/*',
  ...COPIES,
];
const IMAGE_OF_INSTANCE = [`CreateImage: ec2:CreateImage | ${IMAGES}, ${SNAPSHOTS} | ${NEW}`, `TagOnImage: ec2:CreateTags | ${IMAGES}, ${SNAPSHOTS} | ${newBy('CreateImage')}`];
const BUCKETS = [
  'BundleBucket: s3:CreateBucket, s3:GetBucketAcl | s3:::amis-for-123456789012-in-us-east-1-*',
  'ListBuckets: s3:ListAllMyBuckets | *',
  'WriteBundle: s3:PutBucketOwnershipControls, s3:PutObject, s3:PutObjectAcl | s3:::amis-for-123456789012-in-us-east-1-*, s3:::amis-for-123456789012-in-us-east-1-*/* | StringEquals aws:ResourceAccount = 123456789012',
];
const launchFrom = `LaunchFrom: ec2:RunInstances | ec2:us-east-1::image/${SOURCE_ID}`;
const launchInto = (...resources: string[]) => `LaunchInto: ec2:RunInstances | ${[SNAPSHOTS, ...resources].join(', ')}`;
const DEFAULT_VPC = launchInto(anyOf('subnet'), 'ec2:us-east-1:123456789012:security-group/<AmiSecurityGroup.GroupId>');
const BUILDER = [
  ...PRESERVE,
  ...IMAGE_OF_INSTANCE,
  `CdkEncryptedAmiBuilderRemoval before Ami: DeleteVolume: ec2:DeleteVolume | ${anyOf('volume')} | ${OWNED}`,
  'CdkEncryptedAmiBuilderRemoval before Ami: DescribeBuilder: ec2:DescribeInstances, ec2:DescribeInstanceTypes, ec2:DescribeSubnets, ec2:DescribeVolumes | *',
  `CdkEncryptedAmiBuilderRemoval before Ami: StopBuilder: ec2:StopInstances, ec2:TerminateInstances | ${anyOf('instance')} | ${OWNED}`,
  `ImageOfBuilder: ec2:CreateImage | ${anyOf('instance')} | ${OWNED}`,
  `LaunchBuilder: ec2:RunInstances | ${anyOf('instance', 'volume', 'network-interface')} | ${NEW}`,
  `SealInstance: ec2:CreateTags | ${anyOf('instance')} | ForAllValues:StringEquals aws:TagKeys = cdk-encrypted-ami:id and Null aws:TagKeys = false and ${OWNED}`,
  `TagOnLaunch: ec2:CreateTags | ${anyOf('instance', 'volume', 'network-interface')} | ${newBy('RunInstances')}`,
];
const SPOT = [
  `CdkEncryptedAmiSpotRequestRemoval before Ami: CancelSpotRequest: ec2:CancelSpotInstanceRequests | ${anyOf('spot-instances-request')} | ${OWNED}`,
  `LaunchSpot: ec2:RunInstances | ${anyOf('spot-instances-request')} | ${NEW}`,
  `TagOnSpotLaunch: ec2:CreateTags | ${anyOf('spot-instances-request')} | ${newBy('RunInstances')}`,
];
const CREATE_VOLUME = [
  `CreateVolume: ec2:CreateVolume | ${anyOf('volume')} | Bool ec2:Encrypted = true and ${NEW}`,
  `TagOnVolume: ec2:CreateTags | ${anyOf('volume')} | ${newBy('CreateVolume')}`,
];
const NEW_VOLUME = [...CREATE_VOLUME, `AttachVolume: ec2:AttachVolume | ${anyOf('instance', 'volume')} | ${OWNED}`];
const REGISTER = [
  ...PRESERVE,
  `CopySnapshot: ec2:CopySnapshot | ${SNAPSHOTS} | ${NEW}`,
  `CopySnapshotFrom: ec2:CopySnapshot | ${SNAPSHOTS} | Null ec2:Owner = false`,
  `RegisterImage: ec2:RegisterImage | ${IMAGES} | ${NEW}`,
  `RegisterSnapshots: ec2:RegisterImage | ${SNAPSHOTS} | ${OWNED}`,
  `TagOnRegistration: ec2:CreateTags | ${IMAGES} | ${newBy('RegisterImage')}`,
  `TagOnSnapshotCopy: ec2:CreateTags | ${SNAPSHOTS} | ${newBy('CopySnapshot')}`,
];
const EMPTY_SNAPSHOT = [
  ...CREATE_VOLUME,
  `CdkEncryptedAmiVolumeRemoval before Ami: DeleteVolume: ec2:DeleteVolume | ${anyOf('volume')} | ${OWNED}`,
  'CdkEncryptedAmiVolumeRemoval before Ami: DescribeVolumes: ec2:DescribeAvailabilityZones, ec2:DescribeVolumes | *',
  `CreateSnapshot: ec2:CreateSnapshot | ${SNAPSHOTS} | ${NEW}`,
  `SnapshotOfVolume: ec2:CreateSnapshot | ${anyOf('volume')} | ${OWNED}`,
  `TagOnSnapshot: ec2:CreateTags | ${SNAPSHOTS} | ${newBy('CreateSnapshot')}`,
];
const DESCRIBE_INSTANCE = 'DescribeInstance: ec2:DescribeInstances, ec2:DescribeVolumes | *';
const INSTANCE = [...IMAGE_OF_INSTANCE, DESCRIBE_INSTANCE, `ImageOfInstance: ec2:CreateImage | ec2:us-east-1:123456789012:instance/${INSTANCE_ID}`];

const metadata = (...ids: string[]) => `KeyMetadata: kms:DescribeKey | ${arnsOf(ids)}`;
const grant = (...ids: string[]) => `KeyGrant: kms:CreateGrant | ${arnsOf(ids)} | Bool kms:GrantIsForAWSResource = true and ${viaEc2('us-east-1')}`;
const destination = (...ids: string[]) => `DestinationKeyUse: ${fullDestination} | ${arnsOf(ids)} | ${viaEc2('us-east-1')}`;
const decryption = (...ids: string[]) => `SourceKeyUse: kms:Decrypt, kms:ReEncryptFrom | ${arnsOf(ids)} | ${viaEc2('us-east-1')}`;
/** Of keys that new snapshots are encrypted with. */
const encryptWith = (...ids: string[]) => [metadata(...ids), grant(...ids), destination(...ids)];
/** Of keys of the source in the other Region. */
const farDecryption = (...ids: string[]) => [
  `KeyGrantFromEuWest1: kms:CreateGrant | ${arnsOf(ids)} | Bool kms:GrantIsForAWSResource = true and ${viaEc2('us-east-1', 'eu-west-1')}`,
  `SourceKeyUseFromEuWest1: kms:Decrypt, kms:ReEncryptFrom | ${arnsOf(ids)} | ${viaEc2('us-east-1', 'eu-west-1')}`,
];
const byAlias = (sid: string, number: number, actions: string, alias: string, before = '', after = '') =>
  `${sid}ByAlias${number}: ${actions} | kms:us-east-1:123456789012:key/* | ${before}ForAnyValue:StringEquals kms:ResourceAliases = alias/${alias}${after}`;
const IS_GRANT = 'Bool kms:GrantIsForAWSResource = true and ';

test.each<[string, Define, string[]]>([
  ['a copy with the default key', copy(() => ({ useDefaultKey: true })), [...COPY, ...DEFAULT_KEY]],
  ['a copy with a key', copy(stack => ({ encryptionKey: keysIn(stack, 'new')[0], sourceEncryptionKeys: keysIn(stack, 'old') })), [
    ...COPY, metadata('new', 'old'), grant('new', 'old'), destination('new'), decryption('old'),
  ]],
  ['a copy that preserves', copy(stack => ({ preserveEncryption: true, sourceEncryptionKeys: keysIn(stack, 'old') })), [...COPY, ...PRESERVE, ...encryptWith('old'), decryption('old')]],
  ['a copy from another Region', copy(stack => ({ ...FAR, encryptionKey: keysIn(stack, 'new')[0], sourceEncryptionKeys: keysIn(stack, 'far') })), [
    ...COPY_FROM_FAR, metadata('new', 'far'), grant('new'), destination('new'), ...farDecryption('far'),
  ]],
  ['a copy from another Region that preserves', copy(stack => ({ ...FAR, preserveEncryption: true, sourceEncryptionKeys: keysIn(stack, 'far', 'kept') })), [
    ...COPY_FROM_FAR, ...PRESERVE, metadata('far', 'kept'), grant('kept'), destination('kept'), ...farDecryption('far'),
  ]],
  ['a copy to a Local Zone', copy(() => ({ preserveEncryption: true, localZone: 'us-east-1-bos-1a' })), [...COPY, ...PRESERVE, 'DescribeZones: ec2:DescribeAvailabilityZones | *']],
  ['a copy of an AMI of the stack', stack => {
    const sourceImage = new EncryptedAmiCopy(stack, 'First', { sourceImage: source, useDefaultKey: true });
    return new EncryptedAmiCopy(stack, 'Ami', { sourceImage, useDefaultKey: true });
  }, [...COPY, ...DEFAULT_KEY, `AmiPolicy before Ami: CopyFrom: ec2:CopyImage | ec2:us-east-1::image/<First.ImageId>, ${SNAPSHOTS}`]],
  ['a copy of an AMI in S3', copy(stack => ({ preserveEncryption: true, sourceBucket: s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles') })), [
    ...COPY, ...PRESERVE, ...BUCKETS, 'ReadBundle: s3:GetObject | s3:::bundles/*',
  ]],
  ['a copy of an AMI in a bucket of the stack', copy(stack => ({ preserveEncryption: true, sourceBucket: new s3.Bucket(stack, 'Bundles') })), [
    ...COPY, ...PRESERVE, ...BUCKETS, 'AmiPolicy before Ami: ReadBundle: s3:GetObject | <Bundles.Arn>/*',
  ]],
  ['a copy with keys by their aliases', copy(stack => {
    const sourceEncryptionKeys = aliasesIn(stack, 'one', 'two');
    return { encryptionKey: sourceEncryptionKeys[0], sourceEncryptionKeys };
  }), [
    ...COPY,
    ...['one', 'two'].flatMap((alias, index) => [
      byAlias('KeyMetadata', index + 1, 'kms:DescribeKey', alias),
      byAlias('KeyGrant', index + 1, 'kms:CreateGrant', alias, IS_GRANT, ` and ${viaEc2('us-east-1')}`),
      byAlias('SourceKeyUse', index + 1, 'kms:Decrypt, kms:ReEncryptFrom', alias, '', ` and ${viaEc2('us-east-1')}`),
    ]),
    byAlias('DestinationKeyUse', 1, fullDestination, 'one', '', ` and ${viaEc2('us-east-1')}`),
  ]],
  ['a build', build(), [...BUILDER, launchFrom, DEFAULT_VPC, ...encryptWith('root')]],
  ['a build with user data, a new volume and a key of the source',
    build(stack => ({ userData: ec2.UserData.forLinux(), blockDevices: emptyVolume(stack), sourceEncryptionKeys: keysIn(stack, 'old') })), [
      ...BUILDER, launchFrom, DEFAULT_VPC, ...NEW_VOLUME, `Console: ec2:GetConsoleOutput | ${anyOf('instance')} | ${OWNED}`, ...encryptWith('root', 'data', 'old'), decryption('old'),
    ]],
  ['a build with a volume of a snapshot', build(stack => ({ blockDevices: volumeOf(stack) })), [
    ...BUILDER, launchFrom, DEFAULT_VPC, ...NEW_VOLUME, `VolumeFrom: ec2:CreateVolume | ec2:us-east-1::snapshot/${SNAPSHOT_ID}`, ...encryptWith('root', 'data'),
  ]],
  ['a build with a Spot Instance', build(() => ({ capacityType: BuilderCapacityType.SPOT })), [...BUILDER, launchFrom, DEFAULT_VPC, ...SPOT, ...encryptWith('root')]],
  ['a build in subnets of others', build(stack => ({
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a', 'us-east-1b'], privateSubnetIds: ['subnet-1', 'subnet-2'] }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
  })), [...BUILDER, launchFrom, launchInto('ec2:us-east-1:*:subnet/subnet-1', 'ec2:us-east-1:*:subnet/subnet-2', 'ec2:us-east-1:*:security-group/sg-1'), ...encryptWith('root')]],
  ['a build in a subnet of the stack', build(stack => ({
    vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 1, natGateways: 0, subnetConfiguration: [{ name: 'one', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] }),
    vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
  })), [
    ...BUILDER, launchFrom,
    launchInto('ec2:us-east-1:123456789012:subnet/<VpconeSubnet1Subnet>', 'ec2:us-east-1:123456789012:security-group/<AmiSecurityGroup.GroupId>'), ...encryptWith('root'),
  ]],
  ['a build in a list of subnets that only the deployment knows', build(stack => ({
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
      vpcId: 'vpc-1', availabilityZones: Fn.split(',', Fn.importValue('zones')), privateSubnetIds: Fn.split(',', Fn.importValue('subnets')),
    }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', new CfnParameter(stack, 'GroupId').valueAsString)],
  })), [
    ...BUILDER, launchFrom, launchInto('ec2:us-east-1:*:security-group/<GroupId>'),
    'LaunchIntoList3b58ab36: ec2:RunInstances | ec2:us-east-1:*:subnet/* | StringEquals ec2:SubnetID = {"Fn::Split":[",",{"Fn::ImportValue":"subnets"}]}', ...encryptWith('root'),
  ]],
  ['a build without an instance', build(() => WITHOUT_INSTANCE), [...REGISTER, ...encryptWith('root')]],
  ['a build without an instance, with an empty volume and a key of the source',
    build(stack => ({ ...WITHOUT_INSTANCE, blockDevices: emptyVolume(stack), sourceEncryptionKeys: keysIn(stack, 'old') })), [...REGISTER, ...EMPTY_SNAPSHOT, ...encryptWith('root', 'data', 'old')]],
  ['a build without an instance, with a volume of a snapshot', build(stack => ({ ...WITHOUT_INSTANCE, blockDevices: volumeOf(stack) })), [...REGISTER, ...encryptWith('root', 'data')]],
  ['an AMI of an instance', imageOf(), INSTANCE],
  ['an AMI of an instance whose key is known', imageOf(stack => ({ sourceEncryptionKeys: keysIn(stack, 'old') })), [...INSTANCE, metadata('old')]],
  ['an AMI of an instance with another key', imageOf(stack => ({ encryptionKey: keysIn(stack, 'new')[0], sourceEncryptionKeys: keysIn(stack, 'old') })), [
    ...INSTANCE, ...COPIES, `CopyFromOwn: ec2:CopyImage | ${IMAGES} | StringEquals ec2:Owner = <AccountId>`, `CopyFromOwnSnapshots: ec2:CopyImage | ${SNAPSHOTS}`,
    metadata('new', 'old'), grant('new', 'old'), destination('new'), decryption('old'),
  ]],
  ['an AMI of an instance of the stack', stack => {
    new CfnParameter(stack, 'Parameter');
    return new InstanceAmi(stack, 'Ami', { instance: new ec2.CfnInstance(stack, 'Server', {}) });
  }, [
    ...IMAGE_OF_INSTANCE, DESCRIBE_INSTANCE, 'AmiPolicy before Ami: ImageOfInstance: ec2:CreateImage | ec2:us-east-1:123456789012:instance/<Server>',
  ]],
])('%s', (_feature, define, lines) => {
  const stack = newStack();
  define(stack);
  expect(handlerLines(stack)).toEqual([...MANAGE, ...lines].sort());
});

test('a stack that learns its Region only when it deploys may be in that of the source: a key of the stack can be one of the source', () => {
  const stack = new Stack(new App());
  copy(() => ({ ...FAR, preserveEncryption: true, sourceEncryptionKeys: [new kms.Key(stack, 'Key')] }))(stack);
  expect(handlerLines(stack).join('\n')).toMatch(/SourceKeyUseFromEuWest1: kms:Decrypt, kms:ReEncryptFrom \| <Key.Arn>/);
});
