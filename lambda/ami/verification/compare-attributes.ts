import { EbsBlockDevice, Image, Instance, ProductCode, Snapshot } from '@aws-sdk/client-ec2';
import { Decision, DEVICE_ATTRIBUTES, DeviceAttribute, IMAGE_ATTRIBUTES, ImageAttribute, SNAPSHOT_LOCATION } from './attribute-table';
import { normalizeDeviceName } from '../../../src/contract/device-name';
import { isLocalZone } from '../../../src/contract/outpost-and-local-zone';

/** An attribute of an AMI that is not as expected. */
export interface Difference {
  readonly name: string;
  readonly decision: Decision;
  readonly value: unknown;
  readonly expected: unknown;
  /** The device that has the attribute; none for an attribute of the image. */
  readonly device?: string;
}

/** The expected attributes of an image. One whose key is missing is not known, and is not compared. */
export type ExpectedAttributes = { readonly [Name in ImageAttribute]?: unknown };

/** The expected attributes of a device. One that is undefined is not known, and is not compared. */
export type ExpectedDevice = Pick<EbsBlockDevice, DeviceAttribute>;

/** The expected attributes of an image that is created from another: DescribeImages returns all of them, or leaves out what an image does not have. */
export function knownAttributesOf(source: Image): ExpectedAttributes {
  return Object.fromEntries(Object.keys(IMAGE_ATTRIBUTES).map(name => [name, source[name as ImageAttribute]]));
}

/** The attributes of an image in which it differs from what is expected. */
export function compareImage(image: Image, expected: ExpectedAttributes): Difference[] {
  return (Object.keys(IMAGE_ATTRIBUTES) as ImageAttribute[]).flatMap(name => {
    if (!(name in expected) || normalizeAttribute(name, expected[name], image) === normalizeAttribute(name, image[name], image)) {
      return [];
    }
    return [{ name, decision: IMAGE_ATTRIBUTES[name], value: shownValue(image[name]), expected: shownValue(expected[name]) }];
  });
}

/** The attributes of a device in which it differs from what is expected. */
export function compareDevice(device: string, ebs: EbsBlockDevice, expected: ExpectedDevice): Difference[] {
  return (Object.keys(DEVICE_ATTRIBUTES) as DeviceAttribute[]).flatMap(name =>
    !isConfigurable(name, expected) || expected[name] === undefined || expected[name] === valueInUse(name, ebs) ? []
      : [{ name, decision: DEVICE_ATTRIBUTES[name], value: ebs[name], expected: expected[name], device }]);
}

/** The location of a snapshot that was created in the Region, or of a volume on an Outpost or in a Local Zone. */
export function compareLocation(device: string, { OutpostArn, AvailabilityZone = '' }: Snapshot, ofInstance: Instance = {}): Difference[] {
  const value = OutpostArn || (isLocalZone(AvailabilityZone) ? AvailabilityZone : undefined);
  const { OutpostArn: outpost, Placement: { AvailabilityZone: zone = '', AvailabilityZoneId: zoneId } = {} } = ofInstance;
  return value === undefined || [outpost, zone, zoneId].includes(value) ? []
    : [{ name: 'SnapshotLocation', decision: SNAPSHOT_LOCATION.other, value, expected: outpost ?? (isLocalZone(zone) ? zone : 'the Region'), device }];
}

/** A value for comparison. EC2 shows some values of one image that it leaves out of another, where both mean the same. */
function normalizeAttribute(name: ImageAttribute, value: unknown, { Architecture }: Image): unknown {
  switch (name) {
    case 'RootDeviceName':
      // RegisterImage takes only the name that the mapping has: `/dev/sda`, where the source says `/dev/sda1`
      return value === undefined ? undefined : normalizeDeviceName(value as string);
    case 'ProductCodes':
      return shownValue(value);
    case 'Platform':
      // "windows" in the answers, "Windows" in the SDK's type
      return (value as string | undefined)?.toLowerCase();
    case 'BootMode':
      return value ?? (Architecture?.startsWith('arm64') ? 'uefi' : 'legacy-bios');
    case 'PlatformDetails':
      return value ?? 'Linux/UNIX';
    case 'UsageOperation':
      return value ?? 'RunInstances';
    case 'EnaSupport':
      return value ?? false;
    default:
      return value;
  }
}

/** A value for a message: of product codes their ids. */
function shownValue(value: unknown): unknown {
  return !Array.isArray(value) ? value
    : (value as ProductCode[]).map(({ ProductCodeId }) => ProductCodeId).sort().join(', ') || undefined;
}

/** Of gp2 volumes EC2 shows IOPS that follow from the size, of volumes and not of images. */
function isConfigurable(name: DeviceAttribute, { VolumeType }: ExpectedDevice): boolean {
  return name === 'Iops' ? VolumeType === 'gp3' || VolumeType === 'io1' || VolumeType === 'io2'
    : name === 'Throughput' ? VolumeType === 'gp3' : true;
}

/** EC2 leaves the values of a gp3 volume out where RegisterImage got none: a launch uses these. Of the others, only DeleteOnTermination has a default. */
function valueInUse(name: DeviceAttribute, ebs: EbsBlockDevice): unknown {
  const byDefault = name === 'Iops' && ebs.VolumeType === 'gp3' ? 3_000 : name === 'Throughput' && ebs.VolumeType === 'gp3' ? 125 : false;
  return ebs[name] ?? byDefault;
}
