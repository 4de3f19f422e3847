import { NotReady } from '../outcomes';

/** An error that AWS answered with. */
export interface AwsErrorDetails {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/** The code, words and status of an error of the SDK. EC2 models no error shapes, so the name is all there is. */
export function awsErrorDetails(error: unknown): AwsErrorDetails {
  const { name, message, $metadata } = error as { name?: string; message?: string; $metadata?: { httpStatusCode?: number } };
  return { code: name ?? 'UnknownError', message: message ?? String(error), status: $metadata?.httpStatusCode };
}

/**
 * The image is not there, not any more, or cannot be there: EC2 calls malformed also ids that are well formed, but that it does not give
 * ('Invalid id: "ami-00000000000000000"'). Which of the codes a deregistered image gets is not documented.
 */
export const IMAGE_NOT_FOUND_CODES = ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed'];
/** The second is RegisterImage's, the third also of ids that are well formed: "Value ( snap-0123456789abcdef0 ) for parameter SNAPSHOT is invalid. " */
export const SNAPSHOT_NOT_FOUND_CODES = ['InvalidSnapshot.NotFound', 'InvalidSnapshotID.NotFound', 'InvalidSnapshotID.Malformed'];
export const INSTANCE_NOT_FOUND_CODES = ['InvalidInstanceID.NotFound', 'InvalidInstanceID.Malformed'];
export const VOLUME_NOT_FOUND_CODES = ['InvalidVolume.NotFound'];

/** The role may not. Right after a stack has made or changed the role, this can be a matter of seconds. */
export const ACCESS_DENIED_CODES = ['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'];

/**
 * Too much at once, here or in the whole account. The SDK tries throttled calls again but none of the limits ("Too many snapshot
 * copies in progress. The limit is 20 for this destination region."), which end by themselves as other copies do.
 */
const RETRYABLE_CODES = [
  'RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'EC2ThrottledException', 'SlowDown',
  'ResourceLimitExceeded', 'ResourceCountExceeded', 'ConcurrentSnapshotLimitExceeded', 'PendingSnapshotLimitExceeded',
  'SnapshotCreationPerVolumeRateExceeded', 'ConcurrentCreateImageNoRebootLimitExceeded',
  'ConcurrentTagAccess', 'Unavailable', 'ServiceUnavailable', 'InternalError', 'InternalFailure', 'InternalServerError', 'KMSInternalException',
  'DependencyTimeoutException',
];

/** Why something is in the state that it is in, as the end of a sentence. */
export function ec2Words(words: string | undefined): string {
  return words ? `(EC2 said: ${words})` : '(EC2 gave no reason)';
}

export function hasErrorCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(awsErrorDetails(error).code);
}

/** AWS asks for fewer calls. */
const THROTTLING_CODES = ['RequestLimitExceeded', 'Throttling', 'ThrottlingException', 'TooManyRequestsException', 'EC2ThrottledException', 'SlowDown'];

export function isThrottled(error: unknown): boolean {
  return hasErrorCode(error, THROTTLING_CODES);
}

/** Whether the same call may succeed a little later, without anyone doing anything. */
export function isTransient(error: unknown): boolean {
  const { code, status } = awsErrorDetails(error);
  return error instanceof NotReady || RETRYABLE_CODES.includes(code) || (status !== undefined && status >= 500) || isNetwork(error);
}

/** The connection failed, or the answer was lost: the call may have happened or not. */
function isNetwork(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string };
  return name === 'TimeoutError' || name === 'AbortError' || ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'].includes(code ?? '');
}
