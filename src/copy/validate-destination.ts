import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { isLocalZone, localZoneError, outpostArnError, regionOfLocalZone, regionOfOutpost } from '../contract/outpost-and-local-zone';

/** The destination of a copy, if it is not the Region itself, and the props that depend on it. */
export interface Destination {
  readonly outpostArn?: string;
  readonly localZone?: string;
  readonly completionDuration?: Duration;
  readonly preserveEncryption?: boolean;
  readonly sourceBucket?: s3.IBucket;
}

/**
 * Refuses what EC2 does not copy to an Outpost or to a Local Zone; `sourceRegion` is the Region of the source if it is not the stack's own.
 *
 * See CopyImage in the Amazon EC2 API Reference.
 */
export function checkDestination(scope: Construct, destination: Destination, sourceRegion: string | undefined): void {
  const { outpostArn, localZone } = destination;
  if (outpostArn !== undefined && localZone !== undefined) {
    throw new Error('`outpostArn` and `localZone` are two destinations of one copy. Remove one of them, or define a copy for each.');
  }
  if (outpostArn !== undefined) {
    checkTogether(scope, destination, sourceRegion, '`outpostArn`');
    if (destination.preserveEncryption) {
      throw new Error(
        '`preserveEncryption` keeps the encryption of each snapshot, but snapshots on the Outpost of `outpostArn` are always encrypted. ' +
        'Use `encryptionKey` or `useDefaultKey` instead.',
      );
    }
    checkOutpost(scope, outpostArn);
  }
  if (localZone !== undefined) {
    checkTogether(scope, destination, sourceRegion, '`localZone`');
    checkLocalZone(scope, localZone);
  }
}

/** Refuses what excludes either destination. */
function checkTogether(scope: Construct, { completionDuration, sourceBucket }: Destination, sourceRegion: string | undefined, place: string): void {
  const { region } = Stack.of(scope);
  if (completionDuration) {
    throw new Error(`\`completionDuration\` is for copies to a Region, but ${place} is set too. Remove one of them.`);
  }
  if (sourceBucket) {
    throw new Error(
      `\`sourceBucket\` is for AMIs that are backed by S3 and have no snapshots, but ${place} is a destination of snapshots. Remove one of them, or use an AMI that is backed by EBS.`,
    );
  }
  if (sourceRegion !== undefined && !Token.isUnresolved(region)) {
    throw new Error(
      `\`sourceRegion\` must be the Region of the stack, ${region}, with ${place}, but is ${JSON.stringify(sourceRegion)}. ` +
      `Copy the AMI to ${region} first, and use that copy as \`sourceImage\`.`,
    );
  }
}

function checkOutpost(scope: Construct, outpostArn: string): void {
  if (Token.isUnresolved(outpostArn)) {
    return;
  }
  const region = regionOfOutpost(outpostArn);
  if (region === undefined) {
    throw new Error(outpostArnError(outpostArn));
  }
  checkRegion(scope, region, `\`outpostArn\` is ${JSON.stringify(outpostArn)}`);
}

function checkLocalZone(scope: Construct, localZone: string): void {
  if (Token.isUnresolved(localZone)) {
    return;
  }
  if (!isLocalZone(localZone)) {
    throw new Error(localZoneError(localZone));
  }
  const region = regionOfLocalZone(localZone);
  if (region !== undefined) {
    checkRegion(scope, region, `\`localZone\` is ${JSON.stringify(localZone)}`);
  }
}

function checkRegion(scope: Construct, region: string, problem: string): void {
  const own = Stack.of(scope).region;
  if (!Token.isUnresolved(own) && own !== region) {
    throw new Error(`${problem}, but the stack is in ${own}. Define the copy in a stack in ${region}.`);
  }
}
