import { deleteOwnedResources } from './delete-owned-resources';
import { deleteUnreturnedAttempts } from './delete-unreturned-attempts';
import { REPLACES_TAG } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findTaggedImages } from '../aws/find-images';
import { NotReady } from '../outcomes';
import { tagOf } from '../ownership/seal';
import { Request } from '../request/parse-request';
import { ownerTagPrefixOfResource, parsePhysicalId } from '../request/physical-id';

/** So long an invocation of a cancelled request may still be running: the timeout of the step function, and a margin. */
const MAX_INVOCATION_MS = 210_000;

/** Deletes the AMI of a resource, and nothing that CloudFormation may still use. */
export async function deleteResource(aws: AwsClients, request: Request): Promise<Record<string, string>> {
  const { event, image, handler, ownedResourceTypes } = request;
  await handler.revokeSharing?.(aws, image.properties, image.account);
  if (parsePhysicalId(event.PhysicalResourceId) === undefined) {
    await deleteUnreturnedAttempts(aws, request, { finished: true });
    const left = MAX_INVOCATION_MS - (aws.now() - image.startedAt);
    if (left > 0) {
      throw new NotReady('a canceled request may still be running', left / 1_000);
    }
    return {};
  }
  await deleteOwnedResources(aws, image, ownedResourceTypes);
  if (ownedResourceTypes.length > 0 && await isLastDelete(aws, request)) {
    await deleteUnreturnedAttempts(aws, request, { finished: true });
  }
  return {};
}

/**
 * Whether the resource itself goes, and not only an AMI that was replaced: the new one tells which AMI it replaces. In a rollback of an update, the
 * AMI that is deleted is the new one, and the old one stays.
 */
async function isLastDelete(aws: AwsClients, { event, image }: Request): Promise<boolean> {
  switch (image.memory.stackStatus) {
    case 'DELETE_IN_PROGRESS':
    case 'ROLLBACK_IN_PROGRESS':
      return true;
    case 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS': {
      const others = await findTaggedImages(aws, `${ownerTagPrefixOfResource(event)}*`);
      return !others.some(other => tagOf(other, REPLACES_TAG) === event.PhysicalResourceId);
    }
    default:
      return false;
  }
}
