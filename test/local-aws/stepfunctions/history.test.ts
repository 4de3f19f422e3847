import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { error, functionArn, machineOf, roleArn, TestMachine } from './test-machine';

let machine: TestMachine;
let answer: () => { functionError?: string; payload: string };

beforeAll(async () => {
  machine = await TestMachine.start({ invoke: () => answer() });
});

afterAll(() => machine.stop());

beforeEach(async () => {
  answer = () => ({ payload: '{"seconds":1}' });
  await machine.reset();
});

const input = '{"a":1}';
const details = (data: string) => ({ input: data, inputDetails: { truncated: false } });
const given = (data: string) => ({ output: data, outputDetails: { truncated: false } });

/** A task, a choice and a wait: nine events each time. */
const polling = {
  StartAt: 'poll',
  States: {
    poll: { Type: 'Task', Resource: functionArn, Next: 'done' },
    done: { Type: 'Choice', Choices: [{ Variable: '$.done', IsPresent: true, Next: 'end' }], Default: 'wait' },
    wait: { Type: 'Wait', SecondsPath: '$.seconds', Next: 'poll' },
    end: { Type: 'Succeed' },
  },
};

test("a function's ARN has LambdaFunction events", async () => {
  const { executionArn } = await machine.run(machineOf({ Type: 'Task', Resource: functionArn, TimeoutSeconds: 60, ResultPath: '$.r', End: true }), { a: 1 });

  expect(await machine.history(executionArn!)).toEqual([
    { type: 'ExecutionStarted', id: 1, previousEventId: 0, executionStartedEventDetails: { ...details(input), roleArn } },
    { type: 'TaskStateEntered', id: 2, previousEventId: 0, stateEnteredEventDetails: { name: 'only', ...details(input) } },
    { type: 'LambdaFunctionScheduled', id: 3, previousEventId: 2, lambdaFunctionScheduledEventDetails: { resource: functionArn, ...details(input), timeoutInSeconds: 60 } },
    { type: 'LambdaFunctionStarted', id: 4, previousEventId: 3 },
    { type: 'LambdaFunctionSucceeded', id: 5, previousEventId: 4, lambdaFunctionSucceededEventDetails: given('{"seconds":1}') },
    { type: 'TaskStateExited', id: 6, previousEventId: 5, stateExitedEventDetails: { name: 'only', ...given('{"a":1,"r":{"seconds":1}}') } },
    { type: 'ExecutionSucceeded', id: 7, previousEventId: 6, executionSucceededEventDetails: given('{"a":1,"r":{"seconds":1}}') },
  ].map(event => ({ timestamp: expect.any(Date), ...event })));
});

test('the optimized integration has Task events', async () => {
  const parameters = { FunctionName: functionArn, Payload: { b: 1 } };
  const { executionArn, output } = await machine.run(machineOf({ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: parameters, End: true }));
  const integration = { resourceType: 'lambda', resource: 'invoke' };

  expect((await machine.history(executionArn!)).slice(1, 6)).toMatchObject([
    { type: 'TaskStateEntered' },
    { type: 'TaskScheduled', taskScheduledEventDetails: { ...integration, region: 'us-east-1', parameters: JSON.stringify(parameters) } },
    { type: 'TaskStarted', taskStartedEventDetails: integration },
    { type: 'TaskSucceeded', taskSucceededEventDetails: { ...integration, ...given(output!) } },
    { type: 'TaskStateExited' },
  ]);
});

test('a failed task is scheduled again without entering its state again, and the state exits when Catch matches', async () => {
  answer = () => error;
  const { executionArn } = await machine.run({
    StartAt: 'task',
    States: {
      task: { Type: 'Task', Resource: functionArn, End: true, Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'fail' }] },
      fail: { Type: 'Fail', Error: 'E', Cause: 'C' },
    },
  });
  const caught = JSON.stringify({ Error: 'Error', Cause: error.payload });
  const failed = { type: 'LambdaFunctionFailed', lambdaFunctionFailedEventDetails: { error: 'Error', cause: error.payload } };

  expect((await machine.history(executionArn!)).slice(1)).toMatchObject([
    { type: 'TaskStateEntered' },
    { type: 'LambdaFunctionScheduled' }, { type: 'LambdaFunctionStarted' }, failed,
    { type: 'LambdaFunctionScheduled' }, { type: 'LambdaFunctionStarted' }, failed,
    { type: 'TaskStateExited', stateExitedEventDetails: { name: 'task', ...given(caught) } },
    { type: 'FailStateEntered', stateEnteredEventDetails: { name: 'fail', ...details(caught) } },
    { type: 'ExecutionFailed', executionFailedEventDetails: { error: 'E', cause: 'C' } },
  ]);
});

test('a Task, a Choice and a Wait state add nine events', async () => {
  machine.create(polling);
  const arn = await machine.begin();
  await machine.pass(2);

  expect((await machine.history(arn)).slice(1, 10).map(event => event.type)).toEqual([
    'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'TaskStateExited',
    'ChoiceStateEntered', 'ChoiceStateExited', 'WaitStateEntered', 'WaitStateExited',
  ]);
});

test('returns events without data, in reverse order, and in pages', async () => {
  const { executionArn } = await machine.run(machineOf({ Type: 'Task', Resource: functionArn, End: true }), { a: 1 });
  const get = (fields: object) => machine.client.send(new GetExecutionHistoryCommand({ executionArn, ...fields }));

  const bare = (await get({ includeExecutionData: false })).events!;
  expect(bare[0].executionStartedEventDetails).toEqual({ roleArn });
  expect(JSON.stringify(bare)).not.toMatch(/"a\\?":1|seconds/);
  expect((await get({ reverseOrder: true })).events!.map(event => event.id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  const page = await get({ maxResults: 4 });
  expect(page.events!.map(event => event.id)).toEqual([1, 2, 3, 4]);
  expect((await get({ maxResults: 4, nextToken: page.nextToken })).events!.map(event => event.id)).toEqual([5, 6, 7]);
  await expect(get({ executionArn: `${executionArn}2` })).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
});

test('the 25,000th event fails the execution with States.Runtime, which Catch does not match', async () => {
  const definition = { ...polling, States: { ...polling.States, poll: { ...polling.States.poll, Retry: [{ ErrorEquals: ['States.ALL'] }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'end' }] } } };
  machine.create(definition);
  const arn = await machine.begin();

  const ended = await machine.finish(arn, 10_000);

  const cause = 'The execution reached the maximum number of history events (25000).';
  expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause });
  // (25,000 - 2) / 9 polls, a second apart
  expect(machine.calls).toHaveLength(2778);
  const { events } = await machine.client.send(new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 2 }));
  expect(events).toMatchObject([
    { type: 'ExecutionFailed', id: 25_000, previousEventId: 24_999, executionFailedEventDetails: { error: 'States.Runtime', cause } },
    { id: 24_999 },
  ]);
});

test('a test can lower the maximum number of events', async () => {
  machine.stepFunctions.limits.historyEvents = 30;
  machine.create(polling);
  const arn = await machine.begin();
  expect(await machine.finish(arn, 60)).toMatchObject({ status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining('(30)') });
  expect(machine.calls).toHaveLength(3);
  await machine.reset();
  expect(machine.stepFunctions.limits.historyEvents).toBe(25_000);
});
