import { explainTimeout } from './ami/explain-timeout';
import { whyDenied } from './ami/messages';
import { AwsClients } from './aws/clients';
import { RequestCanceled } from './aws/describe-stack';
import { hasErrorCode, ACCESS_DENIED_CODES } from './aws/error-codes';
import { deleteOwnedResources } from './deletion/delete-owned-resources';
import { DeploymentError } from './outcomes';
import { reconcile, describeError, waitOrThrow } from './reconcile';
import { hasReturned } from './request/check-canceled';
import { ResourceEvent } from './request/events';
import { doubt, Memory } from './request/memory';
import { deniedByTagPolicy, deniedDespitePolicy, handlerNotRun, notDeletedInTime, tooManyTagsOnAmi, unexpectedError } from './request/messages';
import { parseRequest, physicalIdOfFailure, physicalIdOfSuccess, Request } from './request/parse-request';
import { respond } from './request/respond';
import { Answer, answered, RespondInput, StepInput, TaskError, Turn, waiting } from './request/turn';
import { undoSharingOf } from './sharing/undo-sharing';

/** The part of Lambda's context that the function uses. */
export interface Context {
  getRemainingTimeInMillis(): number;
}

/** So much of an invocation is kept for a call that has begun: four attempts, each of which waits as long as it may. */
const RESERVED_FOR_LAST_CALL_MS = 65_000;

/** A failed request deletes for at most so long, and answers before CloudFormation's hour is over. */
const MAX_CLEANUP_MS = 15 * 60_000;
const MAX_REQUEST_MS = 58.5 * 60_000;

/**
 * The step function: takes the next step of a request, or responds. A failure is a result. What it throws is Lambda's trouble, and the state
 * machine tries again.
 */
export function createStep(aws: AwsClients, send = respond) {
  return async (input: StepInput | RespondInput, context?: Context): Promise<Turn | null> => {
    if ('respond' in input) {
      const { event, turn } = input;
      const answer = turn.answer ?? lambdaFailure(event, turn.error);
      log(event, { message: 'respond', status: answer.status, physicalId: answer.physicalId, reason: answer.reason });
      await send(event, answer);
      return null;
    }
    aws.stopCallsAt(context === undefined ? Infinity : aws.now() + context.getRemainingTimeInMillis() - RESERVED_FOR_LAST_CALL_MS);
    const turn = await step(aws, input);
    log(input.event, turn.answer ?? { message: 'not yet', wait: turn.wait });
    return turn;
  };
}

async function step(aws: AwsClients, { event, turn, startedAt, retryCount }: StepInput): Promise<Turn> {
  const memory: Memory = { ...turn.memory };
  if (retryCount > 0 || turn.error) {
    // the ids that EC2 returned to the last invocation are lost
    doubt(memory, aws.now());
  }
  const { startAfterSeconds } = memory;
  if (startAfterSeconds !== undefined) {
    memory.startAfterSeconds = undefined;
    return waiting(memory, startAfterSeconds);
  }
  let request: Request | undefined;
  try {
    request = parseRequest(aws, event, Date.parse(startedAt), memory);
    if (memory.failure !== undefined) {
      return await deleteAndFail(aws, request, memory.failure);
    }
    const progress = await reconcile(aws, request);
    if ('done' in progress) {
      return answered(memory, {
        status: 'SUCCESS', physicalId: physicalIdOfSuccess(request, progress.done), data: progress.done, reason: warningsOf(memory),
      });
    }
    log(event, { message: 'waiting', why: progress.waitingFor });
    const remainingMs = request.image.deadline - aws.now();
    if (remainingMs <= 0) {
      throw new DeploymentError(await timeoutMessage(aws, request, progress.waitingFor));
    }
    return waiting(memory, Math.min(progress.seconds, remainingMs / 1_000));
  } catch (error) {
    return fail(aws, event, request, memory, error);
  }
}

/** The end of a request that has failed, or the first step of the deletion of its AMI. Without a request, its properties could not be read. */
async function fail(aws: AwsClients, event: ResourceEvent, request: Request | undefined, memory: Memory, error: unknown): Promise<Turn> {
  const isPartlyCreated = request !== undefined && request.handler.createsImage && request.image.isNewImage && memory.mayHaveCreated === true;
  const reason = reasonOf(error, isPartlyCreated);
  if (request && !request.image.isDelete) {
    await revokeAfterFailure(aws, request);
  }
  if (isPartlyCreated) {
    memory.failure = reason;
    memory.failedAt = aws.now();
    return deleteAndFail(aws, request, reason);
  }
  return answered(memory, { status: 'FAILED', physicalId: physicalIdOfFailure(event), reason });
}

/** "Reason … is optional" with SUCCESS: whether the stack event shows it is not documented, so the log has the warnings too. */
function warningsOf({ warnings = [] }: Memory): string | undefined {
  return warnings.length === 0 ? undefined : warnings.join(' ');
}

/** A request that fails has perhaps shared a part: without rollback, no request follows. */
async function revokeAfterFailure(aws: AwsClients, { image: request }: Request): Promise<void> {
  try {
    await undoSharingOf(aws, request);
  } catch (error) {
    console.warn({ message: 'the sharing was not revoked', why: describeError(error) });
  }
}

/** A failed request deletes what it has created, and only then answers: no Delete follows a failed Update. */
async function deleteAndFail(aws: AwsClients, request: Request, reason: string): Promise<Turn> {
  const { event, image: { memory, startedAt } } = request;
  const end = Math.min((memory.failedAt ?? startedAt) + MAX_CLEANUP_MS, (memory.hourBegan ?? startedAt) + MAX_REQUEST_MS);
  let leftover = '';
  try {
    if (await hasReturned(aws, event, request.image.attemptId)) {
      return answered(memory, { status: 'FAILED', physicalId: physicalIdOfFailure(event), reason });
    }
    await deleteOwnedResources(aws, request.image, request.ownedResourceTypes);
  } catch (error) {
    try {
      const { seconds } = waitOrThrow(aws, request, error);
      if (aws.now() < end) {
        return waiting(memory, seconds);
      }
    } catch {
      // waiting does not help
    }
    leftover = ` ${describeError(error)}`;
  }
  return answered(memory, { status: 'FAILED', physicalId: physicalIdOfFailure(event), reason: `${reason}${leftover}` });
}

/** The answer where no step has given one: each invocation has come to nothing until the deadline. */
function lambdaFailure(event: ResourceEvent, error: TaskError | undefined): Answer {
  return { status: 'FAILED', physicalId: physicalIdOfFailure(event), reason: handlerNotRun(error) };
}

async function timeoutMessage(aws: AwsClients, { handler, image }: Request, why: string): Promise<string> {
  return image.isDelete ? notDeletedInTime({ minutes: Math.round(image.limitMs / 60_000), why }) : explainTimeout(aws, handler, image, why);
}

function reasonOf(error: unknown, isDeleted: boolean): string {
  if (error instanceof DeploymentError) {
    return error.message;
  }
  if (error instanceof RequestCanceled) {
    return isDeleted ? `${error.message} The partly created AMI is deleted.` : error.message;
  }
  const answer = describeError(error);
  if (hasErrorCode(error, ['TagPolicyViolation'])) {
    return deniedByTagPolicy(answer);
  }
  if (hasErrorCode(error, ['TagLimitExceeded'])) {
    return tooManyTagsOnAmi(answer);
  }
  return hasErrorCode(error, ACCESS_DENIED_CODES) ? deniedDespitePolicy({ why: whyDenied(error), answer }) : unexpectedError({ answer, isDeleted });
}

/** One object a line; never the event itself, whose ResponseURL lets anyone answer in our name. */
function log(event: ResourceEvent, entry: object): void {
  console.info({ resource: event.LogicalResourceId, request: event.RequestId, ...entry });
}
