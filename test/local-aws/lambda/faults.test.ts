import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { functionArn } from '../../../local-aws/lambda/function';
import { connectionLost, LambdaFault, serviceException, throttled } from '../../../local-aws/lambda/lambda-faults';
import { LocalAws } from '../../../local-aws/local-aws';

const roleArn = 'arn:aws:iam::123456789012:role/f';
const machineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:machine';
const arn = functionArn('123456789012', 'us-east-1', 'f');

let aws: LocalAws;
let client: SFNClient;
let directory: string;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600, minInvocationMs: 1000 });
  client = new SFNClient(aws.clientOptions());
  directory = mkdtempSync(join(tmpdir(), 'lambda-faults-'));
  writeFileSync(join(directory, 'index.js'), 'exports.handler = async () => { console.log("ran"); return 1; };');
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(async () => {
  await aws.reset();
  aws.iam.putRole({
    account: '123456789012',
    name: 'f',
    inlinePolicies: { all: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: ['lambda:*', 'logs:*'], Resource: '*' }] } },
  });
  aws.lambda.put({
    account: '123456789012',
    region: 'us-east-1',
    name: 'f',
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    roleArn,
    directory,
    timeout: 60,
    memory: 128,
    variables: {},
    logGroup: '/aws/lambda/f',
    logFormat: 'Text',
    logLevel: 'INFO',
  });
});

/** Runs a state machine of this one task to its end. */
async function run(task: object) {
  aws.stepFunctions.create(machineArn, {
    roleArn, definition: JSON.stringify({ StartAt: 'task', States: { task: { Type: 'Task', Resource: arn, End: true, ...task } } }),
  });
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: machineArn }));
  for (;;) {
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING') {
      return described;
    }
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

const ran = () => aws.lambda.logs('f').filter(line => line.includes('ran')).length;

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

test.each<[string, Partial<LambdaFault>, string, number]>([
  ['throttled', { refuse: throttled() }, 'Lambda.TooManyRequestsException', 0],
  ['failed by Lambda', { refuse: serviceException() }, 'Lambda.ServiceException', 0],
  ['disconnected before it starts', { disconnect: 'before' }, 'Lambda.SdkClientException', 0],
  ['disconnected while it runs', { disconnect: 'during' }, 'Lambda.SdkClientException', 1],
  ['killed before it starts', { crash: 'before' }, 'Runtime.ExitError', 0],
  ['killed after it ran', { crash: 'after' }, 'Runtime.ExitError', 1],
  ['failed with an error of its own', { error: { errorType: 'Sandbox.Timedout', errorMessage: 'Task timed out' } }, 'Sandbox.Timedout', 0],
  ['failed without a type', { error: { errorMessage: 'Task timed out' } }, 'Lambda.Unknown', 0],
])('a task fails when its invocation is %s', async (_what, fault, error, runs) => {
  aws.lambda.faults.add({ matches: 'f', ...fault });

  expect(await run({})).toMatchObject({ status: 'FAILED', error });
  await eventually(() => ran() === runs);
  expect(ran()).toBe(runs);
});

test("a function that exceeds its timeout fails the task before the task's longer timeout", async () => {
  writeFileSync(join(directory, 'slow.js'), 'exports.handler = () => new Promise(resolve => setTimeout(resolve, 1e8));');
  aws.lambda.put({ ...aws.lambda.get(arn).definition, handler: 'slow.handler' });

  expect(await run({ TimeoutSeconds: 61 })).toMatchObject({ error: 'Sandbox.Timedout', cause: expect.stringContaining('Task timed out after 60.00 seconds') });
});

test('a task completes after three throttled invocations', async () => {
  aws.lambda.faults.add({ matches: 'f', refuse: throttled(), times: 3 });

  expect(await run({ Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 3 }] })).toMatchObject({ status: 'SUCCEEDED', output: '1' });
});

test('a task completes after ten minutes of throttled invocations', async () => {
  aws.lambda.faults.add({ matches: 'f', refuse: throttled(), lastsMs: 600_000 });

  const ended = await run({ Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 20, BackoffRate: 1, MaxAttempts: 100 }] });

  expect(ended.status).toBe('SUCCEEDED');
  const seconds = (ended.stopDate!.getTime() - ended.startDate!.getTime()) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(600);
  expect(ran()).toBe(1);
});

test('Lambda keeps a throttled asynchronous event, and does not count the attempt', async () => {
  aws.lambda.faults.add({ matches: 'f', refuse: throttled(), times: 5 });
  const begin = aws.clock.now();

  aws.lambda.invokeAsync(arn, '{}');
  await eventually(() => ran() === 1);

  expect(aws.lambda.invocations).toHaveLength(1);
  expect(aws.lambda.invocations[0].at - begin).toBeGreaterThanOrEqual((1 + 2 + 4 + 8 + 16) * 1000);
});

test("a lost connection has the SDK's message", async () => {
  aws.lambda.faults.add({ matches: 'f', disconnect: 'before' });

  expect((await run({})).cause).toBe(connectionLost().message);
});

test('a function runs, and its result is another one', async () => {
  aws.lambda.faults.add({ matches: 'f', result: '{"wait":0.5}' });

  expect(await run({})).toMatchObject({ status: 'SUCCEEDED', output: '{"wait":0.5}' });
  await eventually(() => ran() === 1);
});

describe('an account with a concurrency quota', () => {
  test('throttles a task while other functions use all of it', async () => {
    Object.assign(aws.lambda.concurrency, { quota: 10, usedByOthers: 10 });
    expect(await run({})).toMatchObject({ status: 'FAILED', error: 'Lambda.TooManyRequestsException' });
    expect(aws.lambda.invocations).toEqual([]);
  });

  test('throttles an invocation while its own invocations use the rest, and not after them', async () => {
    Object.assign(aws.lambda.concurrency, { quota: 10, usedByOthers: 9 });
    aws.lambda.faults.add({ matches: 'f', delay: 60_000, times: 1 });
    const first = aws.lambda.invoke(arn, '{}');
    await expect(aws.lambda.invoke(arn, '{}')).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
    expect(await first).toEqual({ payload: '1' });
    expect(await aws.lambda.invoke(arn, '{}')).toEqual({ payload: '1' });
  });

  test('keeps an asynchronous event until the quota allows it', async () => {
    Object.assign(aws.lambda.concurrency, { quota: 10, usedByOthers: 10 });
    aws.lambda.invokeAsync(arn, '{}');
    await aws.clock.sleep(10_000);
    expect(aws.lambda.invocations).toEqual([]);
    aws.lambda.concurrency.usedByOthers = 9;
    await eventually(() => ran() === 1);
  });
});
