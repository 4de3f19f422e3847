import { deleteOwnedResources } from './delete-owned-resources';
import { deleteUnreturnedAttempts } from './delete-unreturned-attempts';
import { AwsClients } from '../aws/clients';
import { NotReady } from '../outcomes';
import { Request } from '../request/parse-request';
import { parsePhysicalId } from '../request/physical-id';

/** So long an invocation of a canceled request may still be running: the timeout of the step function, and a margin. */
const MAX_INVOCATION_MS = 210_000;

/** Deletes the AMI of a resource, and nothing that CloudFormation may still use. */
export async function deleteResource(aws: AwsClients, request: Request): Promise<Record<string, string>> {
  const { event, image, handler, ownedResourceTypes } = request;
  await handler.revokeSharing?.(aws, image);
  if (parsePhysicalId(event.PhysicalResourceId) === undefined) {
    // in the cleanup of an update, a finished AMI of the resource is the new one
    const { stackStatus } = image.memory;
    const finished = stackStatus !== undefined && stackStatus !== 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS';
    await deleteUnreturnedAttempts(aws, request, { finished, unanswered: true });
    const remainingMs = MAX_INVOCATION_MS - (aws.now() - image.startedAt);
    if (remainingMs > 0) {
      throw new NotReady('a canceled request may still be running', remainingMs / 1_000);
    }
    return {};
  }
  if (ownedResourceTypes.length === 0) {
    // another round would revoke what the record of the sharing, which is deleted now, has protected
    return {};
  }
  await deleteOwnedResources(aws, image, ownedResourceTypes);
  if (isLastDelete(request)) {
    await deleteUnreturnedAttempts(aws, request, { finished: true });
  }
  return {};
}

/**
 * Whether all AMIs of the resource go with the stack. In the cleanup of an update nothing tells the deletion of a resource from that of an AMI that was
 * replaced, or of an attempt that failed without rollback: then another AMI may be the one that the stack uses.
 */
function isLastDelete({ image }: Request): boolean {
  return ['DELETE_IN_PROGRESS', 'ROLLBACK_IN_PROGRESS'].some(status => status === image.memory.stackStatus);
}
