import { CreateTagsCommand, DeregisterImageCommand } from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { copy, describedImage, keysOf, snapshotsOf } from '../calls';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

describe('a copy', () => {
  test('is pending, reports its progress, and becomes available with the attributes of its source', async () => {
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

  test.each([['stands', '1%'], ['absent', undefined]] as const)('reports no progress until it is done, if its progress is %s', async (copyProgress, shown) => {
    aws.ec2.switches.copyProgress = copyProgress;
    const id = await copy();
    for (const seconds of [15_000, 10_000]) {
      aws.clock.advance(seconds);
      expect((await snapshotsOf(await describedImage(id)))[0]).toMatchObject({ State: 'pending' });
      expect((await snapshotsOf(await describedImage(id)))[0].Progress).toBe(shown);
    }
    aws.pass(2);
    expect((await snapshotsOf(await describedImage(id)))[0]).toMatchObject({ State: 'completed', Progress: '100%' });
  });
});

describe('a client token', () => {
  test('returns the same image for the same request, and refuses another request', async () => {
    const first = await copy({ ClientToken: 'once' });
    expect(await copy({ ClientToken: 'once' })).toBe(first);
    expect(aws.ec2.counts().images).toBe(1);
    await expect(copy({ ClientToken: 'once', Name: 'other' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    await expect(copy({ ClientToken: 'x'.repeat(65) })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    // tokens are those of one account and Region
    expect(await copy({ ClientToken: 'once' }, aws.client(account, 'eu-west-1'))).not.toBe(first);
  });

  test.each(['old-id', 'mismatch', 'new-image'] as const)('of a deregistered image has the result: %s', async answer => {
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

describe('a copy between Regions', () => {
  test('is in the Region of the call, encrypted with a key of that Region', async () => {
    const there = aws.client(account, 'eu-west-1');
    const key = aws.kms.addKey({ region: 'eu-west-1' });
    const id = await copy({ Encrypted: true, KmsKeyId: arnOf(key) }, there);
    aws.pass();
    expect(await describedImage(id, there)).toMatchObject({ State: 'available', SourceImageRegion: region });
    expect(await keysOf(id, there)).toEqual([arnOf(key)]);
    await expect(describedImage(id)).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });

  test.each(['default-key', 'failed'] as const)('of an encrypted source without a key has the result: %s', async answer => {
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
  test('are on the image and on every snapshot from the start', async () => {
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

  test("of the source are copied with CopyImageTags, but only the caller's", async () => {
    const shared = aws.ec2.addImage({ name: 's', account: otherAccount, public: true, tags: { theirs: '1' } });
    await client.send(new CreateTagsCommand({ Resources: [shared.id], Tags: [{ Key: 'mine', Value: '2' }] }));
    const own = await copy({ SourceImageId: aws.ec2.seedImage('golden').id, CopyImageTags: true, Name: 'own' });
    const foreign = await copy({ SourceImageId: shared.id, CopyImageTags: true, Name: 'foreign' });
    expect((await describedImage(own)).Tags).toEqual([{ Key: 'team', Value: 'platform' }, { Key: 'release', Value: '2025-11' }]);
    expect((await describedImage(foreign)).Tags).toEqual([{ Key: 'mine', Value: '2' }]);
  });
});

describe('the block device mapping of a pending copy', () => {
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

  test('shows that a snapshot is encrypted, and no key', async () => {
    const id = await copy({ Encrypted: true });
    expect((await describedImage(id)).BlockDeviceMappings![0].Ebs).toMatchObject({ Encrypted: true });
    expect((await describedImage(id)).BlockDeviceMappings![0].Ebs!.KmsKeyId).toBeUndefined();
  });
});

test('a copy keeps UEFI data, TPM and IMDS support', async () => {
  const source = aws.ec2.seedImage('uefi-tpm');
  const id = await copy({ SourceImageId: source.id });
  expect(await describedImage(id)).toMatchObject({ BootMode: 'uefi', TpmSupport: 'v2.0', ImdsSupport: 'v2.0' });
});
