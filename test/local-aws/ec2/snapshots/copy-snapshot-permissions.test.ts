import { CopySnapshotCommand, CopySnapshotCommandInput, EC2Client } from '@aws-sdk/client-ec2';
import { arnOf, Key } from '../../../../local-aws/kms/key';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

/** IAM and KMS permissions that CopySnapshot needs, as recorded, for a shared snapshot and key of another account. */

const OWNER = otherAccount;
const anySnapshot = `arn:aws:ec2:${region}::snapshot/*`;
let source: string;
let theirs: Key;
let mine: Key;

beforeEach(() => {
  theirs = aws.kms.addKey({
    account: OWNER,
    policy: JSON.stringify({
      Version: '2012-10-17', Statement: [OWNER, account].map(id => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'kms:*', Resource: '*' })),
    }),
  });
  mine = aws.kms.addKey();
  const snapshot = aws.ec2.addSnapshot({ account: OWNER, kmsKeyId: arnOf(theirs) });
  snapshot.createVolumePermissions.users.add(account);
  source = snapshot.id;
});

/** The least that is needed, statement by statement. */
function statements(): Record<string, object> {
  const Condition = { StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` } };
  const granting = { Bool: { 'kms:GrantIsForAWSResource': 'true' }, ...Condition };
  return {
    copy: {
      Effect: 'Allow', Action: 'ec2:CopySnapshot', Resource: anySnapshot, Condition: { StringEquals: { 'aws:ResourceAccount': account } },
    },
    source: {
      Effect: 'Allow',
      Action: 'ec2:CopySnapshot',
      Resource: `arn:aws:ec2:${region}::snapshot/${source}`,
      Condition: { StringEquals: { 'aws:ResourceAccount': OWNER, 'ec2:Owner': OWNER } },
    },
    grantOnSource: { Effect: 'Allow', Action: 'kms:CreateGrant', Resource: arnOf(theirs), Condition: granting },
    grant: { Effect: 'Allow', Action: 'kms:CreateGrant', Resource: arnOf(mine), Condition: granting },
    describe: { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: arnOf(mine), Condition },
    dataKey: { Effect: 'Allow', Action: 'kms:GenerateDataKeyWithoutPlaintext', Resource: arnOf(mine), Condition },
  };
}

function roleWithout(...names: string[]): EC2Client {
  return aws.clientOfRole(Object.entries(statements()).filter(([name]) => !names.includes(name)).map(([, statement]) => statement));
}

async function copyBy(role: EC2Client, input: Partial<CopySnapshotCommandInput> = {}): Promise<string> {
  const { SnapshotId } = await role.send(new CopySnapshotCommand({
    SourceRegion: region, SourceSnapshotId: source, Encrypted: true, KmsKeyId: arnOf(mine), ...input,
  }));
  return SnapshotId!;
}

test('needs grants on both keys, a data key and DescribeKey for the new key only', async () => {
  const id = await copyBy(roleWithout());
  aws.pass();
  expect(aws.ec2.snapshot(id)).toMatchObject({ state: 'completed', kmsKeyId: arnOf(mine) });
});

test.each(['copy', 'source'])('is denied without %s', async name => {
  await expect(copyBy(roleWithout(name))).rejects.toMatchObject({ name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } });
});

test('is not authorized to use the new key without DescribeKey', async () => {
  await expect(copyBy(roleWithout('describe'))).rejects.toMatchObject({
    name: 'AuthFailure', message: `Not authorized to use key ${arnOf(mine)} `, $metadata: { httpStatusCode: 403 },
  });
  expect(aws.ec2.counts().snapshots).toBe(0);
});

test.each(['grantOnSource', 'grant', 'dataKey'])('is accepted without %s, and the snapshot fails', async name => {
  const id = await copyBy(roleWithout(name));
  aws.pass();
  expect(aws.ec2.snapshot(id)).toMatchObject({ state: 'error', stateMessage: 'Given key ID is not accessible', kmsKeyId: arnOf(mine), encrypted: true });
});

test('the ARN of the source has the Region of the call, wherever the source is', async () => {
  const { id } = aws.ec2.addSnapshot({ region: 'us-west-2' });
  const allow = (...Resource: string[]) => aws.clientOfRole([{ Effect: 'Allow', Action: 'ec2:CopySnapshot', Resource }]);
  const input = { SourceRegion: 'us-west-2', SourceSnapshotId: id, Encrypted: undefined, KmsKeyId: undefined };
  await expect(copyBy(allow(anySnapshot), input)).resolves.toMatch(/^snap-/);
  await expect(client.send(new CopySnapshotCommand({ ...input }))).resolves.toMatchObject({ SnapshotId: expect.stringMatching(/^snap-/) });
});

test('denies conditions on either account for both resources, and a condition on the owner for the copy', async () => {
  const keys = Object.entries(statements()).filter(([name]) => !['copy', 'source'].includes(name)).map(([, statement]) => statement);
  for (const StringEquals of [{ 'aws:ResourceAccount': account }, { 'aws:ResourceAccount': OWNER }, { 'ec2:Owner': OWNER }]) {
    const both = { Effect: 'Allow', Action: 'ec2:CopySnapshot', Resource: anySnapshot, Condition: { StringEquals } };
    await expect(copyBy(aws.clientOfRole([both, ...keys]))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  }
});

test('tags need CreateTags with the CreateAction of the operation', async () => {
  const TagSpecifications: CopySnapshotCommandInput['TagSpecifications'] = [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: 'b' }] }];
  const tagging = (action: string) => ({
    Effect: 'Allow', Action: 'ec2:CreateTags', Resource: anySnapshot, Condition: { StringEquals: { 'ec2:CreateAction': action } },
  });
  await expect(copyBy(aws.clientOfRole([...Object.values(statements()), tagging('CopySnapshot')]), { TagSpecifications })).resolves.toMatch(/^snap-/);
  await expect(copyBy(aws.clientOfRole([...Object.values(statements()), tagging('CreateSnapshot')]), { TagSpecifications }))
    .rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});
