/**
 * The forms of the destinations of a copy besides a Region, for the constructs, which refuse other texts, and for the handler, which distinguishes the name of a
 * zone from its ID.
 */

/** The name of a Local Zone begins with its Region: `us-east-1-bos-1a`. */
const LOCAL_ZONE_NAME = /^([a-z]{2,}(?:-[a-z]+)+-\d+)-[a-z]+-\d+[a-z]$/;
/** `use1-bos1-az1`; the id of an Availability Zone is `use1-az1`. */
const LOCAL_ZONE_ID = /^[a-z]+\d+-[a-z]+\d+-az\d+$/;
const OUTPOST_ARN = /^arn:aws[a-z-]*:outposts:([a-z0-9-]+):\d{12}:outpost\/op-[0-9a-f]{17}$/;

/** Whether it is the name or the id of a Local Zone. */
export function isLocalZone(text: string): boolean {
  return LOCAL_ZONE_NAME.test(text) || isLocalZoneId(text);
}

export function isLocalZoneId(text: string): boolean {
  return LOCAL_ZONE_ID.test(text);
}

/** The Region in the name of a Local Zone; an ID does not contain it. */
export function regionOfLocalZone(name: string): string | undefined {
  return LOCAL_ZONE_NAME.exec(name)?.[1];
}

/** The Region in the ARN of an Outpost; undefined for any other text. */
export function regionOfOutpost(arn: string): string | undefined {
  return OUTPOST_ARN.exec(arn)?.[1];
}

export function outpostArnError(arn: string): string {
  return `\`outpostArn\` must be the ARN of an Outpost such as "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0", but is ${JSON.stringify(arn)}. ` +
    'Look it up with `aws outposts list-outposts`.';
}

export function localZoneError(zone: string): string {
  return `\`localZone\` must be the name or the ID of a Local Zone, such as "us-east-1-bos-1a" or "use1-bos1-az1", but is ${JSON.stringify(zone)}. ` +
    'Look it up with `aws ec2 describe-availability-zones --all-availability-zones`.';
}
