import { ResourceEvent } from './events';
import { NotReady } from '../outcomes';
import { ImageRequest } from './image-request';
import { Memory } from './memory';
import { Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { RequestCanceled, describeStackResource, describeStack } from '../aws/describe-stack';

/** For so long, CloudFormation may not show that it has just begun with a stack or a resource. */
const MAX_STATUS_LAG_MS = 30_000;

/** Throws `RequestCanceled` once the stack is in another state than it was when the request began. */
export async function throwIfCanceled(aws: AwsClients, event: ResourceEvent, memory: Memory): Promise<void> {
  memory.stackStatusReadAt = aws.now();
  const status = (await describeStack(aws, event.StackId))?.status;
  if (status !== undefined && memory.stackStatus !== undefined && status !== memory.stackStatus) {
    throw new RequestCanceled(status);
  }
}

/**
 * What the first step asks: whether CloudFormation waits for this request at all. Lambda may deliver it minutes late, when CloudFormation has
 * cancelled it, or has rolled back, or has deleted the stack.
 */
export async function throwIfNotInProgress(
  aws: AwsClients, event: ResourceEvent, { memory, isNewImage, startedAt }: ImageRequest<Sharing>,
): Promise<void> {
  if (memory.canceledByStatus !== undefined) {
    throw new RequestCanceled(memory.canceledByStatus);
  }
  if (memory.stackStatus !== undefined) {
    return;
  }
  const [stack, resource] = await Promise.all([
    describeStack(aws, event.StackId), describeStackResource(aws, event.StackId, event.LogicalResourceId),
  ]);
  if (isNewImage && stack && !isInProgress(event, stack.status, resource?.status)) {
    if (aws.now() - startedAt < MAX_STATUS_LAG_MS) {
      throw new NotReady(`CloudFormation does not show that it waits: the stack is in the state ${stack.status}, the resource in ${resource?.status ?? 'an unknown one'}`, true);
    }
    throw new RequestCanceled(stack.status, resource && `, and the resource in the state ${resource.status}`);
  }
  memory.stackStatusReadAt = aws.now();
  memory.stackStatus = stack?.status;
  memory.hourBegan = resource?.since;
}

function isInProgress({ RequestType }: ResourceEvent, stack: string, resource = 'CREATE_IN_PROGRESS'): boolean {
  // a rollback updates resources back, and creates none
  const inProgress = RequestType === 'Create' ? /^(CREATE|UPDATE)_IN_PROGRESS$/ : /^(UPDATE|ROLLBACK|UPDATE_ROLLBACK)_IN_PROGRESS$/;
  return inProgress.test(stack) && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(resource);
}
