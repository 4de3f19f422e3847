import { doubt, isGoneForGood, isKnownImage, Memory, rememberImage, rememberInstance, rememberSnapshot, rememberVolume } from '../../lambda/request/memory';

test('ids of EC2 are added to those that are known', () => {
  const memory: Memory = {};
  rememberImage(memory, { image: 'ami-1' });
  rememberInstance(memory, 'i-1');
  rememberInstance(memory, 'i-2');
  rememberInstance(memory, 'i-1');
  rememberSnapshot(memory, '/dev/xvda', 'snap-1');
  rememberSnapshot(memory, '/dev/xvdb', 'snap-2');
  rememberVolume(memory, '/dev/xvda', 'vol-1');
  rememberVolume(memory, '/dev/xvdb', 'vol-2');
  rememberImage(memory, { copy: 'ami-2' });
  rememberSnapshot(memory, '/dev/xvdb', 'snap-3');
  rememberInstance(memory, 'i-2');
  expect(memory).toEqual({
    ids: {
      image: 'ami-1',
      copy: 'ami-2',
      instances: ['i-1', 'i-2'],
      snapshots: { '/dev/xvda': 'snap-1', '/dev/xvdb': 'snap-3' },
      volumes: { '/dev/xvda': 'vol-1', '/dev/xvdb': 'vol-2' },
    },
  });
});

test.each<[string | undefined, Memory, boolean]>([
  ['ami-1', { ids: { image: 'ami-1' } }, true],
  ['ami-1', { ids: { copy: 'ami-1' } }, true],
  ['ami-1', { ids: { image: 'ami-2', copy: 'ami-3' } }, false],
  ['ami-1', {}, false],
  [undefined, {}, false],
])('the image %s is known by %j: %s', (imageId, memory, expected) => {
  expect(isKnownImage(memory, imageId)).toBe(expected);
});

test('after a lost answer, EC2 may not list for a minute what it has made', () => {
  const memory: Memory = {};
  doubt(memory, 1_000);
  expect(memory).toEqual({ doubtUntil: 61_000, hasGaps: true });
});

test('what EC2 does not show for two minutes, in more than ten reads, is gone', () => {
  const often: Memory = {};
  expect([...Array(20).keys()].map(() => isGoneForGood(often, 1_000))).toEqual(Array(20).fill(false));
  expect([120_999, 121_000].map(now => isGoneForGood(often, now))).toEqual([false, true]);
  const late: Memory = {};
  expect([0, ...Array(10).fill(1e9)].map(now => isGoneForGood(late, now))).toEqual([...Array(10).fill(false), true]);
  expect(late.missing).toEqual({ reads: 11, since: 0 });
});
