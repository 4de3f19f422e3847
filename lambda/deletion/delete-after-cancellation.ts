import { Aws } from '../aws/clients';
import { PendingEvent } from '../request/events';
import { NotYet } from '../outcomes';
import { ownerOf, ownersOf } from '../request/physical-id';
import { Removable } from './owned-resources';
import { removeOwned } from './delete-owned-resources';
import { stateOfStack } from '../aws/describe-stack';

/** For so long, what a cancelled request was just about to make may still appear. */
const QUIET = 60_000;

/**
 * Removes what a cancelled request of the same resource has made. CloudFormation has not heard of it, so it asks for its removal by an id
 * that it has invented, or not at all.
 *
 * Only what was made since the stack's operation began: an image that the resource had before stays.
 */
export async function removeAbandoned(aws: Aws, event: PendingEvent, removables: readonly Removable[], passed?: number): Promise<void> {
  const state = await stateOfStack(aws, event.StackId);
  if (!state) {
    throw new NotYet('CloudFormation does not say since when it works on the stack');
  }
  const own = ownerOf(event.StackId, event.PhysicalResourceId);
  const found = await Promise.all(removables.map(removable => removable.find(aws, `${ownersOf(event)}*`)));
  const owners = new Set(found.flat().filter(({ owner, madeAt }) => owner !== own && madeAt >= state.since).map(({ owner }) => owner));
  for (const owner of owners) {
    await removeOwned(aws, owner, removables);
  }
  if (passed !== undefined && passed < QUIET) {
    throw new NotYet('a cancelled request may still be at work');
  }
}
