import { AvailabilityZone, CopyImageCommandInput, DescribeAvailabilityZonesCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { isCrossRegionCopy } from './copy-request';
import {
  instanceStoreNotToDestination, localZoneNotEnabled, localZoneNotFound, localZoneNotTimed, localZoneNotToOtherRegion, localZoneNotToOutpost,
  nameOfLocalZone, nameOfOutpost, onlyWithinRegion, outpostInOtherRegion, snapshotElsewhere, snapshotOnOutpost,
} from './destination-messages';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { isLocalZone, isLocalZoneId, localZoneError, outpostArnError, regionOfOutpost } from '../../src/contract/outpost-and-local-zone';
import { SourceImage } from '../ami/describe-source-image';
import { AwsClients } from '../aws/clients';
import { DeploymentError } from '../outcomes';

/** The parameters of CopyImage for the destination: none for the Region. */
export function destinationOf({ OutpostArn, LocalZone }: EncryptedAmiCopyProperties): Partial<CopyImageCommandInput> {
  if (LocalZone !== undefined) {
    return isLocalZoneId(LocalZone) ? { DestinationAvailabilityZoneId: LocalZone } : { DestinationAvailabilityZone: LocalZone };
  }
  return { DestinationOutpostArn: OutpostArn };
}

/** The name of the destination in messages; none for the Region. */
export function destinationLabel({ OutpostArn, LocalZone }: EncryptedAmiCopyProperties): string | undefined {
  return LocalZone !== undefined ? nameOfLocalZone(LocalZone) : OutpostArn !== undefined ? nameOfOutpost(OutpostArn) : undefined;
}

/**
 * Checks that EC2 copies from the location of the source to the destination. Literals were checked at synth; tokens, and the location of the snapshots,
 * are checked here.
 *
 * @see the page "CopyImage" in the Amazon EC2 API Reference
 */
export async function checkDestination(aws: AwsClients, properties: EncryptedAmiCopyProperties, source: SourceImage): Promise<void> {
  checkSourceLocation(aws, properties, source);
  const { OutpostArn, LocalZone, SourceRegion } = properties;
  const destination = destinationLabel(properties);
  if (destination === undefined) {
    return;
  }
  if (isCrossRegionCopy(aws, properties)) {
    throw new DeploymentError(onlyWithinRegion({ imageId: source.image.ImageId, sourceRegion: SourceRegion, destination, region: aws.region }));
  }
  if (source.devices.length === 0) {
    throw new DeploymentError(instanceStoreNotToDestination({ imageId: source.image.ImageId, destination }));
  }
  if (OutpostArn !== undefined) {
    checkOutpost(aws, OutpostArn);
  }
  if (LocalZone !== undefined) {
    await findZone(aws, LocalZone);
  }
}

/** EC2 copies nothing out of an Outpost, and snapshots in a Local Zone to some destinations only. */
function checkSourceLocation(aws: AwsClients, properties: EncryptedAmiCopyProperties, { devices }: SourceImage): void {
  const { OutpostArn, SourceRegion, CompletionDurationMinutes } = properties;
  for (const { name: device, snapshot: { SnapshotId: snapshotId, OutpostArn: outpost, AvailabilityZone: zone = '' } } of devices) {
    if (outpost) {
      throw new DeploymentError(snapshotOnOutpost({ snapshotId, device, outpost }));
    }
    if (!isLocalZone(zone)) {
      continue;
    }
    if (OutpostArn !== undefined) {
      throw new DeploymentError(localZoneNotToOutpost({ snapshotId, device, zone, region: aws.region }));
    }
    if (isCrossRegionCopy(aws, properties)) {
      throw new DeploymentError(localZoneNotToOtherRegion({ snapshotId, device, zone, region: SourceRegion! }));
    }
    if (CompletionDurationMinutes !== undefined) {
      throw new DeploymentError(localZoneNotTimed({ snapshotId, device, zone }));
    }
  }
}

function checkOutpost(aws: AwsClients, arn: string): void {
  const region = regionOfOutpost(arn);
  if (region === undefined) {
    throw new DeploymentError(outpostArnError(arn));
  }
  if (region !== aws.region) {
    throw new DeploymentError(outpostInOtherRegion({ arn, outpostRegion: region, region: aws.region }));
  }
}

/** A Local Zone of the Region by its name or its id, with both. An account has to enable a zone before it can use it. */
export async function findZone(aws: AwsClients, localZone: string): Promise<AvailabilityZone> {
  if (!isLocalZone(localZone)) {
    throw new DeploymentError(localZoneError(localZone));
  }
  const { AvailabilityZones } = await aws.ec2.send(new DescribeAvailabilityZonesCommand({
    AllAvailabilityZones: true, Filters: [{ Name: isLocalZoneId(localZone) ? 'zone-id' : 'zone-name', Values: [localZone] }],
  }));
  const [zone] = AvailabilityZones ?? [];
  if (!zone) {
    throw new DeploymentError(localZoneNotFound({ localZone, region: aws.region }));
  }
  if (zone.OptInStatus === 'not-opted-in') {
    throw new DeploymentError(localZoneNotEnabled({ localZone, groupName: zone.GroupName, region: aws.region }));
  }
  return zone;
}

/** The location that every snapshot must have; without both, the Region. */
export interface SnapshotLocation {
  readonly outpostArn?: string;
  readonly zone?: AvailabilityZone;
}

/** Checks the location of a snapshot. Whether EC2 returns the name or the ID of a zone is not documented, so both are accepted. */
export function verifySnapshotLocation(image: Image, device: string, snapshot: Snapshot, { outpostArn, zone }: SnapshotLocation): void {
  const { SnapshotId, OutpostArn, AvailabilityZone: shown = '' } = snapshot;
  const inZone = zone === undefined ? !isLocalZone(shown) : [zone.ZoneName, zone.ZoneId].includes(shown);
  if (inZone && (OutpostArn || undefined) === outpostArn) {
    return;
  }
  throw new DeploymentError(snapshotElsewhere({
    imageId: image.ImageId,
    snapshotId: SnapshotId,
    device,
    actual: { outpost: OutpostArn, zone: shown },
    expected: { outpost: outpostArn, zone: zone?.ZoneName },
  }));
}
