import { Snapshot } from '@aws-sdk/client-ec2';
import { SourceImage } from '../../../lambda/ami/describe-source-image';
import { checkedKey, checkSourceForCopy, preflight } from '../../../lambda/copy/preflight-copy';
import { EncryptedAmiCopyProperties } from '../../../src/contract';
import { Answers, ec2Error } from '../../helpers/answers';
import { ACCOUNT, answeringInRegions, copyRequest, KEY, KEY_METADATA, outcomeOf, SOURCE_IMAGE, START } from '../../helpers/copies';
import { SOURCE_ID } from '../../helpers/stacks';

/** The checks before a copy, and the key that is passed to CopyImage. */

type Properties = Partial<Record<keyof EncryptedAmiCopyProperties, unknown>>;
const requestOf = (properties: Properties, more = {}) => copyRequest(properties as Partial<EncryptedAmiCopyProperties>, more);
const [DEFAULT, OWN] = ['default', 'own'].map(name => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${name}`);
const EBS_KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/of-ebs`;
const PRESERVE = { Encryption: 'PRESERVE', EncryptionKeyArn: undefined };
const DEFAULT_KEY = { Encryption: 'DEFAULT_KEY', EncryptionKeyArn: undefined };
const SHARED = { SharedAccountIds: ['210987654321'] };
const own: Snapshot = { Encrypted: true, OwnerId: ACCOUNT, KmsKeyId: OWN };
const foreign: Snapshot = { Encrypted: true, OwnerId: '210987654321', KmsKeyId: 'theirs' };
const plain: Snapshot = { Encrypted: false };
const FAR = { SourceRegion: 'eu-west-1' };
const ZONE = { LocalZone: 'us-east-1-bos-1a' };

describe('the key', () => {
  interface Settings { readonly defaultKey?: string; readonly isEncryptedByDefault?: boolean }

  /** The ID of the key for CopyImage, and the default key that is remembered; or the error. */
  async function keyFor(properties: Properties, snapshots: Snapshot[], { defaultKey = DEFAULT, isEncryptedByDefault = false }: Settings = {}) {
    const { aws } = answeringInRegions({
      DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { ...KEY_METADATA, Arn: KeyId === 'alias/aws/ebs' ? EBS_KEY : KeyId } }),
      GetEbsDefaultKmsKeyId: { KmsKeyId: defaultKey },
      GetEbsEncryptionByDefault: { EbsEncryptionByDefault: isEncryptedByDefault },
    });
    const devices = snapshots.map((snapshot, index) => ({ name: `/dev/sd${'ab'[index]}`, ebs: {}, snapshot: { SnapshotId: `snap-${index}`, ...snapshot } }));
    const request = requestOf(properties);
    const outcome = await outcomeOf(() => preflight(aws, request, { image: SOURCE_IMAGE, devices } as unknown as SourceImage));
    return outcome && 'message' in outcome ? outcome.message : [outcome?.id, request.memory.defaultKey];
  }
  const remembered = { id: DEFAULT, arn: DEFAULT };

  test.each<[string, Properties, Snapshot[], Settings, unknown[]]>([
    ['is the one that was passed', {}, [plain, own], {}, [KEY, undefined]],
    ['is the default key', DEFAULT_KEY, [plain, own], {}, [DEFAULT, remembered]],
    ['is the default key by its alias, which is remembered with its ARN', DEFAULT_KEY, [plain], { defaultKey: 'alias/aws/ebs' }, ['alias/aws/ebs', { id: 'alias/aws/ebs', arn: EBS_KEY }]],
    ['is none of unencrypted snapshots', PRESERVE, [plain], {}, [undefined, undefined]],
    ['is none of snapshots that keep their key', PRESERVE, [own], {}, [undefined, undefined]],
    ['is none of snapshots of the declared Region, which is this one', { ...PRESERVE, SourceRegion: 'us-east-1' }, [own], {}, [undefined, undefined]],
    ['is none where EC2 takes the default key by itself', PRESERVE, [foreign], {}, [undefined, undefined]],
    ['is the default key of encrypted snapshots of another Region', { ...PRESERVE, ...FAR }, [own], {}, [DEFAULT, undefined]],
    ['is none of some encrypted snapshots of another Region', { ...PRESERVE, ...FAR }, [own, plain], {}, [undefined, undefined]],
    ['is the default key of another Region where all are encrypted by default', { ...PRESERVE, ...FAR }, [own, plain], { isEncryptedByDefault: true }, [DEFAULT, undefined]],
    ['is none of unencrypted snapshots of another Region', { ...PRESERVE, ...FAR }, [plain], {}, [undefined, undefined]],
    ['may be shared', { ...SHARED }, [plain], {}, [KEY, undefined]],
    ['may be shared where it is certain', { ...PRESERVE, ...ZONE, ...SHARED }, [own, plain], { defaultKey: 'alias/aws/ebs' }, [undefined, undefined]],
  ])('%s', async (_title, properties, snapshots, settings, expected) => {
    expect(await keyFor(properties, snapshots, settings)).toEqual(expected);
  });

  test.each<[string, Properties, Snapshot[], Settings, RegExp]>([
    ['a key of another Region', { EncryptionKeyArn: KEY.replace('us-east-1', 'eu-west-1') }, [plain], {}, /^`encryptionKey` \(.*\) is in eu-west-1/],
    ['a default key that cannot be used', { ...PRESERVE, ...ZONE }, [plain], { defaultKey: KEY.replace('us-east-1', 'eu-west-1') }, /^The account's default key for EBS .* is in eu-west-1/],
    ['sharing a copy with aws/ebs', { ...DEFAULT_KEY, ...SHARED }, [plain], { defaultKey: 'alias/aws/ebs' }, /cannot be shared with 210987654321, because the snapshot of \/dev\/sda/],
    ['sharing a snapshot that gets aws/ebs', { ...PRESERVE, ...SHARED }, [own, foreign], { defaultKey: 'alias/aws/ebs' }, /because the snapshot of \/dev\/sdb/],
    ['a name that EC2 does not allow', { ImageName: 'a' }, [plain], {}, /`imageName`/],
  ])('is not used: %s is refused', async (_title, properties, snapshots, settings, message) => {
    expect(await keyFor(properties, snapshots, settings)).toMatch(message);
  });

  test('is known, and a warning says that the copy can be late', async () => {
    const logged = jest.spyOn(console, 'warn').mockReturnValue(undefined);
    expect(await keyFor({ CompletionDurationMinutes: 15 }, [{ ...plain, VolumeSize: 10_000 }])).toEqual([KEY, undefined]);
    expect(logged.mock.calls).toEqual([[{ message: expect.stringContaining('is too short') }]]);
    logged.mockRestore();
  });

  test.each<[string, Properties, object, string | undefined]>([
    ['that was passed', {}, {}, KEY],
    ['that was the default key', DEFAULT_KEY, { defaultKey: { id: 'before', arn: 'before' } }, 'before'],
    ['that is the default key, which memory does not have', DEFAULT_KEY, {}, undefined],
    ['that is preserved', PRESERVE, { defaultKey: { id: 'before', arn: 'before' } }, undefined],
  ])('of an earlier step, %s', (_title, properties, memory, id) => {
    const label = properties === DEFAULT_KEY ? "the account's default key for EBS" : '`encryptionKey`';
    const key = checkedKey(answeringInRegions({}).aws, requestOf(properties, { memory }));
    expect(key).toEqual(id === undefined ? undefined : expect.objectContaining({ id, label }));
  });
});

describe('the source', () => {
  const FAR_KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/far`;
  const answersWith = (changes: Answers): Answers => ({
    DescribeImages: { Images: [SOURCE_IMAGE] },
    DescribeSnapshots: ({ SnapshotIds: [SnapshotId] }: { SnapshotIds: string[] }) => ({ Snapshots: [{ SnapshotId, ...own, KmsKeyId: undefined }] }),
    DescribeKey: ({ KeyId }: { KeyId: string }) => ({ KeyMetadata: { ...KEY_METADATA, Arn: KeyId } }),
    ...changes,
  });
  async function check(properties: Properties, changes: Answers = {}, elsewhere: Answers = changes) {
    const { aws, calls } = answeringInRegions(answersWith(changes), answersWith(elsewhere));
    const outcome = await outcomeOf(() => checkSourceForCopy(aws, requestOf(properties), START));
    return 'message' in outcome ? outcome : { image: outcome.image.ImageId, devices: outcome.devices.length, calls };
  }

  const encryptedWith = (KmsKeyId: string) => ({ DescribeSnapshots: { Snapshots: [{ SnapshotId: 'snap-0', ...own, KmsKeyId }] } });
  const disabled = { DescribeKey: { KeyMetadata: { ...KEY_METADATA, KeyState: 'Disabled' } } };
  const inS3 = { DescribeImages: { Images: [{ ...SOURCE_IMAGE, RootDeviceType: 'instance-store', BlockDeviceMappings: undefined, ImageLocation: 'bucket/folder/image.manifest.xml' }] } };
  const refused = (code: string): Answers => ({ DescribeImages: () => { throw ec2Error(code); } });

  test.each<[string, Properties, Answers, number, string[]]>([
    ['with one snapshot', {}, {}, 1, ['DescribeImages', 'DescribeSnapshots']],
    ['with a key', {}, encryptedWith(OWN), 1, ['DescribeImages', 'DescribeSnapshots', 'DescribeKey']],
    ['of another Region', FAR, encryptedWith(FAR_KEY), 1, ['DescribeImages in eu-west-1', 'DescribeSnapshots in eu-west-1', 'DescribeKey in eu-west-1']],
    ['in S3, with its bucket', { ...PRESERVE, SourceBucketName: 'bucket' }, inS3, 0, ['DescribeImages']],
  ])('%s can be copied', async (_title, properties, answers, devices, calls) => {
    expect(await check(properties, answers)).toEqual({ image: SOURCE_ID, devices, calls });
  });

  test.each<[string, Properties, Answers, string, RegExp]>([
    ['in another partition', { SourceRegion: 'cn-north-1' }, {}, 'DeploymentError', /^`sourceRegion` must be in the partition of the stack, aws/],
    ['in a Region that is not enabled', FAR, refused('AuthFailure'), 'DeploymentError', /^The source Region eu-west-1 is not enabled for account 123456789012\. .* \(EC2 AuthFailure: /],
    ['in a Region that a policy denies', FAR, refused('UnauthorizedOperation'), 'DeploymentError', new RegExp(`^The handler role is not allowed to describe the source image ${SOURCE_ID} in eu-west-1\\.`)],
    ['in a Region whose EC2 does not answer', FAR, refused('Unavailable'), 'Unavailable', /refused/],
    ['in this Region, which does not accept the credentials', {}, refused('AuthFailure'), 'AuthFailure', /refused/],
    ['in this Region, which a policy denies', {}, refused('UnauthorizedOperation'), 'UnauthorizedOperation', /refused/],
    ['in S3, with a key', {}, inS3, 'DeploymentError', /is backed by instance store, not by EBS, and cannot be encrypted/],
    ['in S3, without its bucket', PRESERVE, inS3, 'DeploymentError',
      new RegExp(`^The source image ${SOURCE_ID} is backed by S3, and the handler role is not allowed to read its bucket \\(bucket\\)\\. Pass the bucket in \`sourceBucket\`\\.`)],
    ['in S3, without the name of its bucket', PRESERVE, { DescribeImages: { Images: [{ ...SOURCE_IMAGE, RootDeviceType: 'instance-store' }] } }, 'DeploymentError', /\(undefined\)/],
    ['for an Outpost of another Region', { OutpostArn: 'arn:aws:outposts:eu-west-1:123456789012:outpost/op-0123456789abcdef0' }, {}, 'DeploymentError', /is an Outpost of eu-west-1/],
    ['with a key that is disabled', {}, { ...encryptedWith(OWN), ...disabled }, 'DeploymentError', /^The key of the source snapshot snap-0 for \/dev\/sda \(.*\) is disabled/],
  ])('%s cannot be copied', async (_title, properties, answers, error, message) => {
    expect(await check(properties, answers)).toEqual({ error, message: expect.stringMatching(message) });
  });

  test('is described where it is, and nowhere else', async () => {
    expect(await check(FAR, refused('UnauthorizedOperation'), {})).toMatchObject({ image: SOURCE_ID });
  });
});
