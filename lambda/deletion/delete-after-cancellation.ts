import { Aws } from '../aws/clients';
import { NotYet } from '../outcomes';
import { removeOwned } from './delete-owned-resources';
import { stateOfStack } from '../aws/describe-stack';
import { Request } from '../request/parse-request';
import { ownerOf, ownersOf } from '../request/physical-id';

/** For so long, what a cancelled request was just about to make may still appear. */
const QUIET_MS = 60_000;

/**
 * Removes what a cancelled request of the same resource has made. CloudFormation has not heard of it, so it asks for its removal by an id
 * that it has invented, or not at all.
 *
 * Only what was made since the stack's operation began: an image that the resource had before stays.
 */
export async function removeAbandoned(aws: Aws, { event, image, removables }: Request, { quiet }: { quiet: boolean }): Promise<void> {
  const state = await stateOfStack(aws, event.StackId);
  if (!state) {
    throw new NotYet('CloudFormation does not say since when it works on the stack');
  }
  const own = ownerOf(event.StackId, image.physicalId);
  const found = await Promise.all(removables.map(removable => removable.find(aws, `${ownersOf(event)}*`)));
  const owners = new Set(found.flat().filter(({ owner, madeAt }) => owner !== own && madeAt >= state.since).map(({ owner }) => owner));
  for (const owner of owners) {
    await removeOwned(aws, image.memory, owner, removables);
  }
  const left = QUIET_MS - (aws.now() - image.startedAt);
  if (quiet && left > 0) {
    throw new NotYet('a cancelled request may still be running', left / 1_000);
  }
}
