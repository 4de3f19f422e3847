import { Image } from '@aws-sdk/client-ec2';
import { fitsIntoTags, holderOf, keysOfRecord, readRecords, recordKey, requestMark, SharingRecord, writeRecord } from '../../../lambda/sharing/sharing-record';
import { SHARING_TAG_PREFIX } from '../../../src/contract';

const KEY = `${SHARING_TAG_PREFIX}0123456789ab`;
const OTHER_KEY = `${SHARING_TAG_PREFIX}ba9876543210`;
const START = '01234567 abcdef fedcba';
const RECORD: SharingRecord = { holder: '01234567', readFor: 'abcdef', doneFor: 'fedcba', before: new Map() };

const imageWith = (tags: Record<string, string | undefined>): Image => ({
  BlockDeviceMappings: ['snap-1', 'snap-2'].map(SnapshotId => ({ DeviceName: SnapshotId, Ebs: { SnapshotId } })),
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
});
const account = (index: number) => String(100_000_000_000 + index);

test.each<[string, SharingRecord]>([
  [START, RECORD],
  ['- abcdef -', { ...RECORD, holder: '', doneFor: '' }],
  [`${START} 123456789012 o-abc123def4`, { ...RECORD, before: new Map([['123456789012', new Set([0, 1, 2])], ['o-abc123def4', new Set([0])]]) }],
  [`${START} 123456789012=0.2 123456789013=1`, { ...RECORD, before: new Map([['123456789012', new Set([0, 2])], ['123456789013', new Set([1])]]) }],
])('%s is a record', (value, record) => {
  expect(readRecords(imageWith({ [KEY]: value }))).toEqual(new Map([[KEY, record]]));
  expect(writeRecord(imageWith({}), KEY, record)).toEqual([{ Key: KEY, Value: value }]);
});

test('places are written in their order', () => {
  expect(writeRecord(imageWith({}), KEY, { ...RECORD, before: new Map([['123456789012', new Set([2, 1])]]) })[0].Value).toBe(`${START} 123456789012=1.2`);
});

test.each([
  [{ [KEY]: 'by hand' }], [{ [KEY]: `x${START}` }], [{ [KEY]: `${START} 1=x` }], [{ [KEY]: undefined }], [{ other: START }], [{ [`x${KEY}`]: START }],
])('%j is no record', tags => {
  expect(readRecords(imageWith(tags))).toEqual(new Map());
});

test('an image without tags has no record', () => {
  expect(readRecords({})).toEqual(new Map());
  expect(readRecords({ Tags: [{}, { Key: KEY, Value: START }, {}, { Value: START }] })).toEqual(new Map([[KEY, RECORD]]));
  expect(keysOfRecord(undefined, KEY)).toEqual([]);
});

test.each([
  [[`${KEY}.2`, KEY]],
  [[KEY, `${KEY}.2`]],
])('the tags of a record are read in their order, whatever that of EC2: %j', keys => {
  const values: Record<string, string> = { [KEY]: `${START} 1`, [`${KEY}.2`]: '76543210 000000 000000 2' };
  const image = imageWith(Object.fromEntries([...keys, OTHER_KEY].map(key => [key, values[key] ?? '- abcdef -'])));
  expect(readRecords(image)).toEqual(new Map([
    [KEY, { ...RECORD, before: new Map([['1', new Set([0, 1, 2])], ['2', new Set([0, 1, 2])]]) }],
    [OTHER_KEY, { ...RECORD, holder: '', doneFor: '' }],
  ]));
});

test('a tag has 255 characters, and an entry that does not fit is in the next', () => {
  const before = new Map(Array.from({ length: 35 }, (_, index) => [account(index), new Set([0, 1, 2])]));
  const tags = writeRecord(imageWith({}), KEY, { ...RECORD, before });
  expect(tags.map(({ Key, Value }) => [Key, Value.length])).toEqual([[KEY, 22 + 17 * 13], [`${KEY}.2`, 22 + 17 * 13], [`${KEY}.3`, 22 + 13]]);
  expect(readRecords(imageWith(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])))).get(KEY)!.before).toEqual(before);
  expect([tags, tags.slice(0, 2)].map(fitsIntoTags)).toEqual([false, true]);
  // 12 characters remain, and with places in front of them 255 are reached exactly
  const full = new Map([...[...before].slice(0, 17), ['o-abc12345', new Set([0])]] as [string, Set<number>][]);
  expect(writeRecord(imageWith({}), KEY, { ...RECORD, before: full }).map(({ Value }) => Value.length)).toEqual([254]);
  expect(writeRecord(imageWith({}), KEY, { ...RECORD, before: new Map([...full, ['o-abc123456', new Set([0])]]) })).toHaveLength(2);
  const exact = new Map([...[...before].slice(0, 17), ['o-abc123456', new Set([0])]] as [string, Set<number>][]);
  expect(writeRecord(imageWith({}), KEY, { ...RECORD, before: exact }).map(({ Value }) => Value.length)).toEqual([255]);
});

test('a tag that the record no longer needs keeps no old value', () => {
  const image = imageWith({ [KEY]: `${START} 1`, [`${KEY}.2`]: `${START} 2`, [`${OTHER_KEY}.2`]: START, other: 'one' });
  expect(writeRecord(image, KEY, RECORD)).toEqual([{ Key: KEY, Value: START }, { Key: `${KEY}.2`, Value: START }]);
  expect(keysOfRecord([...image.Tags!, { Key: KEY, Value: 'again' }, {}], KEY)).toEqual([KEY, `${KEY}.2`]);
});

test('keys and marks', () => {
  const keys = [['a', 'b', 'c'], ['x', 'b', 'c'], ['a', 'x', 'c'], ['a', 'b', 'x']].map(([ownerPrefix, logicalId, imageId]) => recordKey({ ownerPrefix, logicalId }, imageId));
  expect(new Set(keys).size).toBe(4);
  expect(keys[0]).toMatch(new RegExp(`^${SHARING_TAG_PREFIX}[0-9a-f]{12}$`));
  expect(requestMark('a')).toMatch(/^[0-9a-f]{6}$/);
  expect(requestMark('a')).not.toBe(requestMark('b'));
  expect(['one-two-three', 'by hand'].map(holderOf)).toEqual(['three', '']);
});
