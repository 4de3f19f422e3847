import { Image } from '@aws-sdk/client-ec2';
import { RequestCanceled } from '../../lambda/aws/describe-stack';
import { AccessDeniedError, AmiDisappeared, DeploymentError, NotReady } from '../../lambda/outcomes';
import { describeError, reconcile, waitOrThrow } from '../../lambda/reconcile';
import { ImageRequest } from '../../lambda/request/image-request';
import { Memory } from '../../lambda/request/memory';
import { Request } from '../../lambda/request/parse-request';
import { OWNER_TAG, REMOVAL_POLICY_TAG, REPLACES_TAG } from '../../src/contract';
import { answering, ec2Error } from '../helpers/answers';

/** One step of a request, whose handler has the outcome that the test says, and the wait for the next step. */

const StackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0';
const [AMI, OLD_AMI] = ['ami-0123456789abcdef0', 'ami-0123456789abcdef1'];
const [OWN, UNFINISHED, FINISHED] = ['1', '2', '3'].map(digit => `00000000-11111111-${digit.repeat(8)}`);
const OLD = `${OWN.slice(0, -8)}00000000-${OLD_AMI}`;
/** The listing of the stack's snapshots, with which the leftovers of earlier requests are searched for. */
const LEFTOVERS = 'leftovers';
const BEGAN = 1_000_000;

beforeEach(() => { jest.spyOn(console, 'warn').mockReturnValue(undefined); });
afterEach(() => jest.restoreAllMocks());

type ChangeableRequest = { -readonly [K in keyof ImageRequest<object>]?: ImageRequest<object>[K] };
interface Step {
  readonly image?: ChangeableRequest;
  readonly memory?: Memory;
  /** The outcome of the handler. */
  readonly error?: Error;
  /** The state of the AMI, if it exists, and its tags. */
  readonly ami?: Partial<Image>;
  /** Milliseconds since 1970. */
  readonly now?: number;
  /** CloudFormation has canceled the request. */
  readonly isCanceled?: boolean;
}

const tags = (owner: string, key: string, value: string) => [{ Key: OWNER_TAG, Value: `${StackId}/${owner}` }, { Key: key, Value: value }];

/** The result or the error of a step, the memory after it, and what was done, in order. */
async function take({ image: changed, memory: before = { stackStatus: 'UPDATE_IN_PROGRESS' }, error, ami, now = BEGAN, isCanceled }: Step) {
  const done: string[] = [];
  const memory = { ...before };
  const { aws } = answering({
    DescribeStacks: () => {
      done.push('stack');
      return { Stacks: [{ StackStatus: 'UPDATE_ROLLBACK_IN_PROGRESS' }] };
    },
    DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'UPDATE_IN_PROGRESS' } },
    DescribeImages: ({ ImageIds }: { ImageIds?: string[] }) => ({
      Images: !ImageIds ? [{ Tags: tags(FINISHED, REMOVAL_POLICY_TAG, 'Delete') }] : ami ? [{ ImageId: AMI, State: 'available', ...ami }] : [],
    }),
    DescribeSnapshots: () => {
      done.push(LEFTOVERS);
      return { Snapshots: [] };
    },
  }, now);
  const image = {
    account: '123456789012',
    owner: `${StackId}/${OWN}`,
    ownerPrefix: `${StackId}/`,
    attemptId: OWN,
    properties: {},
    isNewImage: true,
    isRollback: false,
    isDelete: false,
    startedAt: BEGAN - 40_000,
    memory,
    ...changed,
    throwIfCanceled: async () => {
      done.push('asks');
      if (isCanceled) {
        throw new RequestCanceled('DELETE_IN_PROGRESS');
      }
    },
  };
  const handler = {
    reconcile: async () => {
      done.push('reconcile');
      if (error) {
        throw error;
      }
      return { ImageId: AMI };
    },
    revokeSharing: async () => void done.push('revoke'),
  };
  const type = {
    list: async () => [UNFINISHED, FINISHED].map(id => ({ id, Tags: tags(id, '', '') })),
    find: async (_aws: unknown, { attemptId }: ImageRequest<object>) => {
      done.push(`delete ${attemptId}`);
      return [];
    },
  };
  const event = {
    RequestType: image.isDelete ? 'Delete' : 'Update', StackId, LogicalResourceId: 'Copy', PhysicalResourceId: `${OWN}-${AMI}`, ResponseURL: 'https://one?X-Amz-Date=20260101T000000Z',
  };
  const request = { event, handler, image, attemptPrefix: OWN.slice(0, -8), ownedResourceTypes: image.isDelete ? [] : [type] } as unknown as Request;
  return { result: await reconcile(aws, request).catch(thrown => thrown), memory, done };
}

const CREATING = { stackStatus: 'CREATE_IN_PROGRESS' };
const ROLLBACK = { isRollback: true, isNewImage: false };
const MADE = { done: { ImageId: AMI } };

test.each<[string, Step, object, string[]]>([
  ['a new AMI', {}, MADE, ['reconcile', 'asks', LEFTOVERS]],
  ['an AMI of a stack that is created, which has no leftovers', { memory: CREATING }, MADE, ['reconcile', 'asks']],
  ['an AMI that is there', { image: { isNewImage: false } }, MADE, ['stack', 'reconcile', 'asks', LEFTOVERS]],
  ['a rollback that creates the AMI', { image: { isRollback: true } }, MADE, ['reconcile', 'asks', LEFTOVERS]],
  ['a rollback to an AMI that is there, which deletes what was not finished', { image: ROLLBACK }, { waitingFor: 'EC2 may show more to delete', seconds: 3 },
    ['stack', 'reconcile', 'asks', `delete ${UNFINISHED}`]],
  ['a Delete', { image: { isDelete: true, isNewImage: false } }, { done: {} }, ['stack', 'revoke', LEFTOVERS]],
  ['an AMI that was canceled meanwhile', { isCanceled: true }, expect.any(RequestCanceled), ['reconcile', 'asks']],
  ['the first step, which asks whether CloudFormation waits for the request', { memory: {} }, MADE, ['stack', 'reconcile', 'asks', LEFTOVERS]],
])('%s', async (_title, step, result, done) => {
  expect(await take(step)).toMatchObject({ result, done });
});

test.each([[false, expect.any(DeploymentError)], [true, MADE]])('a description that EC2 does not allow, in a rollback: %s', async (isRollback, result) => {
  expect((await take({ image: { isRollback, properties: { Description: 'größer' } } })).result).toEqual(result);
});

describe('a rollback that would create the AMI', () => {
  const replaced = { Tags: tags(OWN, REPLACES_TAG, OLD) };
  const replaces = `${OWN}-${AMI}`;
  test('takes that which the current one has replaced', async () => {
    const { result, memory, done } = await take({ image: { isRollback: true, replaces }, ami: replaced });
    expect(result).toEqual({ waitingFor: `the rollback returns to ${OLD}`, seconds: 1 });
    expect([memory.rollbackTo, done]).toEqual([OLD, []]);
  });

  test.each<[string, ChangeableRequest, Memory, Partial<Image> | undefined]>([
    ['if there is none', { isRollback: true, replaces }, {}, undefined],
    ['if it has begun with it', { isRollback: true, replaces }, { mayHaveCreated: true }, replaced],
    ['and does not replace an AMI', { isRollback: true }, {}, replaced],
    ['and neither does an update', { replaces }, {}, replaced],
  ])('creates it %s', async (_title, image, memory, ami) => {
    const { result, memory: { rollbackTo } } = await take({ image, memory: { ...CREATING, ...memory }, ami });
    expect([result, rollbackTo]).toEqual([MADE, undefined]);
  });
});

describe('after an error that may pass, CloudFormation is asked once a minute', () => {
  const error = new NotReady('not yet', 7);
  test.each<[string, Partial<Step>, boolean]>([
    ['not before', { memory: { ...CREATING, stackStatusReadAt: BEGAN - 59_999 } }, false],
    ['after it', { memory: { ...CREATING, stackStatusReadAt: BEGAN - 60_000 } }, true],
    ['if memory has lost the time', { memory: CREATING, now: 60_000 }, true],
    ['not after another error', { memory: CREATING, error: new DeploymentError('no') }, false],
  ])('%s', async (_title, step, isAsked) => {
    expect((await take({ error, image: { startedAt: 0 }, ...step })).done).toEqual(['reconcile', ...isAsked ? ['asks'] : []]);
  });

  test('which may have canceled the request', async () => {
    expect((await take({ error, memory: CREATING, isCanceled: true })).result).toBeInstanceOf(RequestCanceled);
    expect((await take({ error, memory: CREATING })).result).toEqual({ waitingFor: 'not yet', seconds: 7 });
  });
});

describe('of an AMI that is gone', () => {
  const error = new AmiDisappeared();
  const NOTHING = { ImageName: '', Architecture: '', RootDeviceName: '', RootSnapshotId: '', SnapshotIds: '' };
  test.each<[string | undefined, string]>([[AMI, AMI], [undefined, '']])('a rollback answers the ID only: %s', async (imageId, ImageId) => {
    expect((await take({ error, image: { ...ROLLBACK, imageId } })).result).toStrictEqual({ done: { ...NOTHING, ImageId } });
  });

  test.each<[string, Partial<Image> | undefined, boolean]>([
    ['which does not exist', undefined, true],
    ['which is deregistered', { State: 'deregistered' }, true],
    ['which only has lost its tag', {}, false],
  ])('an update creates it again: one %s', async (_title, ami, isRecreated) => {
    const { result, memory } = await take({ error, image: { isNewImage: false, imageId: AMI }, ami });
    expect(result).toEqual(isRecreated ? { waitingFor: `the AMI ${AMI} was deregistered, and is created again`, seconds: 1 } : expect.any(DeploymentError));
    expect(memory.recreate).toBe(isRecreated ? true : undefined);
  });
});

const UNAVAILABLE = ec2Error('ServiceUnavailable');
const THROTTLED = ec2Error('RequestLimitExceeded');
const MINUTE = 60_000;

test.each<[string, Error, number, number | undefined]>([
  ['its seconds', new NotReady('not yet', 12), MINUTE, 12],
  ['two seconds for what takes seconds', new NotReady('not yet', true), MINUTE, 2],
  ['at least two seconds', new NotReady('not yet'), 0, 2],
  ['a tenth of the time so far', new NotReady('not yet', false), 5 * MINUTE, 30],
  ['at most a minute', new NotReady('not yet'), 20 * MINUTE, 60],
  ['at least five seconds after an error of AWS', UNAVAILABLE, 0, 5],
  ['which has none', Object.assign(ec2Error('ServiceUnavailable'), { seconds: 3 }), 0, 5],
  ['a tenth of the time so far after an error of AWS', UNAVAILABLE, 5 * MINUTE, 30],
  ['10 to 30 seconds if AWS throttles', THROTTLED, 5 * MINUTE, 15],
  ['for a permission that is new', ec2Error('UnauthorizedOperation'), MINUTE - 1, 6],
  ['not for a permission that is missing', ec2Error('UnauthorizedOperation'), MINUTE, undefined],
  ['for a permission that the handler has missed', new AccessDeniedError('no'), MINUTE - 1, 6],
  ['not when it has not come', new AccessDeniedError('no'), MINUTE, undefined],
  ['for a permission that needs longer', new AccessDeniedError('no', 2 * MINUTE), 2 * MINUTE - 1, 12],
  ['not longer', new AccessDeniedError('no', 2 * MINUTE), 2 * MINUTE, undefined],
  ['not after a failure', new DeploymentError('no'), 0, undefined],
  ['not after an error of AWS that stays', ec2Error('InvalidParameterValue'), 0, undefined],
])('waits %s', (_title, error, elapsedMs, seconds) => {
  jest.spyOn(Math, 'random').mockReturnValue(0.25);
  const wait = () => waitOrThrow({ now: () => BEGAN + elapsedMs } as never, { image: { startedAt: BEGAN } } as Request, error);
  if (seconds === undefined) {
    expect(wait).toThrow(error);
  } else {
    expect(Math.round(wait().seconds)).toBe(seconds);
  }
});

test.each<[unknown, string]>([
  [new NotReady('not yet'), 'not yet'],
  [new AccessDeniedError('No permission.'), 'No permission.'],
  [UNAVAILABLE, 'ServiceUnavailable: ServiceUnavailable: refused'],
  ['a text', 'UnknownError: a text'],
])('the words of %p', (error, words) => {
  expect(describeError(error)).toBe(words);
});
