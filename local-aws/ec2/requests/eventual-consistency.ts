import type { Ec2Context } from '../state/ec2-context';
import { Resource, Snapshot } from '../state/records';

/**
 * Whether Describe calls see a new thing yet. Asking counts: EC2's answers come from places that hear of it later.
 * What was there from the start is always seen.
 */
export function isVisible({ clock, settings: { consistency } }: Ec2Context, resource: Resource): boolean {
  if (resource.seeded) {
    return true;
  }
  resource.reads += 1;
  return resource.reads > consistency.readsUntilVisible && clock.now() >= resource.createdAt + consistency.untilVisible;
}

/** Whether an account finds a snapshot without its id: lists and filters hear later of what is new, and of what was shared. */
export function isListed({ clock, settings: { consistency } }: Ec2Context, viewer: string, snapshot: Snapshot): boolean {
  return (snapshot.seeded || clock.now() >= snapshot.createdAt + consistency.listsLag) && !snapshot.newReaders.has(viewer);
}
