import { Instance } from '@aws-sdk/client-ec2';
import {
  launchNeedsSnapshots, launchRefused, launchRefusedEverywhere, noCapacity, noDefaultVpc, notSubscribed, spotRoleMissing,
} from './messages';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { accessDenied, sourceImageGone } from '../../ami/messages';
import { ACCESS_DENIED_CODES, awsErrorDetails, hasErrorCode } from '../../aws/error-codes';
import { explainPolicyDenial } from '../../aws/policy-denials';
import { explainReachedQuota } from '../../aws/quotas';
import { AccessDeniedError, DeploymentError } from '../../outcomes';
import { Memory } from '../../request/memory';
import { MultiKeyRequest } from '../device-plan';

/** EC2 has no capacity for this type in this subnet now, but can have it for another type, or in another subnet. */
const NO_CAPACITY_CODES = [
  'InsufficientInstanceCapacity', 'InsufficientHostCapacity', 'InsufficientCapacity', 'InsufficientVolumeCapacity', 'InsufficientFreeAddressesInSubnet',
  // "Your requested instance type (m7i.large) is not supported in your requested Availability Zone (us-east-1e)."
  'Unsupported', 'InstanceTypeNotSupported',
];

/**
 * The type does not suit the image or its volumes ("Enhanced networking with the Elastic Network Adapter (ENA) is required for the 't3.small' instance
 * type."), or the account may have no more instances of its family.
 */
const TYPE_CODES = ['InvalidParameterCombination', 'EncryptedVolumesNotSupported', 'InstanceLimitExceeded', 'VcpuLimitExceeded'];
const TYPE_QUOTA_CODES = ['InstanceLimitExceeded', 'VcpuLimitExceeded'];

/** The type, the account or the place has no Spot Instances: an On-Demand Instance can be possible. */
const SPOT_CODES = ['SpotMaxPriceTooLow', 'MaxSpotInstanceCountExceeded', 'UnsupportedOperation'];

export function isAboutSpot(error: unknown): boolean {
  return hasErrorCode(error, SPOT_CODES);
}

/** Whether a refusal is about the type or the place of the launch, so that another one can be possible. Others are about the request. */
export function isAboutTypeOrPlace(error: unknown): boolean {
  return hasErrorCode(error, [...NO_CAPACITY_CODES, ...TYPE_CODES]) || isDenialOfType(error);
}

/** "… is not authorized to perform: ec2:RunInstances on resource: arn:aws:ec2:us-east-1:1:instance/* with an explicit deny in a service control policy." */
function isDenialOfType(error: unknown): boolean {
  return hasErrorCode(error, ACCESS_DENIED_CODES) && explainPolicyDenial(error) !== undefined
    && /on resource: \S+:(instance|subnet|spot-instances-request)\//.test(awsErrorDetails(error).message);
}

/** EC2 may not allow a request to require tokens of metadata that the same request turns off. */
export function isAboutMetadata(error: unknown): boolean {
  return hasErrorCode(error, ['InvalidParameterCombination', 'InvalidParameterValue', 'UnsupportedOperation'])
    && /\bhttp-?(tokens|endpoint)\b|\bmetadata\b/i.test(awsErrorDetails(error).message);
}

/** Whether an instance was terminated during launch because EC2 had no capacity, which EC2 can also report late. */
export function endedForLackOfCapacity({ StateReason }: Instance): boolean {
  return /Insufficient(Instance|Host)?Capacity/.test(`${StateReason?.Code} ${StateReason?.Message}`);
}

/** The error for a launch that EC2 refuses with every type and in every place. `attempts` are their names with the codes of EC2. */
export function explainNoOptionLeft({ properties, memory }: MultiKeyRequest, attempts: readonly string[], types: readonly string[]): DeploymentError {
  const codes = Object.values(memory.refusedPlaces ?? {});
  if (codes.every(code => NO_CAPACITY_CODES.includes(code))) {
    return new DeploymentError(noCapacity({ attempts }));
  }
  const last = asError(memory.lastRefusal!);
  if (codes.every(code => ACCESS_DENIED_CODES.includes(code))) {
    // a boundary that the stack has just changed can count some seconds later
    memory.refusedPlaces = undefined;
    return new AccessDeniedError(accessDenied(`launch a builder instance from the source image ${properties.SourceImageId} as ${types.join(', ')}`, last));
  }
  if (codes.every(code => TYPE_QUOTA_CODES.includes(code))) {
    return explainReachedQuota('launch the builder instance', last, types.at(-1))!;
  }
  return new DeploymentError(launchRefusedEverywhere({ attempts }, last));
}

function asError({ code, message }: NonNullable<Memory['lastRefusal']>): Error {
  return Object.assign(new Error(message), { name: code });
}

export function explainRefusedLaunch(request: MultiKeyRequest, type: string, error: unknown): DeploymentError {
  const sourceId = request.properties.SourceImageId;
  const { code, message } = awsErrorDetails(error);
  switch (code) {
    case 'VPCIdNotSpecified':
    case 'MissingInput':
      return new DeploymentError(noDefaultVpc(error));
    case 'AuthFailure.ServiceLinkedRoleCreationNotPermitted':
      // the stack may have just created the role
      return new AccessDeniedError(spotRoleMissing(error));
    case 'OptInRequired':
      return new DeploymentError(notSubscribed({ sourceId }, error));
    case 'InvalidAMIID.NotFound':
    case 'InvalidAMIID.Unavailable':
      return new DeploymentError(sourceImageGone({ imageId: sourceId }, error));
    case 'InvalidRequest':
      // "You do not have permission to access the storage of this ami"
      return new DeploymentError(/storage of this ami/i.test(message) ? launchNeedsSnapshots({ sourceId, account: request.account }, error)
        : launchRefused({ type, sourceId }, error));
    default:
      return explainReachedQuota('launch the builder instance', error, type)
        ?? explainRefusedCall(`launch a builder instance from the source image ${sourceId}`, error)
        ?? new DeploymentError(launchRefused({ type, sourceId }, error));
  }
}
