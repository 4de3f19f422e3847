import { EC2Client, EnableEbsEncryptionByDefaultCommand, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { nonDefaultAlternatives, UndocumentedBehavior } from '../../local-aws/ec2/settings/undocumented-behavior';
import { arnOf } from '../../local-aws/kms/key';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { Deployment, imageIn, NOTHING, withoutStatement } from '../helpers/deployment';
import { orDefaultKey } from '../helpers/stacks';
import { sample } from '../setup/nightly';

/**
 * Where a source comes from, and what becomes of it: every source in every Region under every encryption. What can be copied is read back from
 * EC2, snapshot by snapshot; what cannot is refused with its reason, and leaves nothing.
 */

const OTHER_ACCOUNT = '210987654321';
const HOME = 'us-east-1';
const ELSEWHERE = 'eu-west-1';
const SOURCES = ['own', 'own-encrypted', 'shared', 'image-only', 'no-key', 'public', 'managed-key', 's3'] as const;
const ENCRYPTIONS = ['default key', 'own key', "other account's key", 'preserve'] as const;
type Source = typeof SOURCES[number];
type Encryption = typeof ENCRYPTIONS[number];

let account: Deployment;
let keys: Record<string, string>;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const { kms: all } = account.aws;
  keys = {
    wanted: arnOf(all.addKey()),
    own: arnOf(all.addKey()),
    theirs: arnOf(all.addKey({ account: OTHER_ACCOUNT, policy: sharedWith(account.aws.account) })),
    ebs: arnOf(all.ebsKey()),
  };
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** A source in a Region, and the key that it is encrypted with, if any. */
function sourceOf(source: Source, region: string): { id: string; key?: string } {
  const { ec2, kms: all, account: self } = account.aws;
  const place = { region, account: source.startsWith('own') || source === 's3' ? self : OTHER_ACCOUNT };
  const key = (() => {
    switch (source) {
      case 'own-encrypted': return region === HOME ? keys.own : arnOf(all.addKey(place));
      case 'shared':
      case 'image-only': return arnOf(all.addKey({ ...place, policy: sharedWith(self) }));
      case 'no-key': return arnOf(all.addKey(place));
      case 'managed-key': return arnOf(all.ebsKey(place));
      default: return undefined;
    }
  })();
  const image = ec2.addImage({
    ...place,
    name: source,
    public: source === 'public',
    instanceStore: source === 's3',
    devices: source === 's3' ? [] : ['/dev/xvda', '/dev/sdb'].map(deviceName =>
      ({ deviceName, size: 4, kmsKeyId: key })),
  });
  if (place.account !== self) {
    ec2.shareImage(image, self);
  }
  if (['shared', 'no-key'].includes(source)) {
    ec2.shareSnapshots(image, self);
  }
  return { id: image.id, key };
}

function propsFor(stack: Stack, encryption: Encryption): Partial<EncryptedAmiCopyProps> {
  switch (encryption) {
    case 'default key': return {};
    case 'own key': return { encryptionKey: kms.Key.fromKeyArn(stack, 'Wanted', keys.wanted) };
    case "other account's key": return { encryptionKey: kms.Key.fromKeyArn(stack, 'Theirs', keys.theirs) };
    case 'preserve': return { preserveEncryption: true };
  }
}

interface Outcome {
  readonly failures: readonly string[];
  /** Of each snapshot. */
  readonly keys?: readonly (string | undefined)[];
}

/** Deploys a copy of each source in one stack, and says what came of each. */
async function copiedTogether(sourceNames: readonly Source[], region: string, encryption: Encryption): Promise<Record<string, Outcome>> {
  const sources = sourceNames.map(name => ({ name, ...sourceOf(name, region) }));
  const result = await account.deploy(stack => {
    const props = propsFor(stack, encryption);
    const sourceRegion = region === HOME ? undefined : region;
    const bucket = s3.Bucket.fromBucketName(stack, 'Bundles', 'bundles');
    for (const { name, id, key } of sources) {
      const sourceEncryptionKeys = key === undefined ? [] : [kms.Key.fromKeyArn(stack, `KeyOf${name}`, key)];
      const sourceBucket = name === 's3' && encryption === 'preserve' ? bucket : undefined;
      const copy = new EncryptedAmiCopy(stack, name, {
        sourceImage: imageIn(region, id), sourceRegion, sourceEncryptionKeys, sourceBucket, ...orDefaultKey(props),
      });
      new CfnOutput(stack, `Id-${name}`, { value: copy.imageId });
    }
  });
  if (result.failures.length > 0) {
    account.aws.clock.advance(24 * 60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  }
  return Object.fromEntries(sources.map(({ name, id }) => {
    const failures = result.failures.filter(failure => failure.startsWith(name.replaceAll('-', '')));
    return [name, result.failures.length > 0 ? { failures } : { failures, keys: keysOf(result.outputs[`Id${name.replaceAll('-', '')}`], id, region) }];
  }));
}

async function copied(source: Source, region: string, encryption: Encryption): Promise<Outcome> {
  return (await copiedTogether([source], region, encryption))[source];
}

/** The keys of the snapshots of a copy, which is its account's own. */
function keysOf(imageId: string, sourceId: string, region: string): (string | undefined)[] {
  const { ec2 } = account.aws;
  const image = ec2.image(imageId)!;
  expect(image).toMatchObject({ region: HOME, account: account.aws.account, state: 'available', sourceImage: { id: sourceId, region } });
  const snapshots = image.devices.map(({ ebs }) => ec2.snapshot(ebs!.snapshotId!)!);
  expect(snapshots.every(snapshot => snapshot.region === HOME && snapshot.account === account.aws.account)).toBe(true);
  return snapshots.map(({ encrypted, kmsKeyId }) => encrypted ? kmsKeyId : undefined);
}

/** The expected key of each snapshot, or the message. */
function expected(source: Source, region: string, encryption: Encryption): string | RegExp | undefined {
  const elsewhere = region !== HOME;
  switch (source) {
    case 'image-only':
      return new RegExp(`its snapshot snap-\\w+ \\(/dev/xvda\\) is not, or it was deleted\\. The owner, account ${OTHER_ACCOUNT}, must share .* aws/ebs cannot be shared`);
    case 'managed-key':
      return new RegExp(`its snapshot snap-\\w+ .*account ${OTHER_ACCOUNT}.*A snapshot that is encrypted with the AWS managed key aws/ebs cannot be shared`);
    case 'no-key':
      return new RegExp(`The key policy must have these statements, which only its owner, account ${OTHER_ACCOUNT}, can add: \\[\\{.*"AWS":"123456789012".*\\}\\]`);
    case 's3':
      return encryption === 'preserve' ? undefined : /is backed by instance store, not by EBS, and cannot be encrypted/;
  }
  switch (encryption) {
    case 'default key': return keys.ebs;
    case 'own key': return keys.wanted;
    case "other account's key": return keys.theirs;
    case 'preserve': return source === 'own' || source === 'public' ? undefined : source === 'shared' || elsewhere ? keys.ebs : keys.own;
  }
}

test('the key of another account that may not be used is named', async () => {
  expect((await copied('no-key', HOME, 'own key')).failures).toEqual([expect.stringMatching(expected('no-key', HOME, 'own key') as RegExp)]);
  await account.destroy();
  expect((await copied('shared', HOME, 'own key')).keys).toEqual([keys.wanted, keys.wanted]);
});

describe.each([HOME, ELSEWHERE])('from %s', region => {
  test.each(sample(ENCRYPTIONS, 2))('%s', async encryption => {
    account.aws.cloudFormationSwitches.canceledRequest = 'wait';
    const wanted = Object.fromEntries(SOURCES.map(source => [source, expected(source, region, encryption)]));
    // WHEN
    const good = await copiedTogether(SOURCES.filter(source => !(wanted[source] instanceof RegExp)), region, encryption);
    await account.destroy();
    const bad = await copiedTogether(SOURCES.filter(source => wanted[source] instanceof RegExp), region, encryption);
    // THEN
    for (const [source, outcome] of Object.entries({ ...good, ...bad })) {
      const key = wanted[source];
      expect({ source, ...outcome }).toEqual(key instanceof RegExp
        ? { source, failures: [expect.stringMatching(key)] }
        : { source, failures: [], keys: source === 's3' ? [] : [key, key] });
    }
    // whether another account's key can be used, only EC2 knows where the handler may not look at it
    expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(Object.keys(good).length + 1);
  });
});

describe('an encrypted image from another Region', () => {
  const between: (keyof UndocumentedBehavior)[] = ['crossRegionWithoutKey', 'sourceArnRegion', 'sourceViaService', 'requestTagsOnSource'];
  test.each(sample(nonDefaultAlternatives().filter(([name]) => between.includes(name)), 3))('where %s is %s', async (name, answer) => {
    Object.assign(account.aws.ec2.switches, { [name]: answer });
    expect(await copied('own-encrypted', ELSEWHERE, 'own key')).toEqual({ failures: [], keys: [keys.wanted, keys.wanted] });
    await account.destroy();
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
    expect(await copied('shared', ELSEWHERE, 'preserve')).toEqual({ failures: [], keys: [keys.ebs, keys.ebs] });
  });

  test.each(sample([['default-key', false], ['failed', false], ['default-key', true], ['failed', true]] as const, 2))(
    'with snapshots that are not encrypted among them, preserved: %s, encryption by default %p', async (crossRegionWithoutKey, byDefault) => {
      const { aws } = account;
      aws.ec2.switches.crossRegionWithoutKey = crossRegionWithoutKey;
      if (byDefault) {
        await new EC2Client(aws.clientOptions()).send(new EnableEbsEncryptionByDefaultCommand({}));
      }
      const key = arnOf(aws.kms.addKey({ region: ELSEWHERE }));
      const mixed = aws.ec2.addImage({ region: ELSEWHERE, name: 'mixed', devices: [{ deviceName: '/dev/xvda', size: 4 }, { deviceName: '/dev/sdb', size: 4, kmsKeyId: key }] });
      const { status, failures } = await account.deploy(stack => {
        new EncryptedAmiCopy(stack, 'Copy', {
          sourceImage: imageIn(ELSEWHERE, mixed.id), sourceRegion: ELSEWHERE, preserveEncryption: true, sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'Key', key)],
        });
      });
      if (crossRegionWithoutKey === 'failed' && !byDefault) {
        expect(failures.join()).toContain('The source has encrypted and unencrypted snapshots in another Region, and the keys of that Region cannot be used here. Set `encryptionKey` instead of');
        expect(aws.ec2.counts()).toEqual(NOTHING);
      } else {
        expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
      }
    });

  test('keeps its UEFI data, which is read where it is', async () => {
    const source = account.aws.ec2.addImage({ region: ELSEWHERE, name: 'secure', bootMode: 'uefi', tpmSupport: 'v2.0', uefiData: 'c2VjdXJl' }).id;
    const { failures } = await account.deploy(stack => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(ELSEWHERE, source), useDefaultKey: true, sourceRegion: ELSEWHERE }));
    expect(failures).toEqual([]);
    expect(account.aws.log.of('ec2:DescribeImageAttribute').map(call => call.region)).toEqual(expect.arrayContaining([HOME, ELSEWHERE]));
  });

  test('that does not exist is reported with its Region', async () => {
    const { failures } = await account.deploy(stack => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(ELSEWHERE, 'ami-0000000000000dead'), useDefaultKey: true, sourceRegion: ELSEWHERE }));
    expect(failures.join()).toContain('The source image ami-0000000000000dead was not found in eu-west-1.');
  });
});

test('an instance of a copy launches after the owner has taken everything back', async () => {
  const { aws } = account;
  const { id, key } = sourceOf('shared', HOME);
  const { outputs } = await account.deploy(stack => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', {
      sourceImage: imageIn(HOME, id), sourceEncryptionKeys: [kms.Key.fromKeyArn(stack, 'SourceKey', key!)], encryptionKey: kms.Key.fromKeyArn(stack, 'Wanted', keys.wanted),
    });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  });
  const source = aws.ec2.image(id)!;
  source.launchPermissions.users.clear();
  source.devices.forEach(({ ebs }) => aws.ec2.snapshot(ebs!.snapshotId!)!.createVolumePermissions.users.clear());
  aws.kms.find({ account: OTHER_ACCOUNT, region: HOME }, key!)!.key.state = 'PendingDeletion';
  const client = new EC2Client(aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: outputs.ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  aws.clock.advance(60_000);
  expect(Instances).toHaveLength(1);
  expect(aws.ec2.counts().instances).toBe(1);
});

describe('what EC2 does not copy', () => {
  const refusal = async (id: string, props: Partial<EncryptedAmiCopyProps> = {}) => {
    const { failures } = await account.deploy(stack => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(HOME, id), ...orDefaultKey(props) }));
    account.aws.clock.advance(60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
    return failures.join();
  };
  const foreign = (settings: Partial<Parameters<typeof account.aws.ec2.addImage>[0]>) => {
    const image = account.aws.ec2.addImage({ account: OTHER_ACCOUNT, name: 'theirs', ...settings });
    account.aws.ec2.shareImage(image, account.aws.account);
    account.aws.ec2.shareSnapshots(image, account.aws.account);
    return image;
  };

  test("another account's image from AWS Marketplace, and one with a license", async () => {
    for (const image of [foreign({ name: 'market', productCodes: [{ ProductCodeId: 'abc', ProductCodeType: 'marketplace' }] }), foreign({ name: 'win', windows: true })]) {
      expect(await refusal(image.id)).toMatch(/EC2 does not copy the source image ami-\w+, because it has an AWS Marketplace product code or a billed license and belongs to another account\. Launch an instance/);
    }
  });

  test('an image that is not one of the Allowed AMIs', async () => {
    account.aws.ec2.settings.limits.allowedImageOwners = ['amazon'];
    expect(await refusal(foreign({}).id)).toContain("or this account's Allowed AMIs settings exclude it");
  });

  test('an image that is disabled', async () => {
    expect(await refusal(account.aws.ec2.addImage({ name: 'off', state: 'disabled' }).id)).toContain('is disabled, not available. Use an image that is available.');
  });

  test('an image in S3 whose bucket is not known', async () => {
    expect(await refusal(account.aws.ec2.seedImage('instance-store').id, { preserveEncryption: true })).toContain('the handler role is not allowed to read its bucket (bundles). Pass the bucket in `sourceBucket`.');
  });
});

test('a deprecated image is copied by its id', async () => {
  const image = account.aws.ec2.addImage({ account: OTHER_ACCOUNT, name: 'old', public: true });
  image.deprecationTime = account.aws.clock.now() - 1_000;
  expect((await account.deploy(stack => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(HOME, image.id), useDefaultKey: true }))).failures).toEqual([]);
});

test('an image that is still being made is waited for', async () => {
  const image = account.aws.ec2.addImage({ name: 'young', state: 'pending' });
  const end = account.aws.clock.now() + 120_000;
  account.aws.faults.add({ matches: () => { image.state = account.aws.clock.now() < end ? 'pending' : 'available'; return true; } });
  expect((await account.deploy(stack => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(HOME, image.id), useDefaultKey: true }))).failures).toEqual([]);
  const [{ at }] = account.aws.log.of('ec2:CopyImage');
  expect(at).toBeGreaterThanOrEqual(end);
});

describe("a key's names", () => {
  test('an alias that exists', async () => {
    const key = (stack: Stack) => kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden-wanted');
    const arn = arnOf(account.aws.kms.addKey({ alias: 'alias/golden-wanted' }));
    const { status, failures, outputs } = await account.deploy(stack => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(HOME, sourceOf('own', HOME).id), encryptionKey: key(stack) });
      new CfnOutput(stack, 'Snapshot', { value: copy.imageRootSnapshotId });
    });
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.snapshot(outputs.Snapshot)!.kmsKeyId).toBe(arn);
  });

  test.each([
    ['KeyMetadataByAlias1', /kms:DescribeKey/],
    ['DestinationKeyUseByAlias1', /A key could not be used/],
    ['KeyGrantByAlias1', /A key could not be used/],
  ])('an alias, without the statement %s, which a key by its ARN does not have', async (sid, reason) => {
    account.aws.kms.addKey({ alias: 'alias/golden-wanted' });
    const { failures } = await account.deploy(stack => void new EncryptedAmiCopy(stack, 'Copy', {
      sourceImage: imageIn(HOME, sourceOf('own', HOME).id), encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden-wanted'),
    }), 'Images', withoutStatement(sid));
    expect(failures.join('\n')).toMatch(reason);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test('the replica of a multi-Region key', async () => {
    const primary = account.aws.kms.addKey({ region: ELSEWHERE, multiRegion: true });
    const replica = arnOf(account.aws.kms.addReplica(primary, HOME));
    const { failures, outputs } = await account.deploy(stack => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageIn(HOME, sourceOf('own', HOME).id), encryptionKey: kms.Key.fromKeyArn(stack, 'Replica', replica) });
      new CfnOutput(stack, 'Snapshot', { value: copy.imageRootSnapshotId });
    });
    expect(failures).toEqual([]);
    expect(account.aws.ec2.snapshot(outputs.Snapshot)!.kmsKeyId).toBe(replica);
  });
});

/** A policy by which the owner of a key, and another account, may do anything with it. */
function sharedWith(other: string): string {
  const allow = (id: string) => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'kms:*', Resource: '*' });
  return JSON.stringify({ Version: '2012-10-17', Statement: [allow(OTHER_ACCOUNT), allow(other)] });
}
