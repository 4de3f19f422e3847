import { CreateVolumeCommand, CreateVolumeCommandInput, EC2Client, RunInstancesCommand, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { arnOf, Key } from '../../../../local-aws/kms/key';
import { describedInstance } from '../calls';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

const ec2 = { Effect: 'Allow', Action: ['ec2:CreateVolume', 'ec2:RunInstances'], Resource: '*' };
const allow = (key: Key, ...actions: string[]) => ({
  Effect: 'Allow', Action: actions.map(action => `kms:${action}`), Resource: arnOf(key), Condition: { StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` } },
});
const volumes = `arn:aws:ec2:${region}:${account}:volume/*`;

/** True if the volume exists some time after CreateVolume has accepted it. */
async function isCreated(role: EC2Client, input: Partial<CreateVolumeCommandInput>): Promise<boolean> {
  await role.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, VolumeType: 'gp3', ...input }));
  aws.pass(1);
  return aws.ec2.counts().volumes === 1;
}

describe('the IAM resource of a volume', () => {
  const statement = (...Resource: string[]) => [{ Effect: 'Allow', Action: 'ec2:CreateVolume', Resource }];

  test('has the account of the caller', async () => {
    expect(await isCreated(aws.clientOfRole(statement(volumes)), { Size: 1 })).toBe(true);
    await expect(isCreated(aws.clientOfRole(statement(`arn:aws:ec2:${region}::volume/*`)), { Size: 1 })).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('is authorized together with its snapshot, whose ARN has no account', async () => {
    const { id: SnapshotId } = aws.ec2.addSnapshot();
    const denied = aws.clientOfRole(statement(volumes, `arn:aws:ec2:${region}:${account}:snapshot/${SnapshotId}`));
    await expect(isCreated(denied, { SnapshotId })).rejects.toMatchObject({
      name: 'UnauthorizedOperation', message: expect.stringContaining(`ec2:CreateVolume on resource: arn:aws:ec2:${region}::snapshot/${SnapshotId}`),
    });
    expect(await isCreated(aws.clientOfRole(statement(volumes, `arn:aws:ec2:${region}::snapshot/${SnapshotId}`)), { SnapshotId })).toBe(true);
  });
});

describe('CreateVolume needs of KMS', () => {
  const newKey = ['ReEncryptTo', 'GenerateDataKeyWithoutPlaintext', 'CreateGrant'];
  let [source, target]: Key[] = [];
  beforeEach(() => { [source, target] = [aws.kms.addKey(), aws.kms.addKey()]; });

  function rekeyed(...statements: object[]): Promise<boolean> {
    const { id: SnapshotId } = aws.ec2.addSnapshot({ kmsKeyId: arnOf(source) });
    return isCreated(aws.clientOfRole([ec2, ...statements]), { SnapshotId, Encrypted: true, KmsKeyId: arnOf(target) });
  }

  test("for another key than the snapshot's, ReEncryptFrom for the old one, and a data key with a grant for the new one", async () => {
    expect(await rekeyed(allow(source, 'ReEncryptFrom'), allow(target, ...newKey))).toBe(true);
  });

  test.each(newKey)('no fewer actions of the new key: it fails without %s', async action => {
    expect(await rekeyed(allow(source, 'ReEncryptFrom'), allow(target, ...newKey.filter(one => one !== action)))).toBe(false);
  });

  test("no fewer actions of the snapshot's key", async () => {
    expect(await rekeyed(allow(source, 'Decrypt', 'DescribeKey', 'CreateGrant'), allow(target, ...newKey))).toBe(false);
  });

  test('not GenerateDataKey', async () => {
    expect(await rekeyed(allow(source, 'ReEncryptFrom'), allow(target, 'ReEncryptTo', 'GenerateDataKey', 'CreateGrant'))).toBe(false);
  });

  test("for the key of the caller's own snapshot, permission to re-encrypt", async () => {
    const { id: SnapshotId } = aws.ec2.addSnapshot({ kmsKeyId: arnOf(source) });
    expect(await isCreated(aws.clientOfRole([ec2, allow(source, 'ReEncryptFrom')]), { SnapshotId })).toBe(false);
    expect(await isCreated(aws.clientOfRole([ec2, allow(source, 'ReEncryptFrom', 'ReEncryptTo')]), { SnapshotId })).toBe(true);
  });

  test("for the key of another account's snapshot, a data key as well", async () => {
    const shared = aws.kms.addKey({
      account: otherAccount,
      policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] }),
    });
    const snapshot = aws.ec2.addSnapshot({ account: otherAccount, kmsKeyId: arnOf(shared) });
    snapshot.createVolumePermissions.users.add(account);
    const input = { SnapshotId: snapshot.id, Encrypted: true, KmsKeyId: arnOf(shared) };
    expect(await isCreated(aws.clientOfRole([ec2, allow(shared, 'ReEncryptFrom', 'ReEncryptTo')]), input)).toBe(false);
    expect(await isCreated(aws.clientOfRole([ec2, allow(shared, 'ReEncryptFrom', ...newKey)]), input)).toBe(true);
  });
});

describe('RunInstances needs of KMS', () => {
  async function isRunning(statements: object[], input: Partial<RunInstancesCommandInput>): Promise<boolean> {
    const { Instances } = await aws.clientOfRole([ec2, ...statements]).send(new RunInstancesCommand({ InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...input }));
    aws.pass(1);
    return (await describedInstance(Instances![0].InstanceId!)).State!.Name === 'running';
  }

  test('for an unencrypted device, a data key and a grant', async () => {
    const key = aws.kms.addKey();
    const input = {
      ImageId: aws.ec2.seedImage('al2023-x86_64').id, BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }],
    };
    expect(await isRunning([allow(key, 'GenerateDataKeyWithoutPlaintext', 'CreateGrant')], input)).toBe(true);
    expect(await isRunning([allow(key, 'GenerateDataKeyWithoutPlaintext')], input)).toBe(false);
    expect(await isRunning([allow(key, 'CreateGrant')], input)).toBe(false);
  });

  test('for a device with its own key, a grant for the attachment', async () => {
    const key = aws.kms.addKey();
    const { id: ImageId } = aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    expect(await isRunning([allow(key, 'ReEncryptFrom', 'ReEncryptTo', 'CreateGrant')], { ImageId })).toBe(true);
    expect(await isRunning([allow(key, 'ReEncryptFrom', 'ReEncryptTo')], { ImageId })).toBe(false);
  });
});

test('the administrator of the account needs no other permissions', async () => {
  expect(await isCreated(client, { SnapshotId: aws.ec2.addSnapshot({ kmsKeyId: arnOf(aws.kms.addKey()) }).id })).toBe(true);
});
