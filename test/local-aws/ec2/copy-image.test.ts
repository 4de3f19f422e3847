import {
  CopyImageCommand, CopyImageCommandInput, CreateTagsCommand, DeregisterImageCommand, DescribeImagesCommand, DescribeSnapshotsCommand, EC2Client,
  EnableEbsEncryptionByDefaultCommand, GetEbsDefaultKmsKeyIdCommand, Image, ModifyEbsDefaultKmsKeyIdCommand, ResetEbsDefaultKmsKeyIdCommand, Snapshot,
} from '@aws-sdk/client-ec2';
import { account, region, stranger, TestWorld } from './world';
import { arnOf, Key } from '../../../local-aws/kms/key';

let world: TestWorld;
let client: EC2Client;

beforeEach(async () => {
  world = await TestWorld.start();
  client = world.client();
});

afterEach(() => world.stop());

async function copy(input: Partial<CopyImageCommandInput> = {}, by = client): Promise<string> {
  const { ImageId } = await by.send(new CopyImageCommand({
    Name: 'copy', SourceRegion: region, SourceImageId: world.ec2.stock('al2023-x86_64').id, ...input,
  }));
  return ImageId!;
}

async function describe1(id: string, by = client): Promise<Image> {
  const { Images } = await by.send(new DescribeImagesCommand({ ImageIds: [id] }));
  return Images![0];
}

async function snapshotsOf(image: Image, by = client): Promise<Snapshot[]> {
  const ids = image.BlockDeviceMappings!.map(device => device.Ebs!.SnapshotId!);
  const { Snapshots } = await by.send(new DescribeSnapshotsCommand({ SnapshotIds: ids }));
  return ids.map(id => Snapshots!.find(snapshot => snapshot.SnapshotId === id)!);
}

/** Whether each snapshot is encrypted, and with which key. */
async function keysOf(id: string, by = client): Promise<(string | false)[]> {
  return (await snapshotsOf(await describe1(id, by), by)).map(snapshot => snapshot.Encrypted! && snapshot.KmsKeyId!);
}

describe('a copy', () => {
  test('is pending, progresses, and then is an available image with the attributes of its source', async () => {
    const key = world.kms.addKey();
    const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key), Description: 'mine' });
    expect(id).toMatch(/^ami-0[0-9a-f]{16}$/);
    expect(await describe1(id)).toMatchObject({ State: 'pending', OwnerId: account, Name: 'copy' });

    world.clock.advance(20_000);
    const [half] = await snapshotsOf(await describe1(id));
    expect(half).toMatchObject({ State: 'pending', VolumeId: 'vol-ffffffff', Encrypted: true, KmsKeyId: arnOf(key) });
    expect(parseInt(half.Progress!, 10)).toBeGreaterThan(10);
    expect(parseInt(half.Progress!, 10)).toBeLessThan(90);

    world.pass(2);
    const image = await describe1(id);
    expect(image).toMatchObject({
      State: 'available',
      Description: 'mine',
      Architecture: 'x86_64',
      EnaSupport: true,
      BootMode: 'uefi-preferred',
      ImdsSupport: 'v2.0',
      RootDeviceName: '/dev/xvda',
      SourceImageId: world.ec2.stock('al2023-x86_64').id,
      SourceImageRegion: region,
      Public: false,
    });
    expect((await snapshotsOf(image))[0]).toMatchObject({ State: 'completed', Progress: '100%', VolumeSize: 8, OwnerId: account });
    expect(world.ec2.counts()).toEqual({ images: 1, snapshots: 1, volumes: 0, instances: 0 });
  });
});

describe('what becomes of the encryption', () => {
  let key: Key;
  let mine: Key;
  let ebs: string;
  let plain: string;
  let encrypted: string;
  let foreign: string;
  let other: Key;

  beforeEach(() => {
    key = world.kms.addKey();
    mine = world.kms.addKey();
    ebs = arnOf(world.kms.ebsKey());
    plain = world.ec2.addImage({ name: 'plain' }).id;
    encrypted = world.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(mine) }] }).id;
    other = world.kms.addKey({
      account: stranger,
      policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] }),
    });
    const image = world.ec2.addImage({ account: stranger, name: 'shared', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(other) }] });
    world.ec2.shareImage(image, account);
    world.ec2.shareSnapshots(image, account);
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
    world.pass();
    expect(await keysOf(id)).toEqual([result()]);
    expect((await describe1(id)).State).toBe('available');
  });
});

describe('keys that cannot be used', () => {
  const cases: [name: string, key: () => string][] = [
    ['disabled', () => arnOf(world.kms.addKey({ state: 'Disabled' }))],
    ['pending deletion', () => arnOf(world.kms.addKey({ state: 'PendingDeletion' }))],
    ['pending import', () => arnOf(world.kms.addKey({ origin: 'EXTERNAL' }))],
    ['asymmetric', () => arnOf(world.kms.addKey({ spec: 'RSA_2048' }))],
    ['for signing', () => arnOf(world.kms.addKey({ spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' }))],
    ['missing', () => `arn:aws:kms:${region}:${account}:key/00000000-0000-0000-0000-000000000000`],
    ['of another Region', () => arnOf(world.kms.addKey({ region: 'eu-west-1' }))],
    ['an alias without its prefix', () => 'golden'],
    ['of another account that does not share it', () => arnOf(world.kms.addKey({ account: stranger }))],
  ];

  test.each(cases)('%s: accepted, and then the image fails without saying why', async (_name, key) => {
    const id = await copy({ Encrypted: true, KmsKeyId: key(), TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect((await describe1(id)).State).toBe('pending');

    world.clock.advance(10_000);

    const image = await describe1(id);
    expect(image).toMatchObject({
      State: 'failed',
      StateReason: { Code: 'Client.InternalError', Message: 'Copy image failed with an internal error' },
      Name: 'copy',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    expect(await snapshotsOf(image)).toMatchObject([{ State: 'error', StateMessage: 'Given key ID is not accessible' }]);
    expect(world.ec2.counts()).toMatchObject({ images: 1, snapshots: 1 });
  });

  test('a source whose key is disabled cannot be copied either', async () => {
    const key = world.kms.addKey();
    const { id: SourceImageId } = world.ec2.addImage({ name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    key.state = 'Disabled';

    const id = await copy({ SourceImageId, Encrypted: true, KmsKeyId: arnOf(world.kms.addKey()) });
    world.pass();

    expect((await describe1(id)).State).toBe('failed');
  });

  test('the other snapshots of a failed image are completed', async () => {
    const good = world.kms.addKey();
    const bad = world.kms.addKey();
    const source = world.ec2.addImage({
      name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(good) }, { deviceName: '/dev/sdb', kmsKeyId: arnOf(bad) }],
    });
    bad.state = 'Disabled';

    const id = await copy({ SourceImageId: source.id });
    world.pass();

    const image = await describe1(id);
    expect(image.State).toBe('failed');
    expect((await snapshotsOf(image)).map(snapshot => snapshot.State)).toEqual(['completed', 'error']);
  });

  test('what is left of a failed image depends on what nobody documents', async () => {
    Object.assign(world.ec2.switches, { failedImageKeepsTags: false, failedImageKeepsName: false, failedImageKeepsSnapshots: 'none' });
    const id = await copy({ Encrypted: true, KmsKeyId: 'none', TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }] });
    world.pass();

    const image = await describe1(id);
    expect(image).toMatchObject({ State: 'failed', Tags: [] });
    expect(image.Name).toBeUndefined();
    expect(world.ec2.counts()).toMatchObject({ images: 1, snapshots: 0 });
    // and its name is free
    await expect(copy()).resolves.toMatch(/^ami-/);
  });

  test('snapshots of a failed image may lose their tags', async () => {
    world.ec2.switches.failedImageKeepsSnapshots = 'without-tags';
    const id = await copy({ Encrypted: true, KmsKeyId: 'none', TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect((await snapshotsOf(await describe1(id)))[0].Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    world.pass();
    expect((await snapshotsOf(await describe1(id)))[0].Tags).toEqual([]);
  });
});

describe('what is refused at once', () => {
  async function refused(input: Partial<CopyImageCommandInput>, name: string, message: string | RegExp, by = client): Promise<void> {
    const { images } = world.ec2.counts();
    await expect(copy(input, by)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(world.ec2.counts().images).toBe(images);
  }

  test('an image that is not there, or not for the caller', async () => {
    await refused({ SourceImageId: 'ami-00000000000000000' }, 'InvalidAMIID.NotFound', "The image id '[ami-00000000000000000]' does not exist".replace(/[[\]]/g, '\\$&'));
    await refused({ SourceImageId: 'ami-1' }, 'InvalidAMIID.Malformed', 'Invalid id');
    await refused({ SourceImageId: world.ec2.addImage({ name: 'private', account: stranger }).id }, 'InvalidAMIID.NotFound', 'does not exist');
    await refused({ SourceRegion: 'eu-west-1' }, 'InvalidAMIID.NotFound', 'does not exist');
  });

  test.each(['pending', 'failed', 'disabled'] as const)('an image that is %s', async state => {
    const image = world.ec2.addImage({ name: 's', state });
    await refused({ SourceImageId: image.id }, 'InvalidAMIID.Unavailable', `The image ID '${image.id}' is no longer available`);
  });

  test('an image whose storage is not shared', async () => {
    const image = world.ec2.addImage({ name: 's', account: stranger });
    world.ec2.shareImage(image, account);
    await refused({ SourceImageId: image.id }, 'InvalidRequest', 'You do not have permission to access the storage of this ami');
    world.ec2.shareSnapshots(image, account);
    await expect(copy({ SourceImageId: image.id })).resolves.toMatch(/^ami-/);
  });

  test('licensed images of other accounts, but not those of Amazon', async () => {
    const marketplace = world.ec2.addImage({ name: 'm', account: stranger, public: true, productCodes: [{ ProductCodeId: 'p', ProductCodeType: 'marketplace' }] });
    const windows = world.ec2.addImage({ name: 'w', account: stranger, public: true, windows: true });
    await refused({ SourceImageId: marketplace.id }, 'InvalidRequest', 'Images from AWS Marketplace cannot be copied to another AWS account');
    await refused({ SourceImageId: windows.id }, 'InvalidRequest', 'Images with EC2 BillingProduct codes cannot be copied to another AWS account');

    const id = await copy({ SourceImageId: world.ec2.stock('windows-2025').id });
    expect(await describe1(id)).toMatchObject({ Platform: 'windows', PlatformDetails: 'Windows', UsageOperation: 'RunInstances:0002' });
  });

  test('an unencrypted copy of an encrypted snapshot', async () => {
    const source = world.ec2.stock('golden');
    await refused(
      { SourceImageId: source.id, Encrypted: false }, 'InvalidRequest',
      /^Snapshot snap-0\w+ is encrypted. Creating an unencrypted copy from an encrypted snapshot is not supported.$/,
    );
  });

  test('an unencrypted copy while encryption is the default, perhaps', async () => {
    await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    world.ec2.switches.encryptedFalseUnderEbd = 'error';
    await refused({ Encrypted: false }, 'InvalidParameterCombination', 'encryption by default');
  });

  test.each(['InvalidParameterDependency', 'InvalidParameterCombination', 'InvalidRequest'] as const)('a key without encryption: %s', async code => {
    world.ec2.switches.kmsKeyIdWithoutEncrypted = code;
    await refused({ KmsKeyId: 'alias/golden-data' }, code, 'The parameter KmsKeyId requires the parameter Encrypted to be set.');
  });

  test.each(['ab', 'a'.repeat(129), 'semi;colon', 'über'])('the name %s', async Name => {
    await refused({ Name }, 'InvalidAMIName.Malformed', 'AMI names must be between 3 and 128 characters long');
  });

  test('a name that is taken, until a while after its image is gone', async () => {
    const first = await copy();
    await refused({}, 'InvalidAMIName.Duplicate', `AMI name copy is already in use by AMI ${first}`);
    await client.send(new DeregisterImageCommand({ ImageId: first }));
    await refused({}, 'InvalidAMIName.Duplicate', `AMI name copy is already in use by AMI ${first}`);
    world.clock.advance(5_000);
    await expect(copy()).resolves.toMatch(/^ami-/);
  });

  test('or not, if CopyImage takes any name', async () => {
    world.ec2.switches.copyNamesAreUnique = false;
    await copy();
    await expect(copy()).resolves.toMatch(/^ami-/);
  });

  test('the same name in another Region or account is another name', async () => {
    await copy();
    await expect(copy({}, world.client(account, 'eu-west-1'))).resolves.toMatch(/^ami-/);
    await expect(copy({}, world.client(stranger))).resolves.toMatch(/^ami-/);
  });

  test('a description that is too long, tags of other types, tags of AWS', async () => {
    await refused({ Description: 'x'.repeat(256) }, 'InvalidParameterValue', 'Description');
    await refused({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }] }, 'InvalidParameterValue', 'taggable resource type');
    await refused({ TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'aws:x', Value: 'b' }] }] }, 'InvalidParameterValue', 'reserved');
    await refused({ TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }, { Key: 'a', Value: '2' }] }] }, 'InvalidParameterValue', 'Duplicate tag key');
  });

  test.each([10, 14, 20, 2895])('a time of %d minutes', async minutes => {
    await refused({ SnapshotCopyCompletionDurationMinutes: minutes }, 'InvalidParameterValue', 'SnapshotCopyCompletionDurationMinutes');
  });

  test('more copies at once than EC2 does', async () => {
    world.ec2.settings.limits.concurrentCopies = 2;
    await copy({ Name: 'one' });
    await copy({ Name: 'two' });
    await refused({ Name: 'three' }, 'ResourceLimitExceeded', 'Too many image copies in progress. The limit is 2');
    world.pass();
    await expect(copy({ Name: 'three' })).resolves.toMatch(/^ami-/);
  });

  test('an encrypted copy of an image in an instance store', async () => {
    const SourceImageId = world.ec2.stock('instance-store').id;
    await refused({ SourceImageId, Encrypted: true }, 'InvalidRequest', 'instance store');
    await expect(copy({ SourceImageId })).resolves.toMatch(/^ami-/);
  });

  test('a dry run makes nothing', async () => {
    await expect(copy({ DryRun: true })).rejects.toMatchObject({ name: 'DryRunOperation', $metadata: { httpStatusCode: 412 } });
    expect(world.ec2.counts()).toMatchObject({ images: 0, snapshots: 0 });
  });
});

describe('client tokens', () => {
  test('the same request again is the same image; another one is refused', async () => {
    const first = await copy({ ClientToken: 'once' });
    expect(await copy({ ClientToken: 'once' })).toBe(first);
    expect(world.ec2.counts().images).toBe(1);
    await expect(copy({ ClientToken: 'once', Name: 'other' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    await expect(copy({ ClientToken: 'x'.repeat(65) })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    // tokens are those of one account and Region
    expect(await copy({ ClientToken: 'once' }, world.client(account, 'eu-west-1'))).not.toBe(first);
  });

  test.each(['old-id', 'mismatch', 'new-image'] as const)('the token of an image that is gone: %s', async answer => {
    world.ec2.switches.tokenOfGoneImage = answer;
    const first = await copy({ ClientToken: 'once' });
    await client.send(new DeregisterImageCommand({ ImageId: first }));
    world.pass();

    const again = copy({ ClientToken: 'once' });

    if (answer === 'mismatch') {
      await expect(again).rejects.toMatchObject({ name: 'IdempotentParameterMismatch', message: expect.stringContaining('already deleted') });
    } else if (answer === 'old-id') {
      await expect(again).resolves.toBe(first);
    } else {
      await expect(again).resolves.not.toBe(first);
    }
  });
});

describe('between Regions', () => {
  test('the copy is in the Region of the call, under a key of that Region', async () => {
    const there = world.client(account, 'eu-west-1');
    const key = world.kms.addKey({ region: 'eu-west-1' });
    const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key) }, there);
    world.pass();
    expect(await describe1(id, there)).toMatchObject({ State: 'available', SourceImageRegion: region });
    expect(await keysOf(id, there)).toEqual([arnOf(key)]);
    await expect(describe1(id)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });

  test.each(['default-key', 'failed'] as const)('an encrypted source and no key: %s', async answer => {
    world.ec2.switches.crossRegionWithoutKey = answer;
    const there = world.client(account, 'eu-west-1');
    const source = world.ec2.addImage({ name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(world.kms.addKey()) }] });
    const id = await copy({ SourceImageId: source.id }, there);
    world.pass();
    if (answer === 'failed') {
      expect((await describe1(id, there)).State).toBe('failed');
    } else {
      expect(await keysOf(id, there)).toEqual([arnOf(world.kms.ebsKey({ account, region: 'eu-west-1' }))]);
    }
  });
});

describe("the account's default key", () => {
  test('is what is used where no key is named', async () => {
    const key = world.kms.addKey({ alias: 'alias/account-default' });
    expect((await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe('alias/aws/ebs');
    await client.send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: 'alias/account-default' }));
    expect((await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe(arnOf(key));

    const id = await copy({ Encrypted: true });
    expect(await keysOf(id)).toEqual([arnOf(key)]);

    await client.send(new ResetEbsDefaultKmsKeyIdCommand({}));
    expect(await keysOf(await copy({ Name: 'other', Encrypted: true }))).toEqual([arnOf(world.kms.ebsKey())]);
    world.ec2.switches.defaultKeyName = 'arn';
    expect((await client.send(new GetEbsDefaultKmsKeyIdCommand({}))).KmsKeyId).toBe(arnOf(world.kms.ebsKey()));
  });
});

describe('tags', () => {
  test('are there from birth, on the image and on every snapshot', async () => {
    const id = await copy({
      SourceImageId: world.ec2.stock('golden').id,
      TagSpecifications: [
        { ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }] },
        { ResourceType: 'snapshot', Tags: [{ Key: 'b', Value: '2' }] },
      ],
    });
    const image = await describe1(id);
    expect(image.Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect((await snapshotsOf(image)).map(snapshot => snapshot.Tags)).toEqual(Array(3).fill([{ Key: 'b', Value: '2' }]));
  });

  test('of the source come along if asked for, but only those of the caller', async () => {
    const shared = world.ec2.addImage({ name: 's', account: stranger, public: true, tags: { theirs: '1' } });
    await client.send(new CreateTagsCommand({ Resources: [shared.id], Tags: [{ Key: 'mine', Value: '2' }] }));
    const own = await copy({ SourceImageId: world.ec2.stock('golden').id, CopyImageTags: true, Name: 'own' });
    const foreign = await copy({ SourceImageId: shared.id, CopyImageTags: true, Name: 'foreign' });
    expect((await describe1(own)).Tags).toEqual([{ Key: 'team', Value: 'platform' }, { Key: 'release', Value: '2025-11' }]);
    expect((await describe1(foreign)).Tags).toEqual([{ Key: 'mine', Value: '2' }]);
  });
});

describe('the mapping of a pending copy', () => {
  test.each([
    ['at-once', [{ Ebs: { SnapshotId: expect.stringMatching(/^snap-/) } }]],
    ['when-available', []],
    ['devices-without-ids', [{ DeviceName: '/dev/xvda', Ebs: expect.not.objectContaining({ SnapshotId: expect.anything() }) }]],
  ] as const)('%s', async (answer, mapping) => {
    world.ec2.switches.snapshotIdsAppear = answer;
    const id = await copy();
    expect((await describe1(id)).BlockDeviceMappings).toMatchObject(mapping);
    expect((await describe1(id)).BlockDeviceMappings).toHaveLength(mapping.length);
    world.pass();
    expect((await describe1(id)).BlockDeviceMappings).toMatchObject([{ Ebs: { SnapshotId: expect.stringMatching(/^snap-/) } }]);
  });

  test('names the key only if EC2 does', async () => {
    const id = await copy({ Encrypted: true });
    expect((await describe1(id)).BlockDeviceMappings![0].Ebs).toMatchObject({ Encrypted: true });
    expect((await describe1(id)).BlockDeviceMappings![0].Ebs!.KmsKeyId).toBeUndefined();
    world.ec2.switches.imageBdmCarriesKmsKeyId = true;
    expect((await describe1(id)).BlockDeviceMappings![0].Ebs!.KmsKeyId).toBe(arnOf(world.kms.ebsKey()));
  });
});

describe('a time-based copy', () => {
  const timed = (minutes: number, name: string, size: number) => copy({
    Name: name,
    SourceImageId: world.ec2.addImage({ name: `source of ${name}`, devices: [{ deviceName: '/dev/xvda', size, used: size }] }).id,
    SnapshotCopyCompletionDurationMinutes: minutes,
  });

  test('is there in time', async () => {
    const id = await timed(15, 'one', 100);
    world.pass(10);
    expect((await snapshotsOf(await describe1(id)))[0]).toMatchObject({
      State: 'pending', CompletionDurationMinutes: 15, TransferType: 'time-based', FullSnapshotSizeInBytes: 100 * 1024 ** 3,
    });
    world.pass(5);
    expect((await describe1(id)).State).toBe('available');
  });

  test('is late when too little throughput is left, and refused when none is', async () => {
    world.ec2.settings.limits.timeBasedMebibytesPerSecond = 150;
    const first = await timed(15, 'one', 100);
    const second = await timed(15, 'two', 100);
    await expect(timed(15, 'three', 100)).rejects.toMatchObject({ name: 'ResourceLimitExceeded' });
    world.pass(15);
    expect((await describe1(first)).State).toBe('available');
    expect((await describe1(second)).State).toBe('pending');
    await timed(15, 'three', 100);
    world.pass(60);
    expect((await describe1(second)).State).toBe('available');
  });

  test('of more data than its time allows is late or refused', async () => {
    const id = await timed(15, 'one', 600);
    world.pass(15);
    expect((await describe1(id)).State).toBe('pending');
    world.pass(15);
    expect((await describe1(id)).State).toBe('available');
    world.ec2.switches.durationTooShort = 'refused';
    await expect(timed(15, 'two', 600)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('of a snapshot that is being copied waits for the other', async () => {
    const first = await copy({ Name: 'one', SnapshotCopyCompletionDurationMinutes: 15 });
    const second = await copy({ Name: 'two', SnapshotCopyCompletionDurationMinutes: 15 });
    world.pass(15);
    expect((await describe1(first)).State).toBe('available');
    expect((await describe1(second)).State).toBe('pending');
    world.pass(15);
    expect((await describe1(second)).State).toBe('available');
  });
});

test('a key that is disabled while the copy is under way ends it', async () => {
  const key = world.kms.addKey();
  const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key) });
  world.clock.advance(15_000);
  key.state = 'Disabled';
  expect((await describe1(id)).State).toBe('pending');
  world.pass();
  expect((await describe1(id)).State).toBe('failed');
});

test('UEFI, TPM and metadata support survive', async () => {
  const source = world.ec2.stock('uefi-tpm');
  const id = await copy({ SourceImageId: source.id });
  expect(await describe1(id)).toMatchObject({ BootMode: 'uefi', TpmSupport: 'v2.0', ImdsSupport: 'v2.0' });
});
