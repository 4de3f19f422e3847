import { NO_ATTRIBUTES } from './ami/ami-attributes';
import { checkDescription } from './ami/check-description';
import { ownerTagRemoved } from './ami/messages';
import { AwsClients } from './aws/clients';
import { awsErrorDetails, hasErrorCode, isThrottled, isTransient, ACCESS_DENIED_CODES } from './aws/error-codes';
import { findImage } from './aws/find-images';
import { deleteLeftovers } from './deletion/delete-leftovers';
import { deleteResource } from './deletion/delete-resource';
import { deleteUnreturnedAttempts } from './deletion/delete-unreturned-attempts';
import { AccessDeniedError, AmiDisappeared, IAM_PROPAGATION_MS, DeploymentError, NotReady } from './outcomes';
import { throwIfNotInProgress } from './request/check-canceled';
import { findReplacedAmi } from './request/find-replaced-ami';
import { Request } from './request/parse-request';

/** A request that waits for something. */
interface Wait {
  readonly waitingFor: string;
  readonly seconds: number;
}

/** The state of a request: done, or waiting for something. */
export type Progress = { readonly done: Readonly<Record<string, string>> } | Wait;

const MAX_WAIT_SECONDS = 60;
const MIN_WAIT_IF_THROTTLED_SECONDS = 10;
/** How often a request that only waits asks whether it is still wanted. */
const STACK_STATUS_CHECK_INTERVAL_MS = 60_000;

/** Takes the next step of a request, whatever was done before. Throws the error that ends the request. */
export async function reconcile(aws: AwsClients, request: Request): Promise<Progress> {
  try {
    await throwIfNotInProgress(aws, request.event, request.image);
    const done = request.image.isDelete ? await deleteResource(aws, request) : await createOrUpdate(aws, request);
    // while a stack is created there are none
    if (request.image.memory.stackStatus !== 'CREATE_IN_PROGRESS') {
      await deleteLeftovers(aws, request);
    }
    return { done };
  } catch (error) {
    return waitOrThrow(aws, request, error);
  }
}

/** The wait until the next step, after an error that may pass. */
export function waitOrThrow(aws: AwsClients, { image }: Request, error: unknown): Wait {
  const elapsedMs = aws.now() - image.startedAt;
  const propagationMs = error instanceof AccessDeniedError ? error.propagationMs : hasErrorCode(error, ACCESS_DENIED_CODES) ? IAM_PROPAGATION_MS : 0;
  if (!isTransient(error) && elapsedMs >= propagationMs) {
    throw error;
  }
  return { waitingFor: describeError(error), seconds: secondsUntilRetry(error, elapsedMs) };
}

/** The words of an error for a sentence: of an error of ours its message, else AWS's code too. */
export function describeError(error: unknown): string {
  const { code, message } = awsErrorDetails(error);
  return error instanceof NotReady || error instanceof DeploymentError ? message : `${code}: ${message}`;
}

/** Where nothing else is known, a tenth of the time that has passed: an operation that took long so far goes on a little longer. */
function secondsUntilRetry(error: unknown, elapsedMs: number): number {
  if (error instanceof NotReady && error.seconds !== undefined) {
    return error.seconds;
  }
  if (isThrottled(error)) {
    // those that were throttled together must not come back together
    return MIN_WAIT_IF_THROTTLED_SECONDS * (1 + 2 * Math.random());
  }
  const shortest = error instanceof NotReady ? 2 : 5;
  return Math.min(MAX_WAIT_SECONDS, Math.max(shortest, elapsedMs / 10_000));
}

async function createOrUpdate(aws: AwsClients, request: Request): Promise<Record<string, string>> {
  const { image, handler } = request;
  const { isRollback } = image;
  if (isRollback && image.replaces !== undefined && image.memory.mayHaveCreated !== true) {
    image.memory.rollbackTo = await findReplacedAmi(aws, request);
    if (image.memory.rollbackTo !== undefined) {
      // the next step reads the request with it
      throw new NotReady(`the rollback returns to ${image.memory.rollbackTo}`, 1);
    }
  }
  if (!isRollback) {
    checkDescription(image);
  }
  try {
    const attributes = await handler.reconcile(aws, image);
    await image.throwIfCanceled();
    if (isRollback && !image.isNewImage) {
      await deleteUnreturnedAttempts(aws, request, { finished: false });
    }
    return { ...attributes };
  } catch (error) {
    if (error instanceof AmiDisappeared) {
      return withoutAmi(aws, request, isRollback);
    }
    // asked in turns, because four hundred copies must not exhaust CloudFormation's request quota
    if (isTransient(error) && aws.now() - (image.memory.stackStatusReadAt ?? 0) >= STACK_STATUS_CHECK_INTERVAL_MS) {
      await image.throwIfCanceled();
    }
    throw error;
  }
}

/** A rollback answers with the AMI that is gone, because a stack must be able to leave it; any other update creates the AMI again. */
async function withoutAmi(aws: AwsClients, { event, image }: Request, isRollback: boolean): Promise<Record<string, string>> {
  const imageId = image.imageId ?? '';
  console.warn({ message: 'the AMI of the resource is gone', resource: event.LogicalResourceId, imageId });
  if (isRollback) {
    return { ...NO_ATTRIBUTES, ImageId: imageId };
  }
  const existing = await findImage(aws, imageId);
  if (existing && existing.State !== 'deregistered') {
    throw new DeploymentError(ownerTagRemoved({ imageId, owner: image.owner, region: aws.region }));
  }
  image.memory.recreate = true;
  throw new NotReady(`the AMI ${imageId} was deregistered, and is created again`, 1);
}
