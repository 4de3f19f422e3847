import { Ec2Context } from '../state/ec2-context';
import { Image } from '../state/records';
import { PendingSnapshot } from '../snapshots/snapshot-copies';

/** The image is available once the last of its snapshots is there, and fails if one of them cannot be made. */
export function completeLater(ec2: Ec2Context, image: Image, made: readonly PendingSnapshot[], earliest: number): void {
  const { world, clock, settings: { timing } } = ec2;
  if (made.some(({ problem }) => problem)) {
    world.schedule.scheduleTransition(clock.now() + timing.keyFailure, () => fail(ec2, image, made));
    return;
  }
  const complete = Math.max(earliest, ...made.map(({ snapshot }) => snapshot.completesAt));
  world.schedule.scheduleTransition(complete + timing.imageRegistration, () => {
    if (made.some(({ snapshot }) => snapshot.state === 'error')) {
      fail(ec2, image, made);
    } else if (image.state === 'pending') {
      image.state = 'available';
    }
  });
}

/** A snapshot that could not be made: it says why, in its way, unless it was to be deleted anyway. */
export function failSnapshot({ world }: Ec2Context, { snapshot, problem }: PendingSnapshot): void {
  if (problem) {
    snapshot.state = 'error';
    snapshot.stateMessage = 'Given key ID is not accessible';
    if (snapshot.deletionRequested) {
      world.removeSnapshot(snapshot.id);
    }
  }
}

function fail(ec2: Ec2Context, image: Image, made: readonly PendingSnapshot[]): void {
  const { world, switches } = ec2;
  for (const one of made) {
    failSnapshot(ec2, one);
    if (switches.failedImageKeepsSnapshots === 'none') {
      world.removeSnapshot(one.snapshot.id);
    } else if (switches.failedImageKeepsSnapshots === 'without-tags') {
      world.tags.forget(one.snapshot.id);
    }
  }
  if (image.state !== 'pending') {
    return;
  }
  image.state = 'failed';
  image.stateReason = { Code: switches.failedReasonCode, Message: switches.failedReasonMessage };
  if (!switches.failedImageKeepsTags) {
    world.tags.forget(image.id);
  }
}
