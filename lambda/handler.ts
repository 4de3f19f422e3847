import { progressOf } from './ami/snapshot-progress';
import { Aws } from './aws/clients';
import { Abandoned, stateOfStack } from './aws/describe-stack';
import { answerOf, is, isTransient, NOT_ALLOWED } from './aws/error-codes';
import { removeAbandoned } from './deletion/delete-after-cancellation';
import { removeOwned } from './deletion/delete-owned-resources';
import { Removable } from './deletion/owned-resources';
import { Denied, DENIAL_GRACE_MS, Failure, NotYet } from './outcomes';
import { Completion, PendingEvent, ResourceEvent, Started } from './request/events';
import { parseSharing, parseTags } from './request/parse-properties';
import { isPhysicalId, ownerOf, physicalIdFor } from './request/physical-id';
import { kindOf } from './resource-handlers';
import { ImageAttributes, PropertyRule } from '../src/contract';

/** CloudFormation stops listening after an hour, so the last minute is for saying why. */
const LONGEST = 59 * 60_000;
const LONGEST_REMOVAL = 15 * 60_000;
/** Sharing an AMI that exists takes some calls of EC2. */
const SHARING_TIMEOUT_SECONDS = 15 * 60;
/** How long an invocation waits for what is a matter of seconds, well below the function's timeout, and how long between two looks. */
const PATIENCE = 120_000;
const BLINK = 1_000;
/** How often a request that only waits asks whether it is still wanted. */
const ASK_AGAIN = 60_000;

/**
 * Names what the request is about, and makes nothing: what `onEvent` makes before it fails, nobody removes, because the framework does not
 * pass on the Delete that follows a failed Create.
 */
export function answerOnEvent(aws: Aws) {
  return async (event: ResourceEvent): Promise<Started> => {
    const physicalId = event.RequestType === 'Delete' ? event.PhysicalResourceId! : nameImage(event);
    const started: Started = {
      PhysicalResourceId: physicalId,
      StartedAt: aws.now(),
      StackStatus: (await stateOfStack(aws, event.StackId))?.status,
      Making: physicalId !== event.PhysicalResourceId,
    };
    log(event, { message: event.RequestType, ...started });
    return started;
  };
}

/** Takes the next step, and says whether it was the last. */
export function answerIsComplete(aws: Aws) {
  return async (event: PendingEvent): Promise<Completion> => {
    const passed = aws.now() - event.StartedAt;
    try {
      const data = await stepsFrom(aws, event);
      log(event, { message: 'complete', ...data });
      return { IsComplete: true, Data: data };
    } catch (error) {
      const denied = error instanceof Denied || is(error, NOT_ALLOWED);
      if (!isTransient(error) && !(denied && passed < DENIAL_GRACE_MS)) {
        throw error instanceof Failure ? error : unexpected(error);
      }
      const why = wordsOf(error);
      log(event, { message: 'not yet', why });
      if (passed >= limitOf(event)) {
        throw new Failure(outOfTime(event, why, await progressOf(aws, ownerOf(event.StackId, event.PhysicalResourceId))));
      }
      return { IsComplete: false };
    }
  };
}

/** Takes steps as long as the next one is a matter of seconds: the waiter looks only every quarter of a minute. */
async function stepsFrom(aws: Aws, event: PendingEvent): Promise<Record<string, string>> {
  const began = aws.now();
  for (;;) {
    try {
      return await step(aws, event, aws.now() - event.StartedAt);
    } catch (error) {
      const time = aws.now();
      if (!(error instanceof NotYet && error.soon) || time - began >= PATIENCE || time - event.StartedAt >= limitOf(event)) {
        throw error;
      }
      await aws.sleep(BLINK);
    }
  }
}

async function step(aws: Aws, event: PendingEvent, passed: number): Promise<Record<string, string>> {
  if (event.RequestType === 'Delete') {
    await remove(aws, event, passed);
    return {};
  }
  try {
    return { ...await advance(aws, event, passed) };
  } catch (error) {
    if (error instanceof Abandoned) {
      // nobody else knows of what this request has made
      await removeOwned(aws, ownerOf(event.StackId, event.PhysicalResourceId), removablesOf(event));
      throw new Failure(`the image is not wanted any more: ${error.message}; what was made of it is removed`);
    }
    throw error;
  }
}

async function advance(aws: Aws, event: PendingEvent, passed: number): Promise<ImageAttributes> {
  const kind = kindOf(event.ResourceType);
  const checkWanted = async () => {
    // an image that was there before is not this request's to remove, whatever becomes of the stack
    if (!event.Making) {
      return;
    }
    const status = (await stateOfStack(aws, event.StackId))?.status;
    if (status !== undefined && event.StackStatus !== undefined && status !== event.StackStatus) {
      throw new Abandoned(status);
    }
  };
  try {
    const attributes = await kind.advance(aws, {
      properties: kind.parse(event.ResourceProperties),
      owner: ownerOf(event.StackId, event.PhysicalResourceId),
      ownerPrefix: `${event.StackId}/`,
      account: event.StackId.split(':')[4],
      physicalId: event.PhysicalResourceId,
      startedAt: event.StartedAt,
      making: event.Making,
      checkWanted,
      oldTags: parseTags(event.OldResourceProperties),
      oldSharing: parseSharing(event.OldResourceProperties),
    });
    await checkWanted();
    if (!event.Making && event.StackStatus?.includes('ROLLBACK')) {
      await removeAbandoned(aws, event, removablesOf(event));
    }
    return attributes;
  } catch (error) {
    // it is the waiting that is long, and asked in turns: four hundred copies must not exhaust what CloudFormation answers
    if (isTransient(error) && passed % ASK_AGAIN < ASK_AGAIN / 4) {
      await checkWanted();
    }
    throw error;
  }
}

async function remove(aws: Aws, event: PendingEvent, passed: number): Promise<void> {
  const kind = kindOf(event.ResourceType);
  await kind.takeBack?.(aws, kind.parse(event.ResourceProperties), event.StackId.split(':')[4]);
  if (isPhysicalId(event.PhysicalResourceId)) {
    await removeOwned(aws, ownerOf(event.StackId, event.PhysicalResourceId), removablesOf(event));
  } else {
    await removeAbandoned(aws, event, removablesOf(event), passed);
  }
}

function removablesOf(event: ResourceEvent): readonly Removable[] {
  const kind = kindOf(event.ResourceType);
  return kind.removables(kind.parse(event.ResourceProperties));
}

function nameImage(event: ResourceEvent): string {
  const kind = kindOf(event.ResourceType);
  return physicalIdFor(event, { ...kind.parse(event.ResourceProperties) }, kind.rules as Readonly<Record<string, PropertyRule>>);
}

function limitOf(event: PendingEvent): number {
  if (event.RequestType === 'Delete') {
    return LONGEST_REMOVAL;
  }
  const { TimeoutSeconds = SHARING_TIMEOUT_SECONDS } = kindOf(event.ResourceType).parse(event.ResourceProperties);
  return Math.min(TimeoutSeconds * 1_000, LONGEST);
}

function outOfTime(event: PendingEvent, why: string, progress: string): string {
  const minutes = Math.round(limitOf(event) / 60_000);
  return event.RequestType === 'Delete'
    ? `the removal did not end within ${minutes} minutes: ${why}`
    : `the image was not ready within ${minutes} minutes: ${why}${progress}; give the construct a longer timeout (an hour at the most), or make the image smaller`;
}

function unexpected(error: unknown): Failure {
  return new Failure(is(error, NOT_ALLOWED)
    ? `the handler may not do what it needs to do: a service control policy or a permissions boundary may deny what its role allows (${wordsOf(error)})`
    : `AWS gave an answer that the handler does not expect (${wordsOf(error)}); what was made is removed`);
}

function wordsOf(error: unknown): string {
  const { code, message } = answerOf(error);
  return code === 'NotYet' || code === 'Failure' ? message : `${code}: ${message}`;
}

/** One object a line; never the event itself, whose ResponseURL lets anyone answer in our name. */
function log(event: ResourceEvent, entry: object): void {
  console.info({ resource: event.LogicalResourceId, request: event.RequestId, ...entry });
}
