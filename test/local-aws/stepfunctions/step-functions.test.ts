import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { allowAll, Authorizer, Principal } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { Clock } from '../../../local-aws/clock';
import { Faults } from '../../../local-aws/fault-injection';
import { Execution, States } from '../../../local-aws/stepfunctions/step-functions';
import { WireServer } from '../../../local-aws/wire/server';

const arn = 'arn:aws:states:us-east-1:123456789012:stateMachine:waiter';
const task = 'arn:aws:lambda:us-east-1:123456789012:function:task';
const timeout = 'arn:aws:lambda:us-east-1:123456789012:function:timeout';
const principal: Principal = { accessKeyId: 'AKIA', account: '123456789012', arn: 'arn:aws:sts::123456789012:assumed-role/waiter/session', roleArn: 'role' };

/** The waiter, as the provider framework defines it. */
function waiter(attempts: number): string {
  return JSON.stringify({
    StartAt: 'task',
    States: {
      task: {
        Type: 'Task',
        Resource: task,
        End: true,
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 10, MaxAttempts: attempts, BackoffRate: 1 }],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'timeout' }],
      },
      timeout: { Type: 'Task', Resource: timeout, End: true },
    },
  });
}

class Machine {
  public readonly calls: { functionArn: string; payload: string }[] = [];
  public readonly clock = new Clock(0);
  public readonly states: States;

  public constructor(answer: (call: number, functionArn: string) => { functionError?: string; payload: string }, authorizer: Authorizer = allowAll) {
    this.states = new States({
      clock: this.clock,
      authorizer,
      principalOf: () => principal,
      invoke: (functionArn, payload) => {
        this.calls.push({ functionArn, payload });
        return Promise.resolve(answer(this.calls.length, functionArn));
      },
    });
  }

  public async run(definition: string, seconds = 1000): Promise<Execution> {
    this.states.create(arn, definition, 'role');
    const execution = this.states.start(arn, '{"a":1}');
    for (let second = 0; second < seconds && execution.status === 'RUNNING'; second += 1) {
      await new Promise(setImmediate);
      this.clock.advance(execution.status === 'RUNNING' ? 1000 : 0);
    }
    return execution;
  }
}

const error = { functionError: 'Unhandled', payload: '{"errorType":"Error","errorMessage":"not yet"}' };

test('asks until the task succeeds, with the same input', async () => {
  const machine = new Machine(call => call < 3 ? error : { payload: '"done"' });

  const execution = await machine.run(waiter(5));

  expect(execution).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
  expect(machine.calls).toEqual(Array.from({ length: 3 }, () => ({ functionArn: task, payload: '{"a":1}' })));
  expect(execution.stopped! - execution.started).toBeGreaterThanOrEqual(20_000);
});

test('catches the error of the last attempt', async () => {
  const machine = new Machine((_call, functionArn) => functionArn === task ? error : { payload: 'null' });

  const execution = await machine.run(waiter(2));

  expect(execution.status).toBe('SUCCEEDED');
  expect(machine.calls.map(call => call.functionArn)).toEqual([task, task, task, timeout]);
  expect(JSON.parse(machine.calls[3].payload)).toEqual({ Error: 'Error', Cause: error.payload });
});

test('fails with the error that nobody catches', async () => {
  const machine = new Machine(() => error);

  const execution = await machine.run(JSON.stringify({ StartAt: 'task', States: { task: { Type: 'Task', Resource: task, End: true } } }));

  expect(execution).toMatchObject({ status: 'FAILED', error: 'Error', cause: error.payload });
});

test('asks no more once it was stopped', async () => {
  const machine = new Machine(() => error);
  machine.states.create(arn, waiter(100), 'role');
  const execution = machine.states.start(arn, '{}');
  await new Promise(setImmediate);

  machine.states.delete(arn);
  machine.clock.advance(60_000);
  await new Promise(setImmediate);

  expect(execution.status).toBe('ABORTED');
  expect(machine.calls).toHaveLength(1);
});

test('waits longer each time if told so, up to a limit', async () => {
  const machine = new Machine(call => call < 5 ? error : { payload: '1' });
  const times: number[] = [];
  const retry = { ErrorEquals: ['Other', 'Error'], IntervalSeconds: 10, MaxAttempts: 9, BackoffRate: 2, MaxDelaySeconds: 30 };

  const execution = await machine.run(JSON.stringify({
    StartAt: 'wait',
    States: { wait: { Type: 'Wait', Seconds: 5, Next: 'task' }, task: { Type: 'Task', Resource: task, Retry: [retry], End: true } },
  }));
  times.push(execution.stopped! - execution.started);

  expect(times[0]).toBeGreaterThanOrEqual((5 + 10 + 20 + 30 + 30) * 1000);
  expect(times[0]).toBeLessThan((5 + 10 + 20 + 30 + 30 + 10) * 1000);
});

test('Fail ends an execution, Pass and Succeed go on', async () => {
  const machine = new Machine(() => error);

  expect(await machine.run(JSON.stringify({ StartAt: 'f', States: { f: { Type: 'Fail', Error: 'E', Cause: 'C' } } })))
    .toMatchObject({ status: 'FAILED', error: 'E', cause: 'C' });
  expect(await machine.run(JSON.stringify({ StartAt: 'p', States: { p: { Type: 'Pass', Next: 's' }, s: { Type: 'Succeed' } } })))
    .toMatchObject({ status: 'SUCCEEDED', output: '{"a":1}' });
});

test('needs a role that may invoke the function', async () => {
  const machine = new Machine(() => ({ payload: '1' }), { ...allowAll, allows: () => false });

  const execution = await machine.run(JSON.stringify({ StartAt: 'task', States: { task: { Type: 'Task', Resource: task, End: true } } }));

  expect(execution).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('is not authorized to perform: lambda:InvokeFunction') });
  expect(machine.calls).toEqual([]);
});

test.each([
  ['{', 'Invalid State Machine Definition'],
  ['{"StartAt":"a","States":{}}', 'Missing StartAt target'],
  ['{"StartAt":"a","States":{"a":{"Type":"Choice"}}}', 'the local AWS does not know Choice'],
  ['{"StartAt":"a","States":{"a":{"Type":"Task","HeartbeatSeconds":5}}}', 'HeartbeatSeconds of state a'],
  ['{"StartAt":"a","States":{"a":{"Type":"Pass","Next":"b"}}}', 'Missing \'Next\' target: b'],
])('refuses %s', (definition, message) => {
  expect(() => new Machine(() => error).states.create(arn, definition, 'role')).toThrow(message);
});

test('can be started and described with the SDK', async () => {
  const machine = new Machine(() => ({ payload: '"done"' }));
  machine.states.create(arn, waiter(1), 'role');
  const server = await WireServer.start({
    services: [machine.states.service],
    principal: () => ({ ...principal, roleArn: undefined }),
    faults: new Faults(),
    log: new CallLog(),
    clock: machine.clock,
  });
  const client = new SFNClient({ endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' } });

  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: arn, input: '{}' }));
  const described = await client.send(new DescribeExecutionCommand({ executionArn }));
  await expect(client.send(new StartExecutionCommand({ stateMachineArn: `${arn}2` }))).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });

  expect(executionArn).toMatch(/^arn:aws:states:us-east-1:123456789012:execution:waiter:/);
  expect(described).toMatchObject({ status: 'SUCCEEDED', output: '"done"', startDate: expect.any(Date) });
  client.destroy();
  await server.stop();
});
