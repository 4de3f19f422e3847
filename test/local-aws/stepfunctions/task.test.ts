import { error, functionArn, machineOf, TestMachine } from './test-machine';
import { allowAll, AwsError } from '../../../local-aws/aws-call';

const other = 'arn:aws:lambda:us-east-1:123456789012:function:timeout';
const lambdaInvoke = 'arn:aws:states:::lambda:invoke';

let machine: TestMachine;
let answer: (call: number, payload: string, functionArn: string) => { functionError?: string; payload: string } | Promise<{ payload: string }>;

beforeAll(async () => {
  machine = await TestMachine.start({ invoke: (call, payload, of) => answer(call, payload, of) });
});

afterAll(() => machine.stop());

beforeEach(async () => {
  answer = () => ({ payload: 'null' });
  await machine.reset();
});

const task = (fields: object = {}) => ({ Type: 'Task', Resource: functionArn, End: true, ...fields });
const failWith = (errorType: string) => ({ functionError: 'Unhandled', payload: JSON.stringify({ errorType, errorMessage: 'no' }) });

describe('a task', () => {
  test("with a function's ARN passes the input and returns the response unchanged", async () => {
    answer = () => ({ payload: '{"received": [1, true, null]}' });

    const ended = await machine.run(machineOf(task()), { a: 1 });

    expect(machine.calls).toMatchObject([{ functionArn, payload: '{"a":1}' }]);
    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '{"received": [1, true, null]}', outputDetails: { included: true } });
  });

  test("with the optimized integration returns Lambda's response with the payload in it", async () => {
    answer = () => ({ payload: '{"received": 1}' });

    const ended = await machine.run(machineOf(task({ Resource: lambdaInvoke, Parameters: { 'FunctionName': functionArn, 'Payload.$': '$.payload' } })), { payload: { a: 1 } });

    expect(machine.calls).toMatchObject([{ functionArn, payload: '{"a":1}' }]);
    expect(JSON.parse(ended.output!)).toMatchObject({
      ExecutedVersion: '$LATEST',
      Payload: { received: 1 },
      StatusCode: 200,
      SdkHttpMetadata: { HttpStatusCode: 200, HttpHeaders: { 'Content-Type': 'application/json' } },
      SdkResponseMetadata: { RequestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  test.each([
    ['text that is JSON', { Payload: '{"a":1}' }, '{"a":1}'],
    ['null', { Payload: null }, '{}'],
    ['nothing', {}, '{}'],
  ])('with the optimized integration sends %s', async (_what, fields, payload) => {
    await machine.run(machineOf(task({ Resource: lambdaInvoke, Parameters: { FunctionName: 'task', ...fields } })));

    expect(machine.calls).toMatchObject([{ functionArn, payload }]);
  });

  test('with the optimized integration fails for text that is not JSON', async () => {
    expect(await machine.run(machineOf(task({ Resource: lambdaInvoke, Parameters: { FunctionName: 'task', Payload: 'abc' } })))).toMatchObject({
      error: 'Lambda.InvalidRequestContentException',
      cause: expect.stringMatching(/^Could not parse request body into json: .* \(Service: Lambda, Status Code: 400, Request ID: [0-9a-f-]{36}\) \(SDK Attempt Count: 1\)$/),
    });
    expect(machine.calls).toEqual([]);
  });

  test('runs the state that LambdaInvoke of the CDK creates', async () => {
    answer = () => ({ payload: '{"done":true}' });
    const retry = {
      ErrorEquals: ['Lambda.ClientExecutionTimeoutException', 'Lambda.ServiceException', 'Lambda.AWSLambdaException', 'Lambda.SdkClientException'],
      IntervalSeconds: 2,
      MaxAttempts: 6,
      BackoffRate: 2,
    };

    const ended = await machine.run(machineOf({
      Type: 'Task',
      End: true,
      Resource: lambdaInvoke,
      Retry: [retry],
      ResultPath: '$.turn',
      TimeoutSeconds: 300,
      Parameters: { FunctionName: functionArn, Payload: { 'event.$': '$', 'retries.$': '$$.State.RetryCount' } },
      ResultSelector: { 'done.$': '$.Payload.done' },
    }), { a: 1 });

    expect(JSON.parse(machine.calls[0].payload)).toEqual({ event: { a: 1 }, retries: 0 });
    expect(JSON.parse(ended.output!)).toEqual({ a: 1, turn: { done: true } });
  });
});

describe('a failed function', () => {
  test("is a task error of its type, and the cause with the function's ARN is the function's response", async () => {
    answer = () => ({ functionError: 'Unhandled', payload: '{"errorMessage": "no", "errorType": "ProbeError"}' });

    expect(await machine.run(machineOf(task()))).toMatchObject({
      status: 'FAILED', error: 'ProbeError', cause: '{"errorMessage": "no", "errorType": "ProbeError"}', redriveStatus: 'REDRIVABLE',
    });
    await machine.reset();
    expect(await machine.run(machineOf(task({ Resource: lambdaInvoke, Parameters: { FunctionName: 'task' } })))).toMatchObject({
      error: 'ProbeError', cause: '{"errorMessage":"no","errorType":"ProbeError"}',
    });
  });

  test('without a type is Lambda.Unknown', async () => {
    answer = () => ({ functionError: 'Unhandled', payload: '{"errorMessage":"Task timed out after 3.00 seconds"}' });

    expect(await machine.run(machineOf(task()))).toMatchObject({
      error: 'Lambda.Unknown',
      cause: 'The cause could not be determined because Lambda did not return an error type. Returned payload: {"errorMessage":"Task timed out after 3.00 seconds"}',
    });
  });

  test('is an error of Lambda, if Lambda refused the invocation', async () => {
    answer = () => Promise.reject(new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429));

    expect(await machine.run(machineOf(task()))).toMatchObject({
      error: 'Lambda.TooManyRequestsException', cause: expect.stringMatching(/^Rate Exceeded\. \(Service: Lambda, Status Code: 429, Request ID: /),
    });
  });
});

describe('Retry', () => {
  const retry = (fields: object) => machineOf(task({ Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, BackoffRate: 1, ...fields }] }));

  test('repeats the task with the same input, and counts a transition for each attempt', async () => {
    answer = call => call < 3 ? error : { payload: '"done"' };

    const ended = await machine.run(retry({ MaxAttempts: 5 }), { a: 1 });

    expect(ended).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
    expect(machine.calls.map(call => call.payload)).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
    expect(machine.secondsOf(ended)).toBe(20);
    expect(machine.stepFunctions.executions[0].transitions).toBe(3);
  });

  test('makes three attempts by default, from one second, with doubled intervals', async () => {
    answer = () => error;

    const ended = await machine.run(machineOf(task({ Retry: [{ ErrorEquals: ['States.ALL'] }] })));

    expect(machine.calls).toHaveLength(4);
    expect(machine.secondsOf(ended)).toBe(1 + 2 + 4);
  });

  test('makes none with MaxAttempts 0', async () => {
    answer = () => error;

    await machine.run(retry({ MaxAttempts: 0 }));

    expect(machine.calls).toHaveLength(1);
  });

  test('increases the interval up to MaxDelaySeconds', async () => {
    answer = () => error;

    const ended = await machine.run(retry({ MaxAttempts: 4, BackoffRate: 2, MaxDelaySeconds: 30 }));

    expect(machine.secondsOf(ended)).toBe(10 + 20 + 30 + 30);
  });

  test('does not exceed the interval with full jitter', async () => {
    answer = () => error;

    const ended = await machine.run(retry({ MaxAttempts: 2, JitterStrategy: 'FULL' }));

    expect(machine.calls).toHaveLength(3);
    expect(machine.secondsOf(ended)).toBeLessThanOrEqual(22);
  });

  test('counts the attempts of each retrier, and the first retrier that matches the error decides', async () => {
    answer = call => failWith(call % 2 === 1 ? 'A' : 'B');
    const of = (name: string, MaxAttempts: number) => ({ ErrorEquals: [name], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts });

    const ended = await machine.run(machineOf(task({ Retry: [of('A', 2), of('B', 9), of('A', 9)] })));

    expect(ended.error).toBe('A');
    expect(machine.calls).toHaveLength(5);
  });

  test("puts RetryCount into the task's context object", async () => {
    answer = call => call < 3 ? error : { payload: '1' };
    const parameters = { 'retries.$': '$$.State.RetryCount', 'entered.$': '$$.State.EnteredTime' };

    await machine.run(machineOf(task({ Parameters: parameters, Retry: [{ ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 5 }] })));

    const payloads = machine.calls.map(call => JSON.parse(call.payload) as { retries: number; entered: string });
    expect(payloads.map(payload => payload.retries)).toEqual([0, 1, 2]);
    expect(new Set(payloads.map(payload => payload.entered)).size).toBe(1);
  });
});

describe('Catch', () => {
  const caught = (errorEquals: string, fields: object = {}) => ({
    StartAt: 'task',
    States: {
      task: task({ Catch: [{ ErrorEquals: [errorEquals], Next: 'caught', ...fields }] }),
      caught: { Type: 'Task', Resource: other, End: true },
    },
  });

  test('continues with the error of the last attempt', async () => {
    answer = (_call, _payload, of) => of === functionArn ? error : { payload: '1' };

    const ended = await machine.run(caught('States.ALL'));

    expect(ended.status).toBe('SUCCEEDED');
    expect(JSON.parse(machine.calls[1].payload)).toEqual({ Error: 'Error', Cause: error.payload });
  });

  test('puts the error at ResultPath', async () => {
    answer = (_call, _payload, of) => of === functionArn ? error : { payload: '1' };

    await machine.run(caught('States.ALL', { ResultPath: '$.error' }), { a: 1 });

    expect(JSON.parse(machine.calls[1].payload)).toEqual({ a: 1, error: { Error: 'Error', Cause: error.payload } });
  });

  test.each([
    ['States.ALL', 'Error', true],
    ['States.TaskFailed', 'Error', true],
    ['Error', 'Error', true],
    ['Other', 'Error', false],
    ['States.ALL', 'Lambda.Unknown', true],
  ])('%s for %s: %s', async (errorEquals, errorType, isCaught) => {
    answer = (_call, _payload, of) => of === functionArn ? failWith(errorType) : { payload: '1' };

    expect((await machine.run(caught(errorEquals))).status).toBe(isCaught ? 'SUCCEEDED' : 'FAILED');
  });

  test.each([['States.ALL', false], ['States.TaskFailed', false], ['States.DataLimitExceeded', true]])('%s for a result that is too large: %s', async (errorEquals, isCaught) => {
    answer = (_call, _payload, of) => ({ payload: JSON.stringify('x'.repeat(of === functionArn ? 256 * 1024 : 1)) });

    const ended = await machine.run(caught(errorEquals));

    expect(ended).toMatchObject(isCaught ? { status: 'SUCCEEDED' } : {
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
      cause: `The state/task '${functionArn}' returned a result with a size exceeding the maximum number of bytes service limit.`,
    });
  });

  test('never matches States.Runtime', async () => {
    const definition = caught('States.ALL') as { States: Record<string, object> };
    Object.assign(definition.States.task, { Parameters: { 'a.$': '$.missing' }, Retry: [{ ErrorEquals: ['States.ALL'] }] });

    expect(await machine.run(definition, { a: 1 })).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: 'An error occurred while executing the state \'task\' (entered at the event id #2). '
        + 'The JSONPath \'$.missing\' specified for the field \'a.$\' could not be found in the input \'{"a":1}\'',
    });
    expect(machine.calls).toEqual([]);
  });

  test('matches the error of an invalid ResultPath', async () => {
    answer = () => ({ payload: '1' });
    const definition = caught('States.ResultPathMatchFailure') as { States: Record<string, object> };
    Object.assign(definition.States.task, { ResultPath: '$.a.b' });

    await machine.run(definition, { a: 'text' });

    expect(JSON.parse(machine.calls[1].payload)).toMatchObject({ Error: 'States.ResultPathMatchFailure' });
  });
});

describe('TimeoutSeconds', () => {
  test('fails the task with States.Timeout, which States.TaskFailed does not match, while the function continues', async () => {
    let end = (_answer: { payload: string }): void => undefined;
    answer = () => new Promise(resolve => {
      end = resolve;
    });
    machine.create(machineOf(task({
      TimeoutSeconds: 60,
      Retry: [{ ErrorEquals: ['States.TaskFailed'] }],
      Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'only' }],
    })));
    const arn = await machine.begin();

    const ended = await machine.finish(arn);
    end({ payload: '1' });

    expect(ended).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(machine.secondsOf(ended)).toBe(60);
    expect((await machine.history(arn)).map(event => event.type)).toEqual([
      'ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionTimedOut', 'ExecutionFailed',
    ]);
  });

  test('fails the optimized integration, too', async () => {
    answer = () => new Promise(() => undefined);

    const ended = await machine.run(machineOf(task({ Resource: lambdaInvoke, Parameters: { FunctionName: 'task' }, TimeoutSeconds: 60 })));

    expect((await machine.history(ended.executionArn!)).at(-2)).toMatchObject({
      type: 'TaskTimedOut', taskTimedOutEventDetails: { resourceType: 'lambda', resource: 'invoke', error: 'States.Timeout' },
    });
  });

  test('of the state machine ends the execution as TIMED_OUT, which Catch does not match', async () => {
    answer = () => new Promise(() => undefined);

    const ended = await machine.run({ TimeoutSeconds: 30, ...machineOf(task({ Retry: [{ ErrorEquals: ['States.ALL'] }] })) });

    expect(ended.status).toBe('TIMED_OUT');
    expect(ended.error).toBeUndefined();
    expect((await machine.history(ended.executionArn!)).at(-1)).toMatchObject({
      type: 'ExecutionTimedOut', executionTimedOutEventDetails: { error: 'States.Timeout' },
    });
  });
});

test('needs a role that is allowed to invoke the function', async () => {
  const denied = await TestMachine.start({ authorizer: { ...allowAll, allows: () => false } });

  const ended = await denied.run(machineOf(task()));

  expect(ended).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction') });
  expect(denied.calls).toEqual([]);
  await denied.stop();
});
