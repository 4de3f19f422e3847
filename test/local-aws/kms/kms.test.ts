import {
  CancelKeyDeletionCommand, CreateAliasCommand, CreateKeyCommand, CreateKeyCommandInput, DeleteAliasCommand, DescribeKeyCommand, DisableKeyCommand,
  DisableKeyRotationCommand, EnableKeyCommand, EnableKeyRotationCommand, GetKeyPolicyCommand, GetKeyRotationStatusCommand, KeySpec, KeyUsageType,
  KMSClient, ListAliasesCommand, ListResourceTagsCommand, NotFoundException, OriginType, PutKeyPolicyCommand, ScheduleKeyDeletionCommand,
  TagResourceCommand, UntagResourceCommand, UpdateAliasCommand, UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { arnOf, unusableForEbs } from '../../../local-aws/kms/key';
import { account, region, otherAccount, TestAws } from '../ec2/test-aws';

let aws: TestAws;
let client: KMSClient;

beforeEach(async () => {
  aws = await TestAws.start();
  client = aws.kmsClient();
});

afterEach(() => aws.stop());

async function describeKey(KeyId: string, by = client) {
  return (await by.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
}

describe('a key', () => {
  test('is created, and found by ID, ARN and alias', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ Description: 'mine', Tags: [{ TagKey: 'a', TagValue: 'b' }] }));
    const { KeyId, Arn } = KeyMetadata!;
    await client.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: KeyId }));

    for (const name of [KeyId!, Arn!, 'alias/mine', `arn:aws:kms:${region}:${account}:alias/mine`]) {
      expect(await describeKey(name)).toMatchObject({
        KeyId,
        Arn: `arn:aws:kms:${region}:${account}:key/${KeyId}`,
        AWSAccountId: account,
        Enabled: true,
        KeyState: 'Enabled',
        Description: 'mine',
        KeySpec: 'SYMMETRIC_DEFAULT',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyManager: 'CUSTOMER',
        Origin: 'AWS_KMS',
        MultiRegion: false,
        CreationDate: new Date(aws.clock.now()),
      });
    }
    expect((await client.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([{ TagKey: 'a', TagValue: 'b' }]);
    expect(JSON.parse((await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy!)).toMatchObject({ Statement: [{ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*' }] });
  });

  test('is updated', async () => {
    const { keyId: KeyId } = aws.kms.addKey();
    await client.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' }));
    await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: '1' }, { TagKey: 'b', TagValue: '2' }] }));
    await client.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }));
    await client.send(new EnableKeyRotationCommand({ KeyId }));
    expect((await describeKey(KeyId)).Description).toBe('new');
    expect((await client.send(new ListResourceTagsCommand({ KeyId }))).Tags).toEqual([{ TagKey: 'b', TagValue: '2' }]);
    expect((await client.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled).toBe(true);
  });

  test('is disabled and enabled, and no longer exists after its deletion', async () => {
    const { keyId: KeyId } = aws.kms.addKey();
    await client.send(new DisableKeyCommand({ KeyId }));
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled', Enabled: false });
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))).toMatchObject({ KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'PendingDeletion', Enabled: false, DeletionDate: new Date(aws.clock.now() + 7 * 86_400_000) });
    await expect(client.send(new EnableKeyCommand({ KeyId }))).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    expect(await describeKey(KeyId)).toMatchObject({ KeyState: 'Disabled' });
    await expect(client.send(new CancelKeyDeletionCommand({ KeyId }))).rejects.toMatchObject({ name: 'KMSInvalidStateException' });
    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    aws.pass(7 * 24 * 60);
    await expect(describeKey(KeyId)).rejects.toBeInstanceOf(NotFoundException);
    await expect(client.send(new ScheduleKeyDeletionCommand({ KeyId: aws.kms.addKey().keyId, PendingWindowInDays: 3 }))).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test.each<[string, string]>([
    ['alias/none', `Alias arn:aws:kms:${region}:${account}:alias/none is not found.`],
    ['12345678-1234-1234-1234-123456789012', `Key 'arn:aws:kms:${region}:${account}:key/12345678-1234-1234-1234-123456789012' does not exist`],
    ['nonsense', "Invalid keyId 'nonsense'"],
    [`arn:aws:kms:eu-west-1:${account}:key/12345678-1234-1234-1234-123456789012`, 'Invalid arn eu-west-1'],
  ])('is not found by %s', async (name, message) => {
    await expect(describeKey(name)).rejects.toMatchObject({ name: 'NotFoundException', message });
  });

  describe('with an alias that only DescribeKey accepts', () => {
    test.each<[string, (KeyId: string) => Promise<unknown>]>([
      ['EnableKey', KeyId => client.send(new EnableKeyCommand({ KeyId }))],
      ['DisableKey', KeyId => client.send(new DisableKeyCommand({ KeyId }))],
      ['EnableKeyRotation', KeyId => client.send(new EnableKeyRotationCommand({ KeyId }))],
      ['DisableKeyRotation', KeyId => client.send(new DisableKeyRotationCommand({ KeyId }))],
      ['GetKeyRotationStatus', KeyId => client.send(new GetKeyRotationStatusCommand({ KeyId }))],
      ['GetKeyPolicy', KeyId => client.send(new GetKeyPolicyCommand({ KeyId }))],
      ['PutKeyPolicy', KeyId => client.send(new PutKeyPolicyCommand({ KeyId, Policy: '{}' }))],
      ['ScheduleKeyDeletion', KeyId => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }))],
      ['CancelKeyDeletion', KeyId => client.send(new CancelKeyDeletionCommand({ KeyId }))],
      ['UpdateKeyDescription', KeyId => client.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' }))],
      ['TagResource', KeyId => client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }))],
      ['UntagResource', KeyId => client.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }))],
      ['ListResourceTags', KeyId => client.send(new ListResourceTagsCommand({ KeyId }))],
      ['ListAliases', KeyId => client.send(new ListAliasesCommand({ KeyId }))],
      ['CreateAlias', TargetKeyId => client.send(new CreateAliasCommand({ AliasName: 'alias/other', TargetKeyId }))],
      ['UpdateAlias', TargetKeyId => client.send(new UpdateAliasCommand({ AliasName: 'alias/mine', TargetKeyId }))],
    ])('%s does not accept an alias', async (_, send) => {
      aws.kms.addKey({ alias: 'alias/mine' });
      for (const name of ['alias/mine', `arn:aws:kms:${region}:${account}:alias/mine`]) {
        await expect(send(name)).rejects.toMatchObject({ name: 'NotFoundException', message: `Invalid keyId '${name}'` });
      }
    });
  });

  test.each<[string, CreateKeyCommandInput, RegExp]>([
    ['a spec', { KeySpec: 'zz' as KeySpec }, /^1 validation error detected: Value 'zz' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: \[.*RSA_2048.*\]$/],
    ['a use', { KeyUsage: 'zz' as KeyUsageType }, /^1 validation error detected: Value 'zz' at 'keyUsage'/],
    ['an origin', { Origin: 'zz' as OriginType }, /^1 validation error detected: Value 'zz' at 'origin'/],
    ['no use of an asymmetric key', { KeySpec: 'RSA_2048' }, /^You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys\.$/],
    ['a use that the spec does not have', { KeySpec: 'ECC_NIST_P256', KeyUsage: 'ENCRYPT_DECRYPT' }, /^KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ECC_NIST_P256$/],
    ['key agreement with a curve of Bitcoin', { KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'KEY_AGREEMENT' }, /^KeyUsage KEY_AGREEMENT is not compatible with KeySpec ECC_SECG_P256K1$/],
    ['encryption with a key for signatures', { KeySpec: 'ML_DSA_44', KeyUsage: 'ENCRYPT_DECRYPT' }, /^KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec ML_DSA_44$/],
    ['signing with a symmetric key', { KeyUsage: 'SIGN_VERIFY' }, /^KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT$/],
  ])('is refused with %s that KMS does not have', async (_, input, message) => {
    await expect(client.send(new CreateKeyCommand(input))).rejects.toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });

  test('can be asymmetric', async () => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }));
    expect(KeyMetadata).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    await client.send(new CreateKeyCommand({ KeySpec: 'SM2', KeyUsage: 'KEY_AGREEMENT' }));
  });

  test('managed by AWS cannot be changed', async () => {
    const KeyId = arnOf(aws.kms.ebsKey());
    for (const command of [new DisableKeyCommand({ KeyId }), new ScheduleKeyDeletionCommand({ KeyId })]) {
      await expect(client.send(command as DisableKeyCommand)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    for (const id of ['key/11111111-2222-3333-4444-555555555555', 'alias/none']) {
      const arn = KeyId.replace(/key\/.*/, id);
      await expect(client.send(new DescribeKeyCommand({ KeyId: arn }))).rejects.toMatchObject({ name: 'NotFoundException', message: expect.stringContaining(arn) });
    }
  });

  test('is not found by its ID from another Region or account', async () => {
    await expect(describeKey(aws.kms.addKey({ region: 'eu-west-1' }).keyId)).rejects.toBeInstanceOf(NotFoundException);
    await expect(describeKey(aws.kms.addKey({ account: otherAccount }).keyId)).rejects.toBeInstanceOf(NotFoundException);
  });

  test('has a replica in each Region if it is a multi-Region key', async () => {
    const primary = aws.kms.addKey({ multiRegion: true });
    const replica = aws.kms.addReplica(primary, 'eu-west-1');
    expect(primary.keyId).toMatch(/^mrk-/);
    expect(await describeKey(primary.keyId)).toMatchObject({ MultiRegion: true, MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY', ReplicaKeys: [{ Arn: arnOf(replica) }] } });
    expect(await describeKey(primary.keyId, aws.kmsClient(account, 'eu-west-1'))).toMatchObject({ Arn: arnOf(replica), MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA' } });
    expect(() => aws.kms.addReplica(aws.kms.addKey(), 'eu-west-1')).toThrow('not a multi-Region');
  });

  test('has the states and key specs that EBS accepts, independently of the caller', () => {
    expect(unusableForEbs(aws.kms.addKey())).toBeUndefined();
    expect(unusableForEbs(aws.kms.addKey({ state: 'Disabled' }))).toMatch(/is disabled\.$/);
    expect(unusableForEbs(aws.kms.addKey({ state: 'PendingDeletion' }))).toMatch(/is pending deletion\.$/);
    expect(unusableForEbs(aws.kms.addKey({ origin: 'EXTERNAL' }))).toMatch(/is pending import\.$/);
    expect(unusableForEbs(aws.kms.addKey({ state: 'Unavailable' }))).toMatch(/is unavailable\.$/);
    expect(unusableForEbs(aws.kms.addKey({ spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY' }))).toMatch(/is not a symmetric encryption key\.$/);
  });
});

describe('aliases', () => {
  test('are listed, updated and deleted', async () => {
    const [one, two] = [aws.kms.addKey(), aws.kms.addKey()];
    await client.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: one.keyId }));
    await expect(client.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: two.keyId }))).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await expect(client.send(new CreateAliasCommand({ AliasName: 'mine', TargetKeyId: two.keyId }))).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(client.send(new CreateAliasCommand({ AliasName: 'alias/aws/mine', TargetKeyId: two.keyId }))).rejects.toMatchObject({ name: 'NotAuthorizedException' });
    await client.send(new UpdateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: two.keyId }));
    expect((await client.send(new ListAliasesCommand({ KeyId: two.keyId }))).Aliases).toMatchObject([{ AliasName: 'alias/mine', TargetKeyId: two.keyId }]);
    await client.send(new DeleteAliasCommand({ AliasName: 'alias/mine' }));
    await expect(describeKey('alias/mine')).rejects.toBeInstanceOf(NotFoundException);
  });
});

describe('the AWS managed key of EBS', () => {
  test('is created on first use, one for each account and Region', async () => {
    const key = await describeKey('alias/aws/ebs');
    expect(key).toMatchObject({ KeyManager: 'AWS', KeyState: 'Enabled' });
    expect((await describeKey('alias/aws/ebs')).Arn).toBe(key.Arn);
    expect((await describeKey('alias/aws/ebs', aws.kmsClient(otherAccount))).Arn).not.toBe(key.Arn);
    await expect(client.send(new DisableKeyCommand({ KeyId: key.KeyId }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('can be used through EC2 by every principal of its account and no other', () => {
    const key = aws.kms.ebsKey();
    const role = aws.iam.putRole({ account, name: 'nothing' });
    const principal = aws.iam.principal(aws.iam.credentials(role).accessKeyId);
    const foreign = aws.iam.principal(`AKIALOCAL${otherAccount}`);
    expect(aws.kms.allows(principal, key, 'kms:Decrypt', { viaEc2In: region })).toBe(true);
    expect(aws.kms.allows(principal, key, 'kms:Decrypt', { viaEc2In: 'eu-west-1' })).toBe(false);
    expect(aws.kms.allows(principal, key, 'kms:Decrypt', {})).toBe(false);
    expect(aws.kms.allows(foreign, key, 'kms:Decrypt', { viaEc2In: region })).toBe(false);
  });
});

describe('permissions', () => {
  const describing = (Resource: string, Condition?: object) => [{ Effect: 'Allow', Action: 'kms:DescribeKey', Resource, ...Condition && { Condition } }];

  test('come from identity policies when the key policy leaves the decision to the account', async () => {
    const key = aws.kms.addKey();
    await describeKey(arnOf(key), aws.kmsClientOfRole(describing(arnOf(key))));
    const other = aws.kmsClientOfRole(describing(arnOf(aws.kms.addKey())));
    const denied: unknown = await describeKey(arnOf(key), other).catch((error: unknown) => error);
    expect(denied).toMatchObject({ name: 'AccessDeniedException' });
    expect((denied as Error).message).toMatch(
      /^User: arn:aws:sts::123456789012:assumed-role\/.* is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:us-east-1:.* because no identity-based policy allows the kms:DescribeKey action$/,
    );
  });

  test('a direct request does not match a statement for requests through EC2', async () => {
    const key = aws.kms.addKey();
    const viaEc2 = { StringEquals: { 'kms:ViaService': `ec2.${region}.amazonaws.com` } };
    await expect(describeKey(arnOf(key), aws.kmsClientOfRole(describing(arnOf(key), viaEc2)))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('conditions can use the alias of the request and the aliases of the key', async () => {
    const key = aws.kms.addKey({ alias: 'alias/mine' });
    const byRequest = aws.kmsClientOfRole(describing('*', { StringEquals: { 'kms:RequestAlias': 'alias/mine' } }));
    await describeKey('alias/mine', byRequest);
    await expect(describeKey(arnOf(key), byRequest)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await describeKey(arnOf(key), aws.kmsClientOfRole(describing('*', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/mine' } })));
  });

  test('an alias that was created, changed or deleted counts as before for up to five minutes', async () => {
    const [first, second] = [aws.kms.addKey(), aws.kms.addKey()];
    aws.kms.switches.aliasDelayMs = 300_000;
    const byAlias = aws.kmsClientOfRole(describing('*', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/mine' } }));
    const isAllowed = (KeyId: string) => describeKey(KeyId, byAlias).then(() => true, () => false);

    await client.send(new CreateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: first.keyId }));
    expect(await isAllowed('alias/mine')).toBe(false);
    aws.clock.advance(300_000);
    expect(await isAllowed('alias/mine')).toBe(true);

    await client.send(new UpdateAliasCommand({ AliasName: 'alias/mine', TargetKeyId: second.keyId }));
    expect([await isAllowed(first.keyId), await isAllowed(second.keyId)]).toEqual([true, false]);
    aws.clock.advance(300_000);
    expect([await isAllowed(first.keyId), await isAllowed(second.keyId)]).toEqual([false, true]);

    await client.send(new DeleteAliasCommand({ AliasName: 'alias/mine' }));
    expect(await isAllowed(second.keyId)).toBe(true);
    aws.clock.advance(300_000);
    expect(await isAllowed(second.keyId)).toBe(false);
  });

  test("need both policies for another account's key", async () => {
    const key = aws.kms.addKey({ account: otherAccount });
    const role = aws.kmsClientOfRole(describing(arnOf(key)));
    await expect(describeKey(arnOf(key), role)).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('no resource-based policy') });
    await aws.kmsClient(otherAccount).send(new PutKeyPolicyCommand({
      KeyId: key.keyId,
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [otherAccount, account].map(one => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${one}:root` }, Action: 'kms:*', Resource: '*' })),
      }),
    }));
    expect((await describeKey(arnOf(key), role)).AWSAccountId).toBe(otherAccount);
    await expect(describeKey(arnOf(key), aws.kmsClientOfRole([]))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(client.send(new PutKeyPolicyCommand({ KeyId: aws.kms.addKey().keyId, Policy: 'none' }))).rejects.toMatchObject({ name: 'MalformedPolicyDocumentException' });
  });
});
