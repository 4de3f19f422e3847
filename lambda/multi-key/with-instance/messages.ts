import { awsWords, ec2Reason } from '../../aws/aws-words';

/*
 * Messages about the builder instance. For their form see lambda/ami/messages.ts.
 */

interface Builder {
  readonly instanceId: string | undefined;
}

// reasons to wait

export function builderInState({ instanceId, state }: Builder & { state?: string }): string {
  return `the builder instance ${instanceId} is ${state}`;
}

export function userDataRunning({ instanceId }: Builder): string {
  return `the user data of the builder instance ${instanceId} is running`;
}

export function imageInCreation({ instanceId }: Builder): string {
  return `the AMI of the builder instance ${instanceId} is being created`;
}

export function imageNotCreatedYet({ instanceId }: Builder, error: unknown): string {
  return `EC2 does not create an AMI of the builder instance ${instanceId} yet${awsWords('EC2', error)}`;
}

export function noInstanceReturned(): string {
  return 'RunInstances returned no instance';
}

export function terminationReasonNotShown({ type }: { type: string }): string {
  return `EC2 does not show yet why the ${type} builder instance was terminated`;
}

export function launchRefusedYet({ options }: { options: readonly string[] }): string {
  return `EC2 does not launch the builder instance in ${options.join(', ')}; other combinations are tried next`;
}

export function spotRequestNotShown({ instanceId }: Builder): string {
  return `EC2 does not show the Spot Instance request of the builder instance ${instanceId} yet`;
}

// instance types; the short ones follow the name of a type

export function noDefaultInstanceType({ architecture }: { architecture?: string }): string {
  return `The builder instance has no default instance type for the architecture ${architecture}. Pass \`instanceTypes\`.`;
}

export function noSuitableInstanceType({ imageId, reasons }: {
  imageId?: string; reasons: readonly { readonly name: string; readonly reason?: string }[];
}): string {
  return `No builder instance of ${imageId} can be launched: ${reasons.map(({ name, reason }) => `${name} ${reason}`).join(', ')}. Pass other \`instanceTypes\`.`;
}

export function typeNotInRegion({ region }: { region: string }): string {
  return `does not exist in ${region}`;
}

export function typeOfOtherArchitecture({ architecture }: { architecture?: string }): string {
  return `does not support ${architecture}`;
}

export function typeWithoutUefi(): string {
  return 'does not support UEFI';
}

export function typeWithoutNitroTpm(): string {
  return 'does not support NitroTPM';
}

export function typeRequiresEna(): string {
  return 'requires ENA, which the image does not support';
}

export function typeOfOtherVirtualization({ virtualization }: { virtualization?: string }): string {
  return `does not support the virtualization type ${virtualization}`;
}

export function typeWithoutLegacyBios(): string {
  return 'does not support legacy BIOS';
}

export function typeExcludedByImage(): string {
  return 'is not among the instance types that the image supports';
}

export function typeForFewerVolumes({ most, volumes }: { most: number; volumes: number }): string {
  return `supports ${most} volumes, not ${volumes}`;
}

// the launch

export function launchAttempt({ option, code }: { option: string; code?: string }): string {
  return `${option} (${code})`;
}

/** `place` is a subnet or an Availability Zone. */
export function launchOption({ type, place, isSpot }: { type?: string; place?: string; isSpot?: boolean }): string {
  return `${type}${isSpot ? ' (Spot)' : ''}${place === undefined ? '' : ` in ${place}`}`;
}

export function launchedOnDemand({ type }: { type: string }): string {
  return `EC2 launched no Spot Instance as the builder instance, so it was an On-Demand Instance (${type}).`;
}

export function noCapacity({ attempts }: { attempts: readonly string[] }): string {
  return `EC2 has no capacity for the builder instance in any of the tried combinations: ${attempts.join(', ')}. ` +
    'Pass other `instanceTypes` or `vpcSubnets`, or deploy again later.';
}

/** For several reasons; the words of EC2 are those of the last one. */
export function launchRefusedEverywhere({ attempts }: { attempts: readonly string[] }, error: unknown): string {
  return `EC2 does not launch the builder instance in any of the tried combinations: ${attempts.join(', ')}. ` +
    `Pass other \`instanceTypes\` or \`vpcSubnets\`.${awsWords('EC2', error)}`;
}

export function noFreeAddresses({ subnetIds }: { subnetIds: readonly string[] }): string {
  return `None of the subnets ${subnetIds.join(', ')} has a free IP address for the builder instance. Pass \`vpcSubnets\` with free addresses.`;
}

export function subnetsNotFound({ subnetIds }: { subnetIds: readonly string[] }, error: unknown): string {
  return `The builder instance cannot be launched in the subnets ${subnetIds.join(', ')}, because not all of them exist. ` +
    `Pass \`vpcSubnets\` that exist.${awsWords('EC2', error)}`;
}

export function noDefaultVpc(error: unknown): string {
  return 'The builder instance needs a subnet, but this account has no default VPC, or the default VPC has no subnet. ' +
    `Pass \`vpc\`.${awsWords('EC2', error)}`;
}

export function spotRoleMissing(error: unknown): string {
  return 'The builder instance cannot be a Spot Instance, because this account does not have the service-linked role AWSServiceRoleForEC2Spot. ' +
    `Create it (aws iam create-service-linked-role --aws-service-name spot.amazonaws.com), and deploy again.${awsWords('EC2', error)}`;
}

export function notSubscribed({ sourceId }: { sourceId: string }, error: unknown): string {
  return `The source image ${sourceId} is an AWS Marketplace product that this account is not subscribed to. ` +
    `Subscribe to it, and deploy again.${awsWords('EC2', error)}`;
}

/** Not documented for a launch that encrypts the volumes with other keys. */
export function launchNeedsSnapshots({ sourceId, account }: { sourceId: string; account: string }, error: unknown): string {
  return `EC2 does not launch the builder instance from ${sourceId} with other keys, because the snapshots of that image are not shared with account ${account}. ` +
    `Ask its owner to share them, or launch an instance of the image yourself and use \`InstanceAmi\`.${awsWords('EC2', error)}`;
}

export function launchRefused({ type, sourceId }: { type: string; sourceId: string }, error: unknown): string {
  return `EC2 does not launch a ${type} builder instance from the source image ${sourceId}.${awsWords('EC2', error)}`;
}

/** `cause` is a sentence. */
export function launchFailed({ instanceId, cause, reason }: Builder & { cause: string; reason?: string }): string {
  return `The builder instance ${instanceId} was terminated during launch. ${cause}${ec2Reason(reason)}`;
}

/** `hint` begins with a space, and can be empty. */
export function launchCauseUnknown({ keyArns, hint, hiddenSnapshots = [], isSpot = false }: {
  keyArns: readonly string[]; hint: string; hiddenSnapshots?: readonly string[]; isSpot?: boolean;
}): string {
  const role = isSpot ? ' The role AWSServiceRoleForEC2Spot, which launches Spot Instances, must be allowed to use them, too.' : '';
  const passed = 'All checks of the source, its snapshots and the keys passed';
  return hiddenSnapshots.length > 0
    ? `The source has encrypted snapshots that EC2 does not show to this account (${hiddenSnapshots.join(', ')}), so their keys could not be checked. ` +
      `Ask the owner of the image for the keys, have their policies allow this account, and pass them in \`sourceEncryptionKeys\`.${hint}`
    : keyArns.length === 0 ? `${passed}, so the most likely cause is a temporary EC2 failure. Deploy again.`
      : `${passed}. The most likely cause is a key policy that denies the use of ${keyArns.join(' or ')}: check CloudTrail for denied KMS calls.${role} ` +
      `Otherwise it is a temporary EC2 failure: deploy again.${hint}`;
}

// the builder instance has ended

export function builderTerminated({ instanceId, reason }: Builder & { reason?: string }): string {
  return `The builder instance ${instanceId} was terminated by someone else. Check CloudTrail for what terminates instances, such as a schedule or a ` +
    `tag policy, let the builder instance run, and deploy again.${ec2Reason(reason)}`;
}

/** EC2 needs the capacity of a Spot Instance. */
export function builderInterrupted({ instanceId, reason }: Builder & { reason?: string }): string {
  return `EC2 interrupted the builder instance ${instanceId}, which is a Spot Instance, before its AMI was created. Deploy again, or remove \`capacityType\` to build with an ` +
    `On-Demand Instance, which EC2 does not interrupt.${ec2Reason(reason)}`;
}

export function spotRequestCanceled({ instanceId }: Builder, error: unknown): string {
  return `The builder instance ${instanceId} cannot be stopped, because someone else canceled its Spot Instance request. Check CloudTrail for what cancels ` +
    `Spot Instance requests, and deploy again.${awsWords('EC2', error)}`;
}

export function builderStopped({ instanceId, reason }: Builder & { reason?: string }): string {
  return `The builder instance ${instanceId} was stopped by someone else before its user data had ended. Check CloudTrail for what stops instances, ` +
    `such as a schedule or a tag policy, let the builder instance run, and deploy again.${ec2Reason(reason)}`;
}

/** `output` ends the message, as the words of AWS do. So in the next one. */
export function userDataTimedOut({ instanceId, minutes, output }: Builder & { minutes: number; output: string }): string {
  return `The builder instance ${instanceId} did not stop within ${minutes} minutes. Its user data hangs, needs a longer \`userDataTimeout\`, ` +
    `or does not end with \`shutdown -h now\`. Last console output: ${output}`;
}

/** `problem` is what the user data has reported, without a full stop. */
export function userDataFailed({ instanceId, problem, output }: Builder & { problem: string; output: string }): string {
  return `The user data of the builder instance ${instanceId} failed: ${problem}. Correct the cause, and deploy again. Last console output: ${output}`;
}

export function sourceRunsNoScripts({ imageId, name }: { imageId?: string; name?: string }): string {
  return `The source image ${imageId} (${name}) is Bottlerocket, which runs no scripts: \`userData\` and \`fileSystem\` have no effect there. ` +
    'Remove them, or use another `sourceImage`.';
}

export function consoleOutputUnavailable({ code }: { code: string }): string {
  return `not available (${code})`;
}

export function createImageRefused({ instanceId }: Builder, error: unknown): string {
  return `EC2 does not create an AMI of the builder instance ${instanceId}.${awsWords('EC2', error)}`;
}
