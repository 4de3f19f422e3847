import { describeSnapshotProgress } from './ami/snapshot-progress';
import { AwsClients } from './aws/clients';
import { hasErrorCode, ACCESS_DENIED_CODES } from './aws/error-codes';
import { DeploymentError } from './outcomes';
import { reconcile, describeError } from './reconcile';
import { ResourceEvent } from './request/events';
import { Memory } from './request/memory';
import { parseRequest, physicalIdOf, Request } from './request/parse-request';
import { NOTHING_MADE } from './request/physical-id';
import { respond } from './request/respond';
import { Answer, answered, RespondInput, StepInput, TaskError, Turn, waiting } from './request/turn';

/** What Lambda tells a function of an invocation. */
export interface Context {
  getRemainingTimeInMillis(): number;
}

/** So much of an invocation is kept for a call that has begun: four attempts, each of which waits as long as it may. */
const RESERVED_FOR_LAST_CALL_MS = 65_000;

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

async function step(aws: AwsClients, { event, turn, startedAt }: StepInput): Promise<Turn> {
  const memory: Memory = { ...turn.memory };
  let request: Request | undefined;
  try {
    request = parseRequest(aws, event, Date.parse(startedAt), memory);
    const progress = await reconcile(aws, request);
    const { physicalId, deadline, owner } = request.image;
    if ('done' in progress) {
      return answered(memory, { status: 'SUCCESS', physicalId, data: progress.done });
    }
    log(event, { message: 'waiting', why: progress.waitingFor });
    const left = deadline - aws.now();
    if (left <= 0) {
      throw new DeploymentError(timeoutMessage(request, progress.waitingFor, await describeSnapshotProgress(aws, owner)));
    }
    return waiting(memory, Math.min(progress.seconds, left / 1_000));
  } catch (error) {
    const { message } = error instanceof DeploymentError ? error : failureForUnexpectedError(error);
    return answered(memory, { status: 'FAILED', physicalId: request?.image.physicalId ?? event.PhysicalResourceId ?? NOTHING_MADE, reason: message });
  }
}

/** The answer where no step has given one: each invocation has come to nothing until the deadline. */
function lambdaFailure(event: ResourceEvent, error: TaskError | undefined): Answer {
  return {
    status: 'FAILED',
    physicalId: idOf(event),
    reason: new DeploymentError(
      `Lambda could not run the handler until its time was over: check the concurrency quota of the account, and the log of the handler (${error?.Error}: ${error?.Cause})`,
    ).message,
  };
}

function idOf(event: ResourceEvent): string {
  try {
    return physicalIdOf(event);
  } catch {
    return event.PhysicalResourceId ?? NOTHING_MADE;
  }
}

function timeoutMessage({ event, image }: Request, why: string, progress: string): string {
  const minutes = Math.round(image.limitMs / 60_000);
  return event.RequestType === 'Delete'
    ? `the removal did not end within ${minutes} minutes: ${why}`
    : `the image was not ready within ${minutes} minutes: ${why}${progress}; give the construct a longer timeout (an hour at the most), or make the image smaller`;
}

function failureForUnexpectedError(error: unknown): DeploymentError {
  return new DeploymentError(hasErrorCode(error, ACCESS_DENIED_CODES)
    ? `the handler may not do what it needs to do: a service control policy or a permissions boundary may deny what its role allows (${describeError(error)})`
    : `AWS gave an answer that the handler does not expect (${describeError(error)}); what was made is removed`);
}

/** One object a line; never the event itself, whose ResponseURL lets anyone answer in our name. */
function log(event: ResourceEvent, entry: object): void {
  console.info({ resource: event.LogicalResourceId, request: event.RequestId, ...entry });
}
