import { Duration } from 'aws-cdk-lib';
import { EXAMPLE_IMAGE_ID } from '../contract/image-id';

/* Messages about properties that every AMI has, in the form "Problem (ids): cause. Solution." */

export function baseClassCreatesNothing(): string {
  return 'AmiBase creates no AMI by itself. Use EncryptedAmiCopy, MultiKeyAmiBuilder or InstanceAmi.';
}

export function nameAndPrefix(): string {
  return '`imageName` is the whole name of the AMI, but `imageNamePrefix` is set too. Remove one of them.';
}

/** For `timeout` and `userDataTimeout`. */
export function timeoutOutOfRange(prop: string, timeout: Duration): string {
  return `\`${prop}\` must be 1 minute to 1 hour, but is ${timeout.toHumanString()}: CloudFormation waits at most an hour for a custom resource. Choose a duration in this range.`;
}

/** For `timeout` and `userDataTimeout`. */
export function timeoutNotWhole(prop: string, timeout: Duration): string {
  return `\`${prop}\` must be a whole number of seconds, but is ${timeout.toMilliseconds({ integral: false })} milliseconds. Use Duration.seconds() or Duration.minutes().`;
}

export function removalPolicySnapshot(): string {
  return '`removalPolicy` must be RemovalPolicy.DESTROY, RETAIN or RETAIN_ON_UPDATE_OR_DELETE, but is RemovalPolicy.SNAPSHOT, which CloudFormation supports for volumes and databases ' +
    'only. Use RemovalPolicy.RETAIN, which keeps the AMI with its snapshots.';
}

export function imageNameTwice({ imageName, path }: { imageName: string; path: string }): string {
  return `\`imageName\` is ${quote(imageName)}, and ${path} has the same, but EC2 requires unique names. Choose another one, or use \`imageNamePrefix\`.`;
}

export function sourceImageResolvedByLaunch(imageId: string): string {
  return `\`sourceImage\` must have an ID that is known when the stack deploys, but ${quote(imageId)} is resolved only by a launch. ` +
    'Use MachineImage.fromSsmParameter(), which CloudFormation resolves.';
}

export function sourceImageIdMalformed(imageId: string): string {
  return `\`sourceImage\` must have an ID such as "${EXAMPLE_IMAGE_ID}", but has ${quote(imageId)}. Check where the ID comes from.`;
}

export function sourceImageUnknownAtSynthesis(sourceRegion: string): string {
  return `\`sourceImage\` must be known when the app is synthesized, because \`sourceRegion\` is ${sourceRegion} and CloudFormation looks up SSM parameters only in ` +
    'the Region of the stack. Set `cachedInContext: true`, or pass the ID with MachineImage.genericLinux().';
}

export function deviceNameNotAllowed(deviceName: string, windows: boolean): string {
  return `\`deviceName\` must be a device name of EC2, but is ${quote(deviceName)}. Use ` +
    (windows ? 'xvdb to xvdz, or xvdba to xvddx (on Windows).' : '/dev/sdf to /dev/sdp, which are free on every instance type.');
}

export function deviceNamedTwice(deviceName: string, other: string): string {
  return `\`blockDevices\` has ${other} and ${deviceName}${other === deviceName ? '' : ', which are two names of one device'}. ` +
    'Give one of them another `deviceName`, or remove it.';
}

export function tooManyTags(count: number, max: number): string {
  return `An AMI can have ${max} tags of yours, because EC2 allows 50 and ten are reserved for this library, but got ${count}. Exclude some with Tags.of(...).remove(...).`;
}

export function tagKeyReserved(key: string, prefix: string, owner: string): string {
  return `The tag key ${quote(key)} begins with ${quote(prefix)}, which is reserved for ${owner}. Choose another key.`;
}

export function tagKeyEmpty(value: string): string {
  return `A tag key must have at least one character, but that of the value ${quote(value)} is empty. Pass a key.`;
}

export function tagKeyTooLong(key: string, max: number): string {
  return `A tag key can have ${max} characters, but ${quote(key)} has ${key.length}. Shorten it.`;
}

export function tagValueTooLong(key: string, length: number, max: number): string {
  return `A tag value can have ${max} characters, but that of ${quote(key)} has ${length}. Shorten it.`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

export function imageNameCollides({ imageName }: { readonly imageName: string }): string {
  return `The AMI is replaced when its source changes, and then the name "${imageName}" is still in use: CloudFormation creates the new AMI before it deletes the old one, ` +
    'and EC2 requires unique names. Use `imageNamePrefix`, or change `imageName` together with each replacement.';
}
