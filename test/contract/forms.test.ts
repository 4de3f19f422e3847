import { descriptionError } from '../../src/contract/description';
import { imageNameError, imageNamePrefixError } from '../../src/contract/image-name';
import { isLocalZone, isLocalZoneId, regionOfLocalZone, regionOfOutpost } from '../../src/contract/outpost-and-local-zone';
import { sourcePartitionError } from '../../src/contract/partition';
import { snapshotIdError } from '../../src/contract/snapshot-id';

/** The forms of values that EC2 allows, as the constructs and the handler know them. */

const LETTERS = "`imageName` can have letters, digits, spaces and ( ) [ ] . / - ' @ _ only, but ";

test.each<[string, (value: string) => string | undefined, string, string | undefined]>([
  ['a name', imageNameError, 'ab', '`imageName` must have 3 to 128 characters, but "ab" has 2. Choose another one, or remove it.'],
  ['a name', imageNameError, 'abc', undefined],
  ['a name', imageNameError, 'a'.repeat(128), undefined],
  ['a name', imageNameError, 'a'.repeat(129), `\`imageName\` must have 3 to 128 characters, but "${'a'.repeat(129)}" has 129.`],
  ['a name', imageNameError, "Golden (1) [2] ./'@_-", undefined],
  ['a name', imageNameError, 'my+image*', `${LETTERS}"my+image*" has "+". Choose another one, or remove it.`],
  ['a name', imageNameError, 'my🙂image', `${LETTERS}"my🙂image" has "🙂".`],
  ['a prefix', imageNamePrefixError, '', '`imageNamePrefix` must have 1 to 96 characters, but "" has 0.'],
  ['a prefix', imageNamePrefixError, 'a', undefined],
  ['a prefix', imageNamePrefixError, 'a'.repeat(96), undefined],
  ['a prefix', imageNamePrefixError, 'a'.repeat(97), 'has 97.'],
  ['a prefix', imageNamePrefixError, 'my+image', '`imageNamePrefix` can have letters, digits, spaces and'],
  ['a description', descriptionError, '', '`description` must have 1 to 255 characters, but has 0. Write one, or remove it.'],
  ['a description', descriptionError, 'x', undefined],
  ['a description', descriptionError, '~ \n!\x7f'.padEnd(255, 'x'), undefined],
  ['a description', descriptionError, 'x'.repeat(256), '`description` must have 1 to 255 characters, but has 256. Shorten it, or remove it.'],
  ['a description', descriptionError, 'naïve — x', '`description` can have ASCII characters only, but "naïve — x" has "ï". Replace this character.'],
  ['a description', descriptionError, 'x\x80', 'has "\x80"'],
  ['a description', descriptionError, '🙂', 'but "🙂" has "🙂".'],
  ['a snapshot', snapshotIdError, 'snap-01234567', undefined],
  ['a snapshot', snapshotIdError, 'snap-0123456789abcdef0', undefined],
  ['a snapshot', snapshotIdError, 'snap-1', '`snapshotId` must be an ID such as "snap-0123456789abcdef0", but is "snap-1". Check where the ID comes from.'],
  ['a snapshot', snapshotIdError, 'snap-0123456789abcdef01', 'but is "snap-0123456789abcdef01"'],
  ['a snapshot', snapshotIdError, 'snap-0123456789ABCDEF0', 'but is "snap-0123456789ABCDEF0"'],
  ['a snapshot', snapshotIdError, 'vol-0123456789abcdef0', 'but is "vol-0123456789abcdef0"'],
])('%s: %p %p', (_title, errorOf, value, error) => {
  expect(errorOf(value)).toEqual(error === undefined ? undefined : expect.stringContaining(error));
});

test.each<[string, boolean, boolean, string | undefined]>([
  ['us-east-1-bos-1a', true, false, 'us-east-1'],
  ['us-gov-west-1-abc-12b', true, false, 'us-gov-west-1'],
  ['use1-bos1-az1', true, true, undefined],
  ['us-east-1a', false, false, undefined],
  ['use1-az1', false, false, undefined],
  // a Wavelength Zone
  ['us-east-1-wl1-bos-wlz-1', false, false, undefined],
  ['', false, false, undefined],
])('the Local Zone %p', (zone, isOne, isId, region) => {
  expect([isLocalZone(zone), isLocalZoneId(zone), regionOfLocalZone(zone)]).toEqual([isOne, isId, region]);
});

test.each<[string, string | undefined]>([
  ['arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0', 'us-east-1'],
  ['arn:aws-us-gov:outposts:us-gov-west-1:123456789012:outpost/op-0123456789abcdef0', 'us-gov-west-1'],
  ['op-0123456789abcdef0', undefined],
])('the Region of the Outpost %s', (arn, region) => {
  expect(regionOfOutpost(arn)).toBe(region);
});

const partitions = { 'us-east-1': 'aws', 'cn-north-1': 'aws-cn', 'us-gov-west-1': 'aws-us-gov', 'us-iso-east-1': 'aws-iso', 'us-isob-east-1': 'aws-iso-b', 'eu-isoe-west-1': 'aws-iso-e', 'us-isof-south-1': 'aws-iso-f', 'eusc-de-east-1': 'aws-eusc' };

test.each(Object.entries(partitions))('a stack in %s, of the partition %s, takes sources of no other', (region, partition) => {
  for (const [sourceRegion, other] of Object.entries(partitions)) {
    expect(sourcePartitionError(sourceRegion, region)).toEqual(region === sourceRegion ? undefined : expect.stringContaining(
      `\`sourceRegion\` must be in the partition of the stack, ${partition} (${region}), but is ${sourceRegion} in the partition ${other}. EC2 copies no AMIs between partitions.`));
  }
  expect(sourcePartitionError('us-east-1', 'eu-west-1')).toBeUndefined();
});
