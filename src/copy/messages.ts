import { Duration } from 'aws-cdk-lib';
import { CopyEncryption } from '../contract';

/* Messages about copies of AMIs, in the form "Problem (ids): cause. Solution." */

const ENCRYPTION_PROPS: Record<CopyEncryption, string> = {
  [CopyEncryption.KEY]: '`encryptionKey`',
  [CopyEncryption.DEFAULT_KEY]: '`useDefaultKey`',
  [CopyEncryption.PRESERVE]: '`preserveEncryption`',
};

export function notOneEncryption(chosen: readonly CopyEncryption[]): string {
  return `EncryptedAmiCopy requires exactly one of \`encryptionKey\`, \`useDefaultKey\` and \`preserveEncryption\`, but got ${chosen.map(way => ENCRYPTION_PROPS[way]).join(' and ') || 'none'}. ` +
    'Pass `encryptionKey` to encrypt every snapshot with that key, set `useDefaultKey: true` to encrypt with the account\'s default key for EBS, or set ' +
    '`preserveEncryption: true` to keep the encryption of each snapshot.';
}

export function sourceRegionIsToken(): string {
  return '`sourceRegion` must be known when the app is synthesized, but is a token. Pass the code of the Region, such as "eu-west-1".';
}

export function sourceRegionMalformed(sourceRegion: string): string {
  return `\`sourceRegion\` must be the code of a Region such as "eu-west-1", but is ${JSON.stringify(sourceRegion)}. Correct it.`;
}

export function sourceBucketWithEncryption(): string {
  return '`sourceBucket` is for AMIs that are backed by S3, which EC2 cannot encrypt. Set `preserveEncryption: true`, or use an AMI that is backed by EBS.';
}

export function completionDurationNotAllowed(duration: Duration): string {
  return `\`completionDuration\` must be 15 minutes to 48 hours in steps of 15 minutes, but is ${duration.toHumanString()}. Choose the nearest duration that EBS allows.`;
}

export function completionDurationLongerThanTimeout(duration: Duration, timeout: Duration): string {
  return `\`completionDuration\` is ${duration.toHumanString()}, but the stack waits only ${timeout.toHumanString()} for the AMI. EBS may take the whole ` +
    'completion duration, and then the deployment fails. Use a shorter `completionDuration`.';
}

export function twoDestinations(): string {
  return '`outpostArn` and `localZone` are two destinations of one copy. Remove one of them, or define a copy for each.';
}

export function preserveEncryptionOnOutpost(): string {
  return '`preserveEncryption` keeps the encryption of each snapshot, but snapshots on the Outpost of `outpostArn` are always encrypted. ' +
    'Use `encryptionKey` or `useDefaultKey` instead.';
}

/** `destination` is `outpostArn` or `localZone`. */
export function completionDurationWithDestination(destination: string): string {
  return `\`completionDuration\` is for copies to a Region, but \`${destination}\` is set too. Remove one of them.`;
}

export function sourceBucketWithDestination(destination: string): string {
  return `\`sourceBucket\` is for AMIs that are backed by S3 and have no snapshots, but \`${destination}\` is a destination of snapshots. ` +
    'Remove one of them, or use an AMI that is backed by EBS.';
}

export function sourceRegionWithDestination(destination: string, sourceRegion: string, region: string): string {
  return `\`sourceRegion\` must be the Region of the stack, ${region}, with \`${destination}\`, but is ${JSON.stringify(sourceRegion)}. ` +
    `Copy the AMI to ${region} first, and use that copy as \`sourceImage\`.`;
}

export function destinationInAnotherRegion(destination: string, value: string, destinationRegion: string, region: string): string {
  return `\`${destination}\` is ${JSON.stringify(value)}, but the stack is in ${region}. Define the copy in a stack in ${destinationRegion}.`;
}

export function snapshotsOnOutpostNotShareable(): string {
  return 'An AMI whose snapshots are on an Outpost cannot be shared with accounts, because EBS does not share such snapshots. Share the source AMI instead.';
}
