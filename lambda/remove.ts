import { DeleteSnapshotCommand, DeregisterImageCommand, Image, Snapshot } from '@aws-sdk/client-ec2';
import { Aws } from './aws';
import { answerOf, IMAGE_GONE, is, isTransient, NOT_ALLOWED, SNAPSHOT_GONE } from './errors';
import { Denied, Failure, NotYet } from './failure';
import { findOwnImages, findOwnSnapshots } from './images';

/** What could not be removed: in this round, or at all. */
interface Leftover {
  readonly what: string;
  readonly error: unknown;
  /** It holds nothing, and what holds it is not ours to remove. */
  readonly harmless?: boolean;
}

/** Rounds within one invocation, and the pause between them: a snapshot is "in use by ami-…" for a moment after its image is gone. */
const ROUNDS = 5;
const PAUSE = 3_000;

/**
 * Removes what a request owns, whatever state it is in, and nothing else. It is done when a look at AWS, some seconds after the
 * first, finds nothing more: what has only just been made may not show at once.
 */
export async function removeOwned(aws: Aws, owner: string): Promise<void> {
  const asked = new Set<string>();
  let left: Leftover[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round > 0) {
      await aws.sleep(PAUSE);
    }
    const before = asked.size;
    left = [...await deregister(aws, owner, asked), ...await deleteSnapshots(aws, owner, asked)];
    if (round > 0 && left.length === 0 && asked.size === before) {
      return;
    }
  }
  if (left.length > 0 && left.every(({ harmless }) => harmless)) {
    console.warn({ message: 'left behind, because the image that failed with them has lost its tags', snapshots: left.map(({ what }) => what) });
    return;
  }
  if (left.length === 0) {
    throw new NotYet('EC2 keeps showing more to remove');
  }
  const sentence = left.map(({ what, error }) => `${what} (EC2 said ${answerOf(error).code}: ${answerOf(error).message})`).join('; ');
  if (left.every(({ error }) => is(error, NOT_ALLOWED))) {
    throw new Denied(`the handler may not remove ${sentence}`);
  }
  if (left.some(({ error }) => !isTransient(error) && !is(error, ['InvalidSnapshot.InUse']))) {
    throw new Failure(`could not remove ${sentence}: remove what holds it, and delete again`);
  }
  throw new NotYet(`could not remove ${sentence}`);
}

/** Deregistering a pending image cancels what is making it. */
async function deregister(aws: Aws, owner: string, asked: Set<string>): Promise<Leftover[]> {
  const images = (await findOwnImages(aws, owner)).filter(image => image.State !== 'deregistered');
  return collect(images, async (image: Image) => {
    const { DeleteSnapshotResults } = await aws.ec2.send(new DeregisterImageCommand({ ImageId: image.ImageId, DeleteAssociatedSnapshots: true }));
    asked.add(image.ImageId!);
    for (const { SnapshotId, ReturnCode } of DeleteSnapshotResults ?? []) {
      // the call succeeds although snapshots stay: those that stayed are found by their tag below
      console.info({ message: 'snapshot of a deregistered image', SnapshotId, ReturnCode });
    }
  }, image => image.ImageId!, IMAGE_GONE);
}

async function deleteSnapshots(aws: Aws, owner: string, asked: Set<string>): Promise<Leftover[]> {
  const snapshots = (await findOwnSnapshots(aws, owner)).filter(snapshot => !asked.has(snapshot.SnapshotId!));
  return collect(snapshots, async (snapshot: Snapshot) => {
    await aws.ec2.send(new DeleteSnapshotCommand({ SnapshotId: snapshot.SnapshotId }));
    // a pending snapshot may still be seen after this: EC2 deletes it when it is complete
    asked.add(snapshot.SnapshotId!);
  }, snapshot => snapshot.SnapshotId!, SNAPSHOT_GONE, isOfFailure);
}

/** "The snapshot snap-… is currently in use by ami-…", of a snapshot that was never completed: that image failed, and cannot be found. */
function isOfFailure(snapshot: Snapshot, error: unknown): boolean {
  return snapshot.State === 'error' && is(error, ['InvalidSnapshot.InUse']);
}

async function collect<T>(
  items: T[], remove: (item: T) => Promise<void>, idOf: (item: T) => string, gone: readonly string[], isHarmless?: (item: T, error: unknown) => boolean,
): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const item of items) {
    try {
      await remove(item);
    } catch (error) {
      if (!is(error, gone)) {
        left.push({ what: idOf(item), error, harmless: isHarmless?.(item, error) });
      }
    }
  }
  return left;
}
