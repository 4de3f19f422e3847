import { isGone, Owned, Removable } from './owned-resources';
import { Aws } from '../aws/clients';
import { answerOf, is, isTransient, NOT_ALLOWED } from '../aws/error-codes';
import { findImage, ownerTagOf } from '../aws/find-images';
import { Denied, Failure, NotYet } from '../outcomes';
import { Memory } from '../request/memory';

/** What could not be removed in a round. */
interface Leftover {
  readonly owned: Owned;
  readonly error: unknown;
  readonly busy: boolean;
}

/** After so many rounds, what EC2 refuses is believed. */
const MIN_ROUNDS = 5;
/** Seconds between two rounds. */
const PAUSE_SECONDS = 3;

/**
 * Removes what a request owns, whatever state it is in, and nothing else: one round a step. It is done when a round, some seconds after the
 * first, finds nothing more, because what has only just been made may not show at once; until then it throws `NotYet`.
 */
export async function removeOwned(
  aws: Aws, memory: Memory, owner: string, removables: readonly Removable[], pauseSeconds = PAUSE_SECONDS,
): Promise<void> {
  const { asked: before, rounds } = memory.removals?.[owner] ?? { asked: [], rounds: 0 };
  const asked = new Set<string>(before);
  const left: Leftover[] = [];
  const going: Owned[] = [];
  for (const removable of removables) {
    const found = (await removable.find(aws, owner)).filter(({ id }) => removable.seenGone || !asked.has(id));
    left.push(...await removeAll(aws, removable, found.filter(one => !one.going && !(one.held && going.length > 0)), asked));
    going.push(...removable.seenGone ? found : []);
  }
  if (rounds > 0 && left.length === 0 && going.length === 0 && asked.size === before.length) {
    memory.removals = { ...memory.removals, [owner]: { asked: [], rounds: 0 } };
    return;
  }
  memory.removals = { ...memory.removals, [owner]: { asked: [...asked], rounds: rounds + 1 } };
  if (rounds + 1 < MIN_ROUNDS) {
    throw new NotYet(whyNotYet(left, going), pauseSeconds);
  }
  await report(aws, left, going, pauseSeconds);
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

async function report(aws: Aws, left: readonly Leftover[], going: readonly Owned[], pauseSeconds: number): Promise<void> {
  if (left.length === 0) {
    throw new NotYet(whyNotYet(left, going), pauseSeconds);
  }
  if (going.length === 0 && (await Promise.all(left.map(one => isHeldByFailure(aws, one)))).every(Boolean)) {
    // that image was named when it failed
    console.warn({ message: 'left behind, because the image that failed with them has lost its tags', ids: left.map(({ owned }) => owned.id) });
    return;
  }
  const sentence = sentenceOf(left);
  if (left.every(({ error }) => is(error, NOT_ALLOWED))) {
    throw new Denied(`the handler may not remove ${sentence}`);
  }
  if (left.some(({ error, busy }) => !busy && !isTransient(error))) {
    throw new Failure(`could not remove ${sentence}: remove what holds it, and delete again`);
  }
  throw new NotYet(whyNotYet(left, going));
}

function whyNotYet(left: readonly Leftover[], going: readonly Owned[]): string {
  if (left.length > 0) {
    return `could not remove ${sentenceOf(left)}`;
  }
  return going.length > 0 ? `${going.map(({ id }) => id).join(', ')} not gone yet` : 'EC2 may show more to remove';
}

function sentenceOf(left: readonly Leftover[]): string {
  return left.map(({ owned, error }) => `${owned.id} (EC2 said ${answerOf(error).code}: ${answerOf(error).message})`).join('; ');
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
