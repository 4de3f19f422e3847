import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { isLocalZone, localZoneError, outpostArnError, regionOfLocalZone, regionOfOutpost } from '../contract/outpost-and-local-zone';

/** Where a copy goes, if not into the Region itself, and what is asked of it that depends on the place. */
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
 * @see the page "CopyImage" in the Amazon EC2 API Reference
 */
export function checkDestination(scope: Construct, destination: Destination, sourceRegion: string | undefined): void {
  const { outpostArn, localZone } = destination;
  if (outpostArn !== undefined && localZone !== undefined) {
    throw new Error('outpostArn is where the copy goes, got a localZone as well: leave out one of the two, or define a copy for each');
  }
  if (outpostArn !== undefined) {
    checkTogether(scope, destination, sourceRegion, 'an outpostArn');
    if (destination.preserveEncryption) {
      throw new Error(
        'preserveEncryption copies the encryption of each snapshot as it is, got an outpostArn as well, and what is on an Outpost is always encrypted: ' +
        'leave preserveEncryption out',
      );
    }
    checkOutpost(scope, outpostArn);
  }
  if (localZone !== undefined) {
    checkTogether(scope, destination, sourceRegion, 'a localZone');
    checkLocalZone(scope, localZone);
  }
}

/** What goes with neither place. */
function checkTogether(scope: Construct, { completionDuration, sourceBucket }: Destination, sourceRegion: string | undefined, place: string): void {
  const { region } = Stack.of(scope);
  if (completionDuration) {
    throw new Error(`completionDuration is for copies to a Region, got ${place} as well, where EBS makes no copies in a given time: leave completionDuration out`);
  }
  if (sourceBucket) {
    throw new Error(
      `sourceBucket is for images that are backed by S3, got ${place} as well, where snapshots go and such images have none: leave out one of the two, or use an image backed by EBS`,
    );
  }
  if (sourceRegion !== undefined && !Token.isUnresolved(region)) {
    throw new Error(
      `sourceRegion must be the Region of the stack, ${region}, with ${place}, got ${JSON.stringify(sourceRegion)}: ` +
      `copy the image to ${region} first, and give that copy as source`,
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
  checkRegion(scope, region, `outpostArn must be of an Outpost of the Region of the stack, got ${JSON.stringify(outpostArn)}`);
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
    checkRegion(scope, region, `localZone must be a Local Zone of the Region of the stack, got ${JSON.stringify(localZone)}`);
  }
}

function checkRegion(scope: Construct, region: string, problem: string): void {
  const own = Stack.of(scope).region;
  if (!Token.isUnresolved(own) && own !== region) {
    throw new Error(`${problem} in a stack of ${own}: define the copy in a stack of ${region}`);
  }
}
