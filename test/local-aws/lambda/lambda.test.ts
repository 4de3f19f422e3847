import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { FunctionDefinition } from '../../../local-aws/lambda/function';
import { LocalAws } from '../../../local-aws/local-aws';

let aws: LocalAws;
let roleArn: string;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 60, minInvocationMs: 1000 });
});

afterAll(async () => {
  await aws.stop();
});

beforeEach(async () => {
  await aws.reset();
  roleArn = aws.iam.putRole({
    account: aws.account, name: 'function', managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
  });
});

function put(code: string, more: Partial<FunctionDefinition> = {}): string {
  return aws.lambda.put({
    account: aws.account,
    region: aws.region,
    name: 'f',
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    roleArn,
    directory: aws.lambda.inlineCode(code),
    timeout: 60,
    memory: 256,
    variables: {},
    logGroup: '/aws/lambda/f',
    logFormat: 'Text',
    logLevel: 'INFO',
    ...more,
  }).arn;
}

async function invoke(code: string, payload: object = {}, more: Partial<FunctionDefinition> = {}): Promise<unknown> {
  const result = await aws.lambda.invoke(put(code, more), JSON.stringify(payload));
  return { ...result, payload: JSON.parse(result.payload) as unknown };
}

async function eventually(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition() && waited < 500; waited += 1) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  expect(condition()).toBe(true);
}

describe('a handler', () => {
  test('receives event, context and its environment variables', async () => {
    const result = await invoke(`
      exports.handler = async (event, context) => ({
        event,
        function: context.functionName,
        arn: context.invokedFunctionArn,
        region: process.env.AWS_REGION,
        key: process.env.AWS_ACCESS_KEY_ID,
        mine: process.env.MINE,
        foreign: process.env.FOREIGN,
        endpoint: process.env.AWS_ENDPOINT_URL,
        remaining: context.getRemainingTimeInMillis() > 0 && context.getRemainingTimeInMillis() <= 60000,
      });`, { a: 1 }, { variables: { MINE: 'yes' } });

    expect((result as { payload: object }).payload).toEqual({
      event: { a: 1 },
      function: 'f',
      arn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
      region: 'us-east-1',
      key: aws.iam.credentials(roleArn).accessKeyId,
      mine: 'yes',
      endpoint: aws.url,
      remaining: true,
    });
  });

  test('can call the callback, return nothing, or be an ES module', async () => {
    expect(await invoke('exports.handler = (event, context, callback) => callback(null, 5);')).toEqual({ payload: 5 });
    expect(await invoke('exports.handler = async () => {};')).toEqual({ payload: null });
    const directory = mkdtempSync(join(tmpdir(), 'module-'));
    writeFileSync(join(directory, 'index.mjs'), 'export const handler = async () => "module";');
    expect(await invoke('', {}, { directory })).toEqual({ payload: 'module' });
    rmSync(directory, { recursive: true });
  });

  test('that throws returns the error with its trace', async () => {
    expect(await invoke('exports.handler = async () => { throw new TypeError("no"); };')).toEqual({
      functionError: 'Unhandled',
      payload: { errorType: 'TypeError', errorMessage: 'no', trace: expect.arrayContaining(['TypeError: no']) },
    });
  });

  test('fails every invocation when it cannot be loaded or found', async () => {
    expect(await invoke('syntax error')).toMatchObject({ functionError: 'Unhandled', payload: { errorType: 'SyntaxError' } });
    expect(await invoke('exports.other = 1;')).toMatchObject({
      payload: { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
    });
    expect(await invoke('require("fflate"); exports.handler = async () => 1;')).toMatchObject({ payload: { errorMessage: expect.stringContaining('fflate') } });
  });

  test("uses the runtime's AWS SDK, and calls services as its role", async () => {
    aws.iam.putRolePolicy(roleArn, 'kms', { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' }] });
    const key = aws.kms.addKey();
    const code = `
      const { KMSClient, DescribeKeyCommand, CreateKeyCommand } = require('@aws-sdk/client-kms');
      exports.handler = async ({ KeyId }) => {
        const kms = new KMSClient({});
        const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
        const denied = await kms.send(new CreateKeyCommand({})).catch(error => error.name);
        return [KeyMetadata.KeyState, denied];
      };`;

    expect(await invoke(code, { KeyId: key.keyId })).toEqual({ payload: ['Enabled', 'AccessDeniedException'] });
    expect(aws.log.of('kms:DescribeKey')[0].principalArn).toBe('arn:aws:sts::123456789012:assumed-role/function/session');
  });

  test('has the time of the local AWS', async () => {
    const code = `
      const timers = require('timers/promises');
      exports.handler = async () => {
        const begin = Date.now();
        await new Promise(resolve => setTimeout(resolve, 10000));
        await timers.setTimeout(10000);
        await require('util').promisify(setTimeout)(10000);
        return { begin, end: new Date().getTime(), date: new Date() instanceof Date, parsed: new Date(5).getTime() };
      };`;
    const before = aws.clock.now();
    const realBefore = Date.now();

    const { payload } = await invoke(code) as { payload: { begin: number; end: number; date: boolean; parsed: number } };

    expect(payload).toMatchObject({ date: true, parsed: 5 });
    expect(payload.begin).toBeGreaterThanOrEqual(Math.floor(before));
    expect(payload.end - payload.begin).toBeGreaterThanOrEqual(29_900);
    expect(Date.now() - realBefore).toBeLessThan(30_000);
    expect(payload.end).toBeLessThanOrEqual(Math.ceil(aws.clock.now()));
  });

  test('is stopped at its timeout', async () => {
    const result = await invoke('exports.handler = () => new Promise(() => setInterval(() => {}, 1000));', {}, { timeout: 3 });

    expect(result).toMatchObject({ functionError: 'Unhandled', payload: { errorType: 'Sandbox.Timedout', errorMessage: expect.stringContaining('Task timed out after 3.00 seconds') } });
    expect(aws.lambda.logs('f').join()).toContain('Task timed out after 3.00 seconds');
  });
});

describe('processes', () => {
  const counting = 'let n = 0; exports.handler = async ({ wait }) => { const k = ++n; await new Promise(r => setTimeout(r, wait || 0)); return [process.pid, k]; };';

  test('are reused', async () => {
    const arn = put(counting);

    const [first, second] = [await aws.lambda.invoke(arn, '{}'), await aws.lambda.invoke(arn, '{}')].map(result => JSON.parse(result.payload) as number[]);

    expect(second).toEqual([first[0], 2]);
  });

  test('handle one invocation at a time, and a function has at most four', async () => {
    const arn = put(counting);

    const all = await Promise.all(Array.from({ length: 10 }, () => aws.lambda.invoke(arn, '{"wait":20000}')));

    const pids = all.map(result => (JSON.parse(result.payload) as number[])[0]);
    expect(new Set(pids).size).toBe(4);
    expect(aws.lambda.get(arn).processes).toBe(4);
  });

  test('are started again after an update of the function, and after a crash', async () => {
    const arn = put(counting);
    await aws.lambda.invoke(arn, '{}');
    aws.lambda.faults.add({ matches: 'f', crash: 'before', times: 1 });

    expect(await aws.lambda.invoke(arn, '{}')).toMatchObject({ functionError: 'Unhandled', payload: expect.stringContaining('Runtime.ExitError') });
    expect(JSON.parse((await aws.lambda.invoke(arn, '{}')).payload)).toEqual([expect.any(Number), 1]);
    put(counting);
    expect(JSON.parse((await aws.lambda.invoke(arn, '{}')).payload)).toEqual([expect.any(Number), 1]);
  });

  test('are not started for waiting invocations of a deleted function, which fail', async () => {
    const arn = put(counting, { reservedConcurrency: 1 });
    const all = [1, 2, 3].map(() => aws.lambda.invoke(arn, '{"wait":20000}'));
    await eventually(() => aws.lambda.get(arn).processes === 1);

    // as CloudFormation does when it deletes a stack
    aws.lambda.delete(arn);
    aws.iam.deleteRole(roleArn);

    const [running, ...waiting] = await Promise.all(all);
    expect(JSON.parse(running.payload)).toEqual([expect.any(Number), 1]);
    expect(waiting).toEqual([1, 2].map(() => ({ functionError: 'Unhandled', payload: expect.stringContaining(`Function not found: ${arn}`) })));
  });

  test('handle waiting invocations after an update of the function', async () => {
    const arn = put(counting, { reservedConcurrency: 1 });
    const all = [1, 2].map(() => aws.lambda.invoke(arn, '{"wait":20000}'));
    await eventually(() => aws.lambda.get(arn).processes === 1);

    put('exports.handler = async () => "changed";');

    expect((await Promise.all(all))[1]).toEqual({ payload: '"changed"' });
  });

  test('need a role, without which the invocation fails', async () => {
    const arn = put(counting);
    aws.iam.deleteRole(roleArn);

    expect(await aws.lambda.invoke(arn, '{}')).toEqual({
      functionError: 'Unhandled', payload: expect.stringContaining('The role defined for the function cannot be assumed by Lambda.'),
    });
  });

  test('that ends between two invocations is replaced by another one', async () => {
    const arn = put('exports.handler = async () => { setTimeout(() => process.exit(1)); return process.pid; };');
    const first = await aws.lambda.invoke(arn, '{}');
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await aws.lambda.invoke(arn, '{}')).toEqual({ payload: expect.not.stringMatching(first.payload) });
  });

  test('can be killed during an invocation', async () => {
    const running = aws.lambda.invoke(put(counting), '{"wait":3000000}');
    await eventually(() => aws.lambda.get('arn:aws:lambda:us-east-1:123456789012:function:f').processes === 1);

    await aws.lambda.kill('f');

    expect((await running).payload).toContain('Runtime exited with error: signal: SIGKILL');
  });
});

describe('an asynchronous event', () => {
  const failing = 'exports.handler = async () => { throw new Error("again"); };';

  test('is retried twice, after one and after two minutes', async () => {
    aws.lambda.invokeAsync(put(failing), '{"id":1}');
    await eventually(() => aws.lambda.invocations.length === 3);

    const times = aws.lambda.invocations.map(call => call.at);
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(60_000);
    expect(times[2] - times[1]).toBeGreaterThanOrEqual(120_000);
    expect(aws.lambda.invocations.map(call => call.payload)).toEqual(['{"id":1}', '{"id":1}', '{"id":1}']);
  });

  test('can be delivered twice', async () => {
    aws.lambda.faults.add({ matches: 'f', deliverTwice: true, times: 1 });
    aws.lambda.invokeAsync(put('exports.handler = async () => 1;'), '{}');
    await eventually(() => aws.lambda.invocations.filter(call => call.result !== undefined).length === 2);
  });
});

describe('logs', () => {
  test("contain the function's output by lines", async () => {
    await invoke('exports.handler = async () => { console.log("one\\ntwo"); console.error("three"); };');
    await eventually(() => aws.lambda.logs('f').length === 3);

    expect([...aws.lambda.logs('f')].sort()).toEqual(['one', 'three', 'two']);
  });

  test('leave out levels below the configured one', async () => {
    await invoke('exports.handler = async () => { console.log("low"); console.error("high"); };', {}, { logFormat: 'JSON', logLevel: 'ERROR' });
    await eventually(() => aws.lambda.logs('f').length === 1);

    expect(JSON.parse(aws.lambda.logs('f')[0])).toMatchObject({ level: 'ERROR', message: 'high' });
  });

  test.each([
    ['an object', '{ a: { b: [1] } }', { message: { a: { b: [1] } } }],
    ['a number', '7', { message: 7 }],
    ['nothing', '', { level: 'WARN' }],
    ['an error', 'new TypeError("no")', { message: { errorType: 'TypeError', errorMessage: 'no', stackTrace: expect.arrayContaining(['TypeError: no']) } }],
    ['an error in an object, with properties of its own', '{ e: Object.assign(new Error("no"), { code: 5 }) }', { message: { e: { errorType: 'Error', errorMessage: 'no', code: 5 } } }],
    ['several values', '"%s of", 1, { a: 1 }', { message: '1 of { a: 1 }' }],
    ['an error after a text', '"failed:", new RangeError("no")', { message: expect.stringContaining('failed: RangeError: no\n'), errorType: 'RangeError', errorMessage: 'no', stackTrace: expect.arrayContaining(['RangeError: no']) }],
    ['a circle', '(() => { const a = {}; a.a = a; return a; })()', { message: '<ref *1> { a: [Circular *1] }' }],
  ])('in JSON keep the structure of %s', async (_name, logged, line) => {
    await invoke(`exports.handler = async () => { console.warn(${logged}); };`, {}, { logFormat: 'JSON' });
    await eventually(() => aws.lambda.logs('f').length === 1);

    const found = JSON.parse(aws.lambda.logs('f')[0]) as object;
    expect(found).toMatchObject({ level: 'WARN', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), ...line });
    expect(Object.keys(found).slice(0, 3)).toEqual(['timestamp', 'level', 'requestId']);
  });

  test('in JSON describe the error of a handler', async () => {
    await invoke('exports.handler = async () => { throw new TypeError("no"); };', {}, { logFormat: 'JSON' });
    await eventually(() => aws.lambda.logs('f').length === 1);

    expect(JSON.parse(aws.lambda.logs('f')[0])).toMatchObject({ level: 'ERROR', message: { errorType: 'TypeError', errorMessage: 'no' } });
  });

  test('are not written by a role without permission', async () => {
    const silent = aws.iam.putRole({ account: aws.account, name: 'silent' });
    await invoke('exports.handler = async () => { console.log("one"); };', {}, { roleArn: silent });

    expect(aws.lambda.logStore.names()).toEqual([]);
  });
});

describe('the API', () => {
  const client = () => new LambdaClient(aws.clientOptions());

  test('invokes functions by name and by ARN', async () => {
    const arn = put('exports.handler = async event => event.a + 1;');

    for (const FunctionName of ['f', arn]) {
      const { Payload, StatusCode, FunctionError } = await client().send(new InvokeCommand({ FunctionName, Payload: '{"a":1}' }));
      expect([Payload?.transformToString(), StatusCode, FunctionError]).toEqual(['2', 200, undefined]);
    }
  });

  test('describes a function to a caller with permission', async () => {
    const arn = put('exports.handler = async () => 1;');
    expect((await client().send(new GetFunctionCommand({ FunctionName: 'f' }))).Configuration).toMatchObject({ FunctionArn: arn, State: 'Active', Role: roleArn });
    expect((await fetch(`${aws.url}/2015-03-31/functions/f`)).status).toBe(403);
  });

  test("returns a function's error with status 200", async () => {
    put('exports.handler = async () => { throw new Error("no"); };');

    const { Payload, StatusCode, FunctionError } = await client().send(new InvokeCommand({ FunctionName: 'f' }));

    expect([StatusCode, FunctionError]).toEqual([200, 'Unhandled']);
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({ errorMessage: 'no' });
  });

  test('accepts an event and invokes the function later', async () => {
    put('exports.handler = async () => 1;');

    expect((await client().send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'DryRun' }))).StatusCode).toBe(204);
    expect(aws.lambda.invocations).toEqual([]);
    expect((await client().send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event' }))).StatusCode).toBe(202);
    await eventually(() => aws.lambda.invocations[0]?.result !== undefined);
  });

  test('refuses a missing function, a caller without permission and an event that is too long', async () => {
    await expect(client().send(new InvokeCommand({ FunctionName: 'none' }))).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: expect.stringContaining('Function not found: arn:aws:lambda:us-east-1:123456789012:function:none') });
    put('exports.handler = async () => 1;');
    const asRole = new LambdaClient({ ...aws.clientOptions(), credentials: aws.iam.credentials(roleArn) });
    await expect(asRole.send(new InvokeCommand({ FunctionName: 'f' }))).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:f'),
    });
    const Payload = JSON.stringify({ long: 'x'.repeat(1024 * 1024) });
    await expect(client().send(new InvokeCommand({ FunctionName: 'f', InvocationType: 'Event', Payload }))).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  });
});
