import { Aws } from '../aws/clients';
import { answerOf, is, isTransient, NOT_ALLOWED } from '../aws/error-codes';
import { Denied, Failure, NotYet } from '../outcomes';
import { findImage, ownerTagOf } from '../aws/find-images';
import { isGone, Owned, Removable } from './owned-resources';

/** What could not be removed in a round. */
interface Leftover {
  readonly owned: Owned;
  readonly error: unknown;
  readonly busy: boolean;
}

/** Rounds within one invocation, and the pause between them, in milliseconds. */
export interface Pace {
  readonly rounds: number;
  readonly pause: number;
}
const PACE: Pace = { rounds: 5, pause: 3_000 };

/**
 * Removes what a request owns, whatever state it is in, and nothing else. It is done when a look at AWS, some seconds after the
 * first, finds nothing more: what has only just been made may not show at once.
 */
export async function removeOwned(aws: Aws, owner: string, removables: readonly Removable[], { rounds, pause } = PACE): Promise<void> {
  const asked = new Set<string>();
  let left: Leftover[] = [];
  let going: Owned[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) {
      await aws.sleep(pause);
    }
    const before = asked.size;
    left = [];
    going = [];
    for (const removable of removables) {
      const found = (await removable.find(aws, owner)).filter(({ id }) => removable.seenGone || !asked.has(id));
      left.push(...await removeAll(aws, removable, found.filter(one => !one.going && !(one.held && going.length > 0)), asked));
      going.push(...removable.seenGone ? found : []);
    }
    if (round > 0 && left.length === 0 && going.length === 0 && asked.size === before) {
      return;
    }
  }
  await report(aws, left, going);
}

async function removeAll(aws: Aws, removable: Removable, found: readonly Owned[], asked: Set<string>): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const owned of found) {
    try {
      await removable.remove(aws, owned.id);
      asked.add(owned.id);
    } catch (error) {
      if (!isGone(removable, error)) {
        left.push({ owned, error, busy: is(error, removable.busy) });
      }
    }
  }
  return left;
}

async function report(aws: Aws, left: readonly Leftover[], going: readonly Owned[]): Promise<void> {
  if (left.length === 0) {
    throw new NotYet(going.length > 0 ? `${going.map(({ id }) => id).join(', ')} not gone yet` : 'EC2 keeps showing more to remove');
  }
  if (going.length === 0 && (await Promise.all(left.map(one => isHeldByFailure(aws, one)))).every(Boolean)) {
    // that image was named when it failed
    console.warn({ message: 'left behind, because the image that failed with them has lost its tags', ids: left.map(({ owned }) => owned.id) });
    return;
  }
  const sentence = left.map(({ owned, error }) => `${owned.id} (EC2 said ${answerOf(error).code}: ${answerOf(error).message})`).join('; ');
  if (left.every(({ error }) => is(error, NOT_ALLOWED))) {
    throw new Denied(`the handler may not remove ${sentence}`);
  }
  if (left.some(({ error, busy }) => !busy && !isTransient(error))) {
    throw new Failure(`could not remove ${sentence}: remove what holds it, and delete again`);
  }
  throw new NotYet(`could not remove ${sentence}`);
}

/**
 * "The snapshot snap-… is currently in use by ami-…, ami-…": only images that failed and have lost their tags, so that nothing of them may be removed.
 * EC2 names all of them, in any order.
 */
async function isHeldByFailure(aws: Aws, { owned, error, busy }: Leftover): Promise<boolean> {
  if (!busy || owned.hollow) {
    return busy;
  }
  const holders = await Promise.all((answerOf(error).message.match(/\bami-\w+/g) ?? []).map(id => findImage(aws, id)));
  return holders.length > 0 && holders.every(image => image?.State === 'failed' && ownerTagOf(image) === undefined);
}
