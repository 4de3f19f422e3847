import { AwsClients } from '../aws/clients';
import { NotReady } from '../outcomes';
import { deleteOwnedResources } from './delete-owned-resources';
import { describeStack } from '../aws/describe-stack';
import { Request } from '../request/parse-request';
import { ownerOf, ownerTagPrefixOfResource } from '../request/physical-id';

/** For so long, what a cancelled request was just about to make may still appear. */
const QUIET_MS = 60_000;

/**
 * Removes what a cancelled request of the same resource has made. CloudFormation has not heard of it, so it asks for its removal by an id
 * that it has invented, or not at all.
 *
 * Only what was made since the stack's operation began: an image that the resource had before stays.
 */
export async function deleteAfterCancellation(aws: AwsClients, { event, image, removables }: Request, { quiet }: { quiet: boolean }): Promise<void> {
  const state = await describeStack(aws, event.StackId);
  if (!state) {
    throw new NotReady('CloudFormation does not say since when it works on the stack');
  }
  const own = ownerOf(event.StackId, image.physicalId);
  const found = await Promise.all(removables.map(removable => removable.find(aws, `${ownerTagPrefixOfResource(event)}*`)));
  const owners = new Set(found.flat().filter(({ owner, createdAt }) => owner !== own && createdAt >= state.since).map(({ owner }) => owner));
  for (const owner of owners) {
    await deleteOwnedResources(aws, image.memory, owner, removables);
  }
  const left = QUIET_MS - (aws.now() - image.startedAt);
  if (quiet && left > 0) {
    throw new NotReady('a cancelled request may still be running', left / 1_000);
  }
}
