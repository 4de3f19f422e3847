import { ExecutionListItem, ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { awsErrorDetails, hasErrorCode } from './aws/error-codes';
import { ResourceEvent } from './request/events';
import { otherStack, requestNotStarted, stateMachineGone, unknownResourceType } from './request/messages';
import { NOTHING_MADE } from './request/physical-id';
import { respond } from './request/respond';
import { State } from './request/turn';
import { isKnownResourceType } from './resource-handlers';

/** Everything outside of the request function. */
export interface StartEnvironment {
  readonly client: SFNClient;
  readonly stackId: string;
  readonly stateMachineArn: string;
  readonly send: typeof respond;
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** The stack has just made the role and the state machine: for some seconds "is not authorized to perform: states:StartExecution" is no last word. */
const MAX_TRYING_MS = 40_000;
const PAUSE_MS = 2_000;
/** So many requests begin at once; more would only throttle each other: EC2 accepts 100 descriptions at once, and then 20 a second. */
const AT_ONCE = 30;
/** Then so many begin in each second: each needs three descriptions at its beginning and five at its end, and EC2 accepts five deletions a second. */
const STARTS_PER_SECOND = 2;
/** EC2 accepts 100 calls of CopyImage at once, and then one a second; some are left for a copy that is repeated. */
const COPIES_AT_ONCE = 90;
/** The time that CloudFormation waits where `ServiceTimeout` does not set it, and the part of it that is kept for the answer. */
const SERVICE_TIMEOUT_SECONDS = 3_600;
const KEPT_FOR_ANSWER_SECONDS = 180;

/** The request function: checks an event, and starts one execution of the state machine for it, however often it is delivered. */
export function createStart(environment: StartEnvironment) {
  return async (event: ResourceEvent): Promise<void> => {
    const { stackId, send, now, sleep } = environment;
    if (event.StackId !== stackId) {
      throw new Error(otherStack({ stackId, requested: event.StackId }));
    }
    const note = (entry: object) => console.info({ resource: event.LogicalResourceId, request: event.RequestId, ...entry });
    if (event.RequestType === 'Delete' && event.PhysicalResourceId === NOTHING_MADE) {
      return send(event, { status: 'SUCCESS', physicalId: NOTHING_MADE });
    }
    if (!isKnownResourceType(event.ResourceType)) {
      return refuse(environment, event, unknownResourceType(event.ResourceType));
    }
    for (const began = now(); ;) {
      try {
        const running = await listRunning(environment, now() - began < MAX_TRYING_MS);
        await startExecution(environment, event, secondsToWait(event.RequestType, running.length));
        note({ message: event.RequestType });
        return;
      } catch (error) {
        if (hasErrorCode(error, ['ExecutionAlreadyExists'])) {
          note({ message: `${event.RequestType}, delivered again` });
          return;
        }
        const { code, message } = awsErrorDetails(error);
        note({ message: 'not started', code, words: message });
        if (now() - began >= MAX_TRYING_MS) {
          return refuse(environment, event, code === 'StateMachineDoesNotExist'
            ? stateMachineGone({ arn: environment.stateMachineArn }, { code, message }) : requestNotStarted({ code, message }));
        }
      }
      await sleep(PAUSE_MS);
    }
  };
}

/** How long a request waits before its first step, by the number of requests of the stack that are running. */
export function secondsToWait(requestType: ResourceEvent['RequestType'], running: number): number {
  const byCopies = requestType === 'Create' ? running - COPIES_AT_ONCE : 0;
  return Math.max(0, byCopies, Math.ceil((running - AT_ONCE) / STARTS_PER_SECOND));
}

/** The running requests of the stack. They only spread the load, so an error does not matter; but throttling says that there are many. */
async function listRunning({ client, stateMachineArn }: StartEnvironment, mayTryAgain: boolean): Promise<readonly ExecutionListItem[]> {
  try {
    const { executions = [] } = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 1_000 }));
    return executions;
  } catch (error) {
    if (mayTryAgain && awsErrorDetails(error).code === 'ThrottlingException') {
      throw error;
    }
    return [];
  }
}

async function startExecution({ client, stateMachineArn, now }: StartEnvironment, event: ResourceEvent, startAfterSeconds: number): Promise<void> {
  const seconds = Number(event.ResourceProperties.ServiceTimeout);
  const limit = Number.isInteger(seconds) ? Math.min(seconds, SERVICE_TIMEOUT_SECONDS) : SERVICE_TIMEOUT_SECONDS;
  const state: State = {
    event,
    deadline: new Date(now() + Math.max(limit - KEPT_FOR_ANSWER_SECONDS, 0) * 1_000).toISOString(),
    turn: { memory: startAfterSeconds > 0 ? { startAfterSeconds } : {}, wait: 1 },
  };
  await client.send(new StartExecutionCommand({ stateMachineArn, name: event.RequestId, input: JSON.stringify(state) }));
}

/** The last resort, where no state machine can answer. */
function refuse({ send }: StartEnvironment, event: ResourceEvent, reason: string): Promise<void> {
  console.info({ resource: event.LogicalResourceId, request: event.RequestId, message: 'refused', reason });
  return send(event, { status: 'FAILED', physicalId: event.PhysicalResourceId ?? NOTHING_MADE, reason });
}
