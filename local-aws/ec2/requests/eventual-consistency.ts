import type { Ec2Context } from '../state/ec2-context';
import { Resource, Snapshot } from '../state/records';

/** True if Describe calls find a resource. Each call counts, because EC2 is eventually consistent. Describe calls always find seed resources. */
export function isVisible({ clock, settings: { consistency } }: Ec2Context, resource: Resource): boolean {
  if (resource.seeded) {
    return true;
  }
  resource.reads += 1;
  return resource.reads > consistency.readsUntilVisible && clock.now() >= resource.createdAt + consistency.untilVisible;
}

/** True if lists and filters of an account find a snapshot. They find new and newly shared snapshots later than its ID does. */
export function isListed({ clock, settings: { consistency } }: Ec2Context, viewer: string, snapshot: Snapshot): boolean {
  return (snapshot.seeded || clock.now() >= snapshot.createdAt + consistency.listsLag) && !snapshot.newReaders.has(viewer);
}
