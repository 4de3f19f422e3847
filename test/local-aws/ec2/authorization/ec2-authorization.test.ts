import {
  CopyImageCommand, CopyImageCommandInput, CreateTagsCommand, DeleteSnapshotCommand, DeregisterImageCommand, DescribeImagesCommand, EC2Client,
  ModifySnapshotAttributeCommand, RunInstancesCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { arnOf, Key } from '../../../../local-aws/kms/key';
import { account, region, otherAccount, TestAws } from '../test-aws';

let aws: TestAws;
let key: Key;

beforeEach(async () => {
  aws = await TestAws.start();
  key = aws.kms.addKey({ alias: 'alias/new' });
});

afterEach(() => aws.stop());

const images = `arn:aws:ec2:${region}::image/*`;
const snapshots = `arn:aws:ec2:${region}::snapshot/*`;
const tag = { Key: 'owner', Value: 'me' };
const tags = [{ ResourceType: 'image' as const, Tags: [tag] }, { ResourceType: 'snapshot' as const, Tags: [tag] }];

/** The statements that CopyImage needs. */
function statements(keys: Key[] = [key]): Record<string, object> {
  const Resource = keys.map(arnOf);
  const viaEc2 = { 'kms:ViaService': `ec2.${region}.amazonaws.com` };
  return {
    read: { Effect: 'Allow', Action: 'ec2:DescribeImages', Resource: '*' },
    copy: { Effect: 'Allow', Action: 'ec2:CopyImage', Resource: [images, snapshots] },
    tagImage: { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: images, Condition: { StringEquals: { 'ec2:CreateAction': 'CopyImage', 'aws:RequestTag/owner': 'me' } } },
    tagSnapshot: { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: snapshots, Condition: { StringEquals: { 'ec2:CreateAction': 'CopyImage', 'aws:RequestTag/owner': 'me' } } },
    describeKey: { Effect: 'Allow', Action: 'kms:DescribeKey', Resource },
    decrypt: { Effect: 'Allow', Action: 'kms:Decrypt', Resource, Condition: { StringEquals: viaEc2 } },
    dataKey: { Effect: 'Allow', Action: 'kms:GenerateDataKeyWithoutPlaintext', Resource, Condition: { StringEquals: viaEc2 } },
    from: { Effect: 'Allow', Action: 'kms:ReEncryptFrom', Resource, Condition: { StringEquals: viaEc2 } },
    to: { Effect: 'Allow', Action: 'kms:ReEncryptTo', Resource, Condition: { StringEquals: viaEc2 } },
    grant: { Effect: 'Allow', Action: 'kms:CreateGrant', Resource, Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' }, StringEquals: viaEc2 } },
  };
}

function copy(role: EC2Client, input: Partial<CopyImageCommandInput> = {}) {
  return role.send(new CopyImageCommand({
    Name: 'copy',
    SourceRegion: region,
    SourceImageId: aws.ec2.seedImage('al2023-x86_64').id,
    Encrypted: true,
    KmsKeyId: arnOf(key),
    TagSpecifications: tags,
    ...input,
  }));
}

/** The final state of an accepted copy. */
async function endOf(role: EC2Client, input: Partial<CopyImageCommandInput> = {}): Promise<string | undefined> {
  const { ImageId } = await copy(role, input);
  aws.pass();
  return aws.ec2.image(ImageId!)?.state;
}

function without(...names: string[]): object[] {
  return Object.entries(statements()).filter(([name]) => !names.includes(name)).map(([, statement]) => statement);
}

describe('CopyImage', () => {
  test('is allowed with all permissions', async () => {
    expect(await endOf(aws.clientOfRole(without()))).toBe('available');
  });

  test.each(['copy', 'tagImage', 'tagSnapshot'])('is denied at once without %s', async name => {
    await expect(copy(aws.clientOfRole(without(name)))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringMatching(/^You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role\/.* is not authorized to perform: ec2:C.* on resource: .* Encoded authorization failure message: /),
      $metadata: { httpStatusCode: 403 },
    });
    expect(aws.ec2.counts().images).toBe(0);
  });

  test('needs no permission for tags without tags', async () => {
    expect(await endOf(aws.clientOfRole(without('tagImage', 'tagSnapshot')), { TagSpecifications: undefined })).toBe('available');
  });

  test.each(['describeKey', 'dataKey', 'grant'])('fails later without %s, for an unencrypted source', async name => {
    expect(await endOf(aws.clientOfRole(without(name)))).toBe('failed');
  });

  test.each(['decrypt', 'from', 'to'])('needs %s for encrypted sources only', async name => {
    const source = aws.ec2.addImage({ name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    expect(await endOf(aws.clientOfRole(without(name)))).toBe('available');
    expect(await endOf(aws.clientOfRole(without(name)), { SourceImageId: source.id, Name: 'second' })).toBe('failed');
    expect(await endOf(aws.clientOfRole(without()), { SourceImageId: source.id, Name: 'third' })).toBe('available');
  });

  test('needs no statement for the key aws/ebs', async () => {
    const role = aws.clientOfRole(without('describeKey', 'decrypt', 'dataKey', 'from', 'to', 'grant'));
    expect(await endOf(role, { KmsKeyId: undefined })).toBe('available');
  });

  test('allows a key by its alias', async () => {
    const byAlias = Object.values(statements()).map(statement => JSON.stringify(statement).includes('kms:')
      ? { ...statement, Resource: '*', Condition: { ...(statement as { Condition?: object }).Condition, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/new' } } }
      : statement);
    expect(await endOf(aws.clientOfRole(byAlias), { KmsKeyId: 'alias/new' })).toBe('available');
    expect(await endOf(aws.clientOfRole(byAlias), { KmsKeyId: arnOf(aws.kms.addKey()), Name: 'other' })).toBe('failed');
  });

  test('fails later, when the key policy does not trust the account', async () => {
    key.policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${otherAccount}:root` }, Action: 'kms:*', Resource: '*' }] });
    expect(await endOf(aws.clientOfRole(without()))).toBe('failed');
  });

  test('compares the tag of the request with the condition', async () => {
    await expect(copy(aws.clientOfRole(without()), { TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'owner', Value: 'you' }] }] }))
      .rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('a dry run returns whether the request is allowed', async () => {
    await expect(copy(aws.clientOfRole(without()), { DryRun: true })).rejects.toMatchObject({ name: 'DryRunOperation' });
    await expect(copy(aws.clientOfRole(without('copy')), { DryRun: true })).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('needs permission for copied tags, depending on the switch', async () => {
    const SourceImageId = aws.ec2.seedImage('golden').id;
    const input = { SourceImageId, CopyImageTags: true, TagSpecifications: [tags[1]] };
    const role = aws.clientOfRole(without('tagImage'));
    await expect(copy(role, input)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    aws.ec2.switches.copiedTagsNeedCreateTags = false;
    await expect(copy(role, input)).resolves.toMatchObject({ ImageId: expect.stringMatching(/^ami-/) });
  });

  test.each([['source', true], ['destination', false], ['both', true]] as const)(
    'between Regions, the ARNs of the source have the Region of: %s', async (answer, needed) => {
      aws.ec2.switches.sourceArnRegion = answer;
      const SourceImageId = aws.ec2.seedImage('al2023-x86_64', 'eu-west-1').id;
      const input = { SourceImageId, SourceRegion: 'eu-west-1' };
      const there = { Effect: 'Allow', Action: 'ec2:CopyImage', Resource: ['arn:aws:ec2:eu-west-1::image/*', 'arn:aws:ec2:eu-west-1::snapshot/*'] };
      if (needed) {
        await expect(copy(aws.clientOfRole(without()), input)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
      }
      expect(await endOf(aws.clientOfRole([...without(), ...needed ? [there] : []]), input)).toBe('available');
    },
  );

  test.each([['source', 'eu-west-1'], ['destination', region]] as const)("between Regions, the EC2 of this Region uses the source's key: %s", async (answer, via) => {
    aws.ec2.switches.sourceViaService = answer;
    const sourceKey = aws.kms.addKey({ region: 'eu-west-1' });
    const source = aws.ec2.addImage({ name: 's', region: 'eu-west-1', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(sourceKey) }] });
    const reading = (viaRegion: string) => [
      { Effect: 'Allow', Action: 'ec2:CopyImage', Resource: '*' },
      { Effect: 'Allow', Action: 'kms:*', Resource: arnOf(sourceKey), Condition: { StringEquals: { 'kms:ViaService': `ec2.${viaRegion}.amazonaws.com` } } },
    ];
    const input = { SourceImageId: source.id, SourceRegion: 'eu-west-1' };
    expect(await endOf(aws.clientOfRole([...without(), ...reading(via)]), input)).toBe('available');
    const other = via === region ? 'eu-west-1' : region;
    expect(await endOf(aws.clientOfRole([...without(), ...reading(other)]), { ...input, Name: 'other' })).toBe('failed');
  });
});

describe('a condition on the tag', () => {
  const owned = [
    { Effect: 'Allow', Action: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot', 'ec2:ModifySnapshotAttribute'], Resource: [images, snapshots], Condition: { StringEquals: { 'aws:ResourceTag/owner': 'me' } } },
  ];

  test('allows tagged resources only', async () => {
    const role = aws.clientOfRole(owned);
    await expect(role.send(new DeregisterImageCommand({ ImageId: aws.ec2.seedImage('golden').id }))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    const mine = aws.ec2.addImage({ name: 'mine', tags: { owner: 'me' } });
    await role.send(new DeregisterImageCommand({ ImageId: mine.id }));
  });

  test('keeps a snapshot without the tag, and DeregisterImage returns missing-permissions for it', async () => {
    const role = aws.clientOfRole(owned);
    const { ImageId } = await copy(aws.client(), { TagSpecifications: [tags[0]] });
    aws.pass();
    const answer = await role.send(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));
    expect(answer.DeleteSnapshotResults).toMatchObject([{ ReturnCode: 'missing-permissions' }]);
    await expect(role.send(new DeleteSnapshotCommand({ SnapshotId: answer.DeleteSnapshotResults![0].SnapshotId }))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('can be on the accounts that a snapshot is shared with', async () => {
    const snapshot = aws.ec2.addSnapshot({ kmsKeyId: arnOf(key) });
    const role = aws.clientOfRole([{
      Effect: 'Allow', Action: 'ec2:ModifySnapshotAttribute', Resource: snapshots, Condition: { 'ForAllValues:StringEquals': { 'ec2:Add/userId': [otherAccount] }, 'Null': { 'ec2:Add/userId': 'false' } },
    }]);
    const add = (UserId: string) => new ModifySnapshotAttributeCommand({ SnapshotId: snapshot.id, CreateVolumePermission: { Add: [{ UserId }] } });
    await role.send(add(otherAccount));
    await expect(role.send(add('111122223333'))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('on CreateAction denies a separate CreateTags', async () => {
    const role = aws.clientOfRole(without());
    await expect(role.send(new CreateTagsCommand({ Resources: [aws.ec2.seedImage('golden').id], Tags: [tag] }))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });
});

describe('Describe calls', () => {
  test('are allowed for all resources or none', async () => {
    await aws.clientOfRole([statements().read]).send(new DescribeImagesCommand({}));
    await expect(aws.clientOfRole([{ ...statements().read, Resource: images }]).send(new DescribeImagesCommand({}))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });
});

describe('RunInstances', () => {
  const own = `arn:aws:ec2:${region}:${account}`;
  const launch = (): Record<string, object> => ({
    inputs: { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: [images, `${own}:subnet/*`, `${own}:security-group/*`] },
    instance: { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: `${own}:instance/*`, Condition: { StringEquals: { 'aws:RequestTag/owner': 'me' } } },
    volume: { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: `${own}:volume/*`, Condition: { StringEquals: { 'aws:RequestTag/owner': 'me' } } },
    networkInterface: { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: `${own}:network-interface/*` },
    tagging: { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: `${own}:*/*`, Condition: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } } },
    keys: { Effect: 'Allow', Action: 'kms:*', Resource: arnOf(key) },
  });
  const command = () => new RunInstancesCommand({
    ImageId: aws.ec2.seedImage('al2023-x86_64').id,
    InstanceType: 't3.micro',
    MinCount: 1,
    MaxCount: 1,
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }],
    TagSpecifications: [{ ResourceType: 'instance', Tags: [tag] }, { ResourceType: 'volume', Tags: [tag] }],
  });

  test('is allowed with all permissions', async () => {
    await aws.clientOfRole(Object.values(launch())).send(command());
    aws.pass(1);
    expect(aws.ec2.counts()).toMatchObject({ instances: 1, volumes: 1 });
  });

  test.each(['inputs', 'instance', 'volume', 'networkInterface', 'tagging'])('is denied without %s', async name => {
    const rest = Object.entries(launch()).filter(([one]) => one !== name).map(([, statement]) => statement);
    await expect(aws.clientOfRole(rest).send(command())).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('without permission for the key is accepted, and the instance is terminated', async () => {
    const rest = Object.entries(launch()).filter(([one]) => one !== 'keys').map(([, statement]) => statement);
    await aws.clientOfRole(rest).send(command());
    aws.pass(1);
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test('the same role can terminate the instance', async () => {
    const { Instances } = await aws.client().send(command());
    const terminate = new TerminateInstancesCommand({ InstanceIds: [Instances![0].InstanceId!] });
    const allowing = (value: string) => [{ Effect: 'Allow', Action: 'ec2:TerminateInstances', Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/owner': value } } }];
    await expect(aws.clientOfRole(allowing('you')).send(terminate)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
    await aws.clientOfRole(allowing('me')).send(terminate);
  });
});
