import { PendingSnapshot } from '../snapshots/snapshot-copies';
import { Ec2Context } from '../state/ec2-context';
import { Image } from '../state/records';

/** Makes the image available after its last snapshot has completed. The image fails if one of them fails. */
export function scheduleImageCompletion(ec2: Ec2Context, image: Image, pending: readonly PendingSnapshot[], earliest: number): void {
  const { state, clock, settings: { timing } } = ec2;
  if (pending.some(({ keyError }) => keyError)) {
    state.schedule.scheduleTransition(clock.now() + timing.keyFailure, () => fail(ec2, image, pending));
    return;
  }
  const complete = Math.max(earliest, ...pending.map(({ snapshot }) => snapshot.completesAt));
  state.schedule.scheduleTransition(complete + timing.imageRegistration, () => {
    if (pending.some(({ snapshot }) => snapshot.state === 'error')) {
      fail(ec2, image, pending);
    } else if (image.state === 'pending') {
      makeAvailable(ec2, image);
    }
  });
}

/** The last moment of the creation, in which a test can let EC2 misbehave. */
export function makeAvailable(ec2: Ec2Context, image: Image): void {
  image.state = 'available';
  ec2.misbehaviors.complete(ec2, image);
}

/** Handles a snapshot that fails: it gets a state message, unless it is deleted with the image. */
export function failSnapshot({ state }: Ec2Context, { snapshot, keyError }: PendingSnapshot): void {
  if (keyError) {
    snapshot.state = 'error';
    snapshot.stateMessage = 'Given key ID is not accessible';
    if (snapshot.deletionRequested) {
      state.removeSnapshot(snapshot.id);
    }
  }
}

function fail(ec2: Ec2Context, image: Image, pending: readonly PendingSnapshot[]): void {
  const { state, switches } = ec2;
  for (const one of pending) {
    failSnapshot(ec2, one);
    if (switches.failedImageKeepsSnapshots === 'none') {
      state.removeSnapshot(one.snapshot.id);
    } else if (switches.failedImageKeepsSnapshots === 'without-tags') {
      state.tags.delete(one.snapshot.id);
    }
  }
  if (image.state !== 'pending') {
    return;
  }
  image.state = 'failed';
  image.stateReason = { Code: switches.failedReasonCode, Message: switches.failedReasonMessage };
  if (!switches.failedImageKeepsTags) {
    state.tags.delete(image.id);
  }
}
