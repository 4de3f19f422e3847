import { Image } from '@aws-sdk/client-ec2';
import { DEVICE_ATTRIBUTES, IMAGE_ATTRIBUTES } from '../../../lambda/ami/verification/attribute-table';
import { compareDevice, compareImage, compareLocation, knownAttributesOf } from '../../../lambda/ami/verification/compare-attributes';
import { throwIfFatal } from '../../../lambda/ami/verification/settle-differences';

/** Which differences of an AMI from its source are fatal, and which of them are none. */

const SOURCE = {
  ImageId: 'ami-1',
  Architecture: 'x86_64',
  RootDeviceName: '/dev/sda1',
  RootDeviceType: 'ebs',
  BootMode: 'uefi',
  TpmSupport: 'v2.0',
  Platform: 'windows' as Image['Platform'],
  PlatformDetails: 'Windows',
  UsageOperation: 'RunInstances:0002',
  ProductCodes: [{ ProductCodeId: 'b', ProductCodeType: 'marketplace' }, { ProductCodeId: 'a', ProductCodeType: 'marketplace' }],
  ImdsSupport: 'v2.0',
  VirtualizationType: 'hvm',
  EnaSupport: true,
  SriovNetSupport: 'simple',
  KernelId: 'aki-1',
  RamdiskId: 'ari-1',
} as const satisfies Image;

const FATAL = ['Architecture', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'Platform', 'PlatformDetails', 'UsageOperation', 'ProductCodes'];
const WARNING = ['VirtualizationType', 'EnaSupport', 'SriovNetSupport', 'KernelId', 'RamdiskId'];

function differences(source: Image, image: Image) {
  return compareImage(image, knownAttributesOf(source));
}

/** Another value of an attribute. */
function another(name: string): unknown {
  return name === 'EnaSupport' ? false : name === 'ProductCodes' ? [{ ProductCodeId: 'c' }] : name === 'RootDeviceName' ? '/dev/sdz' : 'something else';
}

test('the table has each attribute of an image once, with its decision', () => {
  expect(IMAGE_ATTRIBUTES).toEqual(Object.fromEntries([...FATAL.map(name => [name, 'fatal']), ['ImdsSupport', 'corrected'], ...WARNING.map(name => [name, 'warning'])]));
});

test.each(FATAL)('%s that is dropped or changed is fatal, and the sentence has both values', name => {
  for (const value of [undefined, another(name)]) {
    const found = differences(SOURCE, { ...SOURCE, [name]: value });
    expect(found).toMatchObject([{ name, decision: 'fatal' }]);
    expect(() => throwIfFatal({ image: { ImageId: 'ami-2' }, sourceId: 'ami-1' }, found)).toThrow(
      `The AMI ami-2 has the ${name} ${String(found[0].value ?? '(none)')}, but its source ami-1 has ${String(found[0].expected)}.`);
  }
});

test.each(FATAL.filter(name => !['Architecture', 'RootDeviceName', 'RootDeviceType'].includes(name)))('%s that the source does not have is fatal', name => {
  expect(differences({ ...SOURCE, [name]: undefined }, { ...SOURCE, [name]: another(name) })).toMatchObject([{ name, decision: 'fatal' }]);
});

test.each(['ImdsSupport', ...WARNING])('%s is not fatal, dropped or changed', name => {
  for (const value of [undefined, another(name)]) {
    const found = differences(SOURCE, { ...SOURCE, [name]: value });
    expect(found.map(({ name: found_ }) => found_)).toEqual([name]);
    expect(() => throwIfFatal({ image: SOURCE, sourceId: 'ami-1' }, found)).not.toThrow();
  }
});

test.each<[string, Image, Image]>([
  ['the same attributes', SOURCE, { ...SOURCE, ImageId: 'ami-2' }],
  ['another name of the root device', SOURCE, { ...SOURCE, RootDeviceName: '/dev/sda' }],
  ['product codes in another order', SOURCE, { ...SOURCE, ProductCodes: [...SOURCE.ProductCodes].reverse() }],
  ['no product codes, and an empty list', { Architecture: 'x86_64' }, { Architecture: 'x86_64', ProductCodes: [] }],
  ['Windows in capitals', SOURCE, { ...SOURCE, Platform: 'Windows' }],
  ['the default boot mode of x86_64', { Architecture: 'x86_64' }, { Architecture: 'x86_64', BootMode: 'legacy-bios' }],
  ['the default boot mode of arm64', { Architecture: 'arm64' }, { Architecture: 'arm64', BootMode: 'uefi' }],
  ['the default platform', {}, { PlatformDetails: 'Linux/UNIX', UsageOperation: 'RunInstances' }],
  ['no ENA support', {}, { EnaSupport: false }],
])('%s is no difference, in either direction', (_name, source, image) => {
  expect(differences(source, image)).toEqual([]);
  expect(differences(image, source)).toEqual([]);
});

test('the default boot mode of one architecture is not that of another', () => {
  expect(differences({ Architecture: 'arm64' }, { Architecture: 'arm64', BootMode: 'legacy-bios' })).toMatchObject([{ name: 'BootMode', decision: 'fatal' }]);
  expect(differences({ Architecture: 'x86_64' }, { Architecture: 'x86_64', BootMode: 'uefi' })).toMatchObject([{ name: 'BootMode', decision: 'fatal' }]);
});

test('an attribute that is not known is not compared', () => {
  expect(compareImage(SOURCE, {})).toEqual([]);
  expect(compareImage(SOURCE, { BootMode: undefined })).toMatchObject([{ name: 'BootMode' }]);
});

describe('of a device', () => {
  const GP3 = { VolumeSize: 8, VolumeType: 'gp3', Iops: 4000, Throughput: 250, DeleteOnTermination: true } as const;

  test('no difference is fatal', () => {
    expect(DEVICE_ATTRIBUTES).toEqual({ VolumeSize: 'warning', VolumeType: 'warning', Iops: 'warning', Throughput: 'warning', DeleteOnTermination: 'warning' });
  });

  test.each([['VolumeSize', 9], ['VolumeType', 'st1'], ['Iops', 3000], ['Iops', undefined], ['Throughput', 125], ['Throughput', undefined], ['DeleteOnTermination', false]])(
    '%s %s is a warning', (name, value) => {
      expect(compareDevice('/dev/sdf', { ...GP3, [name]: value }, GP3)).toEqual([{ name, decision: 'warning', value, expected: GP3[name as keyof typeof GP3], device: '/dev/sdf' }]);
    });

  test.each([
    ['the values of gp3 that only the AMI tells', { VolumeType: 'gp3', Iops: 3000, Throughput: 125 }, { VolumeType: 'gp3' }],
    ['the values of gp3 that only the source tells', { VolumeType: 'gp3' }, { VolumeType: 'gp3', Iops: 3000, Throughput: 125 }],
    ['IOPS of gp2, which follow from the size', { VolumeType: 'gp2' }, { VolumeType: 'gp2', Iops: 100 }],
    ['throughput of st1, which follows from the size', { VolumeType: 'st1' }, { VolumeType: 'st1', Throughput: 40 }],
    ['IOPS of a type that is not known', {}, { Iops: 3000 }],
    ['a volume that stays, which is the default', { VolumeType: 'gp3' }, { DeleteOnTermination: false }],
  ] as const)('%s are no difference', (_name, ebs, expected) => {
    expect(compareDevice('/dev/sdf', ebs, expected)).toEqual([]);
  });

  test.each(['io1', 'io2'] as const)('the IOPS of %s have no default', VolumeType => {
    expect(compareDevice('/dev/sdf', { VolumeType }, { VolumeType, Iops: 3000 })).toMatchObject([{ name: 'Iops', value: undefined }]);
  });

  test('the defaults of gp3 are not those of another type', () => {
    const found = compareDevice('/dev/sdf', { VolumeType: 'gp2' }, { VolumeType: 'gp3', Iops: 3000, Throughput: 125 });
    expect(found.map(({ name }) => name)).toEqual(['VolumeType', 'Iops', 'Throughput']);
  });

  const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';

  test.each([
    ['of the Region', {}, {}, []],
    ['of an Availability Zone', { AvailabilityZone: 'us-east-1a' }, {}, []],
    ['in a Local Zone', { AvailabilityZone: 'us-east-1-bos-1a' }, {}, ['the Region']],
    ['of the Region, of an instance on an Outpost', {}, { OutpostArn: OUTPOST, Placement: { AvailabilityZone: 'us-east-1a', AvailabilityZoneId: 'use1-az1' } }, []],
    ['in a Local Zone, of an instance in an Availability Zone', { AvailabilityZone: 'us-east-1-bos-1a' }, { Placement: { AvailabilityZone: 'us-east-1a' } }, ['the Region']],
    ['in the Local Zone of the instance', { AvailabilityZone: 'us-east-1-bos-1a' }, { Placement: { AvailabilityZone: 'us-east-1-bos-1a' } }, []],
    ['in the Local Zone of the instance, by its ID', { AvailabilityZone: 'use1-bos1-az1' }, { Placement: { AvailabilityZone: 'us-east-1-bos-1a', AvailabilityZoneId: 'use1-bos1-az1' } }, []],
    ['in another Local Zone', { AvailabilityZone: 'us-east-1-bos-1b' }, { Placement: { AvailabilityZone: 'us-east-1-bos-1a' } }, ['us-east-1-bos-1a']],
    ['on an Outpost', { OutpostArn: OUTPOST }, {}, ['the Region']],
    ['on the Outpost of the instance', { OutpostArn: OUTPOST }, { OutpostArn: OUTPOST }, []],
    ['on another Outpost', { OutpostArn: OUTPOST }, { OutpostArn: `${OUTPOST}0` }, [`${OUTPOST}0`]],
  ])('a snapshot %s', (_name, snapshot, instance, expected) => {
    expect(compareLocation('/dev/sdf', snapshot, instance).map(({ decision, expected: place }) => [decision, place])).toEqual(expected.map(place => ['warning', place]));
  });
});
