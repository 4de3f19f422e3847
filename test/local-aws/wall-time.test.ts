import { Clock } from '../../local-aws/time/clock';
import { apart, WallTime } from '../../local-aws/time/wall-time';

afterEach(() => {
  jest.useRealTimers();
});

test('converts an hour of a fast clock to a minute of the machine', () => {
  // GIVEN a local time that began far in the future
  jest.useFakeTimers({ now: 1_000_000 });
  const clock = new Clock(60, 5_000_000_000);
  const wallTime = new WallTime(clock);
  const begin = clock.now();
  jest.advanceTimersByTime(120_000);

  // THEN what happened at its begin, and an hour later, happened when the machine's clock says it did
  expect(wallTime.ofLocal(begin)).toBe(1_000_000);
  expect(wallTime.ofLocal(begin + 3_600_000)).toBe(1_060_000);
  expect(wallTime.toLocal(1_060_000)).toBe(begin + 3_600_000);
});

test('converts every time in a response, and nothing else', () => {
  jest.useFakeTimers({ now: 1_000_000 });
  const wallTime = new WallTime(new Clock(60, 2_000_000));
  expect(wallTime.inAnswer({ Stacks: [{ CreationTime: new Date(2_000_000), StackName: 'Small', Count: 7, Tags: [], None: undefined }] }))
    .toEqual({ Stacks: [{ CreationTime: new Date(1_000_000), StackName: 'Small', Count: 7, Tags: [], None: undefined }] });
});

test('does not convert the times of a clock with speed 0', () => {
  const wallTime = new WallTime(new Clock(0, 42));
  expect(wallTime.ofLocal(42)).toBe(42);
  expect(wallTime.toLocal(42)).toBe(42);
});

test('keeps the order of events with the same time when they are sorted by time', () => {
  const event = (EventId: string, at: number) => ({ EventId, Timestamp: new Date(at), StackId: 'id', StackName: 'Small' });
  const events = apart([event('d', 1002), event('c', 1000), event('b', 1000), event('a', 1000)]);
  const sorted = [...events].sort((a, b) => a.Timestamp!.getTime() - b.Timestamp!.getTime());
  expect(events.map(({ EventId }) => EventId)).toEqual(['d', 'c', 'b', 'a']);
  expect(sorted.map(({ EventId }) => EventId)).toEqual(['a', 'b', 'c', 'd']);
});
