import { ResourceEvent } from '../../lambda/request/events';
import { Memory } from '../../lambda/request/memory';
import { physicalIdOfFailure } from '../../lambda/request/parse-request';
import { Answer, RespondInput, StepInput } from '../../lambda/request/turn';
import { Context, createStep } from '../../lambda/step-function';
import { RESOURCE_TYPES } from '../../src/contract';
import { answering, Answers, ec2Error } from '../helpers/answers';

/** The step function: its results, by the errors of AWS. */

const StackId = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/0';
const [AMI, SOURCE] = ['ami-0123456789abcdef0', 'ami-0123456789abcdef1'];
const BEGAN = Date.parse('2026-01-01T00:00:00Z');
const MINUTE = 60_000;
const SHARING = { ResourceType: RESOURCE_TYPES.amiSharing, ResourceProperties: { ImageId: AMI } };
const COPY = {
  ResourceType: RESOURCE_TYPES.encryptedAmiCopy,
  ResourceProperties: { SourceImageId: SOURCE, Encryption: 'DEFAULT_KEY', CopySourceTags: 'false', GeneratedNamePrefix: 'Images-Copy', TimeoutSeconds: '3600' },
};

let logged: object[];
let warned: object[];
beforeEach(() => {
  [logged, warned] = [[], []];
  jest.spyOn(console, 'info').mockImplementation(entry => void logged.push(entry));
  jest.spyOn(console, 'warn').mockImplementation(entry => void warned.push(entry));
});
afterEach(() => jest.restoreAllMocks());

const eventOf = (changed: Partial<ResourceEvent> = {}): ResourceEvent => ({
  RequestType: 'Create', StackId, RequestId: 'one', LogicalResourceId: 'Ami', ResponseURL: 'https://one?X-Amz-Date=20260101T000000Z', ...SHARING, ...changed,
});

/** The attempt of a copy. */
const attemptOf = (RequestId: string) => physicalIdOfFailure(eventOf({ ...COPY, RequestId }));

interface Step {
  readonly event?: Partial<ResourceEvent>;
  readonly memory?: Memory;
  readonly input?: Partial<StepInput>;
  /** Milliseconds since the execution began. */
  readonly elapsedMs?: number;
  readonly answers?: Answers;
  readonly context?: Context;
}

const AVAILABLE = { DescribeImages: { Images: [{ ImageId: AMI, State: 'available', OwnerId: '123456789012' }] } };

/** The turn after a step, and the calls of EC2. */
async function take({ event, memory = { stackStatus: 'CREATE_IN_PROGRESS' }, input, elapsedMs = 0, answers, context }: Step = {}) {
  const { aws, calls } = answering({
    DescribeStacks: { Stacks: [{ StackStatus: event?.RequestType === 'Delete' ? 'DELETE_IN_PROGRESS' : 'CREATE_IN_PROGRESS' }] },
    DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'CREATE_IN_PROGRESS' } },
    DescribeSnapshots: { Snapshots: [] },
    ...AVAILABLE,
    ...answers,
  }, BEGAN + elapsedMs);
  const stops: number[] = [];
  const stopCallsAt = (time: number) => void stops.push(time);
  const step = createStep(Object.assign(aws, { stopCallsAt, withoutRetries: () => aws }), async () => { throw new Error('no response'); });
  const turn = await step({ event: eventOf(event), turn: { memory }, startedAt: new Date(BEGAN).toISOString(), retryCount: 0, ...input }, context);
  return { turn: turn!, stops, calls: calls.map(([name]) => name) };
}

const failing = (error: Error): Answers => ({ DescribeImages: () => { throw error; } });
const STAYS = ec2Error('InvalidParameterValue');
const PASSES = ec2Error('ServiceUnavailable');

describe('the response', () => {
  const respond = async (turn: RespondInput['turn']) => {
    const sent: [ResourceEvent, Answer][] = [];
    const step = createStep(answering({}).aws, async (...response) => void sent.push(response));
    expect(await step({ event: eventOf(), turn, respond: true })).toBeNull();
    return sent;
  };

  test('is the answer of the last step', async () => {
    const answer: Answer = { status: 'SUCCESS', physicalId: 'id', reason: 'one', data: { ImageId: AMI } };
    expect(await respond({ memory: {}, answer })).toEqual([[eventOf(), answer]]);
    expect(logged).toEqual([{ resource: 'Ami', request: 'one', message: 'respond', status: 'SUCCESS', physicalId: 'id', reason: 'one' }]);
  });

  test('is a failure if no step has given one', async () => {
    const [[, answer]] = await respond({ memory: {}, error: { Error: 'Lambda.TooManyRequestsException', Cause: 'Rate Exceeded.' } });
    expect(answer).toEqual({ status: 'FAILED', physicalId: 'nothing-was-made', reason: expect.stringMatching(/^Lambda did not run the handler .*TooManyRequests.*Rate/) });
  });
});

test.each<[string, Context | undefined, number]>([
  ['65 seconds before the end of the invocation', { getRemainingTimeInMillis: () => 180_000 }, BEGAN + 115_000],
  ['never, outside of Lambda', undefined, Infinity],
])('the last call begins %s', async (_title, context, time) => {
  expect((await take({ context })).stops).toEqual([time]);
});

test.each<[string, Step['input'], number | undefined]>([
  ['nothing', {}, undefined],
  ['the invocation before', { retryCount: 1 }, BEGAN + MINUTE],
  ['all attempts of the step before', { turn: { memory: { stackStatus: 'CREATE_IN_PROGRESS' }, error: { Error: 'States.Timeout' } } }, BEGAN + MINUTE],
])('calls may have been lost with %s', async (_title, input, doubtUntil) => {
  const { turn: { memory } } = await take({ input });
  expect(memory).toMatchObject({ stackStatus: 'CREATE_IN_PROGRESS' });
  expect([memory.doubtUntil, memory.hasGaps]).toEqual([doubtUntil, doubtUntil === undefined ? undefined : true]);
});

test('a request that has to wait for others does nothing before', async () => {
  const { turn, calls } = await take({ memory: { startAfterSeconds: 9 } });
  expect([turn, calls]).toEqual([{ memory: {}, wait: 9 }, []]);
  expect(logged).toEqual([{ resource: 'Ami', request: 'one', message: 'not yet', wait: 9 }]);
});

test.each([[undefined, undefined], [[], undefined], [['One.', 'Two.'], 'One. Two.']])('a request succeeds with the warnings %j', async (warnings, reason) => {
  const { turn: { answer } } = await take({ memory: { stackStatus: 'CREATE_IN_PROGRESS', warnings } });
  expect(answer).toEqual({ status: 'SUCCESS', physicalId: expect.stringMatching(/^\w{8}-\w{8}-\w{8}$/), data: expect.objectContaining({ ImageId: AMI }), reason });
  expect(logged).toEqual([{ resource: 'Ami', request: 'one', ...answer }]);
});

describe('a request that waits', () => {
  const pending = { DescribeImages: { Images: [{ ImageId: AMI, State: 'pending', OwnerId: '123456789012' }] } };
  test.each([
    [0, 2],
    [14 * MINUTE + 29_500, 31],
    [15 * MINUTE - 1, 1],
  ])('comes back before its deadline: after %s ms', async (elapsedMs, wait) => {
    expect((await take({ elapsedMs, answers: pending })).turn).toMatchObject({ wait });
    expect(logged).toEqual([expect.objectContaining({ message: 'waiting', why: expect.stringContaining(AMI) }), expect.objectContaining({ message: 'not yet', wait })]);
  });

  test('fails at its deadline', async () => {
    const memory = { stackStatus: 'CREATE_IN_PROGRESS', stackStatusReadAt: BEGAN + 15 * MINUTE };
    expect((await take({ elapsedMs: 15 * MINUTE, answers: pending, memory })).turn.answer!.reason).toMatch(/^The AMI was not shared within 15 minutes: /);
  });

  test('fails at its deadline: a Delete', async () => {
    const event = { RequestType: 'Delete' as const, PhysicalResourceId: '00000000-11111111-22222222' };
    expect((await take({ event, elapsedMs: 15 * MINUTE, answers: failing(PASSES) })).turn.answer).toEqual({
      status: 'FAILED', physicalId: event.PhysicalResourceId, reason: 'The AMI was not deleted within 15 minutes: ServiceUnavailable: ServiceUnavailable: refused.',
    });
  });
});

describe('a request fails', () => {
  test.each<[string, Step, RegExp]>([
    ['with the reason of the handler', { answers: { DescribeImages: { Images: [] } } }, /^(?!Unexpected).*ami-0123456789abcdef0/],
    ['if CloudFormation has canceled it', { answers: { DescribeStacks: { Stacks: [{ StackStatus: 'ROLLBACK_IN_PROGRESS' }] } } }, /^CloudFormation canceled this request [(]stack status ROLLBACK_IN_PROGRESS[)]\.$/],
    ['by a tag policy', { answers: failing(ec2Error('TagPolicyViolation')) }, /^A tag policy of the organization/],
    ['by too many tags', { answers: failing(ec2Error('TagLimitExceeded')) }, /^The AMI, or one of its snapshots, would have more than 50 tags/],
    ['without a permission', { answers: failing(ec2Error('UnauthorizedOperation')), elapsedMs: MINUTE }, /^The handler role is not allowed an action that it needs\. .*[(]UnauthorizedOperation: /],
    ['by another error of AWS', { answers: failing(STAYS) }, /^Unexpected error from AWS\. [(]InvalidParameterValue: /],
    ['if its properties cannot be read', { event: { ResourceProperties: {} } }, /^The property ImageId must be /],
  ])('%s', async (_title, step, reason) => {
    const { turn: { answer } } = await take(step);
    expect(answer).toEqual({ status: 'FAILED', physicalId: 'nothing-was-made', reason: expect.stringMatching(reason) });
    expect(logged).toEqual([{ resource: 'Ami', request: 'one', ...answer }]);
  });
});

describe('a request that fails revokes what it may have shared', () => {
  const memory = { stackStatus: 'CREATE_IN_PROGRESS', sharingTags: { tags: {}, since: 0 } };
  test.each<[string, Partial<ResourceEvent>, number]>([
    ['once', {}, 2],
    ['but a Delete has done it', { RequestType: 'Delete', PhysicalResourceId: '00000000-11111111-22222222' }, 1],
  ])('%s', async (_title, event, times) => {
    const { turn: { answer }, calls } = await take({ event, memory, answers: failing(STAYS) });
    expect(answer!.reason).toMatch(/^Unexpected error/);
    expect(calls.filter(name => name === 'DescribeImages')).toHaveLength(times);
    expect(warned).toEqual(times === 1 ? [] : [{ message: 'the sharing was not revoked', why: 'InvalidParameterValue: InvalidParameterValue: refused' }]);
  });
});

describe('a request that may have created something and fails', () => {
  const BEGUN = { stackStatus: 'CREATE_IN_PROGRESS', mayHaveCreated: true };
  const FAILED = { ...BEGUN, failure: 'The reason.', failedAt: BEGAN };
  /** The listing of what it has created. */
  const DELETES = 'DescribeSnapshots';
  const source = (error: Error): Answers => ({
    DescribeImages: ({ ImageIds }: { ImageIds?: string[] }) => {
      if (ImageIds) {
        throw error;
      }
      return { Images: [] };
    },
  });
  const undeletable = (error: Error): Answers => ({ DescribeSnapshots: () => { throw error; } });

  test.each<[string, Answers, RegExp]>([
    ['by an error of AWS,', source(STAYS), /^Unexpected error from AWS\. The partly created AMI is deleted\. [(]InvalidParameterValue: /],
    ['because CloudFormation has canceled it,', { ...source(PASSES), DescribeStacks: { Stacks: [{ StackStatus: 'ROLLBACK_IN_PROGRESS' }] } },
      /^CloudFormation canceled this request [(]stack status ROLLBACK_IN_PROGRESS[)]\. The partly created AMI is deleted\.$/],
  ])('%s deletes it before it answers', async (_title, answers, failure) => {
    const { turn, calls } = await take({ event: COPY, memory: BEGUN, answers, elapsedMs: MINUTE });
    expect(turn).toEqual({ memory: expect.objectContaining({ failure: expect.stringMatching(failure), failedAt: BEGAN + MINUTE }), wait: 3 });
    expect(calls).toContain(DELETES);
  });

  test.each<[string, Step]>([
    ['has created nothing yet', { event: COPY, memory: { stackStatus: 'CREATE_IN_PROGRESS' } }],
    ['only shares', { memory: BEGUN }],
    ['deletes', { event: { ...COPY, RequestType: 'Delete', PhysicalResourceId: `${attemptOf('zero')}-${AMI}` }, memory: BEGUN }],
    // whatever memory says
    ['changes an AMI that is there', {
      event: { ...COPY, RequestType: 'Update', PhysicalResourceId: `${attemptOf('zero')}-${AMI}` },
      memory: { ...BEGUN, stackStatus: undefined },
      answers: { DescribeStacks: { Stacks: [{ StackStatus: 'UPDATE_IN_PROGRESS' }] }, DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'UPDATE_IN_PROGRESS' } } },
    }],
  ])('deletes nothing if it %s', async (_title, step) => {
    const { turn, calls } = await take({ ...step, answers: { ...step.answers, ...failing(STAYS) } });
    expect([turn.answer?.status, turn.memory.failure, calls.includes(DELETES)]).toEqual(['FAILED', undefined, false]);
    expect(turn.answer!.reason).toBe('Unexpected error from AWS. (InvalidParameterValue: InvalidParameterValue: refused)');
  });

  test('deletes nothing if CloudFormation has its AMI', async () => {
    const failed = await take({ event: COPY, memory: FAILED });
    const physicalId = `${attemptOf('one')}-${AMI}`;
    const { turn, calls } = await take({ event: COPY, memory: FAILED, answers: { DescribeStackResource: { StackResourceDetail: { ResourceStatus: 'CREATE_COMPLETE', PhysicalResourceId: physicalId } } } });
    expect([failed.turn.wait, failed.calls.includes(DELETES)]).toEqual([3, true]);
    expect(turn.answer).toEqual({ status: 'FAILED', physicalId: physicalId.slice(0, 26), reason: 'The reason.' });
    expect(calls).not.toContain(DELETES);
  });

  test('answers when nothing is left', async () => {
    const owner = `${StackId}/${attemptOf('one')}`;
    const memory = { ...FAILED, removals: { [owner]: { requestedIds: [], snapshotIds: [], rounds: 1 } } };
    expect((await take({ event: COPY, memory })).turn.answer).toMatchObject({ status: 'FAILED', reason: 'The reason.' });
  });

  test.each<[string, Memory, number, boolean]>([
    ['for a quarter of an hour', { failedAt: BEGAN + MINUTE }, 16 * MINUTE - 1, true],
    ['not longer', { failedAt: BEGAN + MINUTE }, 16 * MINUTE, false],
    ['in the hour of CloudFormation', { failedAt: BEGAN + 50 * MINUTE }, 58.5 * MINUTE - 1, true],
    ['not later', { failedAt: BEGAN + 50 * MINUTE }, 58.5 * MINUTE, false],
    ['in the hour that began before', { failedAt: BEGAN + 50 * MINUTE, hourBegan: BEGAN - MINUTE }, 57.5 * MINUTE - 1, true],
    ['not after it', { failedAt: BEGAN + 50 * MINUTE, hourBegan: BEGAN - MINUTE }, 57.5 * MINUTE, false],
    ['from the beginning, if memory has lost the time', { failedAt: undefined }, 15 * MINUTE - 1, true],
  ])('deletes %s', async (_title, memory, elapsedMs, isWaiting) => {
    const { turn } = await take({ event: COPY, memory: { ...FAILED, ...memory }, elapsedMs, answers: undeletable(PASSES) });
    expect([turn.wait !== undefined, turn.answer?.reason]).toEqual([isWaiting, isWaiting ? undefined : 'The reason. ServiceUnavailable: ServiceUnavailable: refused']);
  });

  test('says what it could not delete', async () => {
    const { turn } = await take({ event: COPY, memory: FAILED, answers: undeletable(STAYS) });
    expect(turn.answer!.reason).toBe('The reason. InvalidParameterValue: InvalidParameterValue: refused');
  });
});
