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
  return `\`${subject}\` must have an \`encryptionKey\` or \`deleteOnTermination\`, but has neither. Pass one, or remove it: volumes without either stay as they are.`;
}

export function propsOfInstanceWithCopySnapshots(props: readonly string[]): string {
  return `\`AmiBuildMethod.${AmiBuildMethod.COPY_SNAPSHOTS}\` launches no instance, but got ${props.map(prop => `\`${prop}\``).join(', ')}. ` +
    `Remove ${props.length === 1 ? 'it' : 'them'}, or use \`AmiBuildMethod.${AmiBuildMethod.LAUNCH_INSTANCE}\`.`;
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
  return '`userData` stays on the root volume of the AMI, and with everyone who gets the AMI, because it is not a shell script that a clean-up can be added to, or ' +
    'stops the instance before its end. Remove /var/lib/cloud/instances before the shutdown, and set `cleanUp: false`.';
}

export function emptyList(prop: string): string {
  return `\`${prop}\` must have at least one element, but is empty. Remove it to use the default.`;
}

export function userDataTooLong(bytes: number, max: number): string {
  return `\`userData\` must have at most ${max} bytes, but has ${bytes}. Download the rest in \`userData\`, with \`allowAllOutbound: true\`.`;
}

/** For the limits of volume types; `volume` names the type and the device. */
export function optionRequired(option: string, volume: string, range: string): string {
  return `\`${option}\` of ${volume} is required. Pass ${range}.`;
}

export function optionNotSupported(option: string, volume: string, value: number): string {
  return `\`${option}\` of ${volume} cannot be chosen, but is ${value}. Remove it, or use another volume type.`;
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
