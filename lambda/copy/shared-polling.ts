import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { CopyRequest } from './copy-request';
import { Aws } from '../aws/clients';
import { findOwnImages, findOwnSnapshots, isStep, ownerTagOf } from '../aws/find-images';
import { NotYet } from '../outcomes';

/*
 * What the copies of a stack know of each other that are dealt with in the same execution environment.
 *
 * Four hundred copies that each look for themselves, four times a minute, ask more than EC2 answers ("RequestLimitExceeded", beyond 20
 * a second), and those that ask in vain for room keep EC2 from taking any when there is room again. Nothing here decides more than to
 * wait: whoever has something to do looks at EC2 first.
 */

/** The images of a stack at a time, in milliseconds since 1970. */
interface Look {
  readonly stack: string;
  readonly at: number;
  readonly images: readonly Image[];
}

/** When EC2 took no more copies, and how many of the stack were in progress then. */
interface Refusal {
  readonly at: number;
  readonly inProgress: number;
}

/** Milliseconds; for a request that has not used the look yet: one that comes back comes for something new. */
const LOOK_GOOD_FOR = 5_000;
/** Others of the account may be done sooner than ours. */
const REFUSAL_GOOD_FOR = 60_000;

const looks = new WeakMap<Aws, Look>();
const snapshotLooks = new WeakMap<Aws, { readonly stack: string; readonly at: number; readonly snapshots: readonly Snapshot[] }>();
const refusals = new WeakMap<Aws, Refusal>();

/** The copy of a request, if there is one. Throws `NotYet` if there is none, and no room for it. */
export async function findCopy(aws: Aws, { owner, ownerPrefix, memory }: CopyRequest): Promise<Image | undefined> {
  const find = (look: Look) => {
    memory.imagesReadAt = look.at;
    const image = look.images.find(one => ownerTagOf(one) === owner && !isStep(one));
    if (!image) {
      checkRoom(aws, look);
    }
    return image;
  };
  const last = looks.get(aws);
  if (last?.stack === ownerPrefix && aws.now() - last.at < LOOK_GOOD_FOR && last.at > (memory.imagesReadAt ?? 0)) {
    const image = find(last);
    if (image?.State === 'pending' || image?.State === 'available') {
      return image;
    }
  }
  const at = aws.now();
  // who has not begun, or only waits, gives way to those who are about to begin
  const look = { stack: ownerPrefix, at, images: await findOwnImages(aws.once(), `${ownerPrefix}*`) };
  looks.set(aws, look);
  return find(look);
}

/** The snapshots of a request, as they were a few seconds ago at most. */
export async function findSnapshotsOfCopy(aws: Aws, { owner, ownerPrefix, memory }: CopyRequest): Promise<Snapshot[]> {
  const last = snapshotLooks.get(aws);
  const good = last?.stack === ownerPrefix && aws.now() - last.at < LOOK_GOOD_FOR && last.at > (memory.snapshotsReadAt ?? 0);
  const look = good ? last : { stack: ownerPrefix, at: aws.now(), snapshots: await findOwnSnapshots(aws.once(), `${ownerPrefix}*`) };
  snapshotLooks.set(aws, look);
  memory.snapshotsReadAt = look.at;
  return look.snapshots.filter(snapshot => ownerTagOf(snapshot) === owner && !isStep(snapshot));
}

/** EC2 said "ResourceLimitExceeded". */
export function noteRefusal(aws: Aws): void {
  refusals.set(aws, { at: aws.now(), inProgress: inProgress(looks.get(aws)) });
}

/** There is none before one of those in progress is done. */
function checkRoom(aws: Aws, look: Look): void {
  const refusal = refusals.get(aws);
  if (refusal && aws.now() - refusal.at < REFUSAL_GOOD_FOR && inProgress(look) >= refusal.inProgress) {
    throw new NotYet(`EC2 takes no more copies while ${refusal.inProgress} of this stack are in progress (ResourceLimitExceeded)`);
  }
}

function inProgress(look: Look | undefined): number {
  return look?.images.filter(({ State }) => State === 'pending').length ?? 0;
}
