import { FunctionDefinition } from '../../../local-aws/lambda/function';
import { LocalAws } from '../../../local-aws/local-aws';

/** Processes are started before it is known which function they are for: nothing of that may be seen from inside. */

let aws: LocalAws;
let roleArn: string;

beforeAll(async () => {
  aws = await LocalAws.start({ speed: 60 });
});

beforeEach(async () => {
  await aws.reset();
  roleArn = aws.iam.putRole({ account: aws.account, name: 'function' });
});

afterAll(() => aws.stop());

function put(name: string, code: string, variables: Record<string, string> = {}): string {
  const definition: FunctionDefinition = {
    account: aws.account,
    region: aws.region,
    name,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    roleArn,
    directory: aws.lambda.inlineCode(code),
    timeout: 60,
    memory: 256,
    variables,
    logGroup: '/aws/lambda/f',
    logFormat: 'Text',
    logLevel: 'INFO',
  };
  return aws.lambda.put(definition).arn;
}

async function answer<T>(arn: string): Promise<T> {
  const { payload, functionError } = await aws.lambda.invoke(arn, '{}');
  expect({ payload, functionError }).toEqual({ payload, functionError: undefined });
  return JSON.parse(payload) as T;
}

const SELF = `exports.handler = async () => ({
  pid: process.pid, directory: process.cwd(), arguments: process.argv.slice(2), options: process.execArgv, environment: process.env, left: globalThis.left,
});
globalThis.left = (globalThis.left || 0) + 1;`;

interface Self {
  readonly pid: number;
  readonly directory: string;
  readonly arguments: string[];
  readonly options: string[];
  readonly environment: Record<string, string>;
  readonly left: number;
}

test('each function has its own process, also after it was created again', async () => {
  const [one, other] = [put('one', SELF, { MINE: '1' }), put('other', SELF)];
  const first = await answer<Self>(one);
  const again = await answer<Self>(one);
  const second = await answer<Self>(other);
  await aws.reset();
  roleArn = aws.iam.putRole({ account: aws.account, name: 'function' });
  const third = await answer<Self>(put('one', SELF));

  expect(again.pid).toBe(first.pid);
  expect(new Set([first.pid, second.pid, third.pid]).size).toBe(3);
  expect([first, second, third].map(self => self.left)).toEqual([1, 1, 1]);
  expect([first, second, third].map(self => self.environment.MINE)).toEqual(['1', undefined, undefined]);
});

test("a function has Lambda's environment variables and its own directory, and nothing of this machine", async () => {
  process.env.OF_THIS_MACHINE = 'x';
  const self = await answer<Self>(put('one', SELF, { MINE: '1' }));
  delete process.env.OF_THIS_MACHINE;

  expect(Object.keys(self.environment).filter(name => !name.startsWith('AWS_')).sort())
    .toEqual(['LAMBDA_TASK_ROOT', 'LANG', 'MINE', 'NODE_PATH', 'PATH', 'TZ', '_HANDLER']);
  expect(self.environment.LAMBDA_TASK_ROOT).toBe(self.directory);
  expect({ arguments: self.arguments, options: self.options }).toEqual({ arguments: [], options: [] });
});

test("Node's start has the variables that only it reads", async () => {
  const arn = put('one', 'exports.handler = async () => [process.execArgv, process.allowedNodeEnvironmentFlags.has("--stack-trace-limit"), Error.stackTraceLimit];', {
    NODE_OPTIONS: '--stack-trace-limit=77',
  });

  expect(await answer(arn)).toEqual([[], true, 77]);
});

test('the SDK behaves the same in the first process that loads it and in later ones', async () => {
  const code = `
    const { LambdaClient, GetFunctionCommand } = require('@aws-sdk/client-lambda');
    exports.handler = async () => new LambdaClient({ maxAttempts: 1 }).send(new GetFunctionCommand({ FunctionName: 'none' })).catch(error => error.name);`;

  expect(await answer(put('one', code))).toBe('AccessDeniedException');
  expect(await answer(put('two', code))).toBe('AccessDeniedException');
});

test('stopping Lambda stops unused processes, too', async () => {
  const short = await LocalAws.start({ speed: 60 });
  const role = short.iam.putRole({ account: short.account, name: 'function' });
  const { definition } = aws.lambda.get(put('one', SELF));
  const { arn } = short.lambda.put({ ...definition, roleArn: role, directory: short.lambda.inlineCode('exports.handler = async () => process.ppid;') });
  await short.lambda.invoke(arn, '{}');
  const { spares } = short.lambda as unknown as { spares: { waiting: { pid: number }[]; starting?: { pid: number } } };
  const processes = [...spares.waiting, ...spares.starting === undefined ? [] : [spares.starting]].map(({ pid }) => pid);
  expect(processes.length).toBeGreaterThan(0);

  await short.stop();

  expect(processes.filter(isThere)).toEqual([]);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
