import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { NotReady } from '../outcomes';

type SdkError = Parameters<typeof isThrottlingError>[0];

/** An error that AWS answered with. */
export interface AwsErrorDetails {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/**
 * The end of EC2's message for a denied call. Whoever may call `sts:DecodeAuthorizationMessage` reads the policies and tags in it, and stack events
 * have more readers than that.
 */
const ENCODED_MESSAGE = /\s*Encoded authorization failure message: \S+/g;

/** The code, message and HTTP status of an error of the SDK. EC2 models no error shapes, so the code is its name. */
export function awsErrorDetails(error: unknown): AwsErrorDetails {
  const { name, message, $metadata } = error as { name?: string; message?: string; $metadata?: { httpStatusCode?: number } };
  return { code: name ?? 'UnknownError', message: (message ?? String(error)).replace(ENCODED_MESSAGE, ''), status: $metadata?.httpStatusCode };
}

/**
 * The image does not exist, no longer exists, or cannot exist: for EC2, IDs that it never assigns are malformed ('Invalid id:
 * "ami-00000000000000000"'). Which of the codes a deregistered image gets is not documented.
 */
export const IMAGE_NOT_FOUND_CODES = ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed'];
/** The second is RegisterImage's; the third also stands for IDs with the right form: "Value ( snap-0123456789abcdef0 ) for parameter SNAPSHOT is invalid. " */
export const SNAPSHOT_NOT_FOUND_CODES = ['InvalidSnapshot.NotFound', 'InvalidSnapshotID.NotFound', 'InvalidSnapshotID.Malformed'];
export const INSTANCE_NOT_FOUND_CODES = ['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'];
export const SPOT_REQUEST_NOT_FOUND_CODES = ['InvalidSpotInstanceRequestID.NotFound'];
export const VOLUME_NOT_FOUND_CODES = ['InvalidVolume.NotFound'];

/** The role is not allowed. For some seconds after a stack has created or changed the role, this can be temporary. */
export const ACCESS_DENIED_CODES = ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'];

/**
 * Limits of this stack or of the account that are free again when other operations have completed ("Too many snapshot copies in progress. The limit is 20
 * for this destination region."), and failures of a service. The SDK does not retry these codes: EC2 models no error shapes.
 */
function isRetryable(code: string): boolean {
  return [
    'ResourceLimitExceeded', 'ResourceCountExceeded', 'ConcurrentSnapshotLimitExceeded', 'PendingSnapshotLimitExceeded',
    'SnapshotCreationPerVolumeRateExceeded', 'ConcurrentCreateImageNoRebootLimitExceeded', 'ConcurrentTagAccess',
    // new accounts, for minutes; and a zone without capacity
    'PendingVerification', 'InsufficientVolumeCapacity',
    'Unavailable', 'ServiceUnavailable', 'InternalError', 'InternalFailure', 'InternalServerError', 'KMSInternalException', 'DependencyTimeoutException',
  ].includes(code);
}

export function hasErrorCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(awsErrorDetails(error).code);
}

/** AWS throttles calls. */
export function isThrottled(error: unknown): boolean {
  return isThrottlingError(error as SdkError);
}

/** A quota that waiting does not free: "You have reached your quota of 50000 images in this region.", with the code ResourceLimitExceeded. */
const QUOTA_FOR_GOOD = /reached your quota of \d+ (images|AMIs|snapshots)/i;

/** Whether the same call can succeed later without a change by anybody. */
export function isTransient(error: unknown): boolean {
  const { code, message } = awsErrorDetails(error);
  if (QUOTA_FOR_GOOD.test(message)) {
    return false;
  }
  return error instanceof NotReady || isRetryable(code) || isFailureOfService(error) || isThrottled(error) || hasNoResponse(error);
}

/** Whether a call that ended with this error may have had its effect: the response was lost, or was not AWS's own. */
export function mayHaveHappened(error: unknown): boolean {
  return !isThrottled(error) && (hasNoResponse(error) || isFailureOfService(error) || error instanceof SyntaxError);
}

/** A status of 5xx. */
function isFailureOfService(error: unknown): boolean {
  return /^5/.test(String(awsErrorDetails(error).status));
}

/** The connection failed, or the response was lost: AWS may have run the call or not. */
function hasNoResponse(error: unknown): boolean {
  // the SDK does not retry an aborted call
  return isTransientError(error as SdkError) || awsErrorDetails(error).code === 'AbortError';
}
