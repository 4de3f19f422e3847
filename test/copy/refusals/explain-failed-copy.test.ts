import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { explainFailedCopy } from '../../../lambda/copy/explain-copy-failure';
import { EncryptedAmiCopyProperties, OWNER_TAG } from '../../../src/contract';
import { Answers, ec2Error } from '../../helpers/answers';
import { ACCOUNT, answeringInRegions, COPY_ID, copyImage, copyRequest, KEY, KEY_METADATA, SOURCE_IMAGE } from '../../helpers/copies';
import { SOURCE_ID } from '../../helpers/stacks';

/** The cause of a copy that EC2 has accepted, and that has failed: the words of EC2, and everything that the handler can check again. */

type Properties = Partial<Record<keyof EncryptedAmiCopyProperties, unknown>>;
const [ONE, TWO, EBS_KEY] = ['one', 'two', 'of-ebs'].map(name => `arn:aws:kms:us-east-1:${ACCOUNT}:key/${name}`);
const THEIRS = KEY.replace(ACCOUNT, '210987654321');
const ALIAS = `arn:aws:kms:us-east-1:${ACCOUNT}:alias/golden`;
const PRESERVE = { Encryption: 'PRESERVE', EncryptionKeyArn: undefined };
const FAR = { SourceRegion: 'eu-west-1' };
const UNKNOWN = 'All checks of the source, its snapshots and the keys passed. The most likely cause is a key policy that denies the use of ';
const OWNED = [{ Key: OWNER_TAG, Value: 'stack/one' }];
const DENIED = 'denied';

interface Case {
  readonly properties?: Properties;
  /** The keys of the snapshots of the source. */
  readonly sourceKeys?: (string | undefined)[];
  /** Whether memory has the source. */
  readonly isForgotten?: boolean;
  /** The state of keys, unless they are enabled. */
  readonly keys?: Record<string, string>;
  readonly source?: Partial<Image> | Error;
  /** The failed copy as the listing had it, and as EC2 shows it now. */
  readonly image?: Image;
  readonly latest?: Image | null;
  /** The snapshots of the copy by their tag, and by their ids. */
  readonly tagged?: Snapshot[];
  readonly left?: Record<string, Snapshot | Error | null>;
}

async function explain(one: Case): Promise<string> {
  const { properties = {}, sourceKeys = [undefined], isForgotten, keys = {}, source = {}, image = {}, latest = {}, tagged = [], left = {} } = one;
  const mappings = sourceKeys.map((_key, index) => ({ DeviceName: `/dev/sd${'ab'[index]}`, Ebs: { SnapshotId: `snap-source-${index}` } }));
  const sourceSnapshots = sourceKeys.map((KmsKeyId, index): Snapshot => ({ SnapshotId: `snap-source-${index}`, OwnerId: ACCOUNT, Encrypted: KmsKeyId !== undefined, KmsKeyId }));
  const failed = copyImage({ State: 'failed', BlockDeviceMappings: Object.keys(left).map(SnapshotId => ({ DeviceName: SnapshotId, Ebs: { SnapshotId } })), ...image });
  const answers: Answers = {
    DescribeImages: ({ ImageIds: [id] }: { ImageIds: string[] }) => {
      if (source instanceof Error && id === SOURCE_ID) {
        throw source;
      }
      const ofCopy = latest === null ? [] : [{ ...failed, ...latest }];
      return { Images: id === SOURCE_ID ? [{ ...SOURCE_IMAGE, BlockDeviceMappings: mappings, ...source }] : ofCopy };
    },
    DescribeSnapshots: ({ SnapshotIds }: { SnapshotIds?: string[] }) => {
      const [id] = SnapshotIds ?? [''];
      expect(id).toBeDefined();
      const found = left[id];
      if (found instanceof Error) {
        throw found;
      }
      if (SnapshotIds === undefined || found === null) {
        return { Snapshots: found === null ? [] : tagged };
      }
      return { Snapshots: found ? [{ SnapshotId: id, ...found }] : sourceSnapshots.filter(({ SnapshotId }) => SnapshotId === id) };
    },
    DescribeKey: ({ KeyId }: { KeyId: string }) => {
      if (keys[KeyId] === DENIED) {
        throw ec2Error('AccessDeniedException');
      }
      return { KeyMetadata: { ...KEY_METADATA, Arn: KeyId, KeyState: keys[KeyId] ?? 'Enabled', KeyManager: KeyId === EBS_KEY ? 'AWS' : 'CUSTOMER' } };
    },
    GetEbsDefaultKmsKeyId: { KmsKeyId: EBS_KEY },
  };
  const memory = isForgotten ? {} : { source: { image: SOURCE_IMAGE, devices: sourceSnapshots.map((snapshot, index) => ({ name: `/dev/sd${'ab'[index]}`, ebs: {}, snapshot })) } };
  const request = copyRequest(properties as Partial<EncryptedAmiCopyProperties>, { memory });
  const error = await explainFailedCopy(answeringInRegions(answers).aws, request, failed);
  expect(error.name).toBe('DeploymentError');
  const begin = `The copy ${COPY_ID} of ${SOURCE_ID} is in the state failed. `;
  expect(error.message.startsWith(begin)).toBe(true);
  return error.message.slice(begin.length);
}

const passed = (...keys: string[]) => ({ SourceEncryptionKeyArns: keys });
const statementsIn = (...regions: string[]) => expect.stringContaining(JSON.stringify(regions.map(region => `ec2.${region}.*`)).slice(1, -1)) as string;

test.each<[string, Case, RegExp]>([
  ['the source', { source: { State: 'deregistered' } }, /^The source image ami-\w+ is deregistered/],
  ['the source, although a key is disabled too', { source: { State: 'deregistered' }, keys: { [KEY]: 'Disabled' } }, /^The source image/],
  ['the key', { keys: { [KEY]: 'Disabled' } }, /^`encryptionKey` \(\S+wanted\) is disabled/],
  ['the default key', { properties: { Encryption: 'DEFAULT_KEY', EncryptionKeyArn: undefined }, keys: { [EBS_KEY]: 'PendingDeletion' } }, /^The account's default key for EBS .* is scheduled for deletion/],
  ['the key of a snapshot', { sourceKeys: [undefined, TWO], keys: { [TWO]: 'Disabled' } }, /^The key of the source snapshot snap-source-1 for \/dev\/sdb \(\S+two\) is disabled/],
  ['the key of a snapshot that may not be described', { properties: { ...PRESERVE, ...passed(ONE) }, sourceKeys: [ONE], keys: { [ONE]: DENIED } },
    /^The handler role is not allowed to use the key of the source snapshot snap-source-0 for \/dev\/sda/],
  ['another key, although one of the source may not be described', { properties: passed(ONE), sourceKeys: [ONE, TWO], keys: { [ONE]: DENIED, [TWO]: 'Disabled' } },
    /^The key of the source snapshot snap-source-1 for \/dev\/sdb \(\S+two\) is disabled/],
  ['the key, although one of the source may not be described', { properties: passed(ONE), sourceKeys: [ONE], keys: { [ONE]: DENIED, [KEY]: 'Disabled' } }, /^`encryptionKey` .* is disabled/],
])('the cause is %s, which passed at the start', async (_title, one, cause) => {
  jest.spyOn(console, 'warn').mockReturnValue(undefined);
  expect(await explain(one)).toMatch(cause);
});

test.each<[string, Case, RegExp]>([
  ['without a key', { properties: PRESERVE }, /^All checks .* denies the use of the account's default key for EBS: check CloudTrail for denied KMS calls\. Otherwise it is a temporary EC2 failure: deploy again\.$/],
  ['with a key', {}, new RegExp(`^${UNKNOWN}${KEY}: check CloudTrail for denied KMS calls\\. Otherwise it is a temporary EC2 failure: deploy again\\. The key policy must have these statements: `)],
  ['where EC2 does not answer', { source: ec2Error('Unavailable') }, new RegExp(`^${UNKNOWN}${KEY}: `)],
  ['whose source changes', { source: { State: 'pending' } }, new RegExp(`^${UNKNOWN}${KEY}: `)],
  ['to an Outpost', { properties: { OutpostArn: 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0' } },
    /KMS calls\. It can also be that the Outpost is disconnected, or has no capacity left in S3 on Outposts\. Otherwise it is a temporary EC2 failure/],
  ['with a key of the source that was passed', { properties: passed(ONE), sourceKeys: [ONE] }, new RegExp(`^${UNKNOWN}${KEY} or ${ONE}: .*The key policies must have`)],
  ['with the key that the source has', { properties: passed(KEY), sourceKeys: [KEY] }, new RegExp(`^${UNKNOWN}${KEY}: .*The key policy must have`)],
  ['with a key of the source that was passed by its alias', { properties: passed(ALIAS), sourceKeys: [ONE] }, new RegExp(`^${UNKNOWN}${KEY} or ${ONE}: `)],
  ['of a source with an AWS managed key', { sourceKeys: [EBS_KEY] }, new RegExp(`^${UNKNOWN}${KEY}: `)],
  ['of a source that memory has lost', { isForgotten: true, sourceKeys: [ONE] }, new RegExp(`^${UNKNOWN}${KEY}: `)],
  ['with a key of the source that was not passed', { properties: passed(ONE), sourceKeys: [ONE, TWO] },
    /^The handler role is not allowed to use a key of the source \(\S+two\)\. Pass it in `sourceEncryptionKeys`/],
  ['that keeps a key of the source that was not passed', { properties: PRESERVE, sourceKeys: [TWO] }, /^The handler role is not allowed to use a key of the source \(\S+two\)\./],
  ['that preserves, from another Region', { properties: { ...PRESERVE, ...FAR } }, /^The source has encrypted and unencrypted snapshots in another Region/],
  ['with a key, from another Region', { properties: FAR }, new RegExp(`^${UNKNOWN}${KEY}: `)],
])('a copy %s has a likely cause', async (_title, one, cause) => {
  expect(await explain(one)).toMatch(cause);
});

test('the statements of a key policy are for both Regions, and name its owner', async () => {
  expect(await explain({ properties: FAR })).toEqual(statementsIn('eu-west-1', 'us-east-1'));
  expect(await explain({ properties: { EncryptionKeyArn: THEIRS } })).toContain('which only its owner, account 210987654321, can add');
});

test.each<[string, Case, string, boolean]>([
  ['of the image', { latest: { StateReason: { Message: 'Internal error' } } }, ` (EC2: ${COPY_ID}: Internal error)`, false],
  ['of the image, which is shown no more', { latest: null, image: { StateReason: { Message: 'Internal error' } } }, ` (EC2: ${COPY_ID}: Internal error)`, false],
  ['of the image, with no text', { latest: { StateReason: {} } }, '', false],
  ['of a snapshot', { tagged: [{ SnapshotId: 'snap-1', State: 'error', StateMessage: 'Given key ID is not accessible' }] }, ' (EC2: snap-1: Given key ID is not accessible)', true],
  ['of the snapshots that failed', {
    latest: { StateReason: { Message: 'No CMK' } },
    tagged: [{ SnapshotId: 'snap-1', State: 'completed', StateMessage: 'of KMS' }, { SnapshotId: 'snap-2', State: 'error' }, { SnapshotId: 'snap-3', State: 'error', StateMessage: 'KMS' }],
  }, ` (EC2: ${COPY_ID}: No CMK; snap-3: KMS)`, true],
  ['of a keyboard', { latest: { StateReason: { Message: 'keyboard' } } }, ` (EC2: ${COPY_ID}: keyboard)`, false],
])('the words of EC2 %s are at the end', async (_title, one, words, isAboutKey) => {
  const message = await explain(one);
  expect(message.endsWith(`.${words}`)).toBe(true);
  expect(message.startsWith(isAboutKey ? `A key could not be used: ${KEY}. Check its policy, and CloudTrail for denied KMS calls. The key policy must have` : UNKNOWN)).toBe(true);
});

describe('what has lost its tag, and cannot be deleted', () => {
  const lost = (ids: string, command: string) => {
    const [have, them] = ids.includes(',') ? ['have', 'them'] : ['has', 'it'];
    return ` ${ids} no longer ${have} the tag ${OWNER_TAG}, so the handler role is not allowed to delete ${them}. Delete ${them} yourself: \`${command}\`.`;
  };
  const deletion = (id: string) => `aws ec2 delete-snapshot --snapshot-id ${id} --region us-east-1`;
  const deregistration = `aws ec2 deregister-image --image-id ${COPY_ID} --delete-associated-snapshots --region us-east-1`;
  const owned = { Tags: OWNED };

  test.each<[string, Case, string]>([
    ['nothing', { left: { 'snap-1': owned } }, ''],
    ['nothing of snapshots that are gone', { left: { 'snap-1': ec2Error('InvalidSnapshot.NotFound'), 'snap-2': null } }, ''],
    ['nothing of a device without a snapshot', { image: { BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: {} }] } }, ''],
    ['a snapshot', { left: { 'snap-1': owned, 'snap-2': {} } }, lost('snap-2', deletion('snap-2'))],
    ['two snapshots', { left: { 'snap-1': { Tags: [{ Key: OWNER_TAG, Value: 'others' }] }, 'snap-2': {} } }, lost('snap-1, snap-2', `${deletion('snap-1')}; ${deletion('snap-2')}`)],
    ['the image', { image: { Tags: [] }, left: { 'snap-1': owned } }, lost(COPY_ID, deregistration)],
    ['the image and a snapshot', { image: { Tags: [] }, left: { 'snap-1': {} } }, lost(`${COPY_ID}, snap-1`, deregistration)],
  ])('is named: %s', async (_title, one, hint) => {
    expect((await explain({ properties: PRESERVE, ...one })).split('deploy again.')[1]).toBe(hint);
  });

  test('is not known while EC2 does not answer', async () => {
    await expect(explain({ left: { 'snap-1': ec2Error('Unavailable') } })).rejects.toThrow('Unavailable');
  });
});
