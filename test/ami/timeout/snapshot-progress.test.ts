import { Snapshot } from '@aws-sdk/client-ec2';
import { percentOf, secondsUntilDone, secondsUntilRegistered } from '../../../lambda/ami/snapshot-progress';
import { Memory } from '../../../lambda/request/memory';

/** The time until the next poll of snapshots, by their progress. The request begins ten seconds after the first of all milliseconds. */

const STARTED_AT = 10_000;
const snapshot = (Progress?: string, began: number | undefined = 0, State: Snapshot['State'] = 'pending'): Snapshot =>
  ({ Progress, State, StartTime: began === undefined ? undefined : new Date(STARTED_AT + began * 1_000) });
const seen = (percents: number, sinceSeconds: number) => ({ percents, since: STARTED_AT + sinceSeconds * 1_000, isComplete: false });

test.each<[string, Snapshot[], number, Memory['progress'], number]>([
  ['no snapshot, at the beginning', [], 10, undefined, 5],
  ['no snapshot, after minutes', [], 200, undefined, 20],
  ['no snapshot, after an hour', [], 3_600, undefined, 60],
  ['without progress', [snapshot()], 200, undefined, 20],
  ['at 0%', [snapshot('0%')], 200, undefined, 20],
  ['at 1%', [snapshot('1%')], 1, undefined, 59.4],
  ['at 50%', [snapshot('50%')], 20, undefined, 12],
  ['at 50% of a snapshot that began later', [snapshot('50%', 10)], 30, undefined, 12],
  ['at 50% of a snapshot whose beginning EC2 does not tell', [{ Progress: '50%' }], 20, undefined, 12],
  ['at 50%, of which a part is over', [snapshot('50%')], 20, seen(50, 15), 9],
  ['at 50%, which has just changed', [snapshot('50%')], 20, seen(40, 0), 12],
  ['at 50% for ten seconds', [snapshot('50%')], 20, seen(50, 10), 6],
  ['at 50% for longer: it has stopped', [snapshot('50%')], 200, seen(50, 189), 20],
  ['at 50% for longer than two percent take: it has stopped', [snapshot('50%')], 20, seen(50, 9), 5],
  ['at 10% for less than two percent take', [snapshot('10%')], 100, seen(10, 85), 60],
  ['almost done', [snapshot('99%')], 1_485, seen(99, 1_460), 2],
  ['the slowest of several', [snapshot('90%'), snapshot('50%'), snapshot('100%')], 20, undefined, 12],
  ['one of several without progress', [snapshot('90%'), snapshot()], 100, undefined, 10],
  ['at 100%, just now', [snapshot('100%')], 400, undefined, 2],
  ['at 100%, for minutes', [snapshot('100%')], 400, seen(100, 100), 30],
])('%s', (_title, snapshots, afterSeconds, progress, seconds) => {
  expect(secondsUntilDone({ progress }, snapshots, STARTED_AT, STARTED_AT + afterSeconds * 1_000)).toBeCloseTo(seconds, 5);
});

test.each<[string, Snapshot[], Memory['progress'], Memory['progress']]>([
  ['the first progress', [snapshot('50%'), snapshot('20%')], undefined, seen(70, 20)],
  ['the same progress', [snapshot('50%')], seen(50, 10), seen(50, 10)],
  ['more progress', [snapshot('51%')], seen(50, 10), seen(51, 20)],
  ['no progress', [snapshot()], seen(50, 10), undefined],
  ['no snapshot', [], undefined, seen(0, 20)],
  ['all complete', [snapshot('100%', 0, 'completed'), snapshot('100%', 0, 'completed')], undefined, { ...seen(200, 20), isComplete: true }],
  ['one complete', [snapshot('100%', 0, 'completed')], undefined, { ...seen(100, 20), isComplete: true }],
  ['one of two complete', [snapshot('100%', 0, 'completed'), snapshot('100%')], undefined, seen(200, 20)],
])('memory has %s', (_title, snapshots, before, after) => {
  const memory: Memory = { progress: before };
  secondsUntilDone(memory, snapshots, STARTED_AT, STARTED_AT + 20_000);
  expect(memory.progress).toEqual(after);
});

test.each([['7%', 7], ['100%', 100], ['', NaN], ['7', NaN], [undefined, NaN]])('the percents of %j are %d', (Progress, percent) => {
  expect(percentOf({ Progress })).toBe(percent);
});

test.each<[number, boolean, number | undefined]>([[0, true, 3], [100, true, 10], [3_600, true, 60], [100, false, undefined]])(
  '%d seconds after the snapshots, complete: %s, an image is polled after %s', (afterSeconds, isComplete, seconds) => {
    expect(secondsUntilRegistered({ progress: { percents: 100, since: 0, isComplete } }, afterSeconds * 1_000)).toBe(seconds);
  });

test('an image whose snapshots are not known is polled at its own pace', () => {
  expect(secondsUntilRegistered({}, 0)).toBeUndefined();
});
