import { AvailabilityZone, CopyImageCommandInput, DescribeAvailabilityZonesCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { isLocalZone, isLocalZoneId, localZoneError, outpostArnError, regionOfOutpost } from '../../src/contract/outpost-and-local-zone';
import { AwsClients } from '../aws/clients';
import { DeploymentError } from '../outcomes';
import { isCrossRegionCopy } from './copy-request';
import { SourceImage } from '../ami/describe-source-image';

/** What CopyImage is told of where the copy goes: nothing, if it goes into the Region. */
export function destinationOf({ OutpostArn, LocalZone }: EncryptedAmiCopyProperties): Partial<CopyImageCommandInput> {
  if (LocalZone !== undefined) {
    return isLocalZoneId(LocalZone) ? { DestinationAvailabilityZoneId: LocalZone } : { DestinationAvailabilityZone: LocalZone };
  }
  return { DestinationOutpostArn: OutpostArn };
}

/** How a sentence speaks of the place; none is the Region. */
export function destinationLabel({ OutpostArn, LocalZone }: EncryptedAmiCopyProperties): string | undefined {
  return LocalZone !== undefined ? `the Local Zone ${LocalZone}` : OutpostArn !== undefined ? `the Outpost ${OutpostArn}` : undefined;
}

/**
 * That EC2 copies from where the source is to where the copy goes. What is written in the template was checked when it was synthesized; what was
 * known only now, and where the snapshots are, is checked here.
 *
 * @see the page "CopyImage" in the Amazon EC2 API Reference
 */
export async function checkDestination(aws: AwsClients, properties: EncryptedAmiCopyProperties, source: SourceImage): Promise<void> {
  checkSourceLocation(aws, properties, source);
  const { OutpostArn, LocalZone, SourceRegion } = properties;
  const place = destinationLabel(properties);
  if (place === undefined) {
    return;
  }
  if (isCrossRegionCopy(aws, properties)) {
    throw new DeploymentError(
      `the source image ${source.image.ImageId} is in ${SourceRegion}, but to ${place} EC2 copies within its Region only: copy the image to ${aws.region} first, ` +
      'and give that copy as source',
    );
  }
  if (source.devices.length === 0) {
    throw new DeploymentError(`the source image ${source.image.ImageId} is backed by S3, and has no snapshots to copy to ${place}: use an image backed by EBS`);
  }
  if (OutpostArn !== undefined) {
    checkOutpost(aws, OutpostArn);
  }
  if (LocalZone !== undefined) {
    await findZone(aws, LocalZone);
  }
}

/** Nothing is copied out of an Outpost, and what is in a Local Zone not everywhere. */
function checkSourceLocation(aws: AwsClients, properties: EncryptedAmiCopyProperties, { devices }: SourceImage): void {
  const { OutpostArn, SourceRegion, CompletionDurationMinutes } = properties;
  for (const { name, snapshot: { SnapshotId, OutpostArn: outpost, AvailabilityZone: zone } } of devices) {
    const subject = `the source's snapshot ${SnapshotId} (${name})`;
    if (outpost) {
      throw new DeploymentError(`${subject} is on the Outpost ${outpost}, and EC2 copies nothing out of an Outpost: use an image whose snapshots are in the Region`);
    }
    if (!zone || !isLocalZone(zone)) {
      continue;
    }
    if (OutpostArn !== undefined) {
      throw new DeploymentError(
        `${subject} is in the Local Zone ${zone}, from which EC2 does not copy to an Outpost: copy the image to ${aws.region} first, and give that copy as source`,
      );
    }
    if (isCrossRegionCopy(aws, properties)) {
      throw new DeploymentError(
        `${subject} is in the Local Zone ${zone}, from which EC2 copies within its Region only: copy the image to ${SourceRegion} first, and give that copy as source`,
      );
    }
    if (CompletionDurationMinutes !== undefined) {
      throw new DeploymentError(`${subject} is in the Local Zone ${zone}, from which EBS makes no copies in a given time: leave completionDuration out`);
    }
  }
}

function checkOutpost(aws: AwsClients, arn: string): void {
  const region = regionOfOutpost(arn);
  if (region === undefined) {
    throw new DeploymentError(outpostArnError(arn));
  }
  if (region !== aws.region) {
    throw new DeploymentError(`outpostArn, ${arn}, is of the Region ${region}, but the image is made in ${aws.region}: define the copy in a stack of ${region}`);
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
    throw new DeploymentError(`localZone, ${localZone}, does not exist in ${aws.region}: use a Local Zone of ${aws.region}, or define the copy in a stack of the zone's Region`);
  }
  if (zone.OptInStatus === 'not-opted-in') {
    throw new DeploymentError(
      `localZone, ${localZone}, is not enabled for this account: enable it (aws ec2 modify-availability-zone-group --group-name ${zone.GroupName} ` +
      '--opt-in-status opted-in), or use another',
    );
  }
  return zone;
}

/** Where every snapshot is to be; nothing of it is the Region. */
export interface SnapshotLocation {
  readonly outpostArn?: string;
  readonly zone?: AvailabilityZone;
}

/** That a snapshot is where it was to go. Whether EC2 shows a zone by its name or by its id is not documented, so either will do. */
export function verifySnapshotLocation(image: Image, device: string, snapshot: Snapshot, { outpostArn, zone }: SnapshotLocation): void {
  const { SnapshotId, OutpostArn, AvailabilityZone: shown } = snapshot;
  const inZone = zone === undefined || shown !== undefined && [zone.ZoneName, zone.ZoneId].includes(shown);
  if (inZone && (outpostArn === undefined || OutpostArn === outpostArn)) {
    return;
  }
  throw new DeploymentError(
    `the snapshot ${SnapshotId} (${device}) of the image ${image.ImageId} is ${OutpostArn ? `on the Outpost ${OutpostArn}` : shown ? `in ${shown}` : 'in the Region'}, ` +
    `but should be ${zone ? `in the Local Zone ${zone.ZoneName}` : `on the Outpost ${outpostArn}`}: tell AWS support`,
  );
}
