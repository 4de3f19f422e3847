import { Lazy, Size } from 'aws-cdk-lib';
import { EbsDeviceVolumeType } from 'aws-cdk-lib/aws-ec2';
import { validateVolume, VolumeOptions } from '../../../src/multi-key/volume-limits';

/** The limits of volumes that are known at synth, by their type. */

const { GP2, GP3, IO1, IO2, ST1, SC1, STANDARD } = EbsDeviceVolumeType;
const TOKEN = Lazy.number({ produce: () => 1 });
const RANGE = 'Choose a number in this range, or use another volume type.';

/** The size in GiB, IOPS and MiB/s. */
type Volume = readonly [type: EbsDeviceVolumeType | undefined, size?: number | Size, iops?: number, throughput?: number];

function validate([volumeType, size, iops, throughput]: Volume): void {
  const options: VolumeOptions = { deviceName: '/dev/sdf', volumeType, size: typeof size === 'number' ? Size.gibibytes(size) : size, iops, throughput };
  validateVolume(options);
}

const ALLOWED: Volume[] = [
  [GP2], [GP2, 1], [GP2, 16_384],
  [GP3], [GP3, 1], [GP3, 65_536], [GP3, Size.mebibytes(2_048)], [GP3, 1, 3_000], [GP3, 10, 5_000], [GP3, 160, 80_000],
  [GP3, 1, undefined, 125], [GP3, 1, undefined, 750], [GP3, 16, 8_000, 2_000], [GP3, undefined, 80_000, 2_000],
  [IO1, 4, 100], [IO1, 4, 200], [IO1, 1_280, 64_000], [IO1, 16_384, 100],
  [IO2, 4, 100], [IO2, 4, 4_000], [IO2, 256, 256_000], [IO2, 65_536, 100], [IO2, undefined, 256_000],
  [ST1, 125], [ST1, 16_384], [SC1, 125], [SC1, 16_384], [STANDARD, 1], [STANDARD, 1_024],
  [undefined, 1], [undefined, 1_000_000],
];
test.each(ALLOWED.map(volume => [volume]))('%j is allowed', volume => {
  expect(() => validate(volume)).not.toThrow();
});

test.each<[Volume, string]>([
  [[GP2, 0], '1 to 16384 GiB, but is 0'],
  [[GP2, 16_385], '1 to 16384 GiB, but is 16385'],
  [[GP3, 0], '1 to 65536 GiB, but is 0'],
  [[GP3, 65_537], '1 to 65536 GiB, but is 65537'],
  [[IO1, 3, 100], '4 to 16384 GiB, but is 3'],
  [[IO1, 16_385, 100], '4 to 16384 GiB, but is 16385'],
  [[IO2, 3, 100], '4 to 65536 GiB, but is 3'],
  [[IO2, 65_537, 100], '4 to 65536 GiB, but is 65537'],
  [[ST1, 124], '125 to 16384 GiB, but is 124'],
  [[ST1, 16_385], '125 to 16384 GiB, but is 16385'],
  [[SC1, 124], '125 to 16384 GiB, but is 124'],
  [[SC1, 16_385], '125 to 16384 GiB, but is 16385'],
  [[STANDARD, 0], '1 to 1024 GiB, but is 0'],
  [[STANDARD, 1_025], '1 to 1024 GiB, but is 1025'],
])('the size of %j', (volume, range) => {
  expect(() => validate(volume)).toThrow(new Error(`\`size\` of the ${volume[0]} volume /dev/sdf must be a whole number of ${range}. ${RANGE}`));
});

test.each<[Volume, string]>([
  [[GP3, undefined, 2_999], '3000 to 80000 IOPS, but is 2999'],
  [[GP3, undefined, 80_001], '3000 to 80000 IOPS, but is 80001'],
  [[GP3, undefined, 3_000.5], '3000 to 80000 IOPS, but is 3000.5'],
  [[IO1, undefined, 99], '100 to 64000 IOPS, but is 99'],
  [[IO1, undefined, 64_001], '100 to 64000 IOPS, but is 64001'],
  [[IO2, undefined, 99], '100 to 256000 IOPS, but is 99'],
  [[IO2, undefined, 256_001], '100 to 256000 IOPS, but is 256001'],
])('the IOPS of %j', (volume, range) => {
  expect(() => validate(volume)).toThrow(new Error(`\`iops\` of the ${volume[0]} volume /dev/sdf must be a whole number of ${range}. ${RANGE}`));
});

test.each<[Volume, string]>([
  [[GP3, undefined, undefined, 124], '`throughput` of the gp3 volume /dev/sdf must be a whole number of 125 to 2000 MiB/s, but is 124.'],
  [[GP3, undefined, 80_000, 2_001], '`throughput` of the gp3 volume /dev/sdf must be a whole number of 125 to 2000 MiB/s, but is 2001.'],
  [[GP3, undefined, undefined, 751], '`throughput` of the gp3 volume /dev/sdf must be at most a quarter of its IOPS in MiB/s, but is 751 for 3000 IOPS. Lower it, or increase `iops`.'],
  [[GP3, undefined, 7_999, 2_000], 'but is 2000 for 7999 IOPS.'],
  [[IO2, 4, 1_000, 200], '`throughput` of the io2 volume /dev/sdf cannot be chosen, but is 200. Remove it, or use another volume type.'],
  [[GP2, 4, undefined, TOKEN], '`throughput` of the gp2 volume /dev/sdf cannot be chosen, but is a token. Remove it'],
])('the throughput of %j', (volume, sentence) => {
  expect(() => validate(volume)).toThrow(sentence);
});

test.each<[Volume, string]>([
  [[GP2, 4, 3_000], '`iops` of the gp2 volume /dev/sdf cannot be chosen, but is 3000. Remove it, or use another volume type.'],
  [[ST1, 125, TOKEN], '`iops` of the st1 volume /dev/sdf cannot be chosen, but is a token.'],
  [[IO1, 4], '`iops` of the io1 volume /dev/sdf is required. Pass 100 to 64000.'],
  [[IO2, 4], '`iops` of the io2 volume /dev/sdf is required. Pass 100 to 256000.'],
  [[GP3, 7, 3_501], '`iops` of the gp3 volume /dev/sdf must be at most 500 per GiB, but is 3501 for 7 GiB. Lower it, or increase `size`.'],
  [[GP3, 1, 3_001], '`iops` of the gp3 volume /dev/sdf must be at most 500 per GiB, but is 3001 for 1 GiB.'],
  [[IO1, 10, 501], '`iops` of the io1 volume /dev/sdf must be at most 50 per GiB, but is 501 for 10 GiB.'],
  [[IO2, 4, 4_001], '`iops` of the io2 volume /dev/sdf must be at most 1000 per GiB, but is 4001 for 4 GiB.'],
])('IOPS that the type or the size does not allow: %j', (volume, sentence) => {
  expect(() => validate(volume)).toThrow(sentence);
});

test.each<[Volume, string]>([
  [[GP3, Size.mebibytes(1_500)], 'the gp3 volume /dev/sdf must be a whole number of GiB, but is 1500 MiB.'],
  [[GP3, Size.kibibytes(1_500)], 'the gp3 volume /dev/sdf must be a whole number of GiB, but is 1.46484375 MiB.'],
  // as in the source AMI
  [[undefined, Size.mebibytes(1_500)], 'the volume /dev/sdf must be a whole number of GiB, but is 1500 MiB.'],
])('a size that is no whole number of GiB: %j', (volume, words) => {
  expect(() => validate(volume)).toThrow(`\`size\` of ${words} Use Size.gibibytes().`);
});

test('what is known only when the stack deploys, and a type that AWS adds later, is allowed', () => {
  const unknown: Volume[] = [
    [GP3, Size.gibibytes(TOKEN), 80_000], [GP3, 1, TOKEN, 2_000], [GP3, 1, undefined, TOKEN], [IO2, 4, TOKEN], ['gp9' as EbsDeviceVolumeType, 1_000_000, 1],
  ];
  expect(() => unknown.forEach(validate)).not.toThrow();
});
