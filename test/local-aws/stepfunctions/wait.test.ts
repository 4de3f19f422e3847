import { machineOf, TestMachine } from './test-machine';

let machine: TestMachine;

beforeAll(async () => {
  machine = await TestMachine.start();
});

afterAll(() => machine.stop());

beforeEach(() => machine.reset());

const wait = (fields: object) => machineOf({ Type: 'Wait', End: true, ...fields });
const inSeconds = (seconds: number) => new Date(machine.clock.now() + seconds * 1000).toISOString();

test.each<[string, () => object, () => unknown, number]>([
  ['Seconds', () => ({ Seconds: 20 }), () => ({}), 20],
  ['no Seconds', () => ({ Seconds: 0 }), () => ({}), 0],
  ['SecondsPath', () => ({ SecondsPath: '$.a.seconds' }), () => ({ a: { seconds: 30 } }), 30],
  ['SecondsPath of what InputPath selects', () => ({ InputPath: '$.a', SecondsPath: '$.seconds' }), () => ({ a: { seconds: 30 } }), 30],
  ['Timestamp', () => ({ Timestamp: inSeconds(40) }), () => ({}), 40],
  ['TimestampPath', () => ({ TimestampPath: '$.at' }), () => ({ at: inSeconds(50) }), 50],
  ['a Timestamp in the past', () => ({ Timestamp: '2020-01-01T00:00:00Z' }), () => ({}), 0],
])('waits for %s', async (_what, fields, input, seconds) => {
  const ended = await machine.run(wait(fields()), input());

  expect(ended.status).toBe('SUCCEEDED');
  expect(Math.abs(machine.secondsOf(ended) - seconds)).toBeLessThanOrEqual(1);
});

test.each([
  [1.5, 'The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5'],
  ['5', 'The SecondsPath parameter cannot be parsed as a long value: $.s == "5"'],
  [null, 'The SecondsPath parameter cannot be parsed as a long value: $.s == null'],
  [-1, 'The SecondsPath parameter references a negative value: $.s == -1'],
  [undefined, 'The SecondsPath parameter does not reference an input value: $.s'],
])('seconds of %j fail the execution', async (s, cause) => {
  expect(await machine.run(wait({ SecondsPath: '$.s' }), { s })).toMatchObject({
    status: 'FAILED', error: 'States.Runtime', cause: `An error occurred while executing the state 'only' (entered at the event id #2). ${cause}`,
  });
});

test.each([['2026-01-01 00:00:00Z'], ['2026-01-01T00:00:00'], ['soon'], [5], [undefined]])('a time of %j fails the execution', async at => {
  expect(await machine.run(wait({ TimestampPath: '$.at' }), { at })).toMatchObject({
    status: 'FAILED', error: 'States.Runtime', cause: expect.stringContaining('The TimestampPath parameter does not reference a'),
  });
});

test.each([[{ Seconds: 1.5 }], [{ Seconds: -1 }], [{ Seconds: 100_000_000 }], [{ Timestamp: 'soon' }], [{}], [{ Seconds: 1, SecondsPath: '$.s' }], [{ SecondsPath: '5' }]])(
  'refuses a Wait with %j', fields => {
    expect(() => machine.create(wait(fields))).toThrow('SCHEMA_VALIDATION_FAILED');
  });
