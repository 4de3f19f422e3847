import { Image } from '@aws-sdk/client-ec2';
import { Aws } from './aws';
import { PendingEvent } from './event';
import { NotYet } from './failure';
import { ownerOf, ownersOf } from './identity';
import { findOwnImages, findOwnSnapshots, ownerTagOf } from './images';
import { removeOwned } from './remove';
import { stateOfStack } from './stack';

/** For so long, what a cancelled request was just about to make may still appear. */
const QUIET = 60_000;

/**
 * Removes what a cancelled request of the same resource has made. CloudFormation has not heard of it, so it asks for its removal by an id
 * that it has invented, or not at all.
 *
 * Only what was made since the stack's operation began: an image that the resource had before stays.
 */
export async function removeAbandoned(aws: Aws, event: PendingEvent, passed?: number): Promise<void> {
  const state = await stateOfStack(aws, event.StackId);
  if (!state) {
    throw new NotYet('CloudFormation does not say since when it works on the stack');
  }
  const own = ownerOf(event.StackId, event.PhysicalResourceId);
  const all = `${ownersOf(event)}*`;
  const images = (await findOwnImages(aws, all)).filter(image => image.State !== 'deregistered' && madeSince(image, state.since));
  const snapshots = (await findOwnSnapshots(aws, all)).filter(snapshot => (snapshot.StartTime?.getTime() ?? 0) >= state.since);
  const owners = new Set([...images, ...snapshots].flatMap(resource => ownerTagOf(resource) ?? []).filter(owner => owner !== own));
  for (const owner of owners) {
    await removeOwned(aws, owner);
  }
  if (passed !== undefined && passed < QUIET) {
    throw new NotYet('a cancelled request may still be at work');
  }
}

function madeSince(image: Image, since: number): boolean {
  return Date.parse(image.CreationDate ?? '') >= since;
}
