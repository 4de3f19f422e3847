/*
 * Partitions of AWS, for the constructs and for the handler: the Region of a stack can be a token.
 */

/** By the beginnings of their Regions: the page "AWS Regions" of the AWS Global Infrastructure documentation. */
const PARTITIONS: readonly [RegExp, string][] = [
  [/^cn-/, 'aws-cn'],
  [/^us-gov-/, 'aws-us-gov'],
  [/^us-iso-/, 'aws-iso'],
  [/^us-isob-/, 'aws-iso-b'],
  [/^eu-isoe-/, 'aws-iso-e'],
  [/^us-isof-/, 'aws-iso-f'],
  [/^eusc-/, 'aws-eusc'],
];

function partitionOf(region: string): string {
  return PARTITIONS.find(([regions]) => regions.test(region))?.[1] ?? 'aws';
}

/** The error of a source Region for a stack in a Region; undefined if both are in one partition. */
export function sourcePartitionError(sourceRegion: string, region: string): string | undefined {
  const [ofSource, own] = [partitionOf(sourceRegion), partitionOf(region)];
  return ofSource === own ? undefined
    : `\`sourceRegion\` must be in the partition of the stack, ${own} (${region}), but is ${sourceRegion} in the partition ${ofSource}. ` +
      `EC2 copies no AMIs between partitions. Store the AMI in S3 with \`aws ec2 create-store-image-task --region ${sourceRegion}\`, move the object, and restore ` +
      `it with \`aws ec2 create-restore-image-task --region ${region}\`.`;
}
