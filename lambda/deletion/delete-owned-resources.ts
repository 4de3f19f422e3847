import { isGone, OwnedResource, OwnedResourceType } from './owned-resources';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient, ACCESS_DENIED_CODES } from '../aws/error-codes';
import { findImage, ownerTagOf } from '../aws/find-images';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { Memory } from '../request/memory';

/** What could not be removed in a round. */
interface FailedDeletion {
  readonly owned: OwnedResource;
  readonly error: unknown;
  readonly busy: boolean;
}

/** After so many rounds, what EC2 refuses is believed. */
const MIN_ROUNDS = 5;
/** Seconds between two rounds. */
const PAUSE_SECONDS = 3;

/**
 * Removes what a request owns, whatever state it is in, and nothing else: one round a step. It is done when a round, some seconds after the
 * first, finds nothing more, because what has only just been made may not show at once; until then it throws `NotReady`.
 */
export async function deleteOwnedResources(
  aws: AwsClients, memory: Memory, owner: string, removables: readonly OwnedResourceType[], pauseSeconds = PAUSE_SECONDS,
): Promise<void> {
  const { requestedIds: before, rounds } = memory.removals?.[owner] ?? { requestedIds: [], rounds: 0 };
  const asked = new Set<string>(before);
  const failed: FailedDeletion[] = [];
  const going: OwnedResource[] = [];
  for (const removable of removables) {
    const found = (await removable.find(aws, owner)).filter(({ id }) => removable.mustDisappear || !asked.has(id));
    failed.push(...await deleteEach(aws, removable, found.filter(one => !one.isDeleting && !(one.isAttached && going.length > 0)), asked));
    going.push(...removable.mustDisappear ? found : []);
  }
  if (rounds > 0 && failed.length === 0 && going.length === 0 && asked.size === before.length) {
    memory.removals = { ...memory.removals, [owner]: { requestedIds: [], rounds: 0 } };
    return;
  }
  memory.removals = { ...memory.removals, [owner]: { requestedIds: [...asked], rounds: rounds + 1 } };
  if (rounds + 1 < MIN_ROUNDS) {
    throw new NotReady(whyNotYet(failed, going), pauseSeconds);
  }
  await throwUnlessDone(aws, failed, going, pauseSeconds);
}

async function deleteEach(
  aws: AwsClients, removable: OwnedResourceType, found: readonly OwnedResource[], asked: Set<string>,
): Promise<FailedDeletion[]> {
  const failed: FailedDeletion[] = [];
  for (const owned of found) {
    try {
      await removable.remove(aws, owned.id);
      asked.add(owned.id);
    } catch (error) {
      if (!isGone(removable, error)) {
        failed.push({ owned, error, busy: hasErrorCode(error, removable.retryableCodes) });
      }
    }
  }
  return failed;
}

async function throwUnlessDone(
  aws: AwsClients, failed: readonly FailedDeletion[], going: readonly OwnedResource[], pauseSeconds: number,
): Promise<void> {
  if (failed.length === 0) {
    throw new NotReady(whyNotYet(failed, going), pauseSeconds);
  }
  if (going.length === 0 && (await Promise.all(failed.map(one => isUsedByUntaggedFailedImage(aws, one)))).every(Boolean)) {
    // that image was named when it failed
    console.warn({ message: 'left behind, because the image that failed with them has lost its tags', ids: failed.map(({ owned }) => owned.id) });
    return;
  }
  const sentence = sentenceOf(failed);
  if (failed.every(({ error }) => hasErrorCode(error, ACCESS_DENIED_CODES))) {
    throw new AccessDeniedError(`the handler may not remove ${sentence}`);
  }
  if (failed.some(({ error, busy }) => !busy && !isTransient(error))) {
    throw new DeploymentError(`could not remove ${sentence}: remove what holds it, and delete again`);
  }
  throw new NotReady(whyNotYet(failed, going));
}

function whyNotYet(failed: readonly FailedDeletion[], going: readonly OwnedResource[]): string {
  if (failed.length > 0) {
    return `could not remove ${sentenceOf(failed)}`;
  }
  return going.length > 0 ? `${going.map(({ id }) => id).join(', ')} not gone yet` : 'EC2 may show more to remove';
}

function sentenceOf(failed: readonly FailedDeletion[]): string {
  return failed.map(({ owned, error }) => `${owned.id} (EC2 said ${awsErrorDetails(error).code}: ${awsErrorDetails(error).message})`).join('; ');
}

/**
 * "The snapshot snap-… is currently in use by ami-…, ami-…": only images that failed and have lost their tags, so that nothing of them may be removed.
 * EC2 names all of them, in any order.
 */
async function isUsedByUntaggedFailedImage(aws: AwsClients, { owned, error, busy }: FailedDeletion): Promise<boolean> {
  if (!busy || owned.hasFailed) {
    return busy;
  }
  const holders = await Promise.all((awsErrorDetails(error).message.match(/\bami-\w+/g) ?? []).map(id => findImage(aws, id)));
  return holders.length > 0 && holders.every(image => image?.State === 'failed' && ownerTagOf(image) === undefined);
}
