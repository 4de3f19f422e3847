import { App, Aws, CfnResource, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
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
    new EncryptedAmiCopy(stack, 'Golden', { source, encryptionKey: key });
    // THEN
    Template.fromStack(stack).hasResource(TYPE, {
      Properties: {
        ServiceToken: Match.anyValue(),
        SourceImageId: SOURCE_ID,
        Encryption: 'KEY',
        KeyArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
        CopySourceTags: false,
        ImageNamePrefix: Match.stringLikeRegexp('^Images-Golden'),
        TimeoutSeconds: 3600,
        ImageName: Match.absent(),
        OutpostArn: Match.absent(),
        LocalZone: Match.absent(),
        Description: Match.absent(),
        Tags: Match.absent(),
      },
      DeletionPolicy: 'Delete',
      UpdateReplacePolicy: 'Delete',
    });
  });

  test('without a key asks for the default key of the account', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Encryption: 'DEFAULT_KEY', KeyArn: Match.absent() });
  });

  test('preserves when told to', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source, preserveEncryption: true });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Encryption: 'PRESERVE', KeyArn: Match.absent() });
  });

  test('passes on name, description, timeout and removal policy', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', {
      source, imageName: 'golden/1.2', description: 'ours', timeout: Duration.minutes(20), removalPolicy: RemovalPolicy.RETAIN, copySourceTags: true,
    });
    Template.fromStack(stack).hasResource(TYPE, {
      Properties: { ImageName: 'golden/1.2', Description: 'ours', TimeoutSeconds: 1200, CopySourceTags: true },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('gets the tags of everything around it', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source });
    Tags.of(stack).add('team', 'platform');
    Tags.of(copy).add('tier', 'gold');
    Template.fromStack(stack).hasResourceProperties(TYPE, { Tags: [{ Key: 'team', Value: 'platform' }, { Key: 'tier', Value: 'gold' }] });
  });

  test('keeps its logical id and the ids of its children', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source });
    expect(Object.keys(Template.fromStack(stack).findResources(TYPE))).toEqual(['GoldenBA401183']);
    expect(stack.node.findAll().map(({ node }) => node.path)).toEqual(expect.arrayContaining(['Images/Golden/Resource', 'Images/CdkEncryptedAmi/StateMachine']));
  });
});

describe('a destination', () => {
  const statements = (stack: Stack) => Object.keys(statementsOf(stack));

  test('on an Outpost takes no permission of its own', () => {
    const stack = newStack();
    const plain = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source, outpostArn: OUTPOST });
    new EncryptedAmiCopy(plain, 'Golden', { source });
    Template.fromStack(stack).hasResourceProperties(TYPE, { OutpostArn: OUTPOST, LocalZone: Match.absent(), Encryption: 'DEFAULT_KEY' });
    expect(statementsOf(stack)).toEqual(statementsOf(plain));
  });

  test.each(['us-east-1-bos-1a', 'use1-bos1-az1'])('in the Local Zone %s takes looking at zones', localZone => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source, localZone });
    Template.fromStack(stack).hasResourceProperties(TYPE, { LocalZone: localZone, OutpostArn: Match.absent() });
    expect(statementsOf(stack).DescribeZones).toEqual({ Sid: 'DescribeZones', Effect: 'Allow', Action: 'ec2:DescribeAvailabilityZones', Resource: '*' });
  });

  test('in a Local Zone that may encrypt does not take asking whether the account does', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source, localZone: 'us-east-1-bos-1a', preserveEncryption: true });
    expect(statements(stack)).toEqual(expect.arrayContaining(['DescribeZones', 'DefaultKey']));
    expect(statements(stack)).not.toContain('EncryptionByDefault');
  });

  test('in the Region takes none of it', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source });
    expect(statements(stack)).not.toContain('DescribeZones');
  });

  test('can be a token, or of whatever Region a stack is deployed to', () => {
    const stack = new Stack(new App(), 'Images');
    const latest = ec2.MachineImage.latestAmazonLinux2023();
    new EncryptedAmiCopy(stack, 'One', { source: latest, outpostArn: `arn:${Aws.PARTITION}:outposts:${Aws.REGION}:123456789012:outpost/op-1` });
    new EncryptedAmiCopy(stack, 'Other', { source: latest, outpostArn: OUTPOST });
    new EncryptedAmiCopy(stack, 'Third', { source: latest, localZone: 'eu-central-1-ist-1a' });
    Template.fromStack(stack).resourceCountIs(TYPE, 3);
  });

  test('on an Outpost cannot be shared with accounts, in a Local Zone it can', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const onOutpost = new EncryptedAmiCopy(stack, 'OnOutpost', { source, encryptionKey: key, outpostArn: OUTPOST });
    expect(() => onOutpost.shareWithAccounts('210987654321')).toThrow(
      'an AMI whose snapshots are on an Outpost cannot be shared with accounts, because EBS shares no snapshot that is on one: share its source instead');
    expect(statements(stack)).not.toContain('ShareSnapshots');
    const inZone = new EncryptedAmiCopy(stack, 'InZone', { source, encryptionKey: key, localZone: 'us-east-1-bos-1a' });
    inZone.shareWithAccounts('210987654321');
  });
});

describe('the image', () => {
  test('goes into an instance with the operating system and fresh user data of its source', () => {
    // GIVEN
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0 });
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source: ec2.MachineImage.genericWindows({ 'us-east-1': SOURCE_ID }) });
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
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source: ec2.MachineImage.genericLinux({ 'us-east-1': SOURCE_ID }, { userData }) });
    expect(copy.getImage(stack).userData).toBe(userData);
  });

  test('defines nothing of its source twice, in a stack without a Region', () => {
    const stack = new Stack(new App(), 'Images');
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source });
    copy.getImage(stack);
    copy.getImage(stack);
    expect(Object.keys(Template.fromStack(stack).findMappings('*'))).toEqual(['GoldenAmiMapFFF44C8F']);
  });

  test('can be the source of another', () => {
    const stack = newStack();
    const first = new EncryptedAmiCopy(stack, 'First', { source });
    new EncryptedAmiCopy(stack, 'Second', { source: first });
    Template.fromStack(stack).hasResourceProperties(TYPE, { SourceImageId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^First'), 'ImageId'] } });
  });

  test('works with an SSM parameter, which CloudFormation looks up at each deployment', () => {
    const stack = new Stack(new App(), 'Images');
    new EncryptedAmiCopy(stack, 'Golden', { source: ec2.MachineImage.latestAmazonLinux2023() });
    Template.fromStack(stack).hasResourceProperties(TYPE, { SourceImageId: { Ref: Match.stringLikeRegexp('^SsmParameterValue') } });
  });

  test('has attributes for the stack to use', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source });
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

describe('the provider', () => {
  test('is one for any number of copies', () => {
    // GIVEN
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1');
    const before = (copies: number) => {
      for (let copy = 0; copy < copies; copy++) {
        new EncryptedAmiCopy(stack, `Copy${copy}`, { source, encryptionKey: key });
      }
    };
    // WHEN
    before(10);
    // THEN
    const resources = Object.keys(Template.fromStack(stack).toJSON().Resources);
    expect(resources).toHaveLength(20);
    Template.fromStack(stack).resourceCountIs('AWS::StepFunctions::StateMachine', 1);
  });

  test('runs the handler on Node 24 from a bundle that was made before', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.step', Runtime: 'nodejs24.x', MemorySize: 256, Timeout: 180 });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.request', Runtime: 'nodejs24.x', MemorySize: 256, Timeout: 60 });
  });

  test('writes to one log group, which keeps a month and goes with the stack', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Logs::LogGroup', 1);
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    const [logGroup] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: logGroup } } });
  });

  test('writes to a log group of the user, and makes none then', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'First', { source });
    new EncryptedAmiCopy(stack, 'Golden', { source, logGroup: logs.LogGroup.fromLogGroupName(stack, 'Ours', '/ours') });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Logs::LogGroup', 0);
    template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: '/ours' } });
    expect(JSON.stringify(statementsOf(stack).Log.Resource)).toContain('log-group:/ours:*');
  });

  test('keeps the log for as long as it is told', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { source, logRetention: logs.RetentionDays.ONE_YEAR });
    Template.fromStack(stack).hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 });
  });

  test('refuses two log groups in one stack', () => {
    const stack = newStack();
    const group = (name: string) => logs.LogGroup.fromLogGroupName(stack, name, name);
    new EncryptedAmiCopy(stack, 'One', { source, logGroup: group('a') });
    expect(() => new EncryptedAmiCopy(stack, 'Other', { source, logGroup: group('b') }))
      .toThrow('the images of a stack share one log group, got Images/a and Images/b: give all of them the same');
    expect(() => new EncryptedAmiCopy(stack, 'Third', { source, logRetention: logs.RetentionDays.ONE_DAY }))
      .toThrow('the images of a stack share one log group, got a logGroup on one and a logRetention on another');
    expect(() => new EncryptedAmiCopy(stack, 'Fourth', { source, logGroup: group('c'), logRetention: logs.RetentionDays.ONE_DAY }))
      .toThrow('logRetention is for the log group that the library makes, got a logGroup as well');
  });

  test('refuses two retentions in one stack', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'One', { source, logRetention: logs.RetentionDays.ONE_DAY });
    expect(() => new EncryptedAmiCopy(stack, 'Other', { source, logRetention: logs.RetentionDays.ONE_WEEK }))
      .toThrow('got a logRetention of 1 days and one of 7');
  });
});

describe('in any partition, account and Region', () => {
  test('nothing is written that is of one', () => {
    const stack = new Stack(new App(), 'Images');
    const key = new kms.Key(stack, 'Key');
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source: ec2.MachineImage.latestAmazonLinux2023(), encryptionKey: key });
    copy.grantLaunch(new iam.User(stack, 'User'));
    const text = JSON.stringify(Object.entries(Template.fromStack(stack).toJSON().Resources).filter(([id]) => !id.startsWith('Key')));
    expect(text).not.toMatch(/arn:aws:/);
    expect(text).not.toMatch(/us-east-1/);
  });
});

describe('refused at synth', () => {
  const fail = (props: Partial<ConstructorParameters<typeof EncryptedAmiCopy>[2]>) => {
    const stack = newStack();
    return () => new EncryptedAmiCopy(stack, 'Golden', { source, ...props });
  };

  test.each([
    ['ab', 'imageName must have 3 to 128 characters, got 2 ("ab"): choose another name, or leave imageName out'],
    ['a'.repeat(129), 'imageName must have 3 to 128 characters, got 129'],
    ['my image', 'imageName may have letters, digits and ( ) . / _ - only, got " " in "my image"'],
    ['golden*', 'got "*" in "golden*"'],
  ])('the name %p', (imageName, sentence) => {
    expect(fail({ imageName })).toThrow(sentence);
  });

  test('a key together with preserving', () => {
    const stack = newStack();
    expect(() => new EncryptedAmiCopy(stack, 'Golden', { source, preserveEncryption: true, encryptionKey: new kms.Key(stack, 'Key') }))
      .toThrow('preserveEncryption copies the encryption of each snapshot as it is, got an encryptionKey as well: leave out one of the two');
  });

  test.each([
    [{ outpostArn: OUTPOST, localZone: 'us-east-1-bos-1a' }, 'outpostArn is where the copy goes, got a localZone as well: leave out one of the two, or define a copy for each'],
    [{ outpostArn: OUTPOST, completionDuration: Duration.minutes(15) }, 'completionDuration is for copies to a Region, got an outpostArn as well, where EBS makes no copies in a given time: leave completionDuration out'],
    [{ localZone: 'use1-bos1-az1', completionDuration: Duration.minutes(15) }, 'completionDuration is for copies to a Region, got a localZone as well'],
    [{ outpostArn: OUTPOST, sourceRegion: 'eu-west-1' }, 'sourceRegion must be the Region of the stack, us-east-1, with an outpostArn, got "eu-west-1": copy the image to us-east-1 first, and give that copy as source'],
    [{ localZone: 'us-east-1-bos-1a', sourceRegion: 'eu-west-1' }, 'sourceRegion must be the Region of the stack, us-east-1, with a localZone, got "eu-west-1"'],
    [{ outpostArn: 'op-0123456789abcdef0' }, 'outpostArn must be the ARN of an Outpost such as "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0", got "op-0123456789abcdef0": look it up with aws outposts list-outposts'],
    [{ outpostArn: OUTPOST.replace('us-east-1', 'eu-west-1') }, 'outpostArn must be of an Outpost of the Region of the stack, got "arn:aws:outposts:eu-west-1:123456789012:outpost/op-0123456789abcdef0" in a stack of us-east-1: define the copy in a stack of eu-west-1'],
    [{ outpostArn: OUTPOST, preserveEncryption: true }, 'preserveEncryption copies the encryption of each snapshot as it is, got an outpostArn as well, and what is on an Outpost is always encrypted: leave preserveEncryption out'],
    [{ localZone: 'us-east-1a' }, 'localZone must be the name or the id of a Local Zone, such as "us-east-1-bos-1a" or "use1-bos1-az1", got "us-east-1a": look it up with aws ec2 describe-availability-zones --all-availability-zones'],
    [{ localZone: 'use1-az1' }, 'got "use1-az1"'],
    [{ localZone: 'us-east-1-wl1-bos-wlz-1' }, 'got "us-east-1-wl1-bos-wlz-1"'],
    [{ localZone: '' }, 'got ""'],
    [{ localZone: 'eu-central-1-ist-1a' }, 'localZone must be a Local Zone of the Region of the stack, got "eu-central-1-ist-1a" in a stack of us-east-1: define the copy in a stack of eu-central-1'],
  ])('the destination %j', (props, sentence) => {
    expect(fail(props)).toThrow(sentence);
  });

  test.each([{ outpostArn: OUTPOST }, { localZone: 'us-east-1-bos-1a', preserveEncryption: true }])('a source in a bucket, for %j', props => {
    const stack = newStack();
    const sourceBucket = s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles');
    expect(() => new EncryptedAmiCopy(stack, 'Golden', { source, sourceBucket, ...props }))
      .toThrow(/^sourceBucket is for images that are backed by S3, got an? (outpostArn|localZone) as well, where snapshots go and such images have none: leave out one of the two/);
  });

  test('a source that only a launch resolves', () => {
    expect(fail({ source: ec2.MachineImage.resolveSsmParameterAtLaunch('/golden') }))
      .toThrow('source must be known by its id when the stack deploys, got "resolve:ssm:/golden", which only a launch resolves: use MachineImage.fromSsmParameter()');
  });

  test('a source whose id is none', () => {
    expect(fail({ source: ec2.MachineImage.genericLinux({ 'us-east-1': 'golden' }) })).toThrow('source must have an id such as "ami-0ff8a91507f77f867", got "golden"');
  });

  test.each([
    [Duration.seconds(59), '59 seconds'],
    [Duration.minutes(61), '1 hour 1 minute'],
  ])('the timeout %p', (timeout, words) => {
    expect(fail({ timeout })).toThrow(`timeout must be 1 minute to 1 hour, got ${words}: CloudFormation waits no longer than an hour for a custom resource`);
  });

  test.each([['', 0], ['x'.repeat(256), 256]])('a description of the wrong length', (description, length) => {
    expect(fail({ description })).toThrow(`description must have 1 to 255 characters, got ${length}`);
  });

  test('tags that are not for users, or too many', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { source });
    Tags.of(copy).add('cdk-encrypted-ami:owner', 'me');
    Tags.of(copy).add('aws:x', 'me');
    for (let tag = 0; tag < 48; tag++) {
      Tags.of(copy).add(`t${tag}`, 'x');
    }
    expect(() => Template.fromStack(stack)).toThrow(
      /an AMI takes 49 tags, got 50[^]*"aws:x" begins with "aws:"[^]*"cdk-encrypted-ami:owner" begins with "cdk-encrypted-ami:", which is reserved/);
  });

  test('but not what is known only when the stack deploys', () => {
    const stack = newStack();
    const later = (name: string) => new CfnResource(stack, name, { type: 'Custom::Later' }).getAtt('Value').toString();
    new EncryptedAmiCopy(stack, 'Golden', { source: ec2.MachineImage.genericLinux({ 'us-east-1': later('Id') }), imageName: later('Name'), description: later('Text') });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });
});

test('synth is free of warnings', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { source });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
