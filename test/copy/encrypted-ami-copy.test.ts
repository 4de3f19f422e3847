import { App, Aws, CfnResource, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EncryptedAmiCopy } from '../../src';
import { orDefaultKey, newStack, source, SOURCE_ID, statementsOf } from '../helpers/stacks';

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

  test('asks for the default key of the account with useDefaultKey', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Encryption: 'DEFAULT_KEY', EncryptionKeyArn: Match.absent() });
  });

  test('preserves with preserveEncryption', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, preserveEncryption: true });
    Template.fromStack(stack).hasResourceProperties(TYPE, { Encryption: 'PRESERVE', EncryptionKeyArn: Match.absent() });
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

  test('passes on the name prefix and the content version', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true, imageNamePrefix: 'golden/web', contentVersion: '2026-11' });
    Template.fromStack(stack).hasResourceProperties(TYPE, {
      ImageNamePrefix: 'golden/web', ImageName: Match.absent(), GeneratedNamePrefix: Match.stringLikeRegexp('^Images-Golden'), ContentVersion: '2026-11',
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
  const statements = (stack: Stack) => Object.keys(statementsOf(stack));

  test('on an Outpost takes no permission of its own', () => {
    const stack = newStack();
    const plain = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true, outpostArn: OUTPOST });
    new EncryptedAmiCopy(plain, 'Golden', { sourceImage: source, useDefaultKey: true });
    Template.fromStack(stack).hasResourceProperties(TYPE, { OutpostArn: OUTPOST, LocalZone: Match.absent(), Encryption: 'DEFAULT_KEY' });
    expect(statementsOf(stack)).toEqual(statementsOf(plain));
  });

  test.each(['us-east-1-bos-1a', 'use1-bos1-az1'])('in the Local Zone %s takes looking at zones', localZone => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true, localZone });
    Template.fromStack(stack).hasResourceProperties(TYPE, { LocalZone: localZone, OutpostArn: Match.absent() });
    expect(statementsOf(stack).DescribeZones).toEqual({ Sid: 'DescribeZones', Effect: 'Allow', Action: 'ec2:DescribeAvailabilityZones', Resource: '*' });
  });

  test('in a Local Zone that may encrypt does not take asking whether the account does', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, localZone: 'us-east-1-bos-1a', preserveEncryption: true });
    expect(statements(stack)).toEqual(expect.arrayContaining(['DescribeZones', 'DefaultKey']));
    expect(statements(stack)).not.toContain('EncryptionByDefault');
  });

  test('in the Region takes none of it', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    expect(statements(stack)).not.toContain('DescribeZones');
  });

  test('can be a token, or of whatever Region a stack is deployed to', () => {
    const stack = new Stack(new App(), 'Images');
    const latest = ec2.MachineImage.latestAmazonLinux2023();
    new EncryptedAmiCopy(stack, 'One', { sourceImage: latest, useDefaultKey: true, outpostArn: `arn:${Aws.PARTITION}:outposts:${Aws.REGION}:123456789012:outpost/op-1` });
    new EncryptedAmiCopy(stack, 'Other', { sourceImage: latest, useDefaultKey: true, outpostArn: OUTPOST });
    new EncryptedAmiCopy(stack, 'Third', { sourceImage: latest, useDefaultKey: true, localZone: 'eu-central-1-ist-1a' });
    Template.fromStack(stack).resourceCountIs(TYPE, 3);
  });

  test('on an Outpost cannot be shared with accounts, in a Local Zone it can', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const onOutpost = new EncryptedAmiCopy(stack, 'OnOutpost', { sourceImage: source, encryptionKey: key, outpostArn: OUTPOST });
    expect(() => onOutpost.shareWithAccounts('210987654321')).toThrow(
      'An AMI whose snapshots are on an Outpost cannot be shared with accounts, because EBS does not share such snapshots. Share the source AMI instead.');
    expect(statements(stack)).not.toContain('ShareSnapshots');
    const inZone = new EncryptedAmiCopy(stack, 'InZone', { sourceImage: source, encryptionKey: key, localZone: 'us-east-1-bos-1a' });
    inZone.shareWithAccounts('210987654321');
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

describe('the provider', () => {
  test('is one for any number of copies', () => {
    // GIVEN
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/1');
    const before = (copies: number) => {
      for (let copy = 0; copy < copies; copy++) {
        new EncryptedAmiCopy(stack, `Copy${copy}`, { sourceImage: source, encryptionKey: key });
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
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.step', Runtime: 'nodejs24.x', MemorySize: 256, Timeout: 180 });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.request', Runtime: 'nodejs24.x', MemorySize: 256, Timeout: 60 });
  });

  test('writes to one log group, which keeps a month and goes with the stack', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Logs::LogGroup', 1);
    template.hasResource('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    const [logGroup] = Object.keys(template.findResources('AWS::Logs::LogGroup'));
    template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: { Ref: logGroup } } });
  });

  test('writes to a log group of the user, and makes none then', () => {
    const stack = newStack();
    new EncryptedAmiCopy(stack, 'First', { sourceImage: source, useDefaultKey: true });
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true, logGroup: logs.LogGroup.fromLogGroupName(stack, 'Ours', '/ours') });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Logs::LogGroup', 0);
    template.allResourcesProperties('AWS::Lambda::Function', { LoggingConfig: { LogGroup: '/ours' } });
    expect(JSON.stringify(statementsOf(stack).Log.Resource)).toContain('log-group:/ours:*');
  });

  test('refuses two log groups in one stack', () => {
    const stack = newStack();
    const group = (name: string) => logs.LogGroup.fromLogGroupName(stack, name, name);
    new EncryptedAmiCopy(stack, 'One', { sourceImage: source, useDefaultKey: true, logGroup: group('a') });
    expect(() => new EncryptedAmiCopy(stack, 'Other', { sourceImage: source, useDefaultKey: true, logGroup: group('b') }))
      .toThrow('All AMIs of a stack share one log group, but got the `logGroup` Images/a and the `logGroup` Images/b. Pass the same to all of them.');
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

describe('refused at synth', () => {
  const fail = (props: Partial<ConstructorParameters<typeof EncryptedAmiCopy>[2]>) => {
    const stack = newStack();
    return () => new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, ...orDefaultKey(props) });
  };

  test.each([
    ['ab', '`imageName` must have 3 to 128 characters, but "ab" has 2. Choose another one, or remove it.'],
    ['a'.repeat(129), '`imageName` must have 3 to 128 characters, but'],
    ['my+image', "`imageName` can have letters, digits, spaces and ( ) [ ] . / - ' @ _ only, but \"my+image\" has \"+\". Choose another one, or remove it."],
    ['golden*', '"golden*" has "*"'],
  ])('the name %p', (imageName, sentence) => {
    expect(fail({ imageName })).toThrow(sentence);
  });

  test.each([
    ['', '`imageNamePrefix` must have 1 to 96 characters, but "" has 0.'],
    ['a'.repeat(97), 'has 97.'],
    ['my+image', '`imageNamePrefix` can have letters, digits, spaces and'],
  ])('the name prefix %p', (imageNamePrefix, sentence) => {
    expect(fail({ imageNamePrefix })).toThrow(sentence);
  });

  test('a name and a prefix of it', () => {
    expect(fail({ imageName: 'golden', imageNamePrefix: 'golden' }))
      .toThrow('`imageName` is the whole name of the AMI, but `imageNamePrefix` is set too. Remove one of them.');
  });

  describe('encryption', () => {
    const copy = (props: object) => {
      const stack = newStack();
      const encryptionKey = new kms.Key(stack, 'Key');
      return () => new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, ...'encryptionKey' in props && props.encryptionKey ? { ...props, encryptionKey } : props });
    };

    // Java, Python and Go pass null for a key that was looked up and is not there
    test.each([[{}], [{ encryptionKey: null }], [{ useDefaultKey: false }], [{ encryptionKey: null, preserveEncryption: false }]])('not chosen, by %j', props => {
      expect(copy(props)).toThrow(
        'EncryptedAmiCopy requires exactly one of `encryptionKey`, `useDefaultKey` and `preserveEncryption`, but got none. Pass `encryptionKey` to encrypt every snapshot with that ' +
        "key, set `useDefaultKey: true` to encrypt with the account's default key for EBS, or set `preserveEncryption: true` to keep the encryption of each snapshot.");
    });

    test.each([
      [{ encryptionKey: true, preserveEncryption: true }, '`encryptionKey` and `preserveEncryption`'],
      [{ encryptionKey: true, useDefaultKey: true }, '`encryptionKey` and `useDefaultKey`'],
      [{ useDefaultKey: true, preserveEncryption: true }, '`useDefaultKey` and `preserveEncryption`'],
    ])('chosen twice, by %j', (props, got) => {
      expect(copy(props)).toThrow(`but got ${got}.`);
    });

    test.each([[{ encryptionKey: true, useDefaultKey: false }, 'KEY'], [{ useDefaultKey: true, preserveEncryption: false }, 'DEFAULT_KEY']])('but not chosen once, by %j', (props, wanted) => {
      Template.fromStack(Stack.of(copy(props)())).hasResourceProperties(TYPE, { Encryption: wanted });
    });
  });

  test.each([
    [{ outpostArn: OUTPOST, localZone: 'us-east-1-bos-1a' }, '`outpostArn` and `localZone` are two destinations of one copy. Remove one of them, or define a copy for each.'],
    [{ outpostArn: OUTPOST, completionDuration: Duration.minutes(15) }, '`completionDuration` is for copies to a Region, but `outpostArn` is set too. Remove one of them.'],
    [{ localZone: 'use1-bos1-az1', completionDuration: Duration.minutes(15) }, '`completionDuration` is for copies to a Region, but `localZone` is set too.'],
    [{ outpostArn: OUTPOST, sourceRegion: 'eu-west-1' }, '`sourceRegion` must be the Region of the stack, us-east-1, with `outpostArn`, but is "eu-west-1". Copy the AMI to us-east-1 first, and use that copy as `sourceImage`.'],
    [{ localZone: 'us-east-1-bos-1a', sourceRegion: 'eu-west-1' }, '`sourceRegion` must be the Region of the stack, us-east-1, with `localZone`, but is "eu-west-1".'],
    [{ outpostArn: 'op-0123456789abcdef0' }, '`outpostArn` must be the ARN of an Outpost such as "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0", but is "op-0123456789abcdef0". Look it up with `aws outposts list-outposts`.'],
    [{ outpostArn: OUTPOST.replace('us-east-1', 'eu-west-1') }, '`outpostArn` is "arn:aws:outposts:eu-west-1:123456789012:outpost/op-0123456789abcdef0", but the stack is in us-east-1. Define the copy in a stack in eu-west-1.'],
    [{ outpostArn: OUTPOST, preserveEncryption: true }, '`preserveEncryption` keeps the encryption of each snapshot, but snapshots on the Outpost of `outpostArn` are always encrypted. Use `encryptionKey` or `useDefaultKey` instead.'],
    [{ localZone: 'us-east-1a' }, '`localZone` must be the name or the ID of a Local Zone, such as "us-east-1-bos-1a" or "use1-bos1-az1", but is "us-east-1a". Look it up with `aws ec2 describe-availability-zones --all-availability-zones`.'],
    [{ localZone: 'use1-az1' }, 'but is "use1-az1"'],
    [{ localZone: 'us-east-1-wl1-bos-wlz-1' }, 'but is "us-east-1-wl1-bos-wlz-1"'],
    [{ localZone: '' }, 'but is ""'],
    [{ localZone: 'eu-central-1-ist-1a' }, '`localZone` is "eu-central-1-ist-1a", but the stack is in us-east-1. Define the copy in a stack in eu-central-1.'],
  ])('the destination %j', (props, sentence) => {
    expect(fail(props)).toThrow(sentence);
  });

  test.each([{ outpostArn: OUTPOST }, { localZone: 'us-east-1-bos-1a', preserveEncryption: true }])('a source in a bucket, for %j', props => {
    const stack = newStack();
    const sourceBucket = s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles');
    expect(() => new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, sourceBucket, ...orDefaultKey(props) }))
      .toThrow(/^`sourceBucket` is for AMIs that are backed by S3 and have no snapshots, but `(outpostArn|localZone)` is a destination of snapshots\. Remove one of them/);
  });

  test('a source that only a launch resolves', () => {
    expect(fail({ sourceImage: ec2.MachineImage.resolveSsmParameterAtLaunch('/golden') }))
      .toThrow('`sourceImage` must have an ID that is known when the stack deploys, but "resolve:ssm:/golden" is resolved only by a launch. Use MachineImage.fromSsmParameter()');
  });

  test('a source whose id is none', () => {
    expect(fail({ sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': 'golden' }) })).toThrow('`sourceImage` must have an ID such as "ami-0ff8a91507f77f867", but has "golden". Check where the ID comes from.');
  });

  test.each([
    [Duration.seconds(59), '59 seconds'],
    [Duration.minutes(61), '1 hour 1 minute'],
  ])('the timeout %p', (timeout, words) => {
    expect(fail({ timeout })).toThrow(`\`timeout\` must be 1 minute to 1 hour, but is ${words}: CloudFormation waits at most an hour for a custom resource. Choose a duration in this range.`);
  });

  test.each([['', 0], ['x'.repeat(256), 256]])('a description of the wrong length', (description, length) => {
    expect(fail({ description })).toThrow(`\`description\` must have 1 to 255 characters, but has ${length}.`);
  });

  test.each([['Golden image — 2026', '—'], ['naïve', 'ï'], ['🙂', '🙂']])('the description %p', (description, character) => {
    expect(fail({ description })).toThrow(
      `\`description\` can have ASCII characters only, but "${description}" has "${character}". Replace this character.`);
  });

  test('but not a description of 255 characters of ASCII', () => {
    const description = '~ \n!'.padEnd(255, 'x');
    Template.fromStack(Stack.of(fail({ description })())).hasResourceProperties(TYPE, { Description: description });
  });

  test('a tag without a key', () => {
    const stack = newStack();
    Tags.of(new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true })).add('', 'team');
    expect(() => Template.fromStack(stack)).toThrow('A tag key must have at least one character, but that of the value "team" is empty. Pass a key.');
  });

  test('tags that are not for users, or too many', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    Tags.of(copy).add('cdk-encrypted-ami:owner', 'me');
    Tags.of(copy).add('aws:x', 'me');
    for (let tag = 0; tag < 39; tag++) {
      Tags.of(copy).add(`t${tag}`, 'x');
    }
    expect(() => Template.fromStack(stack)).toThrow(
      /An AMI can have 40 tags of yours, because EC2 allows 50 and ten are reserved for this library, but got 41\.[^]*"aws:x" begins with "aws:"[^]*"cdk-encrypted-ami:owner" begins with "cdk-encrypted-ami:", which is reserved/);
  });

  test('but not 40 tags', () => {
    const stack = newStack();
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
    for (let tag = 0; tag < 40; tag++) {
      Tags.of(copy).add(`t${tag}`, 'x');
    }
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE)) as [{ Properties: { Tags: unknown[] } }];
    expect(Properties.Tags).toHaveLength(40);
  });

  test('but not what is known only when the stack deploys', () => {
    const stack = newStack();
    const later = (name: string) => new CfnResource(stack, name, { type: 'Custom::Later' }).getAtt('Value').toString();
    new EncryptedAmiCopy(stack, 'Golden', { sourceImage: ec2.MachineImage.genericLinux({ 'us-east-1': later('Id') }), useDefaultKey: true, imageName: later('Name'), description: later('Text') });
    Template.fromStack(stack).resourceCountIs(TYPE, 1);
  });
});

test('synth is free of warnings', () => {
  const stack = newStack();
  new EncryptedAmiCopy(stack, 'Golden', { sourceImage: source, useDefaultKey: true });
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});
