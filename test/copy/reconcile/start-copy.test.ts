import { Tag } from '@aws-sdk/client-ec2';
import { CopyRequest } from '../../../lambda/copy/copy-request';
import { reconcileCopy } from '../../../lambda/copy/reconcile-copy';
import { EncryptedAmiCopyProperties, OWNER_TAG } from '../../../src/contract';
import { Answers, ec2Error } from '../../helpers/answers';
import { answeringInRegions, COPY_ID, copyImage, copyRequest, KEY, KEY_METADATA, outcomeOf, SOURCE_IMAGE } from '../../helpers/copies';
import { SOURCE_ID } from '../../helpers/stacks';

/** The step that starts a copy: the checks before it, the parameters of CopyImage, and its refusals. */

type Properties = Partial<Record<keyof EncryptedAmiCopyProperties, unknown>>;
interface Case {
  /** Since the request began. */
  readonly seconds?: number;
  readonly properties?: Properties;
  readonly memory?: object;
  readonly sourceTags?: Tag[];
  readonly copyImage?: Answers[string];
  readonly isCanceled?: boolean;
}

const PRESERVE = { Encryption: 'PRESERVE', EncryptionKeyArn: undefined };
const DEFAULT_KEY = { Encryption: 'DEFAULT_KEY', EncryptionKeyArn: undefined };
const copyTags = { CopySourceTags: true };

function connected({ copyImage: answer = { ImageId: COPY_ID }, sourceTags }: Case) {
  return answeringInRegions({
    DescribeImages: ({ ImageIds }: { ImageIds?: string[] }) =>
      ({ Images: ImageIds === undefined ? [] : [ImageIds[0] === SOURCE_ID ? { ...SOURCE_IMAGE, Tags: sourceTags } : copyImage({ State: 'pending' })] }),
    DescribeSnapshots: { Snapshots: [{ SnapshotId: 'snap-0' }] },
    DescribeKey: { KeyMetadata: KEY_METADATA },
    GetEbsDefaultKmsKeyId: { KmsKeyId: KEY },
    GetEbsEncryptionByDefault: { EbsEncryptionByDefault: false },
    CopyImage: answer,
  });
}

const stepOf = (clients: ReturnType<typeof connected>, { properties = {}, memory = {}, isCanceled = false }: Case) => {
  const throwIfCanceled = async () => {
    if (isCanceled) {
      throw new Error('canceled');
    }
  };
  const request: CopyRequest = copyRequest(properties as Partial<EncryptedAmiCopyProperties>, { memory: { ...memory }, throwIfCanceled });
  return outcomeOf(() => reconcileCopy(clients.aws, request)).then(outcome => ({ outcome, memory: request.memory }));
};

async function start(one: Case) {
  const clients = connected(one);
  clients.clock.now += (one.seconds ?? 60) * 1_000;
  return { ...await stepOf(clients, one), calls: clients.calls, input: clients.inputs.CopyImage };
}

const STARTED = { error: 'NotReady', message: `EC2 has started the copy ${COPY_ID}`, seconds: 10 };
const LISTED = ['DescribeImages once'];
const CHECKED = ['DescribeImages', 'DescribeSnapshots', 'DescribeKey'];
const LATER = ['CopyImage', 'DescribeImages', 'DescribeSnapshots once'];
const source = { image: SOURCE_IMAGE, devices: [] };
const defaultKey = { id: KEY, arn: KEY };

test('the first attempt lists nothing, retries nothing, and waits', async () => {
  const { outcome, calls, memory } = await start({ seconds: 9.999 });
  expect(outcome).toEqual(STARTED);
  expect(calls).toEqual(['DescribeImages once', 'DescribeSnapshots once', 'DescribeKey', 'CopyImage']);
  expect(memory).toMatchObject({ ids: { copy: COPY_ID }, source: { image: { ImageId: SOURCE_ID } } });
});

test.each<[string, Case, string[]]>([
  ['after ten seconds', { seconds: 10 }, CHECKED],
  ['after an answer was lost', { seconds: 0, memory: { hasGaps: true } }, CHECKED],
  ['after its checks', { memory: { source } }, []],
  ['after checks of another source', { memory: { source: { image: { ImageId: 'ami-other' }, devices: [] } } }, CHECKED],
  ['after its checks, with the default key', { memory: { source, defaultKey }, properties: DEFAULT_KEY }, []],
  ['after its checks, with a default key that is not known', { memory: { source }, properties: DEFAULT_KEY }, ['DescribeImages', 'DescribeSnapshots', 'GetEbsDefaultKmsKeyId', 'DescribeKey']],
  ['after its checks, with the keys of the source', { memory: { source }, properties: PRESERVE }, ['DescribeImages', 'DescribeSnapshots', 'GetEbsEncryptionByDefault']],
  ['after its checks, with the tags of the source', { memory: { source }, properties: copyTags }, CHECKED],
])('a copy is started %s', async (_title, one, checks) => {
  const { outcome, calls, memory } = await start(one);
  expect(outcome).toEqual({ error: 'NotReady', message: `the copy ${COPY_ID} is pending`, seconds: expect.any(Number) });
  expect(calls).toEqual([...LISTED, ...checks, ...LATER]);
  expect(memory.ids).toEqual({ copy: COPY_ID });
});

test.each<[string, object]>([['before its checks', {}], ['after its checks', { source }]])('a copy that is canceled %s is not started', async (_title, memory) => {
  const { outcome, calls } = await start({ memory, isCanceled: true });
  expect(outcome).toEqual({ error: 'Error', message: 'canceled' });
  expect(calls).not.toContain('CopyImage');
});

test('without an ID, it is started again', async () => {
  const { outcome, memory } = await start({ copyImage: {} });
  expect(outcome).toEqual({ error: 'NotReady', message: 'CopyImage returned no image ID' });
  expect(memory.ids).toBeUndefined();
});

const OWNED = { Key: OWNER_TAG, Value: 'stack/one' };
const tagsFor = (image: Tag[], snapshot = image) => [{ ResourceType: 'image', Tags: image }, { ResourceType: 'snapshot', Tags: snapshot }];

describe('CopyImage', () => {
  const WITH_KEY = {
    SourceImageId: SOURCE_ID,
    SourceRegion: 'us-east-1',
    Name: 'Images-attempt',
    Description: `Encrypted copy of ${SOURCE_ID}`,
    ClientToken: expect.stringMatching(/^[0-9a-f]{64}$/),
    TagSpecifications: tagsFor([OWNED]),
    Encrypted: true,
    KmsKeyId: KEY,
  };
  const { Encrypted, KmsKeyId, ...withoutKey } = WITH_KEY;

  test.each<[string, Properties, object]>([
    ['a key', {}, WITH_KEY],
    ['the keys of the source', PRESERVE, withoutKey],
    ['all of its parameters', {
      SourceRegion: 'eu-west-1', LocalZone: undefined, CompletionDurationMinutes: 30, ImageName: 'golden', Description: 'mine', Tags: [{ Key: 'Team', Value: 'one' }],
    }, {
      ...WITH_KEY,
      SourceRegion: 'eu-west-1',
      SnapshotCopyCompletionDurationMinutes: 30,
      Name: 'golden',
      Description: 'mine',
      TagSpecifications: tagsFor([OWNED, { Key: 'Team', Value: 'one' }]),
    }],
  ])('with %s', async (_title, properties, input) => {
    expect((await start({ seconds: 0, properties })).input).toEqual(input);
  });

  test('to a Local Zone', async () => {
    expect((await start({ memory: { source }, properties: { LocalZone: 'us-east-1-bos-1a' } })).input).toEqual({ ...WITH_KEY, DestinationAvailabilityZone: 'us-east-1-bos-1a' });
  });
});

describe('the tags of the source', () => {
  const numbered = (count: number, prefix = 'own') => Array.from({ length: count }, (_, index) => ({ Key: `${prefix}${index}`, Value: '' }));
  const sourceTags: Tag[] = [
    { Key: 'Team', Value: 'theirs' }, { Key: 'Empty' }, { Key: 'Size', Value: 'large' }, { Value: 'without a key' },
    { Key: 'aws:cloudformation:stack-name', Value: 'theirs' }, { Key: 'AWS:backup', Value: 'theirs' }, { Key: 'cdk-encrypted-ami:id', Value: 'theirs' },
  ];
  const own = [{ Key: 'Team', Value: 'mine' }];
  const copied = [{ Key: 'Empty', Value: '' }, { Key: 'Size', Value: 'large' }];

  test.each<[string, Properties, Tag[] | undefined, Tag[]]>([
    ['are copied to the image', { ...copyTags, Tags: own }, sourceTags, [OWNED, ...own, ...copied]],
    ['are not copied', { Tags: own }, sourceTags, [OWNED, ...own]],
    ['may be none', { ...copyTags, Tags: own }, undefined, [OWNED, ...own]],
  ])('%s', async (_title, properties, tags, expected) => {
    expect((await start({ properties, sourceTags: tags })).input).toMatchObject({ TagSpecifications: tagsFor(expected, [OWNED, ...own]) });
  });

  test.each<[number, number, Properties, boolean]>([
    [38, 2, copyTags, true],
    [38, 3, copyTags, false],
    [40, 1, copyTags, false],
    [0, 41, copyTags, false],
    [41, 0, copyTags, true],
    [40, 3, {}, true],
  ])('are refused if the copy would have too many: %d of its own, and %d of %j', async (count, ofSource, properties, isPossible) => {
    const { outcome, calls } = await start({ properties: { ...properties, Tags: count === 0 ? undefined : numbered(count) }, sourceTags: numbered(ofSource, 'source') });
    expect(calls.includes('CopyImage')).toBe(isPossible);
    expect(outcome).toEqual(isPossible ? expect.objectContaining({ error: 'NotReady' }) : {
      error: 'DeploymentError',
      message: `The copy would have ${count + ofSource} tags, ${count} of yours and ${ofSource} of the source image ${SOURCE_ID}, but can have 40, because EC2 allows 50 and ten ` +
        'are reserved for this library. Remove tags from the source or from the copy, or remove `copySourceTags`.',
    });
  });
});

describe('a refusal of CopyImage', () => {
  const refusal = (name: string, message = 'no') => () => { throw Object.assign(ec2Error(name), { message }); };
  const DENIED = 'Not authorized to use key ';
  const THEIRS = 'arn:aws:kms:eu-west-1:210987654321:key/theirs';
  const QUOTA = 'You have reached your quota of 50000 images in this region.';

  test.each<[string, Properties, Answers[string], string, RegExp]>([
    ['that passes', {}, refusal('Unavailable'), 'Unavailable', /^no$/],
    ['of the copy', {}, refusal('InvalidAMIName.Duplicate'), 'DeploymentError', /^The AMI name "Images-attempt" is in use/],
    ['of its key', {}, refusal('AuthFailure', `${DENIED}${KEY}`), 'DeploymentError', new RegExp(`^The handler role is not allowed to use \`encryptionKey\` \\(${KEY}\\)`)],
    ['of a key of the source', PRESERVE, refusal('AuthFailure', `${DENIED}${THEIRS}`), 'DeploymentError', new RegExp(`^The handler role is not allowed to use the key \\(${THEIRS}\\)`)],
    ['of a key of the source in another Region', { ...PRESERVE, SourceRegion: 'eu-west-1', SourceEncryptionKeyArns: [THEIRS] }, refusal('AuthFailure', `${DENIED}${THEIRS}`),
      'DeploymentError', /\["ec2\.eu-west-1\.\*","ec2\.us-east-1\.\*"\]/],
  ])('%s is explained', async (_title, properties, answer, error, message) => {
    expect((await start({ properties, copyImage: answer })).outcome).toEqual({ error, message: expect.stringMatching(message) });
  });

  test.each<[string, Answers[string], string, boolean]>([
    ['of the limit of copies in progress', refusal('ResourceLimitExceeded', 'Too many'), 'ResourceLimitExceeded', true],
    ['of a quota', refusal('ResourceLimitExceeded', QUOTA), 'DeploymentError', false],
    ['that is throttled', refusal('RequestLimitExceeded'), 'RequestLimitExceeded', false],
  ])('%s makes other copies wait, or not', async (_title, answer, error, waits) => {
    const clients = connected({ copyImage: answer });
    expect((await stepOf(clients, {})).outcome).toMatchObject({ error });
    clients.calls.splice(0);
    const { outcome } = await stepOf(clients, {});
    expect(outcome).toMatchObject(waits ? { error: 'NotReady', message: expect.stringContaining('EC2 accepts no more copies') } : { error });
    expect(clients.calls.includes('CopyImage')).toBe(!waits);
  });
});
