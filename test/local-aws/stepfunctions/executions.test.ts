import {
  DescribeExecutionCommand, DescribeStateMachineCommand, ListExecutionsCommand, SFNClient, StartExecutionCommand, StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { functionArn, machineArn, only, roleArn, TestMachine } from './test-machine';

const executionArn = `${machineArn.replace('stateMachine', 'execution')}:one`;
const day = 24 * 3600;
const waiting = only({ Type: 'Wait', Seconds: 60, End: true });

let machine: TestMachine;
let client: SFNClient;

beforeAll(async () => {
  machine = await TestMachine.start();
  client = machine.client;
});

afterAll(() => machine.stop());

beforeEach(() => machine.reset());

function passDays(days: number): Promise<void> {
  machine.clock.advance(days * day * 1000);
  return machine.pass(1);
}

describe('the name of an execution', () => {
  const alreadyExists = { name: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${executionArn}'`, $metadata: { httpStatusCode: 400 } };

  test('is in its ARN, and made up if none is given', async () => {
    machine.create(waiting);

    expect(await machine.begin({}, 'one')).toBe(executionArn);
    expect(await machine.begin()).toMatch(/:machine:[0-9a-f-]{36}$/);
  });

  test('with the same input as a running execution\'s is that execution', async () => {
    machine.create(waiting);
    const start = () => client.send(new StartExecutionCommand({ stateMachineArn: machineArn, name: 'one', input: '{"a":1}' }));
    const first = await start();
    await machine.pass(10);
    const second = await start();

    expect(second).toMatchObject({ executionArn, startDate: first.startDate });
    expect(machine.states.executions).toHaveLength(1);
  });

  test('with another input already exists', async () => {
    machine.create(waiting);
    await machine.begin({ a: 1 }, 'one');

    await expect(machine.begin({ a: 2 }, 'one')).rejects.toMatchObject(alreadyExists);
  });

  test('of an execution that has ended exists for 90 days', async () => {
    machine.create(waiting);
    await machine.finish(await machine.begin({ a: 1 }, 'one'));

    await expect(machine.begin({ a: 1 }, 'one')).rejects.toMatchObject(alreadyExists);
    await passDays(89);
    await expect(machine.begin({ a: 1 }, 'one')).rejects.toMatchObject(alreadyExists);
    await passDays(1);
    await expect(machine.describe(executionArn)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    expect(await machine.begin({ a: 1 }, 'one')).toBe(executionArn);
  });

  test('is free in another state machine', async () => {
    machine.create(waiting);
    machine.states.create(`${machineArn}2`, { definition: JSON.stringify(waiting), roleArn });
    await machine.begin({}, 'one');

    expect((await client.send(new StartExecutionCommand({ stateMachineArn: `${machineArn}2`, name: 'one' }))).executionArn).toContain(':machine2:one');
  });

  test.each(['a b', 'a/b', 'a:b', 'a#b', 'a\u0001b', 'a{b}', 'ä\ud83d\ude00'])('%j is invalid', async name => {
    machine.create(waiting);

    await expect(machine.begin({}, name)).rejects.toMatchObject({ name: 'InvalidName', message: `Invalid Name: '${name}'` });
  });

  test('has at most 80 characters', async () => {
    machine.create(waiting);

    expect(await machine.begin({}, 'x'.repeat(80))).toContain('x'.repeat(80));
    await expect(machine.begin({}, 'x'.repeat(81))).rejects.toMatchObject({
      name: 'ValidationException', message: expect.stringContaining('Member must have length less than or equal to 80'),
    });
  });
});

test('an execution needs a state machine and an input that is JSON of at most 256 KiB', async () => {
  machine.create(waiting);
  const start = (input: string, stateMachineArn = machineArn) => client.send(new StartExecutionCommand({ stateMachineArn, input }));

  await expect(start('{}', `${machineArn}2`)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist', message: `State Machine Does Not Exist: '${machineArn}2'` });
  await expect(start('{')).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
  await expect(start(JSON.stringify('x'.repeat(256 * 1024)))).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
});

test('a running execution says so', async () => {
  machine.create(waiting);
  const described = await machine.describe(await machine.begin({ a: 1 }, 'one'));

  expect(described).toMatchObject({
    executionArn,
    stateMachineArn: machineArn,
    name: 'one',
    status: 'RUNNING',
    input: '{"a":1}',
    inputDetails: { included: true },
    redriveCount: 0,
    redriveStatus: 'NOT_REDRIVABLE',
    redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
  });
  expect(described.stopDate).toBeUndefined();
  expect(described.outputDetails).toBeUndefined();
});

test('an execution is described without its data', async () => {
  const { executionArn: arn } = await machine.run(only({ Type: 'Pass', End: true }), { a: 1 });
  const described = await client.send(new DescribeExecutionCommand({ executionArn: arn, includedData: 'METADATA_ONLY' }));

  expect(described).toMatchObject({ status: 'SUCCEEDED', name: expect.any(String) });
  expect([described.input, described.output, described.inputDetails, described.outputDetails]).toEqual([undefined, undefined, undefined, undefined]);
});

describe('an execution that is stopped', () => {
  const retrying = only({ Type: 'Task', Resource: functionArn, End: true, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10 }] });

  test('is ABORTED, with an error and a cause', async () => {
    machine.create(waiting);
    const arn = await machine.begin();
    await machine.pass(5);
    const { stopDate } = await client.send(new StopExecutionCommand({ executionArn: arn, error: 'Enough', cause: 'by hand' }));
    await machine.pass(100);

    expect(await machine.describe(arn)).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand', stopDate, redriveStatus: 'REDRIVABLE' });
    expect((await machine.history(arn)).slice(1)).toMatchObject([
      { type: 'WaitStateEntered' },
      { type: 'ExecutionAborted', id: 3, executionAbortedEventDetails: { error: 'Enough', cause: 'by hand' } },
    ]);
  });

  test('invokes nothing any more, and an answer that comes later is not its', async () => {
    let end = (_answer: { payload: string }): void => undefined;
    const slow = await TestMachine.start({
      invoke: () => new Promise(resolve => {
        end = resolve;
      }),
    });
    slow.create(retrying);
    const arn = await slow.begin();
    await slow.pass(1);
    await slow.client.send(new StopExecutionCommand({ executionArn: arn }));
    end({ payload: '1' });
    await slow.pass(100);

    expect(slow.calls).toHaveLength(1);
    expect((await slow.describe(arn)).status).toBe('ABORTED');
    expect((await slow.history(arn)).at(-1)!.type).toBe('ExecutionAborted');
    await slow.stop();
  });

  test('that has ended already stays as it was', async () => {
    const { executionArn: arn, stopDate } = await machine.run(only({ Type: 'Succeed' }));
    await machine.pass(10);

    expect((await client.send(new StopExecutionCommand({ executionArn: arn }))).stopDate).toEqual(stopDate);
    expect((await machine.describe(arn!)).status).toBe('SUCCEEDED');
  });

  test('must be there', async () => {
    await expect(client.send(new StopExecutionCommand({ executionArn }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist', message: `Execution Does Not Exist: '${executionArn}'`,
    });
  });
});

test('executions are listed, the most recent first, by status and page by page', async () => {
  machine.create(waiting);
  for (const name of ['a', 'b', 'c']) {
    await machine.begin({}, name);
    await machine.pass(30);
  }
  const list = (fields: object) => client.send(new ListExecutionsCommand({ stateMachineArn: machineArn, ...fields }));
  const namesOf = (listed: Awaited<ReturnType<typeof list>>) => listed.executions!.map(({ name, status }) => `${name} ${status}`);

  expect(namesOf(await list({}))).toEqual(['c RUNNING', 'b SUCCEEDED', 'a SUCCEEDED']);
  expect(namesOf(await list({ statusFilter: 'RUNNING' }))).toEqual(['c RUNNING']);
  const page = await list({ maxResults: 2 });
  expect(namesOf(page)).toEqual(['c RUNNING', 'b SUCCEEDED']);
  expect(namesOf(await list({ maxResults: 2, nextToken: page.nextToken }))).toEqual(['a SUCCEEDED']);
  await expect(list({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidToken' });
  await expect(list({ stateMachineArn: `${machineArn}2` })).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
});

test('transitions are states that are entered', async () => {
  await machine.run({
    StartAt: 'a',
    States: {
      a: { Type: 'Pass', Next: 'b' },
      b: { Type: 'Choice', Choices: [{ Variable: '$.a', IsPresent: true, Next: 'c' }], Default: 'd' },
      c: { Type: 'Fail' },
      d: { Type: 'Wait', Seconds: 1, Next: 'e' },
      e: { Type: 'Succeed' },
    },
  });

  expect(machine.states.executions[0].transitions).toBe(4);
});

describe('a state machine that is updated', () => {
  const result = (value: string) => JSON.stringify(only({ Type: 'Pass', Result: value, End: true }));
  const later = { StartAt: 'wait', States: { wait: { Type: 'Wait', Seconds: 60, Next: 'end' }, end: { Type: 'Pass', Result: 'old', End: true } } };

  test('is as before for executions that run, and as it is now for the others', async () => {
    machine.create(later);
    const running = await machine.begin();
    await machine.pass(10);
    machine.states.update(machineArn, { definition: result('new'), roleArn: `${roleArn}2` });

    expect((await machine.finish(await machine.begin())).output).toBe('"new"');
    expect((await machine.finish(running)).output).toBe('"old"');
    expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }))).toMatchObject({
      definition: result('new'), roleArn: `${roleArn}2`, revisionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test('may be as before for some seconds, also for executions that start then', async () => {
    machine.states.switches.previousDefinitionMs = 5000;
    machine.create(result('old'));
    machine.states.update(machineArn, { definition: result('new'), roleArn });

    expect((await machine.finish(await machine.begin())).output).toBe('"old"');
    await machine.pass(5);
    expect((await machine.finish(await machine.begin())).output).toBe('"new"');
  });

  test('stays as it was if the new definition is refused', async () => {
    machine.create(result('old'));

    expect(() => machine.states.update(machineArn, { definition: '{}', roleArn })).toThrow('Invalid State Machine Definition');
    expect((await machine.finish(await machine.begin())).output).toBe('"old"');
  });
});

describe('a state machine that is deleted', () => {
  const deleted = { status: 'FAILED', error: 'States.Runtime', cause: 'State machine machine has been deleted', redriveStatus: 'REDRIVABLE' };

  test('ends a wait when it is over, without another event', async () => {
    machine.create({ StartAt: 'wait', States: { wait: { Type: 'Wait', Seconds: 30, Next: 'end' }, end: { Type: 'Pass', End: true } } });
    const arn = await machine.begin();
    await machine.pass(10);
    machine.states.delete(machineArn);

    expect(await machine.describe(arn)).toMatchObject({ status: 'RUNNING' });
    expect(await client.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }))).toMatchObject({ status: 'DELETING' });
    await expect(machine.begin()).rejects.toMatchObject({ name: 'StateMachineDeleting' });
    const ended = await machine.finish(arn);
    expect(ended).toMatchObject(deleted);
    expect(machine.secondsOf(ended)).toBe(30);
    expect((await machine.history(arn)).map(event => event.type)).toEqual(['ExecutionStarted', 'WaitStateEntered', 'ExecutionFailed']);
    await expect(machine.begin()).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  test('ends a task when it has answered, and no Catch sees it', async () => {
    let end = (_answer: { payload: string }): void => undefined;
    const slow = await TestMachine.start({
      invoke: () => new Promise(resolve => {
        end = resolve;
      }),
    });
    slow.create(only({ Type: 'Task', Resource: functionArn, End: true, Retry: [{ ErrorEquals: ['States.ALL'] }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'only' }] }));
    const arn = await slow.begin();
    await slow.pass(1);
    slow.states.delete(machineArn);
    end({ payload: '1' });

    expect(await slow.finish(arn)).toMatchObject(deleted);
    expect(slow.calls).toHaveLength(1);
    expect((await slow.history(arn)).map(event => event.type))
      .toEqual(['ExecutionStarted', 'TaskStateEntered', 'LambdaFunctionScheduled', 'LambdaFunctionStarted', 'ExecutionFailed']);
    await slow.stop();
  });

  test('is gone at once if nothing runs, and can be made again', async () => {
    machine.create(waiting);
    machine.states.delete(machineArn);
    expect(machine.states.arns()).toEqual([]);
    machine.create(waiting);

    expect(() => machine.create(waiting)).toThrow(`State Machine Already Exists: '${machineArn}'`);
  });
});
