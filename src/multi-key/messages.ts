import { Size, SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import { AmiBuildMethod } from '../contract';

/* Messages about AMIs with several keys, in the form "Problem (ids): cause. Solution." */

export function nothingToChange(): string {
  return 'MultiKeyAmiBuilder requires `rootVolume` or `blockDevices`, but got neither. To encrypt all snapshots with one key, use EncryptedAmiCopy.';
}

export function volumeOrNoMapping(deviceName: string, got: 'neither' | 'both'): string {
  return `\`blockDevices\` must have either a \`volume\` or \`mappingEnabled: false\` for ${deviceName}, but has ${got}. ` +
    'Choose one, or remove the entry: devices without an entry stay as they are.';
}

/** `subject` is the property or the call that describes the volume. */
export function sourceVolumeUnchanged(subject: string): string {
  return `\`${subject}\` must have at least one option, but has none. Pass one, or remove it: volumes without options stay as they are.`;
}

export function propsOfInstanceWithCopySnapshots(props: readonly string[]): string {
  return `\`AmiBuildMethod.${AmiBuildMethod.COPY_SNAPSHOTS}\` launches no instance, but got ${props.map(prop => `\`${prop}\``).join(', ')}. ` +
    `Remove ${props.length === 1 ? 'it' : 'them'}, or use \`AmiBuildMethod.${AmiBuildMethod.LAUNCH_INSTANCE}\`.`;
}

/** The handler refuses more licenses, which synthesis does not know. */
export function copySnapshotsOfWindows(): string {
  return `\`AmiBuildMethod.${AmiBuildMethod.COPY_SNAPSHOTS}\` registers the AMI from snapshots, which may not keep its license, but \`sourceImage\` is an AMI of Windows. ` +
    `Use \`AmiBuildMethod.${AmiBuildMethod.LAUNCH_INSTANCE}\`.`;
}

export function vpcMissing(prop: string): string {
  return `\`${prop}\` requires \`vpc\`, but got none. Pass the VPC that ${prop === 'vpcSubnets' ? 'the subnets' : 'the security groups'} belong to.`;
}

export function userDataMissing(prop: string): string {
  return `\`${prop}\` requires \`userData\`, but got none. Pass it, or remove \`${prop}\`.`;
}

export function cleanUpNotPossible(): string {
  return '`cleanUp` requires `userData` that is a shell script of Linux, such as UserData.forLinux(), but got something else. Clean up in `userData`, and remove `cleanUp`.';
}

export function userDataNotCleanedUp(): string {
  return '`userData` stays on the root volume of the AMI, and with everyone who gets the AMI, because it is not a shell script that a clean-up can be added to. ' +
    'Remove /var/lib/cloud/instances before the shutdown, and set `cleanUp: false`.';
}

export function userDataShutsDown(): string {
  return '`userData` has a shutdown before its end, which fails on the builder instance: what follows would be missing in the AMI. ' +
    'Let the script end there with `exit 0`; the construct adds the shutdown.';
}

// file systems

function volumesOf(deviceNames: readonly string[]): string {
  return deviceNames.length === 1 ? `the volume ${deviceNames[0]}` : `the volumes ${deviceNames.join(', ')}`;
}

export function fileSystemsWithCopySnapshots(deviceNames: readonly string[]): string {
  return `\`fileSystem\` of ${volumesOf(deviceNames)} requires an instance, but \`AmiBuildMethod.${AmiBuildMethod.COPY_SNAPSHOTS}\` launches none. ` +
    `Remove \`fileSystem\`, or use \`AmiBuildMethod.${AmiBuildMethod.LAUNCH_INSTANCE}\`.`;
}

export function fileSystemsOnlyOnLinux(deviceNames: readonly string[]): string {
  return `\`fileSystem\` of ${volumesOf(deviceNames)} requires a source AMI of Linux, but got another operating system. ` +
    'Remove it, and format the volumes in `userData`, as NTFS for Windows.';
}

export function fileSystemsOnBottlerocket(deviceNames: readonly string[]): string {
  return `\`fileSystem\` of ${volumesOf(deviceNames)} requires a source AMI that runs shell scripts, but Bottlerocket runs none. ` +
    'Remove it, or use another `sourceImage`.';
}

export function fileSystemsWithOtherUserData(): string {
  return '`fileSystem` requires `userData` that is a shell script of Linux, such as UserData.forLinux(), but got something else. Use a shell script, or remove `userData`.';
}

export function volumeOptionMissing(option: string, deviceName: string, required: string): string {
  return `\`${option}\` of the volume ${deviceName} requires \`${required}\`, but got none. Pass it, or remove \`${option}\`.`;
}

export function labelNotAllowed(label: string, deviceName: string, maxLength: number): string {
  return `\`label\` of the volume ${deviceName} must have at most ${maxLength} letters, digits, dots, underscores and hyphens, but is "${label}". Choose another.`;
}

export function mountPointNotAllowed(mountPoint: string, deviceName: string): string {
  return `\`mountPoint\` of the volume ${deviceName} must be an absolute path without spaces that is no directory of the operating system, but is "${mountPoint}". ` +
    'Choose another, such as "/data".';
}

export function mountOptionNotAllowed(option: string, deviceName: string): string {
  return `\`mountOptions\` of the volume ${deviceName} must have one option in each element, without spaces and commas, but has "${option}". Correct it.`;
}

export function fileSystemOptionTwice(option: string, value: string, deviceName: string, other: string): string {
  return `\`${option}\` must be different for each volume, but is "${value}" for ${deviceName} and for ${other}. Choose another for one of them.`;
}

export function emptyList(prop: string): string {
  return `\`${prop}\` must have at least one element, but is empty. Remove it to use the default.`;
}

export function userDataTooLong(bytes: number, max: number): string {
  return `\`userData\` must have at most ${max} bytes, but has ${bytes} with the commands of the construct. Download the rest in \`userData\`, with \`allowAllOutbound: true\`.`;
}

/** For the limits of volume types; `volume` names the type and the device. */
export function optionRequired(option: string, volume: string, range: string): string {
  return `\`${option}\` of ${volume} is required. Pass ${range}.`;
}

/** EBS allocates GiB. */
export function sizeNotWhole(volume: string, size: Size): string {
  return `\`size\` of ${volume} must be a whole number of GiB, but is ${size.toMebibytes({ rounding: SizeRoundingBehavior.NONE })} MiB. Use Size.gibibytes().`;
}

export function optionNotSupported(option: string, volume: string, value: number): string {
  return `\`${option}\` of ${volume} cannot be chosen, but is ${Token.isUnresolved(value) ? 'a token' : value}. Remove it, or use another volume type.`;
}

export function optionOutOfRange(option: string, volume: string, value: number, range: string): string {
  return `\`${option}\` of ${volume} must be a whole number of ${range}, but is ${value}. Choose a number in this range, or use another volume type.`;
}

export function tooManyIopsPerGibibyte(volume: string, iops: number, sizeGibibytes: number, maxPerGibibyte: number): string {
  return `\`iops\` of ${volume} must be at most ${maxPerGibibyte} per GiB, but is ${iops} for ${sizeGibibytes} GiB. Lower it, or increase \`size\`.`;
}

export function tooMuchThroughput(volume: string, throughput: number, iops: number): string {
  return `\`throughput\` of ${volume} must be at most a quarter of its IOPS in MiB/s, but is ${throughput} for ${iops} IOPS. Lower it, or increase \`iops\`.`;
}
