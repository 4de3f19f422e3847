import { Image } from '@aws-sdk/client-ec2';
import {
  describeSnapshots, devicesOf, findDevice, findFailedImages, findImage, findImageByName, findTaggedImages, findTaggedSnapshots, isIntermediate,
  ownerTagOf,
} from '../../lambda/aws/find-images';
import { findInstance, findInstancesOfSpotRequests, findTaggedInstances, findTaggedVolumes } from '../../lambda/aws/find-instances';
import { OWNER_TAG, STEP_TAG } from '../../src/contract';
import { AnsweringClients, answering, ec2Error } from '../helpers/answers';
import { SOURCE_ID } from '../helpers/stacks';

/** How images, snapshots, instances and volumes are found: which of them, and all pages. */

const IN_ANY_STATE = { IncludeDeprecated: true, IncludeDisabled: true };

describe('the image with an id', () => {
  test('is found in any state', async () => {
    const { aws, calls } = answering({ DescribeImages: { Images: [{ ImageId: SOURCE_ID }] } });
    expect(await findImage(aws, SOURCE_ID)).toEqual({ ImageId: SOURCE_ID });
    expect(calls).toEqual([['DescribeImages', { ImageIds: [SOURCE_ID], ...IN_ANY_STATE }]]);
  });

  test.each([undefined, '', 'ami-1'])('%j is not asked for, because EC2 never assigns it', async id => {
    const { aws, calls } = answering({ DescribeImages: { Images: [{ ImageId: SOURCE_ID }] } });
    expect([await findImage(aws, id), calls]).toEqual([undefined, []]);
  });

  test.each<[string, object]>([
    ['lists none', { Images: [] }],
    ['lists nothing', {}],
    ['does not find it', ec2Error('InvalidAMIID.NotFound')],
  ])('is none where EC2 %s', async (_title, answer) => {
    expect(await findImage(answering({ DescribeImages: answer }).aws, SOURCE_ID)).toBeUndefined();
  });

  test('is not known after another error', async () => {
    await expect(findImage(answering({ DescribeImages: ec2Error('UnauthorizedOperation') }).aws, SOURCE_ID)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });
});

test('an image with a name has exactly this name: filters take * and ? for any characters', async () => {
  const { aws } = answering({ DescribeImages: { Images: [{ Name: 'golden-1' }, { Name: 'golden-*', ImageId: 'ami-1' }] } });
  expect(await findImageByName(aws, 'golden-*')).toEqual({ Name: 'golden-*', ImageId: 'ami-1' });
});

type Find = (aws: AnsweringClients['aws']) => Promise<readonly object[]>;
const tagged = [{ Name: `tag:${OWNER_TAG}`, Values: ['us'] }];
const OF_ACCOUNT = { Owners: ['self'], ...IN_ANY_STATE, MaxResults: 1000 };
test.each<[string, Find, string, string, object]>([
  ['images of an owner', aws => findTaggedImages(aws, 'us'), 'DescribeImages', 'Images', { ...OF_ACCOUNT, Filters: tagged }],
  ['failed images', aws => findFailedImages(aws), 'DescribeImages', 'Images', { ...OF_ACCOUNT, Filters: [{ Name: 'state', Values: ['failed'] }] }],
  ['images with a name', async aws => [await findImageByName(aws, 'one') ?? {}], 'DescribeImages', 'Images', { ...OF_ACCOUNT, Filters: [{ Name: 'name', Values: ['one'] }] }],
  ['snapshots of an owner', aws => findTaggedSnapshots(aws, 'us'), 'DescribeSnapshots', 'Snapshots', { OwnerIds: ['self'], Filters: tagged, MaxResults: 1000 }],
  ['volumes of an owner', aws => findTaggedVolumes(aws, 'us'), 'DescribeVolumes', 'Volumes', { Filters: tagged, MaxResults: 500 }],
  ['instances of an owner', aws => findTaggedInstances(aws, 'us'), 'DescribeInstances', 'Instances', { Filters: tagged, MaxResults: 1000 }],
  ['instances of Spot requests', aws => findInstancesOfSpotRequests(aws, ['sir-1', 'sir-2']), 'DescribeInstances', 'Instances', {
    Filters: [{ Name: 'spot-instance-request-id', Values: ['sir-1', 'sir-2'] }], MaxResults: 1000,
  }],
])('all pages of the %s are read, also after one without any', async (_title, find, operation, list, input) => {
  const all = ['zero', 'one', 'two'].map(Name => ({ Name }));
  const page = (resources: object[]) => list === 'Instances' ? { Reservations: [{ Instances: resources }, {}] } : { [list]: resources };
  const pages: Record<string, object> = {
    first: { ...page(all.slice(0, 1)), NextToken: 'second' },
    second: { NextToken: 'third' },
    third: page(all.slice(1)),
  };
  const inputs: object[] = [];
  const answer = (one: { NextToken?: string }) => {
    // the paginator of the SDK changes it
    inputs.push({ ...one });
    return pages[one.NextToken ?? 'first'];
  };
  const found = await find(answering({ [operation]: answer }).aws);
  expect(found).toEqual(found.length === 1 ? [{ Name: 'one' }] : all);
  expect(inputs).toEqual([undefined, 'second', 'third'].map(NextToken => ({ ...input, NextToken })));
});

describe('snapshots by their ids', () => {
  test.each<[string[], object, object[]]>([
    [['snap-1'], { Snapshots: [{ SnapshotId: 'snap-1' }] }, [{ SnapshotId: 'snap-1' }]],
    [['snap-1', 'snap-2'], {}, []],
  ])('%j', async (ids, answer, expected) => {
    const { aws, calls } = answering({ DescribeSnapshots: answer });
    expect(await describeSnapshots(aws, ids)).toEqual(expected);
    expect(calls).toEqual([['DescribeSnapshots', { SnapshotIds: ids }]]);
  });

  test('without an id, nothing is asked for: EC2 would describe all', async () => {
    const { aws, calls } = answering({ DescribeSnapshots: { Snapshots: [{}] } });
    expect([await describeSnapshots(aws, []), calls]).toEqual([[], []]);
  });
});

test.each<[string, object, object | undefined]>([
  ['one', { Reservations: [{ Instances: [{ InstanceId: 'i-1' }] }] }, { InstanceId: 'i-1' }],
  ['nothing', {}, undefined],
  ['that it does not exist', ec2Error('InvalidInstanceID.NotFound'), undefined],
])('an instance by its id, where EC2 answers %s', async (_title, answer, expected) => {
  const { aws, calls } = answering({ DescribeInstances: answer });
  expect(await findInstance(aws, 'i-1')).toEqual(expected);
  expect(calls).toEqual([['DescribeInstances', { InstanceIds: ['i-1'] }]]);
});

test('an instance is not known after another error', async () => {
  await expect(findInstance(answering({ DescribeInstances: ec2Error('UnauthorizedOperation') }).aws, 'i-1')).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});

test.each<[string, Image, object[]]>([
  ['with volumes', { BlockDeviceMappings: [{ DeviceName: '/dev/sda', Ebs: { SnapshotId: 'snap-1' } }, { DeviceName: '/dev/sdb', Ebs: {} }] }, [
    { name: '/dev/sda', snapshotId: 'snap-1', ebs: { SnapshotId: 'snap-1' } }, { name: '/dev/sdb', ebs: {} },
  ]],
  ['with other mappings', { BlockDeviceMappings: [{ DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' }, { Ebs: {} }] }, []],
  ['without a mapping', {}, []],
])('the devices of an image %s', (_title, image, devices) => {
  expect(devicesOf(image)).toEqual(devices);
});

test.each([
  ['/dev/sdb', '/dev/sdb'],
  ['xvdb', '/dev/sdb'],
  ['/dev/xvdf', '/dev/xvdf'],
  ['/dev/sda1', '/dev/sda'],
  ['/dev/sdc', undefined],
  ['', undefined],
  [undefined, undefined],
])('the device %s is found by the name %s', (name, found) => {
  const devices = ['/dev/sda', '/dev/sdf', '/dev/sdb', '/dev/xvdf'].map(one => ({ name: one }));
  expect(findDevice(name, devices)).toEqual(found === undefined ? undefined : { name: found });
});

test.each([
  [undefined, undefined, false],
  [[], undefined, false],
  [[{ Key: 'Name', Value: 'a' }, { Key: OWNER_TAG, Value: 'us' }], 'us', false],
  [[{ Key: 'Name', Value: 'a' }], undefined, false],
  [[{ Key: STEP_TAG, Value: '1' }, { Key: OWNER_TAG, Value: 'us' }], 'us', true],
])('the tags %j tell the owner %s and an intermediate resource: %s', (Tags, owner, isStep) => {
  expect([ownerTagOf({ Tags }), isIntermediate({ Tags })]).toEqual([owner, isStep]);
});
