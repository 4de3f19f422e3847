import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import * as messages from './messages';
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
export function validateDestination(scope: Construct, destination: Destination, sourceRegion: string | undefined): void {
  const { outpostArn, localZone } = destination;
  if (outpostArn !== undefined && localZone !== undefined) {
    throw new Error(messages.twoDestinations());
  }
  if (outpostArn !== undefined) {
    validateExcludedProps(scope, destination, sourceRegion, 'outpostArn');
    if (destination.preserveEncryption) {
      throw new Error(messages.preserveEncryptionOnOutpost());
    }
    validateOutpost(scope, outpostArn);
  }
  if (localZone !== undefined) {
    validateExcludedProps(scope, destination, sourceRegion, 'localZone');
    validateLocalZone(scope, localZone);
  }
}

/** Refuses the props that neither destination allows. */
function validateExcludedProps(scope: Construct, destination: Destination, sourceRegion: string | undefined, prop: string): void {
  const { completionDuration, sourceBucket } = destination;
  const { region } = Stack.of(scope);
  if (completionDuration) {
    throw new Error(messages.completionDurationWithDestination(prop));
  }
  if (sourceBucket) {
    throw new Error(messages.sourceBucketWithDestination(prop));
  }
  if (sourceRegion !== undefined && !Token.isUnresolved(region)) {
    throw new Error(messages.sourceRegionWithDestination(prop, sourceRegion, region));
  }
}

function validateOutpost(scope: Construct, outpostArn: string): void {
  if (Token.isUnresolved(outpostArn)) {
    return;
  }
  const region = regionOfOutpost(outpostArn);
  if (region === undefined) {
    throw new Error(outpostArnError(outpostArn));
  }
  validateRegion(scope, 'outpostArn', outpostArn, region);
}

function validateLocalZone(scope: Construct, localZone: string): void {
  if (Token.isUnresolved(localZone)) {
    return;
  }
  if (!isLocalZone(localZone)) {
    throw new Error(localZoneError(localZone));
  }
  const region = regionOfLocalZone(localZone);
  if (region !== undefined) {
    validateRegion(scope, 'localZone', localZone, region);
  }
}

function validateRegion(scope: Construct, prop: string, value: string, region: string): void {
  const own = Stack.of(scope).region;
  if (!Token.isUnresolved(own) && own !== region) {
    throw new Error(messages.destinationInAnotherRegion(prop, value, region, own));
  }
}
