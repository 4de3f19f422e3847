import {
  DeleteSnapshotCommand, DescribeSnapshotAttributeCommand, DescribeSnapshotsCommand, DescribeSnapshotsCommandInput, ModifySnapshotAttributeCommand,
  ModifySnapshotAttributeCommandInput,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { client, aws } from '../each-test';
import { account, otherAccount } from '../test-aws';

/** Who may read a snapshot besides its owner, what readers see and what they may not do: as EC2 was recorded. */

const THIRD_ACCOUNT = '333333333333';
let id: string;
let key: string;

beforeEach(() => {
  key = arnOf(aws.kms.addKey());
  id = aws.ec2.addSnapshot({ kmsKeyId: key, tags: { owners: 'tag' } }).id;
});

async function list(input: DescribeSnapshotsCommandInput, by = aws.client(otherAccount)): Promise<string[]> {
  const { Snapshots } = await by.send(new DescribeSnapshotsCommand(input));
  return Snapshots!.map(snapshot => snapshot.SnapshotId!);
}

const modify = (input: Partial<ModifySnapshotAttributeCommandInput>, by = client) =>
  by.send(new ModifySnapshotAttributeCommand({ SnapshotId: id, ...input }));
const share = () => modify({ CreateVolumePermission: { Add: [{ UserId: otherAccount }] } });
const revoke = () => modify({ CreateVolumePermission: { Remove: [{ UserId: otherAccount }] } });
const permissions = async () =>
  (await client.send(new DescribeSnapshotAttributeCommand({ SnapshotId: id, Attribute: 'createVolumePermission' }))).CreateVolumePermissions;

test('shares a snapshot with another account, and stops sharing it', async () => {
  await modify({ Attribute: 'createVolumePermission', OperationType: 'add', UserIds: [otherAccount] });
  expect(await permissions()).toEqual([{ UserId: otherAccount }]);
  expect(await list({ RestorableByUserIds: ['self'], OwnerIds: [account] })).toEqual([id]);
  expect(await list({ RestorableByUserIds: [otherAccount] })).toEqual([id]);
  expect(await list({ RestorableByUserIds: [account] })).toEqual([]);
  expect(await list({ OwnerIds: ['self'] })).toEqual([]);
  await revoke();
  expect(await permissions()).toEqual([]);
  expect(await list({ OwnerIds: [account] })).toEqual([]);
  await expect(list({ SnapshotIds: [id] })).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' });
});

test('a reader sees the key, and no tags', async () => {
  await share();
  const { Snapshots } = await aws.client(otherAccount).send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
  expect(Snapshots).toMatchObject([{ OwnerId: account, Encrypted: true, KmsKeyId: key }]);
  expect(Snapshots![0].Tags).toBeUndefined();
});

test('a reader cannot delete or share the snapshot', async () => {
  await share();
  const reader = aws.client(otherAccount);
  const nothing = { name: 'InvalidSnapshot.NotFound', message: `The snapshot '${id}' does not exist.`, $metadata: { httpStatusCode: 400 } };
  await expect(reader.send(new DeleteSnapshotCommand({ SnapshotId: id }))).rejects.toMatchObject(nothing);
  await expect(modify({ CreateVolumePermission: { Add: [{ UserId: THIRD_ACCOUNT }] } }, reader)).rejects.toMatchObject(nothing);
  expect(await permissions()).toEqual([{ UserId: otherAccount }]);
});

test('lists and filters of the other account can find the snapshot later than its ID does', async () => {
  aws.ec2.settings.consistency.listsLag = 1_000;
  await share();
  const asked: DescribeSnapshotsCommandInput[] = [
    { OwnerIds: [account] }, { RestorableByUserIds: ['self'] }, { RestorableByUserIds: [otherAccount] }, { Filters: [{ Name: 'snapshot-id', Values: [id] }] },
  ];
  for (const input of asked) {
    expect(await list(input)).toEqual([]);
  }
  expect(await list({ SnapshotIds: [id] })).toEqual([id]);
  expect(await list({ OwnerIds: ['self'] }, client)).toContain(id);
  aws.clock.advance(1_000);
  for (const input of asked) {
    expect(await list(input)).toEqual([id]);
  }
});

test('the other account can read the snapshot for some time after it is no longer shared', async () => {
  aws.ec2.settings.consistency.revocationLag = 65_000;
  await share();
  await revoke();
  expect(await permissions()).toEqual([]);
  expect(await list({ SnapshotIds: [id] })).toEqual([id]);
  aws.clock.advance(65_000);
  await expect(list({ SnapshotIds: [id] })).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' });
});

test('accepts 500 changes in a call, including duplicates, and refuses more', async () => {
  const entries = (count: number) => Array.from({ length: count }, () => ({ UserId: account }));
  await modify({ CreateVolumePermission: { Add: entries(500) } });
  // the owner's own account is taken, and not noted
  expect(await permissions()).toEqual([]);
  const tooMany = { name: 'InvalidParameterValue', message: 'Modification size must not be greater than 500.' };
  await expect(modify({ CreateVolumePermission: { Add: entries(501) } })).rejects.toMatchObject(tooMany);
  await expect(modify({ Attribute: 'createVolumePermission', OperationType: 'add', UserIds: entries(501).map(one => one.UserId) })).rejects.toMatchObject(tooMany);
});

test.each<[string, Partial<ModifySnapshotAttributeCommandInput>, string, string]>([
  ['nothing', {}, 'InvalidParameterCombination', 'No attributes specified.'],
  [
    'no attribute', { OperationType: 'add', UserIds: [otherAccount] },
    'MissingParameter', 'Value for parameter attribute is invalid. Parameter may not be null or empty.',
  ],
  [
    'no operation', { Attribute: 'createVolumePermission', UserIds: [otherAccount] },
    'InvalidParameterCombination', 'No operation specified for createVolumePermission attribute.',
  ],
  [
    'two operations', { CreateVolumePermission: { Add: [{ UserId: otherAccount }], Remove: [{ UserId: THIRD_ACCOUNT }] } },
    'InvalidParameterCombination', 'One and only one operation type may be specified for createVolumePermissions',
  ],
  ['no account', { CreateVolumePermission: { Add: [{ UserId: '123' }] } }, 'InvalidAMIAttributeItemValue', 'UserId 123'],
])('refuses a change with %s', async (_title, input, name, message) => {
  await expect(modify(input)).rejects.toMatchObject({ name, message });
  expect(await permissions()).toEqual([]);
});

test('accepts the group all for unencrypted snapshots only', async () => {
  const plain = aws.ec2.addSnapshot().id;
  await expect(modify({ SnapshotId: plain, CreateVolumePermission: { Add: [{ Group: 'everyone' as 'all' }] } })).rejects.toMatchObject({ name: 'InvalidAMIAttributeItemValue' });
  await expect(modify({ CreateVolumePermission: { Add: [{ Group: 'all' }] } })).rejects.toMatchObject({ name: 'InvalidParameter' });
  await modify({ SnapshotId: plain, CreateVolumePermission: { Add: [{ Group: 'all' }] } });
  expect(await list({ RestorableByUserIds: ['all'], OwnerIds: [account] })).toEqual([plain]);
});

test('refuses to share a snapshot that is encrypted with the AWS managed key', async () => {
  const managed = aws.ec2.addSnapshot({ kmsKeyId: arnOf(aws.kms.ebsKey()) }).id;
  await expect(modify({ SnapshotId: managed, CreateVolumePermission: { Add: [{ UserId: otherAccount }] } }))
    .rejects.toMatchObject({ name: 'InvalidParameter', message: "Snapshots encrypted with the AWS Managed CMK can't be shared" });
});
