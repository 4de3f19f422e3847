import { RequestCanceled } from '../../lambda/aws/describe-stack';
import { DeploymentError, NotReady } from '../../lambda/outcomes';
import { hasReturned, throwIfCanceled, throwIfNotInProgress } from '../../lambda/request/check-canceled';
import { ResourceEvent } from '../../lambda/request/events';
import { ImageRequest } from '../../lambda/request/image-request';
import { Memory } from '../../lambda/request/memory';
import { Sharing } from '../../src/contract';
import { answering } from '../helpers/answers';

/** Which request CloudFormation waits for, by what it tells of the stack and of the resource. */

const ID = '3432ll0u-xlhpnftx-9msdgsw6';
const KNOWN = `${ID}-ami-0123456789abcdef0`;
const NOW = Date.parse('2026-01-01T00:10:00Z');
const eventOf = (changed: Partial<ResourceEvent> = {}) =>
  ({ StackId: 'stack', LogicalResourceId: 'Copy', RequestType: 'Create', ResponseURL: 'https://one?X-Amz-Date=20260101T000000Z', ...changed }) as ResourceEvent;

interface Told {
  /** The status; without one, the call fails. */
  readonly stack?: string;
  /** The ids of its operations; without them, CloudFormation does not tell operations. */
  readonly operations?: readonly string[];
  /** As for `stack`. */
  readonly resource?: string;
  readonly since?: Date;
  readonly physicalId?: string;
}

/** CloudFormation, and the names of the calls to it. */
function cloudFormation({ stack, operations, resource, since, physicalId }: Told) {
  const LastOperations = operations?.map(OperationId => ({ OperationId, OperationType: 'UPDATE_STACK' }));
  const { aws, calls } = answering({
    DescribeStacks: { Stacks: stack === undefined ? [] : [{ StackStatus: stack, LastOperations }] },
    DescribeStackResource: { StackResourceDetail: { ResourceStatus: resource, LastUpdatedTimestamp: since, PhysicalResourceId: physicalId } },
  }, NOW);
  return { aws, callNames: () => calls.map(([name]) => name) };
}

const STACK_ONLY = ['DescribeStacks'];
const BOTH = [...STACK_ONLY, 'DescribeStackResource'];

describe('before a call that creates something, a request is canceled', () => {
  const BEGAN = { stackStatus: 'UPDATE_IN_PROGRESS' };
  test.each<[string, Told, Memory, boolean, string[]]>([
    ['by an operation that began since', { stack: 'UPDATE_IN_PROGRESS', operations: ['one', 'two'] }, { ...BEGAN, operationIds: ['one'] }, true, STACK_ONLY],
    ['by no operation that was there', { stack: 'UPDATE_ROLLBACK_IN_PROGRESS', operations: ['one'] }, { ...BEGAN, operationIds: ['zero', 'one'] }, false, STACK_ONLY],
    ['by a rollback', { stack: 'UPDATE_ROLLBACK_IN_PROGRESS' }, BEGAN, true, STACK_ONLY],
    ['by a deletion', { stack: 'DELETE_IN_PROGRESS' }, BEGAN, true, STACK_ONLY],
    ['by a rollback, whose operations are shown only now', { stack: 'ROLLBACK_IN_PROGRESS', operations: ['two'] }, BEGAN, true, STACK_ONLY],
    ['by a rollback, whose operations are not shown any more', { stack: 'ROLLBACK_IN_PROGRESS' }, { ...BEGAN, operationIds: ['one'] }, true, STACK_ONLY],
    ['not by the operations that are shown only now', { stack: 'UPDATE_IN_PROGRESS', operations: ['two'] }, BEGAN, false, STACK_ONLY],
    ['not by the rollback that it belongs to', { stack: 'UPDATE_ROLLBACK_IN_PROGRESS' }, { stackStatus: 'UPDATE_ROLLBACK_IN_PROGRESS' }, false, STACK_ONLY],
    ['not by another status', { stack: 'UPDATE_IN_PROGRESS' }, { stackStatus: 'REVIEW_IN_PROGRESS' }, false, STACK_ONLY],
    ['not by a call that fails', { resource: 'CREATE_FAILED' }, BEGAN, false, STACK_ONLY],
    ['if stack and resource have ended', { stack: 'CREATE_FAILED', resource: 'CREATE_FAILED' }, BEGAN, true, BOTH],
    ['not if only the stack has', { stack: 'CREATE_FAILED', resource: 'CREATE_IN_PROGRESS' }, BEGAN, false, BOTH],
    ['not if the resource is not shown', { stack: 'CREATE_FAILED' }, BEGAN, false, BOTH],
  ])('%s', async (_title, told, began, isCanceled, expected) => {
    const { aws, callNames } = cloudFormation(told);
    const memory = { ...began };
    const outcome = await throwIfCanceled(aws, eventOf(), memory).catch(error => error);
    expect(outcome === undefined ? undefined : outcome.constructor).toBe(isCanceled ? RequestCanceled : undefined);
    const ofResource = told.resource === undefined ? '' : `, resource status ${told.resource}`;
    expect(outcome?.message).toBe(isCanceled ? `CloudFormation canceled this request (stack status ${told.stack}${ofResource}).` : undefined);
    expect(callNames()).toEqual(expected);
    expect(memory).toEqual({ ...began, stackStatusReadAt: NOW });
  });
});

describe('the first step', () => {
  /** The error, if there is one. */
  const begin = async (told: Told, event: Partial<ResourceEvent>, request: Partial<ImageRequest<Sharing>> = {}, memory: Memory = {}) => {
    const { aws, callNames } = cloudFormation(told);
    const isDelete = event.RequestType === 'Delete';
    const image = { memory, isNewImage: !isDelete, isDelete, startedAt: NOW - 30_000, ...request } as ImageRequest<Sharing>;
    const error = await throwIfNotInProgress(aws, eventOf(event), image).then(() => undefined, one => one);
    return { error, calls: callNames(), memory };
  };

  const TYPES = ['Create', 'Update', 'Delete'] as const;
  const [C, U, D] = TYPES;
  // of a Delete, by the id that the resource has
  test.each<[string, string | undefined, (typeof TYPES)[number][]]>([
    ['CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', [C]],
    ['CREATE_IN_PROGRESS', undefined, [C, D]],
    ['UPDATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', [C, U]],
    ['UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', [C, U]],
    ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', []],
    ['UPDATE_IN_PROGRESS', 'DELETE_IN_PROGRESS', [D]],
    ['UPDATE_ROLLBACK_IN_PROGRESS', 'UPDATE_IN_PROGRESS', [U, D]],
    ['ROLLBACK_IN_PROGRESS', 'UPDATE_IN_PROGRESS', [U, D]],
    ['ROLLBACK_IN_PROGRESS', 'CREATE_FAILED', [D]],
    ['DELETE_IN_PROGRESS', 'CREATE_COMPLETE', [D]],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_COMPLETE', [D]],
    ['UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', 'UPDATE_IN_PROGRESS', [D]],
    ['UPDATE_COMPLETE', 'DELETE_IN_PROGRESS', []],
    ['DELETE_COMPLETE', 'DELETE_COMPLETE', []],
    ['ROLLBACK_COMPLETE', 'UPDATE_IN_PROGRESS', []],
  ])('of a stack that is %s, with a resource that is %s: CloudFormation waits for %j', async (stack, resource, expected) => {
    for (const RequestType of TYPES) {
      const { error, memory } = await begin({ stack, resource, physicalId: KNOWN }, { RequestType, PhysicalResourceId: KNOWN });
      const isWaitedFor = expected.includes(RequestType);
      expect(error?.constructor).toBe(isWaitedFor ? undefined : RequestType === 'Delete' ? DeploymentError : RequestCanceled);
      expect(memory.stackStatus).toBe(isWaitedFor ? stack : undefined);
    }
  });

  test.each([
    ['an AMI that the resource does not have', `${ID}-ami-0123456789abcdef1`],
    ['a request that was canceled', 'Images-Copy-1ABCDEF'],
  ])('a Delete during an update is of %s', async (_title, PhysicalResourceId) => {
    const told = { stack: 'UPDATE_IN_PROGRESS', resource: 'UPDATE_COMPLETE', physicalId: PhysicalResourceId.startsWith(ID) ? KNOWN : PhysicalResourceId };
    expect((await begin(told, { RequestType: 'Delete', PhysicalResourceId })).error).toBeUndefined();
  });

  test('waits for half a minute, because CloudFormation may not show yet what it has begun', async () => {
    const told = { stack: 'CREATE_COMPLETE', resource: 'CREATE_COMPLETE', physicalId: KNOWN };
    for (const RequestType of TYPES) {
      const { error } = await begin(told, { RequestType, PhysicalResourceId: KNOWN }, { startedAt: NOW - 29_999 });
      expect(error).toBeInstanceOf(NotReady);
      expect(error.seconds).toBe(2);
    }
    const { error } = await begin(told, { RequestType: 'Delete', PhysicalResourceId: KNOWN });
    expect(error.message).toContain('CloudFormation is not deleting Copy (stack status CREATE_COMPLETE, resource status CREATE_COMPLETE)');
  });

  test('that CloudFormation does not answer is taken, and remembers nothing', async () => {
    for (const RequestType of TYPES) {
      const { error, memory } = await begin({}, { RequestType, PhysicalResourceId: KNOWN });
      expect([error, memory]).toEqual([undefined, { stackStatusReadAt: NOW, stackStatus: undefined, operationIds: undefined, hourBegan: undefined }]);
    }
  });

  test.each([['CREATE_IN_PROGRESS', true], ['UPDATE_COMPLETE', false]])('remembers the operations, and since when %s lasts', async (resource, isInProgress) => {
    const since = new Date('2026-01-01T00:00:10Z');
    const { memory } = await begin({ stack: 'UPDATE_ROLLBACK_IN_PROGRESS', operations: ['one'], resource, since }, { RequestType: 'Delete' });
    expect(memory).toEqual({
      stackStatusReadAt: NOW, stackStatus: 'UPDATE_ROLLBACK_IN_PROGRESS', operationIds: ['one'], hourBegan: isInProgress ? since.getTime() : undefined,
    });
  });

  test('that Lambda delivers after CloudFormation has begun something else fails, unless it deletes', async () => {
    const told = { stack: 'UPDATE_IN_PROGRESS', resource: 'UPDATE_IN_PROGRESS', since: new Date('2026-01-01T00:05:00Z') };
    expect((await begin(told, { RequestType: 'Update', PhysicalResourceId: KNOWN })).error).toBeInstanceOf(DeploymentError);
    expect((await begin(told, { RequestType: 'Delete', PhysicalResourceId: 'another' })).error).toBeUndefined();
  });

  test.each<[string, Partial<ImageRequest<Sharing>>, boolean]>([
    ['of a new AMI need not ask', { isNewImage: true }, false],
    // a forged memory must not share or delete
    ['of an AMI that exists asks', { isNewImage: false }, true],
  ])('that comes again %s', async (_title, request, asks) => {
    const { error, calls } = await begin({ stack: 'DELETE_COMPLETE' }, {}, request, { stackStatus: 'CREATE_IN_PROGRESS' });
    expect([error?.constructor, calls]).toEqual(asks ? [RequestCanceled, BOTH] : [undefined, []]);
  });
});

test.each<[string, string | undefined, boolean]>([
  ['the AMI of the attempt', KNOWN, true],
  ['the AMI of another attempt', KNOWN.replace('9msdgsw6', '00000000'), false],
  ['the attempt, without an AMI', ID, false],
  ['an id that CloudFormation has made up', 'Images-Copy-1ABCDEF', false],
  ['nothing', undefined, false],
])('CloudFormation has %s: the attempt has returned: %s', async (_title, physicalId, expected) => {
  expect(await hasReturned(cloudFormation({ resource: 'CREATE_COMPLETE', physicalId }).aws, eventOf(), ID)).toBe(expected);
});

test('the resource is not shown: the attempt has not returned', async () => {
  expect(await hasReturned(cloudFormation({}).aws, eventOf(), ID)).toBe(false);
});
