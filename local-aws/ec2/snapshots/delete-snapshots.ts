import { AwsError, Call } from '../../aws-call';
import { snapshotResource } from '../authorization/iam-resources';
import { DeletionCode } from '../settings/snapshot-deletion-failures';
import { Ec2Context } from '../state/ec2-context';
import { Image, Snapshot } from '../state/records';

/** Deletes a snapshot of a deregistered image, and returns the result for the response. */
export function deleteWithImage(ec2: Ec2Context, call: Call, image: Image, snapshot: Snapshot): DeletionCode {
  const failure = ec2.deletionFailures.next(snapshot.id);
  if (failure) {
    return failure;
  }
  if (snapshot.account !== image.account || ec2.state.imagesUsing(snapshot.id).some(other => other !== image)) {
    return 'skipped';
  }
  const resource = snapshotResource(ec2, call.principal.account, snapshot);
  if (!ec2.permissions.allows(call, { action: 'ec2:DeleteSnapshot', resource })) {
    return 'missing-permissions';
  }
  remove(ec2, snapshot);
  return 'success';
}

/** `DeleteSnapshot`, after authorization. */
export function deleteSnapshot(ec2: Ec2Context, snapshot: Snapshot): void {
  const held = snapshot.usedBy && snapshot.usedBy.until > ec2.clock.now() ? [snapshot.usedBy.imageId] : [];
  // EC2 names all images, the newest first
  const users = [...ec2.state.imagesUsing(snapshot.id).map(image => image.id).reverse(), ...held];
  if (users.length > 0) {
    throw new AwsError('InvalidSnapshot.InUse', `The snapshot ${snapshot.id} is currently in use by ${users.join(', ')}`);
  }
  remove(ec2, snapshot);
}

function remove({ state, switches }: Ec2Context, snapshot: Snapshot): void {
  if (snapshot.state === 'pending' && switches.pendingSnapshotDeleted === 'when-complete') {
    snapshot.deletionRequested = true;
  } else {
    state.removeSnapshot(snapshot.id);
  }
}
