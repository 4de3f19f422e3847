import {
  CopyImageCommandInput, EnableEbsEncryptionByDefaultCommand, GetEbsDefaultKmsKeyIdCommand, ModifyEbsDefaultKmsKeyIdCommand,
  ResetEbsDefaultKmsKeyIdCommand,
} from '@aws-sdk/client-ec2';
import { arnOf, Key } from '../../../../local-aws/kms/key';
import { copy, describedImage, keysOf, snapshotsOf } from '../calls';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

/** The keys of a copy, and the results of unusable keys. */

describe('the encryption of a copy', () => {
  let key: Key;
  let mine: Key;
  let ebs: string;
  let plain: string;
  let encrypted: string;
  let foreign: string;
  let other: Key;

  beforeEach(() => {
    key = aws.kms.addKey();
    mine = aws.kms.addKey();
    ebs = arnOf(aws.kms.ebsKey());
    plain = aws.ec2.addImage({ name: 'plain' }).id;
    encrypted = aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(mine) }] }).id;
    other = aws.kms.addKey({
      account: otherAccount,
      policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] }),
    });
    const image = aws.ec2.addImage({ account: otherAccount, name: 'shared', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(other) }] });
    aws.ec2.shareImage(image, account);
    aws.ec2.shareSnapshots(image, account);
    foreign = image.id;
  });

  type Case = [name: string, source: () => string, input: () => Partial<CopyImageCommandInput>, byDefault: boolean, result: () => string | false];
  const cases: Case[] = [
    ['not encrypted, nothing asked', () => plain, () => ({}), false, () => false],
    ['not encrypted, nothing asked, by default', () => plain, () => ({}), true, () => ebs],
    ['own key, nothing asked', () => encrypted, () => ({}), false, () => arnOf(mine)],
    ['own key, nothing asked, by default', () => encrypted, () => ({}), true, () => arnOf(mine)],
    ['key of another account, nothing asked', () => foreign, () => ({}), false, () => ebs],
    ['not encrypted, to be encrypted', () => plain, () => ({ Encrypted: true }), false, () => ebs],
    ['own key, to be encrypted', () => encrypted, () => ({ Encrypted: true }), false, () => arnOf(mine)],
    ['key of another account, to be encrypted', () => foreign, () => ({ Encrypted: true }), false, () => ebs],
    ['not encrypted, a key', () => plain, () => ({ Encrypted: true, KmsKeyId: arnOf(key) }), false, () => arnOf(key)],
    ['own key, a key', () => encrypted, () => ({ Encrypted: true, KmsKeyId: key.keyId }), true, () => arnOf(key)],
    ['key of another account, a key', () => foreign, () => ({ Encrypted: true, KmsKeyId: arnOf(key) }), false, () => arnOf(key)],
    ['not encrypted, explicitly', () => plain, () => ({ Encrypted: false }), false, () => false],
    ['not encrypted, explicitly, by default', () => plain, () => ({ Encrypted: false }), true, () => ebs],
  ];

  test.each(cases)('%s', async (_name, source, input, byDefault, result) => {
    if (byDefault) {
      await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    }
    const id = await copy({ SourceImageId: source(), ...input() });
    aws.pass();
    expect(await keysOf(id)).toEqual([result()]);
    expect((await describedImage(id)).State).toBe('available');
  });
});

describe('an unusable key', () => {
  const cases: [name: string, key: () => string][] = [
    ['disabled', () => arnOf(aws.kms.addKey({ state: 'Disabled' }))],
    ['pending deletion', () => arnOf(aws.kms.addKey({ state: 'PendingDeletion' }))],
    ['pending import', () => arnOf(aws.kms.addKey({ origin: 'EXTERNAL' }))],
    ['asymmetric', () => arnOf(aws.kms.addKey({ spec: 'RSA_2048' }))],
    ['for signing', () => arnOf(aws.kms.addKey({ spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' }))],
    ['missing', () => `arn:aws:kms:${region}:${account}:key/00000000-0000-0000-0000-000000000000`],
    ['of another Region', () => arnOf(aws.kms.addKey({ region: 'eu-west-1' }))],
    ['an alias without its prefix', () => 'golden'],
    ['of another account that does not share it', () => arnOf(aws.kms.addKey({ account: otherAccount }))],
  ];

  test.each(cases)('%s: CopyImage is accepted, and the image fails without the reason', async (_name, key) => {
    const id = await copy({ Encrypted: true, KmsKeyId: key(), TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect((await describedImage(id)).State).toBe('pending');

    aws.clock.advance(10_000);

    const image = await describedImage(id);
    expect(image).toMatchObject({
      State: 'failed',
      StateReason: { Code: 'Client.InternalError', Message: 'Copy image failed with an internal error' },
      Name: 'copy',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(await snapshotsOf(image)).toMatchObject([{ State: 'error', StateMessage: 'Given key ID is not accessible' }]);
    expect(aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 1 });
  });

  test('is an error of CopyImage, if it checks the key like CopySnapshot', async () => {
    aws.ec2.switches.copyImageChecksKey = true;
    const disabled = arnOf(aws.kms.addKey({ state: 'Disabled' }));
    const foreign = arnOf(aws.kms.addKey({ account: otherAccount }));
    const refusals: [string, object][] = [
      [disabled, { name: 'InvalidParameterValue', message: `The specified keyId ${disabled} is disabled` }],
      ['alias/missing', { name: 'InvalidParameterValue', message: 'The specified keyId alias/missing is invalid' }],
      [foreign, { name: 'AuthFailure', message: `Not authorized to use key ${foreign} `, $metadata: { httpStatusCode: 403 } }],
    ];
    for (const [KmsKeyId, refusal] of refusals) {
      await expect(copy({ Encrypted: true, KmsKeyId })).rejects.toMatchObject(refusal);
    }
    expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 0 });
    await expect(copy({ Encrypted: true, KmsKeyId: arnOf(aws.kms.addKey()) })).resolves.toMatch(/^ami-/);
  });

  test('of the source fails the copy, too', async () => {
    const key = aws.kms.addKey();
    const { id: SourceImageId } = aws.ec2.addImage({ name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    key.state = 'Disabled';

    const id = await copy({ SourceImageId, Encrypted: true, KmsKeyId: arnOf(aws.kms.addKey()) });
    aws.pass();

    expect((await describedImage(id)).State).toBe('failed');
  });

  test('does not affect the other snapshots of a failed image', async () => {
    const good = aws.kms.addKey();
    const bad = aws.kms.addKey();
    const source = aws.ec2.addImage({
      name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(good) }, { deviceName: '/dev/sdb', kmsKeyId: arnOf(bad) }],
    });
    bad.state = 'Disabled';

    const id = await copy({ SourceImageId: source.id });
    aws.pass();

    const image = await describedImage(id);
    expect(image.State).toBe('failed');
    expect((await snapshotsOf(image)).map(snapshot => snapshot.State)).toEqual(['completed', 'error']);
  });

  test('leaves a failed image whose tags, name and snapshots are undocumented', async () => {
    Object.assign(aws.ec2.switches, { failedImageKeepsTags: false, failedImageKeepsName: false, failedImageKeepsSnapshots: 'none' });
    const id = await copy({ Encrypted: true, KmsKeyId: 'none', TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }] });
    aws.pass();

    const image = await describedImage(id);
    expect(image.State).toBe('failed');
    expect(image.Tags).toBeUndefined();
    expect(image.Name).toBeUndefined();
    expect(aws.ec2.counts()).toMatchObject({ images: 1, snapshots: 0 });
    // and its name is free
    await expect(copy()).resolves.toMatch(/^ami-/);
  });

  test('can leave snapshots without tags', async () => {
    aws.ec2.switches.failedImageKeepsSnapshots = 'without-tags';
    const id = await copy({ Encrypted: true, KmsKeyId: 'none', TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect((await snapshotsOf(await describedImage(id)))[0].Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    aws.pass();
    expect((await snapshotsOf(await describedImage(id)))[0].Tags).toBeUndefined();
  });
});

describe("the account's default key", () => {
  test('is used when the request has no key', async () => {
    const key = aws.kms.addKey({ alias: 'alias/account-default' });
    expect((await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe('alias/aws/ebs');
    await client.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: 'alias/account-default' }));
    expect((await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe(arnOf(key));

    const id = await copy({ Encrypted: true });
    const shown = async (imageId: string) => {
      aws.clock.advance(aws.ec2.settings.timing.copyMetadata);
      return keysOf(imageId);
    };
    expect(await shown(id)).toEqual([arnOf(key)]);

    await client.send(new ResetEbsDefaultKmsKeyIdCommand({}));
    expect(await shown(await copy({ Name: 'other', Encrypted: true }))).toEqual([arnOf(aws.kms.ebsKey())]);
    expect((await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe('alias/aws/ebs');
  });
});

test('disabling the key during the copy fails the image', async () => {
  const key = aws.kms.addKey();
  const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key) });
  aws.clock.advance(15_000);
  key.state = 'Disabled';
  expect((await describedImage(id)).State).toBe('pending');
  aws.pass();
  expect((await describedImage(id)).State).toBe('failed');
});
