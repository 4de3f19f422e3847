import { App, Aws, Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Destination, validateDestination } from '../../../src/copy/validate-destination';
import { newStack } from '../../helpers/stacks';

/** The Outposts and Local Zones that are refused at synth, with the props beside them. */

const OUTPOST = 'arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0';
const ZONE = 'us-east-1-bos-1a';

interface Copy extends Destination {
  /** Of the source, if it is not that of the stack. */
  readonly sourceRegion?: string;
}

const validate = (stack: Stack, { sourceRegion, ...destination }: Copy) => () => validateDestination(stack, destination, sourceRegion);
const bucket = s3.Bucket.fromBucketName(new Stack(), 'Bundles', 'bundles');
const completionDuration = Duration.minutes(15);

test.each<[string, Copy]>([
  ['none, with what only a Region allows', { sourceRegion: 'eu-west-1', completionDuration, sourceBucket: bucket, preserveEncryption: true }],
  ['an Outpost', { outpostArn: OUTPOST }],
  ['an Outpost, without preserving', { outpostArn: OUTPOST, preserveEncryption: false }],
  ['an Outpost that is known only when the stack deploys', { outpostArn: `arn:${Aws.PARTITION}:outposts:${Aws.REGION}:123456789012:outpost/op-1` }],
  ['the name of a Local Zone', { localZone: ZONE, preserveEncryption: true }],
  // which does not contain the Region
  ['the ID of a Local Zone', { localZone: 'use1-bos1-az1' }],
  ['a Local Zone that is known only when the stack deploys', { localZone: `${Aws.REGION}-bos-1a` }],
])('allowed: %s', (_title, copy) => {
  expect(validate(newStack(), copy)).not.toThrow();
});

test.each<[string, Copy]>([
  ['an Outpost of any Region', { outpostArn: OUTPOST.replace('us-east-1', 'eu-west-1') }],
  ['a Local Zone of any Region', { localZone: 'eu-central-1-ist-1a' }],
  ['a source Region, which can be that of the stack', { outpostArn: OUTPOST, sourceRegion: 'us-east-1' }],
])('allowed where the Region of the stack is known only when it deploys: %s', (_title, copy) => {
  expect(validate(new Stack(new App(), 'Images'), copy)).not.toThrow();
});

test.each<[Copy, string]>([
  [{ outpostArn: OUTPOST, localZone: ZONE }, '`outpostArn` and `localZone` are two destinations of one copy. Remove one of them, or define a copy for each.'],
  [{ outpostArn: OUTPOST, completionDuration }, '`completionDuration` is for copies to a Region, but `outpostArn` is set too. Remove one of them.'],
  [{ localZone: ZONE, completionDuration }, '`completionDuration` is for copies to a Region, but `localZone` is set too.'],
  [{ outpostArn: OUTPOST, sourceRegion: 'eu-west-1' }, '`sourceRegion` must be the Region of the stack, us-east-1, with `outpostArn`, but is "eu-west-1". Copy the AMI to us-east-1 first, and use that copy as `sourceImage`.'],
  [{ localZone: ZONE, sourceRegion: 'eu-west-1' }, '`sourceRegion` must be the Region of the stack, us-east-1, with `localZone`, but is "eu-west-1".'],
  [{ outpostArn: OUTPOST, preserveEncryption: true }, '`preserveEncryption` keeps the encryption of each snapshot, but snapshots on the Outpost of `outpostArn` are always encrypted. Use `encryptionKey` or `useDefaultKey` instead.'],
  [{ outpostArn: '' }, '`outpostArn` must be the ARN of an Outpost such as'],
  [{ outpostArn: 'op-0123456789abcdef0' }, '`outpostArn` must be the ARN of an Outpost such as "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0", but is "op-0123456789abcdef0". Look it up with `aws outposts list-outposts`.'],
  [{ outpostArn: OUTPOST.replace('us-east-1', 'eu-west-1') }, '`outpostArn` is "arn:aws:outposts:eu-west-1:123456789012:outpost/op-0123456789abcdef0", but the stack is in us-east-1. Define the copy in a stack in eu-west-1.'],
  [{ localZone: 'us-east-1a' }, '`localZone` must be the name or the ID of a Local Zone, such as "us-east-1-bos-1a" or "use1-bos1-az1", but is "us-east-1a". Look it up with `aws ec2 describe-availability-zones --all-availability-zones`.'],
  [{ localZone: 'use1-az1' }, 'but is "use1-az1"'],
  [{ localZone: 'us-east-1-wl1-bos-wlz-1' }, 'but is "us-east-1-wl1-bos-wlz-1"'],
  [{ localZone: '' }, 'but is ""'],
  [{ localZone: 'eu-central-1-ist-1a' }, '`localZone` is "eu-central-1-ist-1a", but the stack is in us-east-1. Define the copy in a stack in eu-central-1.'],
  ...['outpostArn', 'localZone'].map((destination): [Copy, string] => [
    { [destination]: destination === 'outpostArn' ? OUTPOST : ZONE, sourceBucket: bucket },
    `\`sourceBucket\` is for AMIs that are backed by S3 and have no snapshots, but \`${destination}\` is a destination of snapshots. Remove one of them, or use an AMI that is backed by EBS.`,
  ]),
])('refused: %#', (copy, sentence) => {
  expect(validate(newStack(), copy)).toThrow(sentence);
});
