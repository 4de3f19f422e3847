import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { CopyRequest } from '../../../lambda/copy/copy-request';
import { reconcileCopy } from '../../../lambda/copy/reconcile-copy';
import { EncryptedAmiCopyProperties, ENCRYPTION_TAG, ID_TAG, OWNER_TAG, REMOVAL_POLICY_TAG } from '../../../src/contract';
import { answeringInRegions, COPY_ID, copyImage, copyRequest, KEY, KEY_METADATA, outcomeOf, snapshotOfCopy, SOURCE_IMAGE, START } from '../../helpers/copies';
import { SOURCE_ID } from '../../helpers/stacks';

/** One step of a copy that EC2 has started: the calls, and the wait or the end. */

const OWNED = { Key: OWNER_TAG, Value: 'stack/one' };
const DONE = copyImage({
  Description: `Encrypted copy of ${SOURCE_ID}`, Tags: [OWNED, { Key: ID_TAG, Value: COPY_ID }, { Key: REMOVAL_POLICY_TAG, Value: 'Retain' }],
});
const DONE_SNAPSHOT = snapshotOfCopy({
  Tags: [OWNED, { Key: ID_TAG, Value: 'snap-1' }, { Key: ENCRYPTION_TAG, Value: `/dev/sda: ${KEY}` }], CompletionDurationMinutes: 15, StartTime: new Date(0), CompletionTime: new Date(60_000),
});
const known = { ids: { copy: COPY_ID } };

interface Case {
  /** Since the request began. */
  readonly seconds?: number;
  readonly properties?: Partial<EncryptedAmiCopyProperties>;
  readonly memory?: CopyRequest['memory'];
  readonly isUpdate?: boolean;
  /** The copy as the listing of the stack has it, and as EC2 shows it by its ID. */
  readonly listed?: Image;
  readonly byId?: Image;
  readonly snapshots?: Snapshot[];
}

async function step({ seconds = 60, properties = {}, memory = {}, isUpdate = false, listed, byId, snapshots = [DONE_SNAPSHOT] }: Case) {
  const { aws, calls, clock } = answeringInRegions({
    DescribeImages: ({ ImageIds: [id] = [] }: { ImageIds?: string[] }) => {
      const image = id === undefined ? listed : id === SOURCE_ID ? SOURCE_IMAGE : byId;
      return { Images: image ? [image] : [] };
    },
    DescribeSnapshots: { Snapshots: snapshots },
    DescribeKey: { KeyMetadata: KEY_METADATA },
    ModifyImageAttribute: {},
  });
  clock.now += seconds * 1_000;
  const request = copyRequest(properties, { memory: { ...memory }, isNewImage: !isUpdate });
  const outcome = await outcomeOf(() => reconcileCopy(aws, request));
  return { outcome, calls, memory: request.memory };
}

beforeEach(() => ['warn' as const, 'info' as const].forEach(method => jest.spyOn(console, method).mockReturnValue(undefined)));

const ATTRIBUTES = {
  ImageId: COPY_ID, ImageName: 'Images-attempt', Architecture: '', RootDeviceName: '', RootSnapshotId: '', SnapshotIds: 'snap-1', CompletionDurationMet: '',
};
const LISTED = ['DescribeImages once'];
const VERIFIED = [...LISTED, 'DescribeImages', 'DescribeSnapshots', 'DescribeKey', 'DescribeSnapshots'];

test.each<[string, Case, object, string[]]>([
  ['is verified', { listed: DONE }, {}, VERIFIED],
  ['is verified also if it is disabled', { listed: { ...DONE, State: 'disabled' } }, {}, VERIFIED],
  ['that is updated is not verified', { listed: DONE, isUpdate: true, seconds: 0 }, {}, [...LISTED, 'DescribeSnapshots']],
  ['gets its description', { listed: { ...DONE, Description: 'before' }, isUpdate: true }, {}, [...LISTED, 'DescribeSnapshots', 'ModifyImageAttribute']],
  ['tells whether it was on time', { listed: DONE, isUpdate: true, properties: { CompletionDurationMinutes: 15 } }, { CompletionDurationMet: 'true' }, [...LISTED, 'DescribeSnapshots', 'DescribeSnapshots']],
])('a copy that is available %s', async (_title, one, attributes, calls) => {
  expect(await step(one)).toMatchObject({ outcome: { ...ATTRIBUTES, ...attributes }, calls });
});

test.each([5, 60])('a copy that the listing does not show is read by its ID, after %d seconds', async seconds => {
  const missing = { reads: 3, since: START };
  const { outcome, calls, memory } = await step({ seconds, byId: DONE, memory: { ...known, missing } });
  expect(outcome).toEqual(ATTRIBUTES);
  expect(calls.slice(0, 3)).toEqual([...LISTED, 'DescribeImages', 'DescribeImages']);
  expect(memory.missing).toBeUndefined();
});

test.each<[string, Case, string]>([
  ['that has failed', { listed: copyImage({ State: 'failed' }) }, 'failed'],
  ['that has failed, and has lost its tags', { byId: copyImage({ State: 'failed', Tags: [] }), memory: known }, 'failed'],
  ['in a state that is not known', { listed: copyImage({ State: 'invalid' }) }, 'invalid'],
])('a copy %s ends the request', async (_title, one, state) => {
  expect((await step(one)).outcome).toEqual({ error: 'DeploymentError', message: expect.stringContaining(`The copy ${COPY_ID} of ${SOURCE_ID} is in the state ${state}. All checks`) });
});

test('an AMI of CloudFormation that is gone is no failure', async () => {
  expect(await step({ isUpdate: true })).toMatchObject({ outcome: { error: 'AmiDisappeared' }, calls: LISTED });
});

describe('a copy that EC2 does not show', () => {
  const WAITING = { error: 'NotReady', message: `EC2 has accepted the copy as ${COPY_ID}, but does not show it`, seconds: 2 };
  const GONE = {
    error: 'DeploymentError',
    message: `The copy ${COPY_ID} of ${SOURCE_ID} disappeared while it was pending: somebody deregistered it, or removed its tags. ` +
    'Find out who in CloudTrail (DeregisterImage, DeleteTags), and deploy again.',
  };
  const ofOther = copyImage({ SourceImageId: 'ami-other' });
  const missing = { reads: 10, since: START - 60_000 };

  test.each<[string, Case, object]>([
    ['at first', {}, WAITING],
    ['as its own', { byId: copyImage({ Tags: [] }) }, WAITING],
    ['for ever', { memory: { ...known, missing } }, GONE],
    ['with its tags any more', { memory: { ...known, missing }, byId: copyImage({ Tags: [] }) }, GONE],
    ['with its tags and source any more', { memory: { ...known, missing }, byId: { ...ofOther, Tags: [] } }, GONE],
    ['with its name any more', { memory: { ...known, missing }, byId: copyImage({ Name: 'other' }) }, GONE],
    ['with its source', { memory: { ...known, missing }, byId: ofOther }, {
      error: 'DeploymentError',
      message: expect.stringContaining(
        `EC2 has returned the AMI ${COPY_ID} for this request, but shows that it was created from ami-other and not from ${SOURCE_ID}.`),
    }],
  ])('%s', async (_title, one, outcome) => {
    const { outcome: actual, memory } = await step({ memory: known, ...one });
    expect(actual).toEqual(outcome);
    expect(memory.missing?.reads).toBe((one.memory?.missing?.reads ?? 0) + 1);
  });
});

describe('a copy that is pending', () => {
  const NOW = START + 200_000;
  const snapshot = (Progress: string, State: Snapshot['State'] = 'pending'): Snapshot => snapshotOfCopy({ State, Progress, StartTime: new Date(NOW - 100_000) });
  const progress = { percents: 40, since: NOW - 10_000, isComplete: false };
  const memory = { ...known, progress, imagesReadAt: NOW - 110_000 };
  const pending = copyImage({ State: 'pending' });
  const SNAPSHOTS = ['DescribeSnapshots once'];
  const [BOTH, IMAGE_FIRST] = [[...SNAPSHOTS, ...LISTED], [...LISTED, ...SNAPSHOTS]];

  // at 50 % after 100 seconds, 60 % of the rest are 60 seconds
  test.each<[string, Case, string[], number]>([
    ['and makes progress', { snapshots: [snapshot('80%')] }, SNAPSHOTS, 15],
    ['and makes some progress', { snapshots: [snapshot('20%'), snapshot('60%')] }, SNAPSHOTS, 60],
    ['and makes no progress', { snapshots: [snapshot('40%')], memory: { ...memory, progress: { ...progress, since: NOW } } }, BOTH, 60],
    ['and whose snapshots disappear', { snapshots: [snapshot('30%')] }, BOTH, 60],
    ['and of which one snapshot is copied', { snapshots: [snapshot('80%'), snapshot('100%')] }, BOTH, 15],
    ['and of which one snapshot is complete', { snapshots: [snapshot('80%'), snapshot('99%', 'completed')] }, BOTH, 15],
    ['and whose image was read too long ago', { snapshots: [snapshot('80%')], memory: { ...memory, imagesReadAt: NOW - 110_001 } }, IMAGE_FIRST, 15],
    ['and whose image was not read', { snapshots: [snapshot('80%')], memory: { ...memory, imagesReadAt: undefined } }, IMAGE_FIRST, 15],
    ['and whose progress is not known', { snapshots: [snapshot('80%')], memory: { ...memory, progress: undefined } }, IMAGE_FIRST, 15],
    ['and whose ID is not known', { snapshots: [snapshot('80%')], memory: { ...memory, ids: undefined } }, IMAGE_FIRST, 15],
    ['and that is updated', { snapshots: [snapshot('80%')], isUpdate: true }, IMAGE_FIRST, 15],
    ['and whose snapshots are complete', { memory: { ...memory, progress: { percents: 100, since: NOW - 70_000, isComplete: true } } }, LISTED, 7],
  ])('%s', async (_title, one, calls, seconds) => {
    const { outcome, calls: actual } = await step({ seconds: 200, memory, listed: pending, ...one });
    expect(outcome).toEqual({ error: 'NotReady', message: `the copy ${COPY_ID} is pending`, seconds: expect.closeTo(seconds) });
    expect(actual).toEqual(calls);
  });

  test('for a moment is transient', async () => {
    const { outcome } = await step({ listed: { ...pending, State: 'transient' }, snapshots: [] });
    expect(outcome).toEqual({ error: 'NotReady', message: `the copy ${COPY_ID} is transient`, seconds: 6 });
  });
});
