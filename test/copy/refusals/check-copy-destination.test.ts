import { AvailabilityZone, Snapshot } from '@aws-sdk/client-ec2';
import { SourceImage } from '../../../lambda/ami/describe-source-image';
import { checkDestination, destinationLabel, destinationOf, SnapshotLocation, verifySnapshotLocation } from '../../../lambda/copy/check-copy-destination';
import { EncryptedAmiCopyProperties } from '../../../src/contract';
import { answering, Answers } from '../../helpers/answers';

/** The destinations that EC2 copies to, by the location of the source. */

const [ZONE, ZONE_ID] = ['us-east-1-bos-1a', 'use1-bos1-az1'];
const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';
const FAR_OUTPOST = OUTPOST.replace('us-east-1', 'eu-west-1');
const BOSTON: AvailabilityZone = { ZoneName: ZONE, ZoneId: ZONE_ID, OptInStatus: 'opted-in', GroupName: 'us-east-1-bos-1' };
type Properties = Partial<EncryptedAmiCopyProperties>;

test.each<[string, Properties, object, string | undefined]>([
  ['the Region', {}, {}, undefined],
  ['a Local Zone by its name', { LocalZone: ZONE }, { DestinationAvailabilityZone: ZONE }, `the Local Zone ${ZONE}`],
  ['a Local Zone by its ID', { LocalZone: ZONE_ID }, { DestinationAvailabilityZoneId: ZONE_ID }, `the Local Zone ${ZONE_ID}`],
  ['an Outpost', { OutpostArn: OUTPOST }, { DestinationOutpostArn: OUTPOST }, `the Outpost ${OUTPOST}`],
])('the parameters and the name of %s', (_title, properties, parameters, label) => {
  expect(destinationOf(properties as EncryptedAmiCopyProperties)).toEqual(parameters);
  expect(destinationLabel(properties as EncryptedAmiCopyProperties)).toBe(label);
});

/** The error for a destination, or the calls that found none. */
async function check(properties: Properties, snapshots: Snapshot[] = [{}], zones: Answers[string] = { AvailabilityZones: [BOSTON] }) {
  const { aws, calls } = answering({ DescribeAvailabilityZones: zones });
  const devices = snapshots.map((snapshot, index) => ({ name: `/dev/sd${'ab'[index]}`, ebs: {}, snapshot: { SnapshotId: `snap-${index}`, ...snapshot } }));
  const source = { image: { ImageId: 'ami-1' }, devices } as unknown as SourceImage;
  return checkDestination(aws, properties as EncryptedAmiCopyProperties, source).then(() => calls, (error: Error) => error.message);
}

const askedBy = (Name: string, zone: string) => [['DescribeAvailabilityZones', { AllAvailabilityZones: true, Filters: [{ Name, Values: [zone] }] }]];

test.each<[string, Properties, Snapshot[] | undefined, object]>([
  ['in the Region', { CompletionDurationMinutes: 15 }, undefined, []],
  ['in the Region without snapshots', {}, [], []],
  ['of another Region', { SourceRegion: 'eu-west-1' }, [{ AvailabilityZone: 'eu-west-1a' }], []],
  ['in an Availability Zone, which is no Local Zone', { CompletionDurationMinutes: 15 }, [{ AvailabilityZone: 'us-east-1a' }], []],
  ['from a Local Zone', {}, [{ AvailabilityZone: ZONE }], []],
  ['to an Outpost', { OutpostArn: OUTPOST }, undefined, []],
  ['from an Availability Zone to an Outpost', { OutpostArn: OUTPOST }, [{ AvailabilityZone: 'us-east-1a' }], []],
  ['to a Local Zone', { LocalZone: ZONE }, undefined, askedBy('zone-name', ZONE)],
  ['to a Local Zone by its ID', { LocalZone: ZONE_ID, SourceRegion: 'us-east-1' }, undefined, askedBy('zone-id', ZONE_ID)],
  ['from a Local Zone to a Local Zone', { LocalZone: ZONE }, [{ AvailabilityZone: ZONE }], askedBy('zone-name', ZONE)],
])('a copy %s is possible', async (_title, properties, snapshots, calls) => {
  expect(await check(properties, snapshots)).toEqual(calls);
});

test.each<[string, Properties, Snapshot[] | undefined, string, Answers[string]?]>([
  ['out of an Outpost', {}, [{}, { OutpostArn: OUTPOST }],
    `The source snapshot snap-1 (/dev/sdb) is on the Outpost ${OUTPOST}, and EC2 does not copy from an Outpost. Use an image whose snapshots are in the Region.`],
  ['from a Local Zone to an Outpost', { OutpostArn: OUTPOST }, [{ AvailabilityZone: 'us-east-1a' }, { AvailabilityZone: ZONE }],
    `The source snapshot snap-1 (/dev/sdb) is in the Local Zone ${ZONE}, and EC2 does not copy from a Local Zone to an Outpost. Copy the image to us-east-1 first, and set \`sourceImage\` to that copy.`],
  ['from a Local Zone of another Region', { SourceRegion: 'eu-central-1' }, [{ AvailabilityZone: 'eu-central-1-ist-1a' }],
    'The source snapshot snap-0 (/dev/sda) is in the Local Zone eu-central-1-ist-1a, and EC2 copies from a Local Zone only within its Region. Copy the image to eu-central-1 first, and set `sourceImage` to that copy.'],
  ['from a Local Zone in a time', { CompletionDurationMinutes: 15 }, [{ AvailabilityZone: ZONE_ID }],
    `The source snapshot snap-0 (/dev/sda) is in the Local Zone ${ZONE_ID}, and EBS has no time-based copies from a Local Zone. Remove \`completionDuration\`.`],
  ['from another Region to an Outpost', { SourceRegion: 'eu-west-1', OutpostArn: OUTPOST }, undefined,
    `The source image ami-1 is in eu-west-1, but EC2 copies to the Outpost ${OUTPOST} only within its Region. Copy the image to us-east-1 first, and set \`sourceImage\` to that copy.`],
  ['from another Region to a Local Zone', { SourceRegion: 'eu-west-1', LocalZone: ZONE }, undefined,
    `The source image ami-1 is in eu-west-1, but EC2 copies to the Local Zone ${ZONE} only within its Region. Copy the image to us-east-1 first, and set \`sourceImage\` to that copy.`],
  ['of an image in S3 to a Local Zone', { LocalZone: ZONE }, [],
    `The source image ami-1 is backed by S3 and has no snapshots, so EC2 cannot copy it to the Local Zone ${ZONE}. Use an image that is backed by EBS.`],
  ['to what is no Outpost', { OutpostArn: 'op-0123456789abcdef0' }, undefined, expect.stringMatching(/^`outpostArn` must be the ARN of an Outpost .* but is "op-0123456789abcdef0"/) as never],
  ['to an Outpost of another Region', { OutpostArn: FAR_OUTPOST }, undefined,
    `\`outpostArn\` (${FAR_OUTPOST}) is an Outpost of eu-west-1, but the AMI is created in us-east-1. Define the copy in a stack in eu-west-1.`],
  ['to what is no Local Zone', { LocalZone: 'us-east-1a' }, undefined, expect.stringMatching(/^`localZone` must be the name or the ID of a Local Zone, .* but is "us-east-1a"/) as never],
  ['to a Local Zone that does not exist', { LocalZone: ZONE }, undefined,
    `\`localZone\` (${ZONE}) does not exist in us-east-1. Use a Local Zone of us-east-1, or define the copy in a stack in the Region of the zone.`, { AvailabilityZones: [] }],
  ['to a Local Zone about which EC2 says nothing', { LocalZone: ZONE }, undefined, expect.stringContaining('does not exist in us-east-1') as never, {}],
  ['to a Local Zone that is not enabled', { LocalZone: ZONE }, undefined,
    `\`localZone\` (${ZONE}) is not enabled for this account. Enable it with \`aws ec2 modify-availability-zone-group --group-name us-east-1-bos-1 --opt-in-status opted-in --region us-east-1\`, ` +
    'or use another Local Zone.', { AvailabilityZones: [{ ...BOSTON, OptInStatus: 'not-opted-in' }] }],
])('a copy %s is refused', async (_title, properties, snapshots, message, ...[zones]) => {
  expect(await check(properties, snapshots, zones)).toEqual(message);
});

describe('a snapshot', () => {
  const verify = (snapshot: Snapshot, location: SnapshotLocation) => () => verifySnapshotLocation({ ImageId: 'ami-2' }, '/dev/sda', { SnapshotId: 'snap-1', ...snapshot }, location);
  const inZone: SnapshotLocation = { zone: BOSTON };
  const onOutpost: SnapshotLocation = { outpostArn: OUTPOST };

  test.each<[string, Snapshot, SnapshotLocation]>([
    ['in the Region', {}, {}],
    ['in the Region, where EC2 tells an Availability Zone', { AvailabilityZone: 'us-east-1a' }, {}],
    ['in the Region, where EC2 tells an empty Outpost', { OutpostArn: '' }, {}],
    ['in the Local Zone by its name', { AvailabilityZone: ZONE }, inZone],
    ['in the Local Zone by its ID', { AvailabilityZone: ZONE_ID }, inZone],
    ['on the Outpost', { OutpostArn: OUTPOST }, onOutpost],
  ])('%s is right', (_title, snapshot, location) => {
    expect(verify(snapshot, location)).not.toThrow();
  });

  test.each<[Snapshot, SnapshotLocation, string]>([
    [{ AvailabilityZone: ZONE }, {}, `in ${ZONE}, but should be in the Region`],
    [{ OutpostArn: OUTPOST }, {}, `on the Outpost ${OUTPOST}, but should be in the Region`],
    [{}, inZone, `in the Region, but should be in the Local Zone ${ZONE}`],
    [{ AvailabilityZone: 'us-east-1-bos-1b' }, inZone, `in us-east-1-bos-1b, but should be in the Local Zone ${ZONE}`],
    [{}, { zone: { ZoneName: ZONE } }, `in the Region, but should be in the Local Zone ${ZONE}`],
    [{}, onOutpost, `in the Region, but should be on the Outpost ${OUTPOST}`],
    [{ OutpostArn: FAR_OUTPOST }, onOutpost, `on the Outpost ${FAR_OUTPOST}, but should be on the Outpost ${OUTPOST}`],
    [{ OutpostArn: OUTPOST, AvailabilityZone: ZONE }, inZone, `on the Outpost ${OUTPOST}, but should be in the Local Zone ${ZONE}`],
  ])('%j is not where %j says', (snapshot, location, message) => {
    expect(verify(snapshot, location)).toThrow(`The snapshot snap-1 (/dev/sda) of the AMI ami-2 is ${message}. Contact AWS Support.`);
  });
});
