import type { Ec2Context } from './context';
import { Resource } from './records';

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
