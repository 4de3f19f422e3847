import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { CopyRequest } from '../../../lambda/copy/copy-request';
import { findCopyInListing, findSnapshotsOfCopy, recordCapacityRefusal, throwIfAtCopyLimit } from '../../../lambda/copy/shared-polling';
import { OWNER_TAG, STEP_TAG } from '../../../src/contract';
import { answeringInRegions, copyImage, copyRequest, outcomeOf, snapshotOfCopy } from '../../helpers/copies';

/** Listings that the copies of a stack share while they wait, and the limit of copies in progress. */

const tagged = (owner: string) => ({ Tags: [{ Key: OWNER_TAG, Value: owner }] });
const requestOf = (name: string, changes: Partial<CopyRequest> = {}) => copyRequest({}, { owner: `stack/${name}`, memory: {}, ...changes });
/** The copies of two requests. */
const copiesOf = (State: Image['State'], more: Image = {}): Image[] => ['one', 'two'].map(name => copyImage({ ImageId: `ami-${name}`, State, ...tagged(`stack/${name}`), ...more }));

/** The listing of one request, and then that of another, so many milliseconds later. Returns the calls of each, and the copy that the second finds. */
async function listTwice(later: number, images: Image[], second: CopyRequest = requestOf('two')) {
  const { aws, calls, inputs, clock } = answeringInRegions({ DescribeImages: { Images: images } });
  const first = requestOf('one');
  await findCopyInListing(aws, first);
  expect(calls.splice(0)).toEqual(['DescribeImages once']);
  expect(inputs.DescribeImages).toMatchObject({ Filters: [{ Name: `tag:${OWNER_TAG}`, Values: ['stack/*'] }] });
  expect(first.memory.imagesReadAt).toBe(clock.now);
  clock.now += later;
  const found = await findCopyInListing(aws, second);
  expect(second.memory.imagesReadAt).toBe(calls.length > 0 ? clock.now : clock.now - later);
  return { calls, found: found?.ImageId };
}

const again = ['DescribeImages once'];
const start = answeringInRegions({}).clock.now;

test.each<[string, number, Image[], CopyRequest | undefined, string[], string | undefined]>([
  ['that is pending', 4_999, copiesOf('pending'), undefined, [], 'ami-two'],
  ['that is available', 4_999, copiesOf('available'), undefined, [], 'ami-two'],
  ['that has failed', 4_999, copiesOf('failed'), undefined, again, 'ami-two'],
  ['that is not listed', 4_999, [], undefined, again, undefined],
  ['that is not its own', 4_999, copiesOf('pending', { Name: 'of others' }), undefined, again, undefined],
  ['that is deregistered', 4_999, copiesOf('deregistered'), undefined, again, undefined],
  ['five seconds later', 5_000, copiesOf('pending'), undefined, again, 'ami-two'],
  ['after an older listing', 4_999, copiesOf('pending'), requestOf('two', { memory: { imagesReadAt: start - 1 } }), [], 'ami-two'],
  ['after the same listing', 4_999, copiesOf('pending'), requestOf('two', { memory: { imagesReadAt: start } }), again, 'ami-two'],
  ['of another stack', 4_999, copiesOf('pending'), requestOf('two', { ownerPrefix: 'another/' }), again, 'ami-two'],
])('the images that were listed for another request show a copy %s', async (_title, later, images, second, calls, found) => {
  expect(await listTwice(later, images, second)).toEqual({ calls, found });
});

test('a listing is of one execution environment', async () => {
  const answers = { DescribeImages: { Images: copiesOf('pending') } };
  const [one, other] = [answeringInRegions(answers), answeringInRegions(answers)];
  await findCopyInListing(one.aws, requestOf('one'));
  await findCopyInListing(other.aws, requestOf('two'));
  expect(other.calls).toEqual(again);
});

describe('snapshots', () => {
  const SNAPSHOTS: Snapshot[] = [
    snapshotOfCopy({ SnapshotId: 'of one', ...tagged('stack/one') }),
    snapshotOfCopy({ SnapshotId: 'of two', ...tagged('stack/two') }),
    snapshotOfCopy({ SnapshotId: 'intermediate', Tags: [...tagged('stack/two').Tags, { Key: STEP_TAG, Value: 'image-of-instance' }] }),
    { SnapshotId: 'untagged' },
  ];

  test.each<[string, number, CopyRequest | undefined, string[]]>([
    ['a moment later', 4_999, undefined, []],
    ['five seconds later', 5_000, undefined, ['DescribeSnapshots once']],
    ['after an older listing', 4_999, requestOf('two', { memory: { snapshotsReadAt: start - 1 } }), []],
    ['after the same listing', 4_999, requestOf('two', { memory: { snapshotsReadAt: start } }), ['DescribeSnapshots once']],
    ['of another stack', 4_999, requestOf('two', { ownerPrefix: 'another/' }), ['DescribeSnapshots once']],
  ])('that were listed for another request are shared %s', async (_title, later, second = requestOf('two'), expected) => {
    const { aws, calls, inputs, clock } = answeringInRegions({ DescribeSnapshots: { Snapshots: SNAPSHOTS } });
    const first = requestOf('one');
    expect((await findSnapshotsOfCopy(aws, first)).map(({ SnapshotId }) => SnapshotId)).toEqual(['of one']);
    expect(calls.splice(0)).toEqual(['DescribeSnapshots once']);
    expect(inputs.DescribeSnapshots).toMatchObject({ Filters: [{ Name: `tag:${OWNER_TAG}`, Values: ['stack/*'] }] });
    expect(first.memory.snapshotsReadAt).toBe(start);
    clock.now += later;
    expect((await findSnapshotsOfCopy(aws, second)).map(({ SnapshotId }) => SnapshotId)).toEqual(['of two']);
    expect(second.memory.snapshotsReadAt).toBe(expected.length > 0 ? clock.now : start);
    expect(calls).toEqual(expected);
  });
});

describe('once EC2 has refused another copy', () => {
  /** The outcome for another copy after a refusal: the listings before and after it have so many pending copies. */
  async function tryAgain(before: number | undefined, after: number | undefined, later: number) {
    const images: Image[] = [];
    const { aws, clock } = answeringInRegions({ DescribeImages: () => ({ Images: images }) });
    const list = async (pending: number) => {
      images.splice(0, images.length, ...Array.from({ length: pending }, () => copyImage({ State: 'pending' })), copyImage({ State: 'failed' }));
      await findCopyInListing(aws, requestOf('one'));
    };
    await outcomeOf(async () => throwIfAtCopyLimit(aws)).then(outcome => expect(outcome).toBeUndefined());
    if (before !== undefined) {
      await list(before);
    }
    recordCapacityRefusal(aws);
    clock.now += later;
    if (after !== undefined) {
      await list(after);
    }
    return outcomeOf(async () => throwIfAtCopyLimit(aws));
  }

  test.each([[0, 7], [0.5, 14]])('the copy waits, for a time that differs: %d', async (random, seconds) => {
    jest.spyOn(Math, 'random').mockReturnValue(random);
    expect(await tryAgain(2, undefined, 59_999)).toEqual({
      error: 'NotReady', message: 'EC2 accepts no more copies while 2 of this stack are in progress (ResourceLimitExceeded)', seconds,
    });
  });

  test.each<[string, number | undefined, number | undefined, number, boolean]>([
    ['as many are in progress', 2, 2, 30_000, true],
    ['more are in progress', 2, 3, 30_000, true],
    ['one has completed', 2, 1, 30_000, false],
    ['as many are in progress after a minute', 2, 2, 60_000, false],
    ['none of the stack were in progress', 0, 0, 30_000, true],
    ['nothing was listed', undefined, undefined, 30_000, true],
    ['nothing was listed before', undefined, 0, 30_000, true],
  ])('%s', async (_title, before, after, later, waits) => {
    expect(await tryAgain(before, after, later)).toEqual(waits ? expect.objectContaining({ error: 'NotReady' }) : undefined);
  });
});
