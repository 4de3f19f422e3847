import { ExecutionAlreadyExists, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { awsErrorDetails } from './aws/error-codes';
import { DeploymentError } from './outcomes';
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
        await startExecution(environment, event);
        note({ message: event.RequestType });
        return;
      } catch (error) {
        if (error instanceof ExecutionAlreadyExists) {
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

async function startExecution({ client, stateMachineArn, now }: StartEnvironment, event: ResourceEvent): Promise<void> {
  const seconds = Number(event.ResourceProperties.ServiceTimeout ?? SERVICE_TIMEOUT_SECONDS);
  const limit = Number.isInteger(seconds) ? Math.min(seconds, SERVICE_TIMEOUT_SECONDS) : SERVICE_TIMEOUT_SECONDS;
  const state: State = {
    event,
    deadline: new Date(now() + Math.max(limit - KEPT_FOR_ANSWER_SECONDS, 0) * 1_000).toISOString(),
    turn: { memory: {}, wait: 1 },
  };
  await client.send(new StartExecutionCommand({ stateMachineArn, name: event.RequestId, input: JSON.stringify(state) }));
}

/** The last resort, where no state machine can answer. */
function refuse({ send }: StartEnvironment, event: ResourceEvent, reason: string): Promise<void> {
  return send(event, { status: 'FAILED', physicalId: event.PhysicalResourceId ?? NOTHING_MADE, reason: new DeploymentError(reason).message });
}
