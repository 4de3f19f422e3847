import { ResourceEvent } from './events';
import { NotYet } from '../outcomes';
import { ImageRequest } from './image-request';
import { Memory } from './memory';
import { Sharing } from '../../src/contract';
import { Aws } from '../aws/clients';
import { Abandoned, stateOfResource, stateOfStack } from '../aws/describe-stack';

/** For so long, CloudFormation may not show that it has just begun with a stack or a resource. */
const MAX_LAG_MS = 30_000;

/** Throws `Abandoned` once the stack is in another state than it was when the request began. */
export async function checkWanted(aws: Aws, event: ResourceEvent, memory: Memory): Promise<void> {
  memory.askedAt = aws.now();
  const status = (await stateOfStack(aws, event.StackId))?.status;
  if (status !== undefined && memory.stackStatus !== undefined && status !== memory.stackStatus) {
    throw new Abandoned(status);
  }
}

/**
 * What the first step asks: whether CloudFormation waits for this request at all. Lambda may deliver it minutes late, when CloudFormation has
 * cancelled it, or has rolled back, or has deleted the stack.
 */
export async function checkWantedAtAll(aws: Aws, event: ResourceEvent, { memory, making, startedAt }: ImageRequest<Sharing>): Promise<void> {
  if (memory.abandoned !== undefined) {
    throw new Abandoned(memory.abandoned);
  }
  if (memory.stackStatus !== undefined) {
    return;
  }
  const [stack, resource] = await Promise.all([stateOfStack(aws, event.StackId), stateOfResource(aws, event.StackId, event.LogicalResourceId)]);
  if (making && stack && !isWaitedFor(event, stack.status, resource?.status)) {
    if (aws.now() - startedAt < MAX_LAG_MS) {
      throw new NotYet(`CloudFormation does not show that it waits: the stack is in the state ${stack.status}, the resource in ${resource?.status ?? 'an unknown one'}`, true);
    }
    throw new Abandoned(stack.status, resource && `, and the resource in the state ${resource.status}`);
  }
  memory.askedAt = aws.now();
  memory.stackStatus = stack?.status;
  memory.hourBegan = resource?.since;
}

function isWaitedFor({ RequestType }: ResourceEvent, stack: string, resource = 'CREATE_IN_PROGRESS'): boolean {
  // a rollback updates resources back, and creates none
  const inProgress = RequestType === 'Create' ? /^(CREATE|UPDATE)_IN_PROGRESS$/ : /^(UPDATE|ROLLBACK|UPDATE_ROLLBACK)_IN_PROGRESS$/;
  return inProgress.test(stack) && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(resource);
}
