import { App, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy } from '../../src';
import { newStack, source, SOURCE_ID, statementsOf } from '../helpers/stacks';

const TYPE = 'Custom::EncryptedAmiCopy';
const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';

describe('the custom resource', () => {
  test('says what to copy and how, and nothing that was not asked for', () => {
    // GIVEN
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    // WHEN
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, encryptionKey: key });
    // THEN
    Template.fromStack(stack).hasResource(TYPE, {
      Properties: {
        ServiceToken: Match.anyValue(),
        SourceImageId: SOURCE_ID,
        Encryption: 'KEY',
        EncryptionKeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
        CopySourceTags: false,
        GeneratedNamePrefix: Match.stringLikeRegexp('^Images-Golden'),
        TimeoutSeconds: 3600,
        ImageName: Match.absent(),
        ImageNamePrefix: Match.absent(),
        ContentVersion: Match.absent(),
        SourceRegion: Match.absent(),
        SourceBucketName: Match.absent(),
        SourceEncryptionKeyArns: Match.absent(),
        CompletionDurationMinutes: Match.absent(),
        SharedAccountIds: Match.absent(),
        SharedOrganizationArns: Match.absent(),
        SharedOrganizationalUnitArns: Match.absent(),
        OutpostArn: Match.absent(),
        LocalZone: Match.absent(),
        Description: Match.absent(),
        Tags: Match.absent(),
      },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('passes on name, description, timeout and removal policy', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', {
      sourceImage: source, useDefaultKey: true, imageName: 'golden/1.2', description: 'ours', timeout: Duration.minutes(20), removalPolicy: RemovalPolicy.RETAIN, copySourceTags: true,
    });
    Template.fromStack(stack).hasResource(TYPE, {
      Properties: { ImageName: 'golden/1.2', Description: 'ours', TimeoutSeconds: 1200, CopySourceTags: true },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('gets the tags of everything around it', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    Tags.of(stack).add('team', 'platform');
    Tags.of(copy).add('tier', 'gold');
    Template.fromStack(stack).hasResourceProperties(TYPE, { Tags: [{ Key: 'team', Value: 'platform' }, { Key: 'tier', Value: 'gold' }] });
  });

  test('keeps its logical id and the ids of its children', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    expect(Object.keys(Template.fromStack(stack).findResources(TYPE))).toEqual(['GoldenBA401183']);
    expect(stack.node.findAll().map(({ node }) => node.path)).toEqual(expect.arrayContaining(['Images/Golden/Resource', 'Images/CdkEncryptedAmi/StateMachine']));
  });
});

describe('a destination', () => {
  test('on an Outpost takes no permission of its own', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true, outpostArn: OUTPOST });
    Template.fromStack(stack).hasResourceProperties(TYPE, { OutpostArn: OUTPOST, LocalZone: Match.absent(), Encryption: 'DEFAULT_KEY' });
    expect(statementsOf(stack)).not.toHaveProperty('DescribeZones');
    expect(() => copy.shareWithAccounts('210987654321')).toThrow('An AMI whose snapshots are on an Outpost cannot be shared with accounts');
  });

  test('in a Local Zone takes the description of zones', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true, localZone: 'use1-bos1-az1' });
    Template.fromStack(stack).hasResourceProperties(TYPE, { LocalZone: 'use1-bos1-az1', OutpostArn: Match.absent() });
    expect(statementsOf(stack).DescribeZones).toEqual({ Sid: 'DescribeZones', Effect: 'Allow', Action: 'ec2:DescribeAvailabilityZones', Resource: '*' });
  });
});

describe('the image', () => {
  test('goes into an instance with the operating system and fresh user data of its source', () => {
    // GIVEN
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0 });
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }), useDefaultKey: true });
    const launch = (id: string) => new ec2.Instance(stack, id, { vpc, machineImage: copy, instanceType: new ec2.InstanceType('t3.micro') });
    // WHEN
    const one = launch('One');
    one.userData.addCommands('only-one');
    const other = launch('Other');
    // THEN
    expect(one.osType).toBe(ec2.OperatingSystemType.WINDOWS);
    expect(other.userData.render()).not.toContain('only-one');
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::Instance', { ImageId: { 'Fn::GetAtt': ['GoldenBA401183', 'ImageId'] } });
  });

  test('passes on user data that the source was given', () => {
    const stack = newStack();
    const userData = ec2.UserData.forLinux();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': SOURCE_ID }, { userData }), useDefaultKey: true });
    expect(copy.getImage(stack).userData).toBe(userData);
  });

  test('defines nothing of its source twice, in a stack without a Region', () => {
    const stack = new Stack(new App(), 'Images');
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    copy.getImage(stack);
    copy.getImage(stack);
    expect(Object.keys(Template.fromStack(stack).findMappings('*'))).toEqual(['GoldenAmiMapFFF44C8F']);
  });

  test('can be the source of another', () => {
    const stack = newStack();
    const first = new EncryptedAmiCopy(stack, 'First', { sourceImage: source, useDefaultKey: true });
    new EncryptedAmiCopy(stack, 'Second', { sourceImage: first, useDefaultKey: true });
    Template.fromStack(stack).hasResourceProperties(TYPE, { SourceImageId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^First'), 'ImageId'] } });
  });

  test('works with an SSM parameter, which CloudFormation looks up at each deployment', () => {
    const stack = new Stack(new App(), 'Images');
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), useDefaultKey: true });
    Template.fromStack(stack).hasResourceProperties(TYPE, { SourceImageId: { Ref: Match.stringLikeRegexp('^SsmParameterValue') } });
  });

  test('has attributes for the stack to use', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    const attribute = (name: string) => ({ 'Fn::GetAtt': ['GoldenBA401183', name] });
    expect(stack.resolve(copy.imageId)).toEqual(attribute('ImageId'));
    expect(stack.resolve(copy.imageName)).toEqual(attribute('ImageName'));
    expect(stack.resolve(copy.imageArchitecture)).toEqual(attribute('Architecture'));
    expect(stack.resolve(copy.imageRootDeviceName)).toEqual(attribute('RootDeviceName'));
    expect(stack.resolve(copy.imageRootSnapshotId)).toEqual(attribute('RootSnapshotId'));
    expect(stack.resolve(copy.imageSnapshotIds)).toEqual({ 'Fn::Split': [',', attribute('SnapshotIds')] });
    expect(stack.resolve(copy.imageArn)).toEqual({ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:us-east-1::image/', attribute('ImageId')]] });
  });
});

describe('in any partition, account and Region', () => {
  test('nothing is written that is of one', () => {
    const stack = new Stack(new App(), 'Images');
    const key = new kms.Key(stack, 'Key');
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), encryptionKey: key });
    copy.grantLaunch(new iam.User(stack, 'User'));
    const text = JSON.stringify(Object.entries(Template.fromStack(stack).toJSON().Resources).filter(([id]) => !id.startsWith('Key')));
    expect(text).not.toMatch(/arn:aws:/);
    expect(text).not.toMatch(/us-east-1/);
  });
});

test('synth is free of warnings', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
