import { ExecutionAlreadyExists, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ResourceEvent } from '../../lambda/request/events';
import { NOTHING_MADE } from '../../lambda/request/physical-id';
import { Answer, State } from '../../lambda/request/turn';
import { createStart, secondsToWait } from '../../lambda/request-function';
import { RESOURCE_TYPES } from '../../src/contract';

/** The request function: what it starts, and what it answers itself. */

const STACK_ID = 'arn:aws:cloudformation:us-east-1:123456789012:stack/Images/11111111-1111-1111-1111-111111111111';
const STATE_MACHINE_ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:Images';
const NOW = Date.parse('2026-01-01T00:00:00Z');

let now: number;
let started: StartExecutionCommand['input'][];
let answers: Answer[];
let failures: Error[];
/** The number of running executions, or the error of ListExecutions. */
let running: number | Error;
let listed: ListExecutionsCommand['input'][];

beforeEach(() => {
  now = NOW;
  started = [];
  answers = [];
  failures = [];
  running = 0;
  listed = [];
  jest.spyOn(console, 'info').mockReturnValue(undefined);
});
afterEach(() => jest.restoreAllMocks());

const start = createStart({
  client: {
    send: (command: ListExecutionsCommand | StartExecutionCommand) => {
      if (command instanceof ListExecutionsCommand) {
        listed.push(command.input);
        return running instanceof Error ? Promise.reject(running) : Promise.resolve({ executions: Array.from({ length: running }, () => ({})) });
      }
      const { input } = command;
      started.push(input);
      const failure = failures.shift();
      return failure ? Promise.reject(failure) : Promise.resolve({});
    },
  } as unknown as SFNClient,
  stackId: STACK_ID,
  stateMachineArn: STATE_MACHINE_ARN,
  send: (_event, answer) => {
    answers.push(answer);
    return Promise.resolve();
  },
  now: () => now,
  sleep: milliseconds => {
    now += milliseconds;
    return Promise.resolve();
  },
});

function eventOf(changed: Partial<ResourceEvent> = {}): ResourceEvent {
  return {
    RequestType: 'Create',
    ResourceType: RESOURCE_TYPES.encryptedAmiCopy,
    ResponseURL: 'https://cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com/answer?signed',
    StackId: STACK_ID,
    RequestId: '22222222-2222-2222-2222-222222222222',
    LogicalResourceId: 'Copy',
    ResourceProperties: {},
    ...changed,
  };
}

/** The log of the function: resource and request, and never the URL with which anyone could answer. */
function logged(): object[] {
  return jest.mocked(console.info).mock.calls.map(([{ resource, request, ...entry }]) => {
    expect([resource, request]).toEqual(['Copy', eventOf().RequestId]);
    return entry;
  });
}

function denied(): Error {
  return Object.assign(new Error('User: arn:aws:sts::123456789012:assumed-role/Request/f is not authorized to perform: states:StartExecution'), { name: 'AccessDeniedException' });
}

test('a request is one execution, named after it, with the event and nothing known yet', async () => {
  const event = eventOf({ ResourceProperties: { ServiceTimeout: '1260' } });
  await start(event);
  expect(started).toEqual([{ stateMachineArn: STATE_MACHINE_ARN, name: event.RequestId, input: expect.any(String) }]);
  const state = JSON.parse(started[0].input!) as State;
  // three minutes before CloudFormation gives up
  expect(state).toEqual({ event, deadline: '2026-01-01T00:18:00.000Z', turn: { memory: {}, wait: 1 } });
  expect(answers).toEqual([]);
});

test.each([[undefined, 57], ['3600', 57], ['{{resolve}}', 57], ['60', 0], ['99999', 57]])('with the ServiceTimeout %p, it is tried for %p minutes', async (ServiceTimeout, minutes) => {
  await start(eventOf({ ResourceProperties: { ServiceTimeout } }));
  expect((JSON.parse(started[0].input!) as State).deadline).toBe(new Date(NOW + minutes * 60_000).toISOString());
});

test('one that is delivered twice is one execution, even if that has ended', async () => {
  failures = [new ExecutionAlreadyExists({ message: 'Execution Already Exists', $metadata: {} })];
  await start(eventOf());
  expect(started).toHaveLength(1);
  expect(answers).toEqual([]);
  expect(logged()).toEqual([{ message: 'Create, delivered again' }]);
});

test('a role that was just made may be denied for some seconds', async () => {
  failures = [denied(), denied(), denied()];
  await start(eventOf());
  expect(started).toHaveLength(4);
  expect(answers).toEqual([]);
  expect(logged()).toEqual([...[1, 2, 3].map(() => ({ message: 'not started', code: 'AccessDeniedException', words: denied().message })), { message: 'Create' }]);
});

test('one that cannot be started is answered, within the minute that the function has', async () => {
  failures = Array.from({ length: 100 }, denied);
  await start(eventOf());
  expect(now - NOW).toBe(40_000);
  expect(answers).toEqual([{
    status: 'FAILED', physicalId: NOTHING_MADE, reason: expect.stringMatching(/^The request was not started\. .* \(Step Functions AccessDeniedException: User: /),
  }]);
});

test('one whose state machine is gone is answered with what to do', async () => {
  failures = Array.from({ length: 100 }, () => Object.assign(new Error('State Machine Does Not Exist'), { name: 'StateMachineDoesNotExist' }));
  await start(eventOf());
  expect(answers).toEqual([{
    status: 'FAILED',
    physicalId: NOTHING_MADE,
    reason: expect.stringMatching(`^The state machine ${STATE_MACHINE_ARN} does not exist any more\\. .* \\(Step Functions StateMachineDoesNotExist: State`),
  }]);
});

test('an Update that cannot be started keeps its id, so that CloudFormation deletes nothing', async () => {
  failures = Array.from({ length: 100 }, denied);
  await start(eventOf({ RequestType: 'Update', PhysicalResourceId: 'it' }));
  expect(answers).toMatchObject([{ status: 'FAILED', physicalId: 'it' }]);
});

test('the Delete of what was never made is answered at once', async () => {
  await start(eventOf({ RequestType: 'Delete', PhysicalResourceId: NOTHING_MADE, ResourceType: 'Custom::Other' }));
  expect(started).toEqual([]);
  expect(answers).toEqual([{ status: 'SUCCESS', physicalId: NOTHING_MADE }]);
});

test.each([['Delete', 'it'], ['Update', NOTHING_MADE]] as const)('the %s of %s is an execution', async (RequestType, PhysicalResourceId) => {
  await start(eventOf({ RequestType, PhysicalResourceId }));
  expect(started).toHaveLength(1);
  expect(answers).toEqual([]);
});

test('a resource type that this version does not know is refused with what to do', async () => {
  await start(eventOf({ ResourceType: 'Custom::Other' }));
  expect(started).toEqual([]);
  expect(answers).toMatchObject([{ status: 'FAILED', reason: expect.stringMatching(/^The handler does not know the resource type Custom::Other\. Synthesize and deploy the stack again/) }]);
});

test('a request of another stack starts nothing, and gets no answer', async () => {
  await expect(start(eventOf({ StackId: STACK_ID.replace('Images', 'Others') }))).rejects.toThrow('This function serves the stack');
  expect(started).toEqual([]);
  expect(answers).toEqual([]);
});

describe('where many requests of a stack are running', () => {
  const memory = () => (JSON.parse(started[0].input!) as State).turn.memory;

  test('the next one waits before its first step', async () => {
    running = 400;
    await start(eventOf());
    expect(listed).toEqual([{ stateMachineArn: STATE_MACHINE_ARN, statusFilter: 'RUNNING', maxResults: 1_000 }]);
    expect(memory()).toEqual({ startAfterSeconds: 310 });
    running = 31;
    started = [];
    await start(eventOf());
    expect(memory()).toEqual({ startAfterSeconds: 1 });
  });

  test.each([
    ['Create', 30, 0], ['Create', 31, 1], ['Create', 85, 28], ['Create', 100, 35], ['Create', 400, 310], ['Update', 400, 185], ['Update', 30, 0], ['Delete', 400, 185],
  ] as const)('a %s after %i others waits %i seconds', (type, others, seconds) => {
    expect(secondsToWait(type, others)).toBe(seconds);
  });

  test('a throttled count is repeated, and given up before the request is', async () => {
    running = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    await start(eventOf());
    expect(listed.length).toBeGreaterThan(5);
    expect(started).toHaveLength(1);
    expect(memory()).toEqual({});
    expect(answers).toEqual([]);
  });

  test('a count that is refused delays nothing', async () => {
    running = denied();
    await start(eventOf());
    expect(listed).toHaveLength(1);
    expect(memory()).toEqual({});
  });
});
