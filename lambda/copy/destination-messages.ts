/*
 * Messages about copies to and from Outposts and Local Zones.
 */

interface SourceSnapshot {
  readonly snapshotId?: string;
  readonly device: string;
}

interface Location {
  readonly outpost?: string;
  readonly zone?: string;
}

export function nameOfLocalZone(zone: string): string {
  return `the Local Zone ${zone}`;
}

export function nameOfOutpost(arn: string): string {
  return `the Outpost ${arn}`;
}

function copyFirstTo(region: string): string {
  return `Copy the image to ${region} first, and set \`sourceImage\` to that copy.`;
}

export function onlyWithinRegion({ imageId, sourceRegion, destination, region }: {
  imageId?: string; sourceRegion?: string; destination: string; region: string;
}): string {
  return `The source image ${imageId} is in ${sourceRegion}, but EC2 copies to ${destination} only within its Region. ${copyFirstTo(region)}`;
}

export function instanceStoreNotToDestination({ imageId, destination }: { imageId?: string; destination: string }): string {
  return `The source image ${imageId} is backed by S3 and has no snapshots, so EC2 cannot copy it to ${destination}. Use an image that is backed by EBS.`;
}

export function snapshotOnOutpost({ snapshotId, device, outpost }: SourceSnapshot & { outpost: string }): string {
  return `The source snapshot ${snapshotId} (${device}) is on the Outpost ${outpost}, and EC2 does not copy from an Outpost. Use an image whose snapshots are in the Region.`;
}

export function localZoneNotToOutpost({ snapshotId, device, zone, region }: SourceSnapshot & { zone: string; region: string }): string {
  return `The source snapshot ${snapshotId} (${device}) is in the Local Zone ${zone}, and EC2 does not copy from a Local Zone to an Outpost. ${copyFirstTo(region)}`;
}

export function localZoneNotToOtherRegion({ snapshotId, device, zone, region }: SourceSnapshot & { zone: string; region: string }): string {
  return `The source snapshot ${snapshotId} (${device}) is in the Local Zone ${zone}, and EC2 copies from a Local Zone only within its Region. ${copyFirstTo(region)}`;
}

export function localZoneNotTimed({ snapshotId, device, zone }: SourceSnapshot & { zone: string }): string {
  return `The source snapshot ${snapshotId} (${device}) is in the Local Zone ${zone}, and EBS has no time-based copies from a Local Zone. Remove \`completionDuration\`.`;
}

export function outpostInOtherRegion({ arn, outpostRegion, region }: { arn: string; outpostRegion: string; region: string }): string {
  return `\`outpostArn\` (${arn}) is an Outpost of ${outpostRegion}, but the AMI is created in ${region}. Define the copy in a stack in ${outpostRegion}.`;
}

export function localZoneNotFound({ localZone, region }: { localZone: string; region: string }): string {
  return `\`localZone\` (${localZone}) does not exist in ${region}. Use a Local Zone of ${region}, or define the copy in a stack in the Region of the zone.`;
}

export function localZoneNotEnabled({ localZone, groupName, region }: { localZone: string; groupName?: string; region: string }): string {
  return `\`localZone\` (${localZone}) is not enabled for this account. Enable it with ` +
    `\`aws ec2 modify-availability-zone-group --group-name ${groupName} --opt-in-status opted-in --region ${region}\`, or use another Local Zone.`;
}

export function snapshotElsewhere({ imageId, snapshotId, device, actual, expected }: SourceSnapshot & {
  imageId?: string; actual: Location; expected: Location;
}): string {
  const where = actual.outpost ? `on the Outpost ${actual.outpost}` : actual.zone ? `in ${actual.zone}` : 'in the Region';
  return `The snapshot ${snapshotId} (${device}) of the AMI ${imageId} is ${where}, ` +
    `but should be ${expected.zone ? `in the Local Zone ${expected.zone}` : expected.outpost ? `on the Outpost ${expected.outpost}` : 'in the Region'}. Contact AWS Support.`;
}

/** CopyImage has refused the destination. */
export function checkOutpostHint(): string {
  return 'Check that it is an Outpost of this account, or is shared with it, that it is connected, and that it has S3 on Outposts.';
}

export function checkLocalZoneHint(): string {
  return 'Check that the zone supports local snapshots, and copies from the location of the source: some zones accept copies only from their Region, or from zones of their group.';
}
