import {
  CopySnapshotCommand, CopySnapshotCommandInput, CreateSnapshotCommand, DescribeSnapshotsCommand, EnableEbsEncryptionByDefaultCommand,
  ModifyEbsDefaultKmsKeyIdCommand, Snapshot,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { describedInstance, run } from '../calls';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

/** CopySnapshot as EC2 was recorded. */

async function copy(input: Partial<CopySnapshotCommandInput> = {}, by = client): Promise<string> {
  const SourceSnapshotId = input.SourceSnapshotId ?? aws.ec2.addSnapshot().id;
  return (await by.send(new CopySnapshotCommand({ SourceRegion: region, ...input, SourceSnapshotId }))).SnapshotId!;
}

async function described(id: string, by = client): Promise<Snapshot> {
  return (await by.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }))).Snapshots![0];
}

/** The state of a copy after it has finished. */
async function endOf(id: string, by = client): Promise<Snapshot> {
  aws.pass();
  return described(id, by);
}

const ofNothing = { State: 'error', VolumeId: 'vol-ffffffff', VolumeSize: 0, Encrypted: false, Progress: '0%' };

test('shows neither size nor key at first, then both, and no message once it is completed', async () => {
  const key = arnOf(aws.kms.addKey());
  const { id: SourceSnapshotId } = aws.ec2.addSnapshot({ size: 9, tags: { of: 'source' }, description: 'of the source' });
  const id = await copy({ SourceSnapshotId, Encrypted: true, KmsKeyId: key });
  const first = await described(id);
  expect(first).toMatchObject({
    State: 'pending',
    StateMessage: 'Metadata not updated',
    VolumeId: 'vol-ffffffff',
    VolumeSize: 0,
    Encrypted: false,
    Progress: '0%',
    StorageTier: 'standard',
    TransferType: 'standard',
    Description: '',
  });
  expect([first.KmsKeyId, first.Tags, first.CompletionTime, first.FullSnapshotSizeInBytes]).toEqual([undefined, undefined, undefined, undefined]);
  aws.clock.advance(aws.ec2.settings.timing.copyMetadata);
  expect(await described(id)).toMatchObject({ State: 'pending', StateMessage: 'Metadata updated', VolumeSize: 9, Encrypted: true, KmsKeyId: key });
  const last = await endOf(id);
  expect(last).toMatchObject({
    State: 'completed', VolumeSize: 9, KmsKeyId: key, Progress: '100%', CompletionTime: expect.any(Date), FullSnapshotSizeInBytes: 9 / 4 * 1024 ** 3,
  });
  expect(last.StateMessage).toBeUndefined();
});

test('each call creates a snapshot, with the tags and the description of the request', async () => {
  const { id: SourceSnapshotId } = aws.ec2.addSnapshot();
  const input = { SourceRegion: region, SourceSnapshotId };
  const answer = await client.send(new CopySnapshotCommand({
    ...input, Description: 'mine', TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: 'b' }] }],
  }));
  expect(answer.Tags).toEqual([{ Key: 'a', Value: 'b' }]);
  expect(await described(answer.SnapshotId!)).toMatchObject({ Description: 'mine', Tags: [{ Key: 'a', Value: 'b' }] });
  const again = await client.send(new CopySnapshotCommand(input));
  expect(again.Tags).toBeUndefined();
  expect(again.SnapshotId).not.toBe(answer.SnapshotId);
});

test('each copy can have its own key', async () => {
  const keys = [arnOf(aws.kms.addKey()), arnOf(aws.kms.addKey())];
  const SourceSnapshotId = aws.ec2.seedImage('golden').devices[1].ebs!.snapshotId!;
  for (const KmsKeyId of keys) {
    expect(await endOf(await copy({ SourceSnapshotId, Encrypted: true, KmsKeyId }))).toMatchObject({ State: 'completed', KmsKeyId });
  }
});

test('uses aws/ebs without a key, or the default key while encryption by default is on', async () => {
  const other = aws.kms.addKey();
  const SourceSnapshotId = aws.ec2.addSnapshot({ kmsKeyId: arnOf(aws.kms.addKey()) }).id;
  await client.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: arnOf(other) }));
  expect((await endOf(await copy({ SourceSnapshotId }))).KmsKeyId).toBe(arnOf(aws.kms.ebsKey()));
  await client.send(new EnableEbsEncryptionByDefaultCommand({}));
  expect((await endOf(await copy({ SourceSnapshotId }))).KmsKeyId).toBe(arnOf(other));
});

test('uses the default key of the destination Region without a key', async () => {
  const there = aws.client(account, 'us-west-2');
  const SourceSnapshotId = aws.ec2.addSnapshot({ kmsKeyId: arnOf(aws.kms.addKey()) }).id;
  expect(await endOf(await copy({ SourceSnapshotId }, there), there))
    .toMatchObject({ State: 'completed', KmsKeyId: arnOf(aws.kms.ebsKey({ account, region: 'us-west-2' })) });
});

describe('accepts a source that cannot be read, and the snapshot fails', () => {
  test.each([
    ['that does not exist', () => 'snap-0ffffffffffffffff', {}],
    ['that is not shared', () => aws.ec2.addSnapshot({ account: otherAccount }).id, {}],
    ['that is in another Region', () => aws.ec2.addSnapshot().id, { SourceRegion: 'us-west-2' }],
  ])('when it is one %s', async (_title, source, input) => {
    const id = await copy({ SourceSnapshotId: source(), Encrypted: true, KmsKeyId: arnOf(aws.kms.addKey()), ...input });
    expect(await described(id)).toMatchObject({ ...ofNothing, State: 'pending', StateMessage: 'Metadata not updated' });
    expect(await endOf(id)).toMatchObject({ ...ofNothing, StateMessage: 'Source snapshot is not found' });
  });

  test('and a dry run succeeds', async () => {
    await expect(copy({ SourceSnapshotId: 'snap-0ffffffffffffffff', DryRun: true })).rejects.toMatchObject({ name: 'DryRunOperation' });
    expect(aws.ec2.counts().snapshots).toBe(0);
  });

  test('when it is pending', async () => {
    const { InstanceId } = await run();
    aws.pass(1);
    const VolumeId = (await describedInstance(InstanceId!)).BlockDeviceMappings![0].Ebs!.VolumeId;
    const { SnapshotId } = await client.send(new CreateSnapshotCommand({ VolumeId }));
    const id = await copy({ SourceSnapshotId: SnapshotId });
    expect(await endOf(id)).toMatchObject({ ...ofNothing, StateMessage: 'Source snapshot is not complete' });
    expect((await described(id)).KmsKeyId).toBeUndefined();
    expect(await endOf(await copy({ SourceSnapshotId: SnapshotId }))).toMatchObject({ State: 'completed' });
  });
});

describe('fails at once', () => {
  const refused = async (input: Partial<CopySnapshotCommandInput>, name: string, message: string) => {
    const { snapshots } = aws.ec2.counts();
    await expect(copy(input)).rejects.toMatchObject({ name, message, $metadata: { httpStatusCode: 400 } });
    expect(aws.ec2.counts().snapshots).toBe(snapshots);
  };

  test('for a key that is disabled or does not exist', async () => {
    const disabled = arnOf(aws.kms.addKey({ state: 'Disabled' }));
    await refused({ Encrypted: true, KmsKeyId: disabled }, 'InvalidParameterValue', `The specified keyId ${disabled} is disabled`);
    await refused({ Encrypted: true, KmsKeyId: 'alias/missing' }, 'InvalidParameterValue', 'The specified keyId alias/missing is invalid');
  });

  test('for a source Region that does not exist, and for another destination than the Region of the call', async () => {
    await refused({ SourceRegion: 'not-a-region' }, 'InvalidRegion', 'not-a-region is not a valid region name.');
    // the SDK adds the Region of the call, unless there is a presigned URL
    await refused(
      { DestinationRegion: 'us-west-2', PresignedUrl: 'https://localhost' }, 'InvalidParameterValue',
      `DestinationRegion 'us-west-2' does not match the current region (${region}).`,
    );
    for (const SourceRegion of ['ap-northeast-1', 'us-gov-west-1', 'cn-north-1']) {
      await expect(copy({ SourceRegion })).resolves.toMatch(/^snap-/);
    }
  });

  test('without a source', async () => {
    await expect(client.send(new CopySnapshotCommand({ SourceRegion: region } as CopySnapshotCommandInput)))
      .rejects.toMatchObject({ name: 'MissingParameter', message: 'The request must contain the parameter SourceSnapshotId' });
  });

  test('for a key without encryption', async () => {
    await refused({ KmsKeyId: 'alias/any' }, 'InvalidParameterDependency', 'The parameter [KmsKeyId] requires the parameter Encrypted to be set.');
  });

  test('for an unencrypted copy of an encrypted snapshot', async () => {
    const { id: SourceSnapshotId } = aws.ec2.addSnapshot({ kmsKeyId: arnOf(aws.kms.addKey()) });
    await refused(
      { SourceSnapshotId, Encrypted: false }, 'InvalidRequest',
      `Snapshot ${SourceSnapshotId} is encrypted. Creating unencrypted copy from an encrypted snapshot is not supported.`,
    );
  });

  test.each([-1, 0, 1, 14, 16, 2881])('for a duration of %d minutes, even when the caller is not authorized', async CompletionDurationMinutes => {
    await expect(copy({ CompletionDurationMinutes }, aws.clientOfRole([]))).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('beyond twenty copies in progress', async () => {
    aws.ec2.settings.limits.concurrentSnapshotCopies = 1;
    await copy();
    await refused({}, 'ResourceLimitExceeded', 'Too many snapshot copies in progress. The limit is 1 for this destination region.');
  });
});
