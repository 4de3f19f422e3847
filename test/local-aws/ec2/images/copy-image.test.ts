import { CreateTagsCommand, DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { copy, describedImage, keysOf, snapshotsOf } from '../calls';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';
import { arnOf } from '../../../../local-aws/kms/key';

describe('a copy', () => {
  test('is pending, progresses, and then is an available image with the attributes of its source', async () => {
    const key = aws.kms.addKey();
    const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key), Description: 'mine' });
    expect(id).toMatch(/^ami-0[0-9a-f]{16}$/);
    expect(await describedImage(id)).toMatchObject({ State: 'pending', OwnerId: account, Name: 'copy' });

    aws.clock.advance(20_000);
    const [half] = await snapshotsOf(await describedImage(id));
    expect(half).toMatchObject({ State: 'pending', VolumeId: 'vol-ffffffff', Encrypted: true, KmsKeyId: arnOf(key) });
    expect(parseInt(half.Progress!, 10)).toBeGreaterThan(10);
    expect(parseInt(half.Progress!, 10)).toBeLessThan(90);

    aws.pass(2);
    const image = await describedImage(id);
    expect(image).toMatchObject({
      State: 'available',
      Description: 'mine',
      Architecture: 'x86_64',
      EnaSupport: true,
      BootMode: 'uefi-preferred',
      ImdsSupport: 'v2.0',
      RootDeviceName: '/dev/xvda',
      SourceImageId: aws.ec2.seedImage('al2023-x86_64').id,
      SourceImageRegion: region,
      Public: false,
    });
    expect((await snapshotsOf(image))[0]).toMatchObject({ State: 'completed', Progress: '100%', VolumeSize: 8, OwnerId: account });
    expect(aws.ec2.counts()).toEqual({ images: 1, snapshots: 1, volumes: 0, instances: 0 });
  });
});

describe('client tokens', () => {
  test('the same request again is the same image; another one is refused', async () => {
    const first = await copy({ ClientToken: 'once' });
    expect(await copy({ ClientToken: 'once' })).toBe(first);
    expect(aws.ec2.counts().images).toBe(1);
    await expect(copy({ ClientToken: 'once', Name: 'other' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    await expect(copy({ ClientToken: 'x'.repeat(65) })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    // tokens are those of one account and Region
    expect(await copy({ ClientToken: 'once' }, aws.client(account, 'eu-west-1'))).not.toBe(first);
  });

  test.each(['old-id', 'mismatch', 'new-image'] as const)('the token of an image that is gone: %s', async answer => {
    aws.ec2.switches.tokenOfDeletedImage = answer;
    const first = await copy({ ClientToken: 'once' });
    await client.send(new DeregisterImageCommand({ ImageId: first }));
    aws.pass();

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
    const there = aws.client(account, 'eu-west-1');
    const key = aws.kms.addKey({ region: 'eu-west-1' });
    const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key) }, there);
    aws.pass();
    expect(await describedImage(id, there)).toMatchObject({ State: 'available', SourceImageRegion: region });
    expect(await keysOf(id, there)).toEqual([arnOf(key)]);
    await expect(describedImage(id)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });

  test.each(['default-key', 'failed'] as const)('an encrypted source and no key: %s', async answer => {
    aws.ec2.switches.crossRegionWithoutKey = answer;
    const there = aws.client(account, 'eu-west-1');
    const source = aws.ec2.addImage({ name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(aws.kms.addKey()) }] });
    const id = await copy({ SourceImageId: source.id }, there);
    aws.pass();
    if (answer === 'failed') {
      expect((await describedImage(id, there)).State).toBe('failed');
    } else {
      expect(await keysOf(id, there)).toEqual([arnOf(aws.kms.ebsKey({ account, region: 'eu-west-1' }))]);
    }
  });
});

describe('tags', () => {
  test('are there from birth, on the image and on every snapshot', async () => {
    const id = await copy({
      SourceImageId: aws.ec2.seedImage('golden').id,
      TagSpecifications: [
        { ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }] },
        { ResourceType: 'snapshot', Tags: [{ Key: 'b', Value: '2' }] },
      ],
    });
    const image = await describedImage(id);
    expect(image.Tags).toEqual([{ Key: 'a', Value: '1' }]);
    expect((await snapshotsOf(image)).map(snapshot => snapshot.Tags)).toEqual(Array(3).fill([{ Key: 'b', Value: '2' }]));
  });

  test('of the source come along if asked for, but only those of the caller', async () => {
    const shared = aws.ec2.addImage({ name: 's', account: otherAccount, public: true, tags: { theirs: '1' } });
    await client.send(new CreateTagsCommand({ Resources: [shared.id], Tags: [{ Key: 'mine', Value: '2' }] }));
    const own = await copy({ SourceImageId: aws.ec2.seedImage('golden').id, CopyImageTags: true, Name: 'own' });
    const foreign = await copy({ SourceImageId: shared.id, CopyImageTags: true, Name: 'foreign' });
    expect((await describedImage(own)).Tags).toEqual([{ Key: 'team', Value: 'platform' }, { Key: 'release', Value: '2025-11' }]);
    expect((await describedImage(foreign)).Tags).toEqual([{ Key: 'mine', Value: '2' }]);
  });
});

describe('the mapping of a pending copy', () => {
  test.each([
    ['at-once', [{ Ebs: { SnapshotId: expect.stringMatching(/^snap-/) } }]],
    ['when-available', []],
    ['devices-without-ids', [{ DeviceName: '/dev/xvda', Ebs: expect.not.objectContaining({ SnapshotId: expect.anything() }) }]],
  ] as const)('%s', async (answer, mapping) => {
    aws.ec2.switches.snapshotIdsAppear = answer;
    const id = await copy();
    expect((await describedImage(id)).BlockDeviceMappings).toMatchObject(mapping);
    expect((await describedImage(id)).BlockDeviceMappings).toHaveLength(mapping.length);
    aws.pass();
    expect((await describedImage(id)).BlockDeviceMappings).toMatchObject([{ Ebs: { SnapshotId: expect.stringMatching(/^snap-/) } }]);
  });

  test('tells that it is encrypted, and not with which key', async () => {
    const id = await copy({ Encrypted: true });
    expect((await describedImage(id)).BlockDeviceMappings![0].Ebs).toMatchObject({ Encrypted: true });
    expect((await describedImage(id)).BlockDeviceMappings![0].Ebs!.KmsKeyId).toBeUndefined();
  });
});

test('UEFI, TPM and metadata support survive', async () => {
  const source = aws.ec2.seedImage('uefi-tpm');
  const id = await copy({ SourceImageId: source.id });
  expect(await describedImage(id)).toMatchObject({ BootMode: 'uefi', TpmSupport: 'v2.0', ImdsSupport: 'v2.0' });
});
