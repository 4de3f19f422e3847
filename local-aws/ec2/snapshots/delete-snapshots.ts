import { AwsError, Call } from '../../aws-call';
import type { Ec2Context } from '../state/ec2-context';
import { snapshotResource } from '../authorization/iam-resources';
import { Image, Snapshot } from '../state/records';

/** What `DeregisterImage` says about each snapshot that it was to delete. */
export type DeletionCode = 'success' | 'skipped' | 'missing-permissions' | 'internal-error' | 'client-error';

export interface Refusal {
  readonly code: Exclude<DeletionCode, 'success'>;
  /** Every snapshot if none is said. */
  readonly snapshotId?: string;
  /** How many deletions; all of them by default. */
  readonly times?: number;
}

/** Deletes snapshots, except those that a test wants to stay. */
export class SnapshotDeletions {
  private refusals: { readonly refusal: Refusal; left: number }[] = [];

  /** From now on the deletion of snapshots along with their image fails, although the call succeeds. */
  public refuse(refusal: Refusal): void {
    this.refusals.push({ refusal, left: refusal.times ?? Infinity });
  }

  public clear(): void {
    this.refusals = [];
  }

  /** The image's snapshots are to go along with it; the caller gets one code for each. */
  public withImage(ec2: Ec2Context, call: Call, image: Image, snapshot: Snapshot): DeletionCode {
    const refused = this.refusals.find(({ refusal, left }) => left > 0 && (refusal.snapshotId ?? snapshot.id) === snapshot.id);
    if (refused) {
      refused.left -= 1;
      return refused.refusal.code;
    }
    if (snapshot.account !== image.account || ec2.world.imagesUsing(snapshot.id).some(other => other !== image)) {
      return 'skipped';
    }
    const resource = snapshotResource(ec2, call.principal.account, snapshot);
    if (!ec2.permissions.allows(call, { action: 'ec2:DeleteSnapshot', resource })) {
      return 'missing-permissions';
    }
    remove(ec2, snapshot);
    return 'success';
  }
}

/** `DeleteSnapshot`, after permissions. */
export function deleteSnapshot(ec2: Ec2Context, snapshot: Snapshot): void {
  const held = snapshot.usedBy && snapshot.usedBy.until > ec2.clock.now() ? [snapshot.usedBy.imageId] : [];
  // all are named, the newest first
  const users = [...ec2.world.imagesUsing(snapshot.id).map(image => image.id).reverse(), ...held];
  if (users.length > 0) {
    throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${snapshot.id} is currently in use by ${users.join(', ')}`);
  }
  remove(ec2, snapshot);
}

function remove({ world, switches }: Ec2Context, snapshot: Snapshot): void {
  if (snapshot.state === 'pending' && switches.pendingSnapshotDeleted === 'when-complete') {
    snapshot.deletionRequested = true;
  } else {
    world.removeSnapshot(snapshot.id);
  }
}
