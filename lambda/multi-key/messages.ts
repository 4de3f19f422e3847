import { capitalize } from '../ami/messages';
import { awsWords, ec2Reason } from '../aws/aws-words';

/*
 * Messages about AMIs with several keys. For their form see lambda/ami/messages.ts.
 */

interface DeviceOfSource {
  readonly device: string;
  readonly imageId: string | undefined;
}

interface SnapshotOfDevice {
  readonly snapshotId: string;
  readonly device: string;
}

// labels of keys, in the middle of a sentence

export function rootKeyLabel(device?: string): string {
  return `the \`encryptionKey\` of \`rootVolume\`${device === undefined ? '' : ` for ${device}`}`;
}

export function deviceKeyLabel(device: string): string {
  return `the \`encryptionKey\` of ${device}`;
}

export function snapshotKeyLabel({ snapshotId, device }: SnapshotOfDevice): string {
  return `the key of the snapshot ${snapshotId} for ${device}`;
}

// devices

export function rootDeviceNotFound({ device, imageId, devices }: { device?: string; imageId?: string; devices: string }): string {
  return `\`rootVolume\` is the volume of the root device ${device}, but the source image ${imageId} has ${devices}. Use \`blockDevices\` instead.`;
}

export function rootDeviceExcluded({ device, imageId }: DeviceOfSource): string {
  return `The root device ${device} of ${imageId} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`;
}

export function rootDeviceGivenTwice({ device, imageId }: DeviceOfSource): string {
  return `The root device ${device} of ${imageId} is given twice, by \`rootVolume\` and by \`blockDevices\`. Remove one of them.`;
}

export function sourceDeviceNotFound({ device, imageId, devices }: DeviceOfSource & { devices: string }): string {
  return `\`blockDevices\` names ${device} as a device of the source, but the source image ${imageId} has ${devices}. Use one of these names.`;
}

export function deviceNameInUse({ device, imageId, existing }: DeviceOfSource & { existing: string }): string {
  return `The volume ${device} cannot be added: the source image ${imageId} already has ${existing}` +
    `${existing === device ? '' : ', which is another name of the same device'}. Choose another \`deviceName\`, or leave that device out of the AMI.`;
}

export function volumeSmallerThanSource({ device, size, imageId, sourceSize }: DeviceOfSource & { size: number; sourceSize: number }): string {
  return `The volume ${device} must have at least the ${sourceSize} GiB that it has in the source image ${imageId}, but \`size\` is ${size} GiB. ` +
    'Increase `size`, or remove it.';
}

// snapshots of new volumes

export function snapshotNotFound({ snapshotId, device, region }: SnapshotOfDevice & { region: string }): string {
  return `The snapshot ${snapshotId} for ${device} was not found in ${region}. Either it does not exist, or it is not shared with this account. ` +
    'Check the ID and the Region, or ask the owner to share it.';
}

export function snapshotNotCompleted({ snapshotId, device, state, reason }: SnapshotOfDevice & { state?: string; reason?: string }): string {
  return `The snapshot ${snapshotId} for ${device} is in the state ${state}, not completed. Use a snapshot that is completed.${ec2Reason(reason)}`;
}

export function volumeSmallerThanSnapshot({ device, size, snapshotId, snapshotSize }: SnapshotOfDevice & {
  size: number; snapshotSize?: number;
}): string {
  return `The volume ${device} must have at least the ${snapshotSize} GiB of its snapshot ${snapshotId}, but \`size\` is ${size} GiB. ` +
    'Increase `size`, or remove it.';
}

// sources that cannot be registered from copied snapshots

export function productCodesNotKept({ imageId, productCodes }: { imageId?: string; productCodes: string }): string {
  return `The source image ${imageId} has product codes (${productCodes}). RegisterImage does not keep them. Use \`AmiBuildMethod.LAUNCH_INSTANCE\`.`;
}

export function licenseNotKept({ imageId, platform, usageOperation }: { imageId?: string; platform?: string; usageOperation: string }): string {
  return `The source image ${imageId} has a billed license (${platform}, ${usageOperation}). RegisterImage may not keep it. ` +
    'Use `AmiBuildMethod.LAUNCH_INSTANCE`.';
}

export function uefiDataNotReadable({ imageId, ownerId }: { imageId?: string; ownerId?: string }): string {
  return `The source image ${imageId} boots with UEFI and belongs to account ${ownerId}. Only its owner can read its UEFI data (the keys of Secure Boot), ` +
    'so RegisterImage would not keep them. Use `AmiBuildMethod.LAUNCH_INSTANCE`, or first copy the image to this account and use the copy as `sourceImage`.';
}

// the AMI

export function imageInRegistration({ name }: { name: string }): string {
  return `the AMI "${name}" is being registered`;
}

export function imageNotShown({ name }: { name: string }): string {
  return `EC2 does not show the AMI "${name}" yet`;
}

export function imageAccepted({ imageId }: { imageId: string }): string {
  return `EC2 has accepted the AMI ${imageId} of the build, but does not show it`;
}

export function imageDisappeared({ imageId }: { imageId: string }): string {
  return `The AMI ${imageId} of the build disappeared: somebody deregistered it, or removed its tags, or EC2 shows another origin of it. ` +
    'Find out who in CloudTrail (DeregisterImage, DeleteTags), and deploy again.';
}

export function imagePending({ imageId, state }: { imageId?: string; state?: string }): string {
  return `the AMI ${imageId} is ${state}`;
}

export function snapshotsOfImageGone({ name }: { name: string }, error: unknown): string {
  return `EC2 does not show all snapshots of the AMI "${name}"${awsWords('EC2', error)}`;
}

export function registerImageRefused({ name }: { name: string }, error: unknown): string {
  return `EC2 does not register the AMI "${name}".${awsWords('EC2', error)}`;
}

/** `cause` and `orphanedResources` are sentences; the latter can be empty. */
export function imageFailed({ imageId, state, cause, orphanedResources, reasons }: {
  imageId?: string; state?: string; cause: string; orphanedResources: string; reasons: readonly string[];
}): string {
  return `The AMI ${imageId} is in the state ${state}. ${cause}${orphanedResources}${ec2Reason(reasons.join('; '))}`;
}

export function imageCauseUnknown(): string {
  return 'All checks of the source, its snapshots and the keys passed, so the most likely cause is a temporary EC2 failure. Deploy again.';
}

// the AMI, read back

export function devicesDiffer({ imageId, devices, expected }: { imageId?: string; devices: string; expected: string }): string {
  return `The AMI ${imageId} has the devices ${devices}, but should have ${expected}. Contact AWS Support.`;
}

export function volumeDiffers({ device, imageId, value, expected }: DeviceOfSource & { value: string; expected: string }): string {
  return `${device} of the AMI ${imageId} is a volume of ${value}, but should be one of ${expected}. Contact AWS Support.`;
}

export function requestedDeviceMissing({ label, keyArn, imageId, device }: {
  label: string; keyArn: string; imageId?: string; device?: string;
}): string {
  return `${capitalize(label)} is ${keyArn}, but the AMI ${imageId} has no device ${device}. Contact AWS Support.`;
}
