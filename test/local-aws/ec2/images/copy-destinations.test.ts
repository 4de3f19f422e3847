import {
  CopyImageCommand, CopyImageCommandInput, DescribeAvailabilityZonesCommand, DescribeAvailabilityZonesCommandInput, DescribeImagesCommand,
  DescribeSnapshotsCommand, ModifySnapshotAttributeCommand, Snapshot,
} from '@aws-sdk/client-ec2';
import { ALTERNATIVES } from '../../../../local-aws/ec2/settings/undocumented-behavior';
import { DeviceSettings } from '../../../../local-aws/ec2/state/seeding';
import { arnOf } from '../../../../local-aws/kms/key';
import { client, aws } from '../each-test';
import { region, otherAccount } from '../test-aws';

/** Outposts and Local Zones: what CopyImage copies there, what becomes of it, and what it refuses. */

const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';
const OTHER_OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef1';
const FAR_OUTPOST = 'arn:aws:outposts:eu-west-1:123456789012:outpost/op-0123456789abcdef2';

let mine: string;
let ebs: string;

beforeEach(async () => {
  mine = arnOf(aws.kms.addKey());
  ebs = arnOf(aws.kms.ebsKey());
  aws.ec2.settings.locations.outposts.push(OUTPOST, OTHER_OUTPOST, FAR_OUTPOST);
  aws.ec2.settings.locations.localZones.forEach(zone => { zone.enabled = true; });
});

const image = (device: Partial<DeviceSettings> = {}, at = region) =>
  aws.ec2.addImage({ name: `source-${JSON.stringify(device)}`, region: at, devices: [{ deviceName: '/dev/xvda', size: 4, ...device }] }).id;

async function copy(SourceImageId: string, input: Partial<CopyImageCommandInput>, at = client): Promise<string> {
  const { ImageId } = await at.send(new CopyImageCommand({ Name: 'copy', SourceRegion: region, SourceImageId, ...input }));
  aws.pass();
  return ImageId!;
}

async function snapshotOf(imageId: string): Promise<Snapshot> {
  const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
  expect(Images![0].State).toBe('available');
  const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [Images![0].BlockDeviceMappings![0].Ebs!.SnapshotId!] }));
  return Snapshots![0];
}

describe('a copy to an Outpost', () => {
  test.each([
    ['not encrypted', () => ({}), () => ({}), () => ebs],
    ['encrypted, which does not keep its key', () => ({ kmsKeyId: mine }), () => ({}), () => ebs],
    ['with a key', () => ({}), () => ({ Encrypted: true, KmsKeyId: mine }), () => mine],
  ])('%s', async (_title, device, input, key) => {
    const id = await copy(image(device()), { DestinationOutpostArn: OUTPOST, ...input() });
    expect(await snapshotOf(id)).toMatchObject({ Encrypted: true, KmsKeyId: key(), OutpostArn: OUTPOST });
    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
    expect(Images![0].BlockDeviceMappings![0].Ebs!.OutpostArn).toBe(OUTPOST);
  });

  test('can be neither copied nor shared', async () => {
    const id = await copy(image(), { DestinationOutpostArn: OUTPOST });
    for (const destination of [{}, { DestinationOutpostArn: OUTPOST }, { DestinationOutpostArn: OTHER_OUTPOST }, { DestinationAvailabilityZone: 'us-east-1-bos-1a' }]) {
      await expect(copy(id, { Name: 'again', ...destination })).rejects.toThrow('is on an Outpost and cannot be copied');
    }
    const { SnapshotId } = await snapshotOf(id);
    await expect(client.send(new ModifySnapshotAttributeCommand({ SnapshotId, CreateVolumePermission: { Add: [{ UserId: otherAccount }] } })))
      .rejects.toThrow("can't be shared");
  });
});

describe('a copy to a Local Zone', () => {
  test.each([
    ['one that requires no encryption', 'us-east-1-bos-1a', () => ({}), () => undefined],
    ['one that requires it', 'us-east-1-atl-2a', () => ({}), () => ebs],
    ['one that requires it, of what is encrypted', 'us-east-1-atl-2a', () => ({ kmsKeyId: mine }), () => mine],
    ['one that requires none, of what is encrypted', 'us-east-1-bos-1a', () => ({ kmsKeyId: mine }), () => mine],
  ])('%s', async (_title, zone, device, key) => {
    const snapshot = await snapshotOf(await copy(image(device()), { DestinationAvailabilityZone: zone }));
    expect(snapshot).toMatchObject({ Encrypted: key() !== undefined, AvailabilityZone: zone });
    expect(snapshot.KmsKeyId).toBe(key());
  });

  test("can be requested by the zone's ID, and shows the name or the ID", async () => {
    const id = await copy(image(), { DestinationAvailabilityZoneId: 'use1-bos1-az1' });
    expect((await snapshotOf(id)).AvailabilityZone).toBe('us-east-1-bos-1a');
    aws.ec2.switches.localZoneShownBy = 'id';
    expect((await snapshotOf(id)).AvailabilityZone).toBe('use1-bos1-az1');
  });

  test('can come from another zone of the group, and be copied to the Region', async () => {
    const source = image({ localZone: 'us-east-1-bos-1b' });
    expect((await snapshotOf(await copy(source, { DestinationAvailabilityZone: 'us-east-1-bos-1a' }))).AvailabilityZone).toBe('us-east-1-bos-1a');
    expect((await snapshotOf(await copy(source, { Name: 'back' }))).AvailabilityZone).toBeUndefined();
  });
});

describe('CopyImage refuses', () => {
  const inZone = { localZone: 'us-east-1-bos-1a' };
  type Case = [string, () => string, Partial<CopyImageCommandInput>, string, string?];
  const cases: Case[] = [
    ['an Outpost that is not there', () => image(), { DestinationOutpostArn: `${OUTPOST.slice(0, -1)}9` }, 'does not exist in us-east-1'],
    ['an Outpost of another Region', () => image(), { DestinationOutpostArn: FAR_OUTPOST }, 'does not exist in us-east-1'],
    ['an Outpost, from another Region', () => image({}, 'eu-west-1'), { SourceRegion: 'eu-west-1', DestinationOutpostArn: OUTPOST }, 'An image in eu-west-1 cannot be copied'],
    ['an Outpost, from a Local Zone', () => image(inZone), { DestinationOutpostArn: OUTPOST }, 'cannot be copied from the Local Zone'],
    ['a zone that is not there', () => image(), { DestinationAvailabilityZone: 'us-east-1-nyc-9a' }, 'is not a Local Zone that you can copy to'],
    ['a zone by an id that is a name', () => image(), { DestinationAvailabilityZoneId: 'us-east-1-bos-1a' }, 'is not a Local Zone that you can copy to'],
    ['a zone without local snapshots', () => image(), { DestinationAvailabilityZone: 'us-east-1-mia-1a' }, 'is not a Local Zone that you can copy to'],
    ['a zone, from another Region', () => image({}, 'eu-west-1'), { SourceRegion: 'eu-west-1', DestinationAvailabilityZone: 'us-east-1-bos-1a' }, 'An image in eu-west-1'],
    ['a zone of another group', () => image(inZone), { DestinationAvailabilityZone: 'us-east-1-atl-2a' }, 'cannot be copied from the Local Zone'],
    ['another Region, from a Local Zone', () => image(inZone), {}, 'cannot be copied from the Local Zone', 'eu-west-1'],
  ];

  test.each(cases)('%s', async (_title, source, input, words, at = region) => {
    for (const code of ALTERNATIVES.unsupportedDestinationCode) {
      aws.ec2.switches.unsupportedDestinationCode = code;
      const refused = copy(source(), input, aws.client(undefined, at));
      await expect(refused).rejects.toMatchObject({ name: code, message: expect.stringContaining(words) as string });
    }
    expect(aws.ec2.counts().images).toBe(0);
  });

  test('a zone that is not enabled', async () => {
    aws.ec2.settings.locations.localZones.forEach(zone => { zone.enabled = false; });
    await expect(copy(image(), { DestinationAvailabilityZone: 'us-east-1-bos-1a' })).rejects.toThrow('is not a Local Zone that you can copy to');
  });

  test.each([
    [{ DestinationOutpostArn: OUTPOST, DestinationAvailabilityZone: 'us-east-1-bos-1a' }],
    [{ DestinationAvailabilityZone: 'us-east-1-bos-1a', DestinationAvailabilityZoneId: 'use1-bos1-az1' }],
  ])('more than one destination: %j', async input => {
    await expect(copy(image(), input)).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
  });

  test.each([
    [{}, { DestinationOutpostArn: OUTPOST }],
    [{}, { DestinationAvailabilityZone: 'us-east-1-bos-1a' }],
    [{ localZone: 'us-east-1-bos-1a' }, {}],
  ])('a time-based copy of %j: %j', async (device, input) => {
    await expect(copy(image(device), { SnapshotCopyCompletionDurationMinutes: 60, ...input })).rejects.toThrow('is not supported for Local Zones and Outposts');
  });
});

describe('DescribeAvailabilityZones', () => {
  const zones = async (input: DescribeAvailabilityZonesCommandInput) =>
    (await client.send(new DescribeAvailabilityZonesCommand(input))).AvailabilityZones!;

  test('returns zones that are not enabled only with AllAvailabilityZones', async () => {
    aws.ec2.settings.locations.localZones.forEach(zone => { zone.enabled = zone.name === 'us-east-1-bos-1a'; });
    const local = { Name: 'zone-type', Values: ['local-zone'] };
    expect((await zones({ Filters: [local] })).map(zone => zone.ZoneName)).toEqual(['us-east-1-bos-1a']);
    const all = await zones({ Filters: [local], AllAvailabilityZones: true });
    expect(all.map(zone => zone.OptInStatus)).toEqual(['not-opted-in', 'opted-in', 'not-opted-in', 'not-opted-in']);
  });

  test('finds zones by name, ID and filter', async () => {
    const boston = { ZoneName: 'us-east-1-bos-1a', ZoneId: 'use1-bos1-az1', RegionName: 'us-east-1', GroupName: 'us-east-1-bos-1', ParentZoneName: 'us-east-1a' };
    expect(await zones({ ZoneNames: ['us-east-1-bos-1a'] })).toMatchObject([boston]);
    expect(await zones({ ZoneIds: ['use1-bos1-az1'] })).toMatchObject([boston]);
    expect(await zones({ Filters: [{ Name: 'zone-id', Values: ['use1-bos1-az1'] }] })).toMatchObject([boston]);
    await expect(zones({ ZoneNames: ['us-east-1x'] })).rejects.toThrow('Invalid availability zone: [us-east-1x]');
  });
});
