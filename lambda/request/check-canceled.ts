import { ResourceEvent } from './events';
import { DeploymentError, NotReady } from '../outcomes';
import { ImageRequest } from './image-request';
import { Memory } from './memory';
import { deliveredLate, notDeleting, notInProgressYet } from './messages';
import { parsePhysicalId } from './physical-id';
import { isOutdated } from './sent-at';
import { Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { RequestCanceled, describeStackResource, describeStack, ResourceStatus, StackStatus } from '../aws/describe-stack';

/** For so long, CloudFormation may not show that it has just begun with a stack or a resource. */
const MAX_STATUS_LAG_MS = 30_000;

/** Throws `RequestCanceled` once CloudFormation has begun another operation than the one that the request belongs to. */
export async function throwIfCanceled(aws: AwsClients, event: ResourceEvent, memory: Memory): Promise<void> {
  memory.stackStatusReadAt = aws.now();
  const stack = await describeStack(aws, event.StackId);
  if (stack && isCanceled(stack, memory)) {
    throw new RequestCanceled(stack.status);
  }
  if (stack && !stack.status.endsWith('_IN_PROGRESS')) {
    // without rollback, the stack has failed as soon as one resource has; others may still be waited for
    const resource = await describeStackResource(aws, event.StackId, event.LogicalResourceId);
    if (resource && !resource.status.endsWith('_IN_PROGRESS')) {
      throw new RequestCanceled(stack.status, resource.status);
    }
  }
}

/** Where CloudFormation does not tell its operations, the status has to be one in which it gives up what it has asked for. */
function isCanceled({ operationIds, status }: StackStatus, memory: Memory): boolean {
  if (operationIds && memory.operationIds) {
    return operationIds.some(id => !memory.operationIds?.includes(id));
  }
  return status !== memory.stackStatus && /ROLLBACK|DELETE/.test(status);
}

/**
 * Throws unless CloudFormation waits for this request: the first step asks. Lambda may deliver it minutes late, when CloudFormation has canceled it,
 * or has rolled back, or has deleted the stack. And whoever may start an execution can send a request of their own.
 */
export async function throwIfNotInProgress(
  aws: AwsClients, event: ResourceEvent, { memory, isNewImage, isDelete, startedAt }: ImageRequest<Sharing>,
): Promise<void> {
  // memory may be forged, and neither a deletion nor a sharing is undone; an AMI is created only after CloudFormation was asked again
  if (memory.stackStatus !== undefined && isNewImage) {
    return;
  }
  const [stack, resource] = await Promise.all([
    describeStack(aws, event.StackId), describeStackResource(aws, event.StackId, event.LogicalResourceId),
  ]);
  if (!isDelete && isOutdated(event, resource)) {
    // it has made nothing yet, and what carries the same physical id may belong to the later request
    throw new DeploymentError(deliveredLate());
  }
  const isWaitedFor = stack === undefined
    || (isDelete ? isDeleteInProgress(event, stack.status, resource) : isInProgress(event, stack.status, resource?.status));
  if (!isWaitedFor) {
    if (aws.now() - startedAt < MAX_STATUS_LAG_MS) {
      throw new NotReady(notInProgressYet({ stack: stack.status, resource: resource?.status }), true);
    }
    if (isDelete) {
      throw new DeploymentError(notDeleting({ logicalId: event.LogicalResourceId, stack: stack.status, resource: resource?.status }));
    }
    throw new RequestCanceled(stack.status, resource?.status);
  }
  memory.stackStatusReadAt = aws.now();
  memory.stackStatus = stack?.status;
  memory.operationIds = stack?.operationIds;
  memory.hourBegan = resource?.status.endsWith('_IN_PROGRESS') ? resource.since : undefined;
}

/** Whether CloudFormation has received the AMI of an attempt. Such an attempt has not failed, whatever memory says. */
export async function hasReturned(aws: AwsClients, event: ResourceEvent, attemptId: string): Promise<boolean> {
  const resource = await describeStackResource(aws, event.StackId, event.LogicalResourceId);
  const current = parsePhysicalId(resource?.physicalId);
  return current?.attemptId === attemptId && current.imageId !== undefined;
}

function isInProgress({ RequestType }: ResourceEvent, stack: string, resource = 'CREATE_IN_PROGRESS'): boolean {
  // a rollback updates resources back, and creates none
  const inProgress = RequestType === 'Create' ? /^(CREATE|UPDATE)_IN_PROGRESS$/ : /^(UPDATE|ROLLBACK|UPDATE_ROLLBACK)_IN_PROGRESS$/;
  return inProgress.test(stack) && /^(CREATE|UPDATE)_IN_PROGRESS$/.test(resource);
}

/**
 * A Delete comes while the stack is deleted, rolled back or cleaned up, or for an id that is not the resource's. DescribeStackResource during the
 * cleanup is not documented: it may show the resource that is deleted, or the one that has replaced it.
 */
function isDeleteInProgress({ PhysicalResourceId }: ResourceEvent, stack: string, resource: ResourceStatus | undefined): boolean {
  if (!stack.endsWith('_IN_PROGRESS')) {
    return false;
  }
  return /DELETE|CLEANUP|ROLLBACK/.test(stack) || parsePhysicalId(PhysicalResourceId) === undefined
    || resource === undefined || !/^(CREATE|UPDATE)_/.test(resource.status) || resource.physicalId !== PhysicalResourceId;
}
