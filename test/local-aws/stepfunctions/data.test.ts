import { functionArn, machineOf, roleArn, machineArn, TestMachine } from './test-machine';

let machine: TestMachine;

beforeAll(async () => {
  machine = await TestMachine.start({ invoke: () => ({ payload: '{"b":2}' }) });
});

afterAll(() => machine.stop());

beforeEach(() => machine.reset());

async function outputOf(state: object, input: unknown): Promise<unknown> {
  const ended = await machine.run(machineOf({ End: true, ...state }), input);
  expect(ended.cause).toBeUndefined();
  return JSON.parse(ended.output!);
}

const pass = (fields: object) => ({ Type: 'Pass', ...fields });

test.each<[string, object, unknown, unknown]>([
  ['Pass gives on its input', {}, { a: 1 }, { a: 1 }],
  ['Result replaces it', { Result: { b: [1] } }, { a: 1 }, { b: [1] }],
  ['ResultPath adds to it', { Result: 2, ResultPath: '$.b.c' }, { a: 1 }, { a: 1, b: { c: 2 } }],
  ['ResultPath into a list', { Result: 2, ResultPath: '$.a[1]' }, { a: [0, 1] }, { a: [0, 2] }],
  ['ResultPath null discards the result', { Result: 2, ResultPath: null }, { a: 1 }, { a: 1 }],
  ['InputPath selects', { InputPath: '$.a' }, { a: { b: 1 } }, { b: 1 }],
  ['InputPath null is an empty object', { InputPath: null }, { a: 1 }, {}],
  ['OutputPath selects', { OutputPath: '$[\'a b\'][0]' }, { 'a b': [7] }, 7],
  ['a name in double quotes', { OutputPath: '$["a b"]' }, { 'a b': 7 }, 7],
  ['OutputPath null is an empty object', { OutputPath: null }, { a: 1 }, {}],
  ['null is a value', { OutputPath: '$.a' }, { a: null }, null],
  ['Parameters with paths, at any depth', { Parameters: { 'x.$': '$.a', 'y': { 'z.$': '$' }, 'list': [{ 'n.$': '$.a' }, '$.a'] } }, { a: 1 }, { x: 1, y: { z: { a: 1 } }, list: [{ n: 1 }, '$.a'] }],
  ['Parameters of what InputPath selects', { InputPath: '$.a', Parameters: { 'x.$': '$.b' } }, { a: { b: 1 } }, { x: 1 }],
])('%s', async (_what, fields, input, output) => {
  expect(await outputOf(pass(fields), input)).toEqual(output);
});

test("a task receives its Parameters, and ResultPath puts its result into the state's input", async () => {
  const state = {
    Type: 'Task', Resource: functionArn, InputPath: '$.a', Parameters: { 'x.$': '$.b' }, ResultSelector: { 'c.$': '$.b' }, ResultPath: '$.r', OutputPath: '$.r',
  };

  expect(await outputOf(state, { a: { b: 1 } })).toEqual({ c: 2 });
  expect(JSON.parse(machine.calls[0].payload)).toEqual({ x: 1 });
});

test('the context object contains execution, state machine and state', async () => {
  const started = new Date(machine.clock.now()).toISOString();

  const output = await outputOf(pass({ Parameters: { 'context.$': '$$', 'name.$': '$$.State.Name' } }), { a: 1 }) as { context: { Execution: { Name: string } } };

  const { Name } = output.context.Execution;
  expect(output).toEqual({
    name: 'only',
    context: {
      Execution: {
        Id: `${machineArn.replace('stateMachine', 'execution')}:${Name}`, Name, Input: { a: 1 }, StartTime: expect.stringMatching(/Z$/), RoleArn: roleArn, RedriveCount: 0,
      },
      State: { Name: 'only', EnteredTime: expect.stringMatching(/Z$/) },
      StateMachine: { Id: machineArn, Name: 'machine' },
    },
  });
  expect(Date.parse((output.context.Execution as unknown as { StartTime: string }).StartTime) - Date.parse(started)).toBeLessThan(1000);
});

test.each<[string, object, string]>([
  ['a field of the context that is not there', { Parameters: { 'x.$': '$$.State.RetryCount' } }, 'The JSONPath \'$$.State.RetryCount\' specified for the field \'x.$\' could not be found in the input \''],
  ['an InputPath that selects nothing', { InputPath: '$.b' }, 'Invalid path \'$.b\''],
  ['an OutputPath that selects nothing', { OutputPath: '$.a.length' }, 'Invalid path \'$.a.length\''],
  ['an item of no list', { OutputPath: '$.a[0]' }, 'Invalid path \'$.a[0]\''],
  ['what every object has', { OutputPath: '$.toString' }, 'Invalid path \'$.toString\''],
])('%s fails the execution with States.Runtime', async (_what, fields, cause) => {
  expect(await machine.run(machineOf({ End: true, ...pass(fields) }), { a: 'text' })).toMatchObject({
    status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining(`An error occurred while executing the state 'only' (entered at the event id #2). ${cause}`),
  });
});

test('the output of a state can have 256 KiB in UTF-8', async () => {
  const twice = pass({ Parameters: { 'a.$': '$', 'b.$': '$' } });
  const most = (256 * 1024 - '{"a":"","b":""}'.length - 1) / 2;

  expect((await machine.run(machineOf({ End: true, ...twice }), 'x'.repeat(most))).status).toBe('SUCCEEDED');
  await machine.reset();
  expect(await machine.run(machineOf({ End: true, ...twice }), 'é'.repeat(most / 2 + 1))).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
});

test('Succeed ends the execution with its input, Fail with an error', async () => {
  expect(await machine.run({ StartAt: 'p', States: { p: pass({ Next: 's' }), s: { Type: 'Succeed', OutputPath: '$.a' } } }, { a: 1 }))
    .toMatchObject({ status: 'SUCCEEDED', output: '1' });
  await machine.reset();
  expect(await machine.run(machineOf({ Type: 'Fail', Error: 'E', Cause: 'C' }))).toMatchObject({ status: 'FAILED', error: 'E', cause: 'C' });
  await machine.reset();
  expect(await machine.run(machineOf({ Type: 'Fail', ErrorPath: '$.e', CausePath: '$$.State.Name' }), { e: 'F' })).toMatchObject({ error: 'F', cause: 'only' });
  await machine.reset();
  expect(await machine.run(machineOf({ Type: 'Fail', ErrorPath: '$.e' }), { e: 1 })).toMatchObject({ error: 'States.Runtime' });
});
