import { machineOf, TestMachine } from './test-machine';

let machine: TestMachine;

beforeAll(async () => {
  machine = await TestMachine.start();
});

afterAll(() => machine.stop());

beforeEach(() => machine.reset());

const choice = (rules: object[], fields: object = {}) => ({
  StartAt: 'choice',
  States: {
    choice: { Type: 'Choice', Choices: rules.map(rule => ({ ...rule, Next: 'yes' })), Default: 'no', ...fields },
    yes: { Type: 'Pass', Result: 'yes', End: true },
    no: { Type: 'Pass', Result: 'no', End: true },
  },
});

const data = { s: 'banana', t: 'cherry', n: 2, m: 3, f: false, nil: null, time: '2026-01-01T00:00:00Z', later: '2026-01-01T02:00:00+01:00', list: [5] };

test.each<[object, boolean]>([
  [{ Variable: '$.s', StringEquals: 'banana' }, true],
  [{ Variable: '$.s', StringEquals: 'Banana' }, false],
  [{ Variable: '$.s', StringLessThan: 'cherry' }, true],
  [{ Variable: '$.s', StringGreaterThan: 'cherry' }, false],
  [{ Variable: '$.s', StringLessThanEquals: 'banana' }, true],
  [{ Variable: '$.s', StringGreaterThanEquals: 'banana' }, true],
  [{ Variable: '$.s', StringEqualsPath: '$.t' }, false],
  [{ Variable: '$.s', StringLessThanPath: '$.t' }, true],
  [{ Variable: '$.s', StringMatches: 'b*na' }, true],
  [{ Variable: '$.s', StringMatches: 'b.*' }, false],
  [{ Variable: '$.s', StringMatches: 'b\\*' }, false],
  [{ Variable: '$.n', StringEquals: '2' }, false],
  [{ Variable: '$.n', NumericEquals: 2 }, true],
  [{ Variable: '$.n', NumericLessThan: 2 }, false],
  [{ Variable: '$.n', NumericLessThanEquals: 2 }, true],
  [{ Variable: '$.n', NumericGreaterThan: 1.5 }, true],
  [{ Variable: '$.n', NumericGreaterThanEqualsPath: '$.m' }, false],
  [{ Variable: '$.list[0]', NumericEquals: 5 }, true],
  [{ Variable: '$.s', NumericEquals: 2 }, false],
  [{ Variable: '$.f', BooleanEquals: false }, true],
  [{ Variable: '$.f', BooleanEqualsPath: '$.f' }, true],
  [{ Variable: '$.nil', BooleanEquals: false }, false],
  [{ Variable: '$.time', TimestampEquals: '2026-01-01T01:00:00+01:00' }, true],
  [{ Variable: '$.time', TimestampLessThanPath: '$.later' }, true],
  [{ Variable: '$.time', TimestampGreaterThanEquals: '2026-01-01T00:00:00.001Z' }, false],
  [{ Variable: '$.s', TimestampLessThan: '2026-01-01T00:00:00Z' }, false],
  [{ Variable: '$$.State.EnteredTime', TimestampGreaterThanPath: '$.later' }, true],
  [{ Variable: '$.nil', IsNull: true }, true],
  [{ Variable: '$.nil', IsPresent: true }, true],
  [{ Variable: '$.none', IsPresent: true }, false],
  [{ Variable: '$.none.deeper', IsPresent: false }, true],
  [{ Variable: '$.n', IsNumeric: true }, true],
  [{ Variable: '$.n', IsString: false }, true],
  [{ Variable: '$.f', IsBoolean: true }, true],
  [{ Variable: '$.later', IsTimestamp: true }, true],
  [{ Variable: '$.s', IsTimestamp: true }, false],
  [{ And: [{ Variable: '$.n', NumericEquals: 2 }, { Variable: '$.f', BooleanEquals: true }] }, false],
  [{ And: [{ Variable: '$.none', IsPresent: true }, { Variable: '$.none', StringEquals: 'x' }] }, false],
  [{ Or: [{ Variable: '$.n', NumericEquals: 2 }, { Variable: '$.none', StringEquals: 'x' }] }, true],
  [{ Not: { Variable: '$.n', NumericEquals: 2 } }, false],
  [{ Not: { Or: [{ Variable: '$.f', BooleanEquals: true }, { And: [{ Variable: '$.n', NumericEquals: 3 }] }] } }, true],
])('%j is %s', async (rule, expected) => {
  const ended = await machine.run(choice([rule]), data);

  expect(ended).toMatchObject({ status: 'SUCCEEDED', output: expected ? '"yes"' : '"no"' });
});

test('the first true rule decides, and the input is passed on unchanged', async () => {
  const definition = {
    StartAt: 'choice',
    States: {
      choice: { Type: 'Choice', InputPath: '$.a', Choices: [1, 2, 3].map(n => ({ Variable: '$.n', NumericGreaterThanEquals: n, Next: `s${n}` })) },
      ...Object.fromEntries([1, 2, 3].map(n => [`s${n}`, { Type: 'Pass', Parameters: { n, 'input.$': '$' }, End: true }])),
    },
  };

  expect(JSON.parse((await machine.run(definition, { a: { n: 2 } })).output!)).toEqual({ n: 1, input: { n: 2 } });
});

test('an execution fails without a true rule and without Default', async () => {
  const definition = choice([{ Variable: '$.n', NumericEquals: 9 }, { Variable: '$.n', NumericEquals: 8 }], { Default: undefined });
  const { no: _no, ...states } = definition.States;

  expect(await machine.run({ ...definition, States: states }, data)).toMatchObject({
    status: 'FAILED',
    error: 'States.NoChoiceMatched',
    cause: 'Failed to transition out of the state. The state does not point to a next state.',
  });
});

test.each([
  [{ Variable: '$.none', StringEquals: 'x' }, '$.none'],
  [{ Variable: '$.n', NumericEqualsPath: '$.none' }, '$.none'],
  [{ Variable: '$.none', IsNull: true }, '$.none'],
])('%j fails with States.Runtime', async (rule, path) => {
  expect(await machine.run(choice([rule]), data)).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: `An error occurred while executing the state 'choice' (entered at the event id #2). Invalid path '${path}': The choice state's condition path references an invalid value.`,
  });
});

test.each([
  [{ Variable: '$.a', StringEquals: 1 }],
  [{ Variable: '$.a', StringEqualsPath: 'a' }],
  [{ Variable: '$..a', IsPresent: true }],
  [{ Variable: '$.a', Condition: '{% $a %}' }],
  [{ Variable: '$.a', BooleanLessThan: true }],
  [{ Variable: '$.a', IsPresent: true, IsNull: true }],
  [{ Variable: '$.a' }],
  [{ IsPresent: true }],
  [{ And: [] }],
  [{ Not: { Variable: '$.a', IsPresent: true, Next: 'yes' } }],
])('refuses %j', rule => {
  expect(() => machine.create(choice([rule]))).toThrow(/^Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: the local AWS does not know/);
});

test('refuses a Choice without rules', () => {
  expect(() => machine.create(machineOf({ Type: 'Choice' }))).toThrow('the local AWS does not know Choices of nothing of state only');
});
