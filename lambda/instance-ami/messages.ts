import { awsWords, ec2Reason } from '../aws/aws-words';

/*
 * Messages about AMIs of instances. For their form see lambda/ami/messages.ts.
 */

interface SourceInstance {
  readonly instanceId: string | undefined;
}

interface AmiOfInstance extends SourceInstance {
  readonly imageId: string | undefined;
}

// reasons to wait

export function instanceNotShown({ instanceId }: SourceInstance): string {
  return `EC2 does not show the instance ${instanceId} yet`;
}

export function instanceInTransition({ instanceId, state }: SourceInstance & { state: string }): string {
  return `the instance ${instanceId} is ${state}, and EC2 creates AMIs only of instances that are running or stopped`;
}

export function volumeInTransition({ volumeId, device, instanceId, state }: SourceInstance & {
  volumeId?: string; device?: string; state?: string;
}): string {
  return `the volume ${volumeId} (${device}) of the instance ${instanceId} is ${state}`;
}

export function volumesNotVisible({ volumeIds }: { volumeIds: readonly string[] }): string {
  return `not all of the volumes ${volumeIds.join(', ')} are visible yet`;
}

export function imagePending({ imageId, instanceId, state }: AmiOfInstance & { state?: string }): string {
  return `the AMI ${imageId} of the instance ${instanceId} is ${state}`;
}

export function noImageIdReturned(): string {
  return 'CreateImage returned no image ID';
}

export function imageAccepted({ imageId }: { imageId: string }): string {
  return `EC2 has accepted the AMI ${imageId}, but does not show it yet`;
}

export function imageNotCreatedYet({ instanceId }: SourceInstance, error: unknown): string {
  return `EC2 does not create an AMI of the instance ${instanceId} yet${awsWords('EC2', error)}`;
}

export function nameInUseByHiddenImage({ name }: { name: string }, error: unknown): string {
  return `the AMI name "${name}" is in use, but EC2 does not show by which AMI${awsWords('EC2', error)}`;
}

// the instance

export function invalidInstanceId({ instanceId, example }: { instanceId: string; example: string }): string {
  return `\`instance\` must have an ID such as "${example}", but has ${JSON.stringify(instanceId)}. Check where the ID comes from.`;
}

export function instanceNotFound({ instanceId, region }: SourceInstance & { region: string }): string {
  return `The instance ${instanceId} was not found in ${region}. Check the ID, the account and the Region, or use an instance that exists.`;
}

export function instanceTerminated({ instanceId, state }: SourceInstance & { state: string }): string {
  return `The instance ${instanceId} is ${state}, so EC2 cannot create an AMI of it. Use an instance that is running or stopped.`;
}

export function instanceNotUsable({ instanceId, state }: SourceInstance & { state?: string }): string {
  return `The instance ${instanceId} is ${state}, and EC2 creates AMIs only of instances that are running or stopped. Use another instance.`;
}

/** EC2 had described the instance before. */
export function instanceGone({ instanceId }: SourceInstance, error: unknown): string {
  return `The instance ${instanceId} no longer exists. Use an instance that exists.${awsWords('EC2', error)}`;
}

export function rootInInstanceStore({ instanceId }: SourceInstance): string {
  return `The root device of the instance ${instanceId} is in instance store, and EC2 creates no AMIs of such instances. ` +
    'Use an instance whose root device is an EBS volume.';
}

export function deviceNotFound({ device, instanceId, devices }: SourceInstance & { device: string; devices: string }): string {
  return `\`blockDevices\` names ${device}, but the instance ${instanceId} has ${devices}. Use one of these names.`;
}

export function rootDeviceExcluded({ device, instanceId }: SourceInstance & { device: string }): string {
  return `The root device ${device} of the instance ${instanceId} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`;
}

export function bootModeDiffers({ override, instanceId, bootMode }: SourceInstance & { override: string; bootMode: string }): string {
  return `\`bootModeOverride\` is ${override}, but the instance ${instanceId} has booted with ${bootMode}. Remove \`bootModeOverride\`.`;
}

/** In the middle of a sentence. */
export function volumeKeyLabel({ volumeId, device }: { volumeId: string | undefined; device: string }): string {
  return `the key of the instance's volume ${volumeId} for ${device}`;
}

// CreateImage has refused the AMI

export function createImageRefused({ instanceId }: SourceInstance, error: unknown): string {
  return `EC2 does not create an AMI of the instance ${instanceId}.${awsWords('EC2', error)}`;
}

// the AMI has failed

export function imageDisappeared({ imageId, instanceId }: AmiOfInstance): string {
  return `The AMI ${imageId} of the instance ${instanceId} disappeared while it was pending: somebody deregistered it. ` +
    'Find out who in CloudTrail (DeregisterImage), and deploy again.';
}

/** Without the image, nothing shows that the copy has the same devices and attributes. */
export function imageGoneBeforeCopyVerified({ imageId, instanceId }: AmiOfInstance): string {
  return `The AMI ${imageId} of the instance ${instanceId} disappeared before its copy was verified. ` +
    'If somebody deregistered it, find out who in CloudTrail (DeregisterImage). Then deploy again.';
}

/** `cause` and `orphanedResources` are sentences; the latter can be empty. */
export function imageFailed({ imageId, instanceId, state, cause, orphanedResources, reasons }: AmiOfInstance & {
  state?: string; cause: string; orphanedResources: string; reasons: readonly string[];
}): string {
  return `The AMI ${imageId} of the instance ${instanceId} is in the state ${state}. ${cause}${orphanedResources}${ec2Reason(reasons.join('; '))}`;
}

export function causeUnknown(): string {
  return 'All checks of the instance, its volumes and their keys passed. The cause can be a key that the handler role is not allowed to describe: ' +
    'pass the keys of the volumes in `sourceEncryptionKeys`. Otherwise it is a temporary EC2 failure: deploy again.';
}

// the AMI differs from the instance

export function devicesDiffer({ imageId, devices, instanceId, expected }: AmiOfInstance & { devices: string; expected: string }): string {
  return `The AMI ${imageId} has the devices ${devices}, but the instance ${instanceId} has ${expected}. ` +
    'A volume may have been attached or detached while the AMI was created. Deploy again.';
}
