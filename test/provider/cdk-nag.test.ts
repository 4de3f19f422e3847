import { App, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { AmiVolume, EncryptedAmiCopy, AmiSharing, InstanceAmi, MultiKeyAmiBuilder, AmiBuildMethod } from '../../src';
import { SOURCE_ID } from '../helpers/stacks';

const PROVIDER = 'Images/CdkEncryptedAmi';
const OUR_POLICY = `${PROVIDER}/HandlerRole/DefaultPolicy/Resource`;
const STATE_MACHINE = `${PROVIDER}/StateMachine`;

/** Findings that stay in every stack, each with the reason. What is not in here fails the test, and so does what is in here and not found any more. */
const ACKNOWLEDGED: Record<string, string> = {
  [`AwsSolutions-IAM5[Resource::*] ${OUR_POLICY}`]: 'DescribeImages, DescribeSnapshots and the defaults of EBS know no resources',
  [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>::image/*] ${OUR_POLICY}`]:
    'the id of an image is not known before it exists; changing and removing is limited to what carries the owner tag of the stack',
  [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>::snapshot/*] ${OUR_POLICY}`]: 'the same for snapshots',
  [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key/*] ${OUR_POLICY}`]:
    'the metadata of the key with the alias aws/ebs, whose id is different in each account',
  [`AwsSolutions-SF1 ${STATE_MACHINE}`]: 'a log of the state machine would have the ResponseURL in it, and need log permissions on every resource',
  [`AwsSolutions-SF2 ${STATE_MACHINE}`]: 'the state machine only waits and invokes one function, whose log says what it does',
};

const wildcard = (resource: string, policy = OUR_POLICY) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${resource}] ${policy}`;
const BUILDER_REMOVAL = 'Images/CdkEncryptedAmi/BuilderRemoval/Resource';
const VOLUME_REMOVAL = 'Images/CdkEncryptedAmi/VolumeRemoval/Resource';
const SHARING_REMOVAL = 'Images/CdkEncryptedAmi/SharingRemoval/Resource';
const REMOVED = 'the same for what is removed';
const OWNED = 'ids of what is made are not known before it exists; everything is limited to what carries the owner tag of the stack';

interface Kind {
  readonly define: (stack: Stack, key: kms.IKey) => void;
  /** The findings that remain, beside those of every stack. */
  readonly acknowledged: Readonly<Record<string, string>>;
}

const source = ec2.MachineImage.latestAmazonLinux2023();
const builder = (buildMethod: AmiBuildMethod) => (stack: Stack, key: kms.IKey) => {
  new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: source, buildMethod, rootVolume: { encryptionKey: key }, blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: key }) }] });
};

const KINDS: Readonly<Record<string, Kind>> = {
  'a copy': {
    define: (stack, key) => void new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: key }),
    acknowledged: {},
  },
  'a copy from another Region': {
    define: (stack, key) => {
      const theirKey = kms.Key.fromKeyArn(stack, 'TheirKey', 'arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111');
      const elsewhere = ec2.MachineImage.genericLinux({ 'eu-west-1': SOURCE_ID });
      new EncryptedAmiCopy(stack, 'Golden', { sourceImage: elsewhere, sourceRegion: 'eu-west-1', encryptionKey: key, sourceEncryptionKeys: [theirKey] });
    },
    acknowledged: {
      [wildcard('ec2:eu-west-1::image/*')]: 'a copy is asked for with the Region of its source too; what can be read is limited by who shares what with the account',
      [wildcard('ec2:eu-west-1::snapshot/*')]: 'the same for snapshots',
      [wildcard('kms:eu-west-1:<AWS::AccountId>:key/*')]: 'the metadata of the key with the alias aws/ebs of that Region',
    },
  },
  'a copy of an image in S3': {
    define: stack => {
      new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, preserveEncryption: true, sourceBucket: s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles') });
    },
    acknowledged: {
      [wildcard('s3:::bundles/*')]: 'an image is many objects, whose names stand in its manifest',
      [wildcard('s3:::amis-for-<AWS::AccountId>-in-<AWS::Region>-*')]: 'EC2 chooses the end of the name of the bucket that it makes',
      [wildcard('s3:::amis-for-<AWS::AccountId>-in-<AWS::Region>-*/*')]: 'what EC2 writes there',
    },
  },
  'an image of an instance': {
    define: (stack, key) => {
      new InstanceAmi(stack, 'Ami', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', 'i-0123456789abcdef0'), encryptionKey: key });
    },
    acknowledged: {},
  },
  'a build by an instance': {
    define: builder(AmiBuildMethod.LAUNCH_INSTANCE),
    acknowledged: {
      ...Object.fromEntries(['instance', 'network-interface', 'volume'].map(made => [wildcard(`ec2:<AWS::Region>:<AWS::AccountId>:${made}/*`), OWNED])),
      ...Object.fromEntries(['instance', 'volume'].map(made => [wildcard(`ec2:<AWS::Region>:<AWS::AccountId>:${made}/*`, BUILDER_REMOVAL), REMOVED])),
      [`AwsSolutions-IAM5[Resource::*] ${BUILDER_REMOVAL}`]: 'descriptions of instances, types, subnets and volumes know no resources',
      [wildcard('ec2:<AWS::Region>:<AWS::AccountId>:subnet/*')]: 'those of the default VPC; with a vpc, they are named',
    },
  },
  'a build by snapshots': {
    define: builder(AmiBuildMethod.COPY_SNAPSHOTS),
    acknowledged: {
      [wildcard('ec2:<AWS::Region>:<AWS::AccountId>:volume/*')]: OWNED,
      [wildcard('ec2:<AWS::Region>:<AWS::AccountId>:volume/*', VOLUME_REMOVAL)]: REMOVED,
      [`AwsSolutions-IAM5[Resource::*] ${VOLUME_REMOVAL}`]: 'descriptions of volumes and of Availability Zones know no resources',
    },
  },
  'sharing': {
    define: stack => void new AmiSharing(stack, 'Sharing', { imageId: SOURCE_ID, accountIds: ['210987654321'] }),
    acknowledged: {
      [wildcard('ec2:<AWS::Region>::image/*', SHARING_REMOVAL)]: 'only tags with the record of what was shared before',
      [wildcard('ec2:<AWS::Region>::snapshot/*', SHARING_REMOVAL)]: 'the snapshots of the AMI are not known; only calls that add no permission',
    },
  },
};

test.each(Object.keys(KINDS))('cdk-nag finds nothing that is ours to fix: %s', name => {
  // GIVEN
  const { define, acknowledged } = KINDS[name];
  const app = new App();
  const stack = new Stack(app, 'Images');
  // WHEN
  define(stack, new kms.Key(stack, 'Key', { enableKeyRotation: true }));
  // THEN
  const findings = new AwsSolutionsChecks(app).validateScope(app).violations.flatMap(violation =>
    violation.violatingResources.map(resource => `${violation.ruleName} ${resource.constructPath}`));
  expect(findings.sort()).toEqual(Object.keys({ ...ACKNOWLEDGED, ...acknowledged }).sort());
});
