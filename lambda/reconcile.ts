import { AwsClients } from './aws/clients';
import { RequestCanceled } from './aws/describe-stack';
import { awsErrorDetails, hasErrorCode, isThrottled, isTransient, ACCESS_DENIED_CODES } from './aws/error-codes';
import { deleteAfterCancellation } from './deletion/delete-after-cancellation';
import { deleteOwnedResources } from './deletion/delete-owned-resources';
import { AccessDeniedError, IAM_PROPAGATION_MS, DeploymentError, NotReady } from './outcomes';
import { throwIfNotInProgress } from './request/check-wanted';
import { isNamed, Request } from './request/parse-request';
import { ImageAttributes } from '../src/contract';

/** How far a request has come: to its end, or to something that it waits for. */
export type Progress = { readonly done: Readonly<Record<string, string>> } | { readonly waitingFor: string; readonly seconds: number };

const MAX_WAIT_SECONDS = 60;
/** How often a request that only waits asks whether it is still wanted. */
const STACK_STATUS_CHECK_INTERVAL_MS = 60_000;

/** Takes the next step of a request, whatever was done before. Throws what ends the request. */
export async function reconcile(aws: AwsClients, request: Request): Promise<Progress> {
  try {
    return { done: request.event.RequestType === 'Delete' ? await deleteResource(aws, request) : await createOrUpdate(aws, request) };
  } catch (error) {
    const elapsedMs = aws.now() - request.image.startedAt;
    const denied = error instanceof AccessDeniedError || hasErrorCode(error, ACCESS_DENIED_CODES);
    if (!isTransient(error) && !(denied && elapsedMs < IAM_PROPAGATION_MS)) {
      throw error;
    }
    return { waitingFor: describeError(error), seconds: secondsUntilRetry(error, elapsedMs) };
  }
}

/** What a sentence says of an error: of ours its own words, else AWS's code too. */
export function describeError(error: unknown): string {
  const { code, message } = awsErrorDetails(error);
  return error instanceof NotReady || error instanceof DeploymentError ? message : `${code}: ${message}`;
}

/** Where nothing else is known, a tenth of the time that has passed: what took long so far goes on a little longer. */
function secondsUntilRetry(error: unknown, elapsedMs: number): number {
  if (error instanceof NotReady && error.seconds !== undefined) {
    return error.seconds;
  }
  const shortest = isThrottled(error) ? 15 : error instanceof NotReady ? 2 : 5;
  return Math.min(MAX_WAIT_SECONDS, Math.max(shortest, elapsedMs / 10_000));
}

async function createOrUpdate(aws: AwsClients, request: Request): Promise<Record<string, string>> {
  const { event, image, removables } = request;
  try {
    await throwIfNotInProgress(aws, event, image);
    return { ...await reconcileResource(aws, request) };
  } catch (error) {
    if (!(error instanceof RequestCanceled)) {
      throw error;
    }
    image.memory.canceledByStatus = error.status;
    // nobody else knows of what this request has made
    await deleteOwnedResources(aws, image.memory, image.owner, removables);
    throw new DeploymentError(`the image is not wanted any more: ${error.message}; what was made of it is removed`);
  }
}

async function reconcileResource(aws: AwsClients, request: Request): Promise<ImageAttributes> {
  const { image, kind } = request;
  try {
    const attributes = await kind.reconcile(aws, image);
    await image.throwIfCanceled();
    if (!image.isNewImage && image.memory.stackStatus?.includes('ROLLBACK')) {
      await deleteAfterCancellation(aws, request, { quiet: false });
    }
    return attributes;
  } catch (error) {
    // it is the waiting that is long, and asked in turns: four hundred copies must not exhaust what CloudFormation answers
    if (isTransient(error) && aws.now() - (image.memory.stackStatusReadAt ?? 0) >= STACK_STATUS_CHECK_INTERVAL_MS) {
      await image.throwIfCanceled();
    }
    throw error;
  }
}

async function deleteResource(aws: AwsClients, request: Request): Promise<Record<string, string>> {
  const { image, kind, removables } = request;
  await kind.revokeSharing?.(aws, image.properties, image.account);
  if (isNamed(request)) {
    await deleteOwnedResources(aws, image.memory, image.owner, removables);
  } else {
    await deleteAfterCancellation(aws, request, { quiet: true });
  }
  return {};
}
