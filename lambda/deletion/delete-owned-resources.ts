import { deletionDenied, deletionRefused, deregistrationProtected, snapshotInUse } from './messages';
import { isGone, OwnedResource, OwnedResourceType } from './owned-resources';
import { ID_TAG, LEFTOVER_TAG, Sharing } from '../../src/contract';
import { whyDenied } from '../ami/messages';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient, ACCESS_DENIED_CODES } from '../aws/error-codes';
import { findImage, ownerTagOf } from '../aws/find-images';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { writeTags } from '../ownership/seal';
import { ImageRequest } from '../request/image-request';

/** A deletion that EC2 refused in a round. */
interface FailedDeletion {
  readonly owned: OwnedResource;
  readonly error: unknown;
  readonly isRetryable: boolean;
}

/** After so many rounds, EC2's refusal is believed. */
const MIN_ROUNDS = 5;
/** Seconds between two rounds. */
const PAUSE_SECONDS = 3;

/**
 * Deletes the resources of a request, whatever state they are in, and nothing else: one round a step. Returns when a round, some seconds after the
 * first, finds nothing more, because EC2 may not list new resources at once; until then it throws `NotReady`.
 */
export async function deleteOwnedResources<P extends Sharing>(
  aws: AwsClients, request: ImageRequest<P>, types: readonly OwnedResourceType<P>[], pauseSeconds = PAUSE_SECONDS,
): Promise<void> {
  const { memory, owner } = request;
  const { requestedIds: before, rounds } = memory.removals?.[owner] ?? { requestedIds: [], rounds: 0 };
  const requested = new Set<string>(before);
  const failed: FailedDeletion[] = [];
  const remaining: OwnedResource[] = [];
  let pause = pauseSeconds;
  for (const type of types) {
    if (type.isHeldByInstances && rounds > 0 && remaining.length > 0) {
      continue;
    }
    await type.prepare?.(aws, request);
    const found = (await type.find(aws, request)).filter(({ id }) => type.mustDisappear || !requested.has(id));
    const deletable = found.filter(one => !one.isDeleting && !(one.isAttached && remaining.length > 0));
    failed.push(...await deleteEach(aws, request, type, deletable, requested));
    remaining.push(...type.mustDisappear ? found : []);
    pause = deletable.length > 0 ? Math.max(pause, type.minSeconds ?? 0) : pause;
  }
  const isDone = rounds > 0 && failed.length === 0 && remaining.length === 0 && requested.size === before.length;
  const snapshotIds = memory.removals?.[owner]?.snapshotIds ?? [];
  memory.removals = { ...memory.removals, [owner]: { requestedIds: [...requested], snapshotIds, rounds: nextRound(request, rounds, isDone) } };
  if (isDone) {
    await logForeignResources(aws, request, types, requested);
    return;
  }
  await throwIfRefusedForGood(aws, request, failed, requested);
  if (rounds + 1 < MIN_ROUNDS) {
    throw new NotReady(whyNotYet(failed, remaining), pause);
  }
  await throwUnlessDone(aws, request, failed, remaining, pause);
}

/**
 * A request that creates may delete again, and more: then it begins again. A Delete repeats an attempt in each step until all attempts are done: if
 * each began again, two that need different numbers of rounds would never be done in the same step.
 */
function nextRound({ isDelete }: ImageRequest<Sharing>, round: number, isDone: boolean): number {
  if (!isDone) {
    return round + 1;
  }
  return isDelete ? round : 0;
}

/** Names what carries the owner tag of a deleted resource, and is not ours: somebody may have expected that it goes, or wonder whose it is. */
async function logForeignResources<P extends Sharing>(
  aws: AwsClients, { owner, imageId, isDelete }: ImageRequest<P>, types: readonly OwnedResourceType<P>[], deleted: ReadonlySet<string>,
): Promise<void> {
  if (!isDelete) {
    return;
  }
  try {
    // of a finished AMI, the role may have lost the permissions for the temporary resources
    const listed = types.filter(({ mustDisappear }) => imageId === undefined || !mustDisappear);
    const tagged = (await Promise.all(listed.map(type => type.list(aws, owner)))).flat();
    const ids = tagged.filter(one => one.isGone !== true && !deleted.has(one.id)).map(({ id }) => id);
    if (ids.length > 0) {
      console.warn({ message: 'these carry the owner tag, but were not created for this resource: they are left alone', owner, ids });
    }
  } catch (error) {
    console.warn({ message: 'resources with the owner tag were not listed', why: awsErrorDetails(error) });
  }
}

async function deleteEach<P extends Sharing>(
  aws: AwsClients, request: ImageRequest<P>, type: OwnedResourceType<P>, found: readonly OwnedResource[], requested: Set<string>,
): Promise<FailedDeletion[]> {
  const failed: FailedDeletion[] = [];
  for (const owned of found) {
    try {
      await type.delete(aws, request, owned.id);
      requested.add(owned.id);
    } catch (error) {
      if (!isGone(type, error)) {
        failed.push({ owned, error, isRetryable: hasErrorCode(error, type.retryableCodes) });
      }
    }
  }
  return failed;
}

/** Waiting does not help where another AMI uses a snapshot, or where somebody has protected an AMI. The rest is tagged, so that later requests find it. */
async function throwIfRefusedForGood<P extends Sharing>(
  aws: AwsClients, request: ImageRequest<P>, failed: readonly FailedDeletion[], requested: ReadonlySet<string>,
): Promise<void> {
  for (const one of failed) {
    const sentence = await refusalForGood(aws, request, one, requested);
    if (sentence !== undefined) {
      await markLeftovers(aws, request, failed);
      throw new DeploymentError(sentence);
    }
  }
}

async function refusalForGood<P extends Sharing>(
  aws: AwsClients, { owner }: ImageRequest<P>, { owned, error }: FailedDeletion, requested: ReadonlySet<string>,
): Promise<string | undefined> {
  const { code, message } = awsErrorDetails(error);
  if (code === 'InvalidSnapshot.InUse') {
    // EC2 names the AMIs, also those that it has deregistered a moment ago
    const others = (message.match(/\bami-\w+/g) ?? []).filter(id => !requested.has(id));
    const users = (await Promise.all(others.map(id => findImage(aws, id)))).filter(image =>
      image && !['failed', 'deregistered'].includes(image.State!) && ownerTagOf(image) !== owner);
    return users.length === 0 ? undefined
      : snapshotInUse({ snapshotId: owned.id, users: users.map(image => `the AMI ${image?.ImageId} ("${image?.Name}", account ${image?.OwnerId})`).join(' and ') });
  }
  return owned.id.startsWith('ami-') && /protect/i.test(message) ? deregistrationProtected({
    imageId: owned.id, region: aws.region, answer: `EC2 ${code}: ${message}`,
  }) : undefined;
}

/**
 * Tags the AMIs and snapshots that stay: later requests delete nothing else, and the role may tag nothing else. A tag is the least of it: that it cannot
 * be written must not hide the reason.
 */
async function markLeftovers<P extends Sharing>(aws: AwsClients, { imageId }: ImageRequest<P>, failed: readonly FailedDeletion[]): Promise<void> {
  await Promise.all(failed.map(({ owned }) => owned.id).filter(id => /^(ami|snap)-/.test(id)).map(async id => {
    try {
      // an AMI that was not finished has no seal yet
      await writeTags(aws, id, [{ Key: LEFTOVER_TAG, Value: imageId ?? id }, { Key: ID_TAG, Value: id }]);
    } catch (error) {
      console.warn({ message: 'the tag of a leftover was not written', id, why: awsErrorDetails(error) });
    }
  }));
}

async function throwUnlessDone<P extends Sharing>(
  aws: AwsClients, request: ImageRequest<P>, failed: readonly FailedDeletion[], remaining: readonly OwnedResource[], pauseSeconds: number,
): Promise<void> {
  if (failed.length === 0) {
    throw new NotReady(whyNotYet(failed, remaining), pauseSeconds);
  }
  if (remaining.length === 0 && (await Promise.all(failed.map(one => isUsedByUntaggedFailedImage(aws, one)))).every(Boolean)) {
    // the message of the failure has named that image
    console.warn({ message: 'left behind, because the image that failed with them has lost its tags', ids: failed.map(({ owned }) => owned.id) });
    return;
  }
  const refusals = refusalsOf(failed);
  const denied = failed.filter(({ error }) => hasErrorCode(error, ACCESS_DENIED_CODES));
  // the snapshots of an AMI that must not be deregistered stay in use
  if (denied.length > 0 && failed.every(one => denied.includes(one) || hasErrorCode(one.error, ['InvalidSnapshot.InUse']))) {
    await markLeftovers(aws, request, failed);
    throw new AccessDeniedError(deletionDenied({
      refusals: refusalsOf(denied), why: whyDenied(denied[0].error), isSpot: request.memory.canceledSpotRequests !== undefined,
    }));
  }
  if (failed.some(({ error, isRetryable }) => !isRetryable && !isTransient(error))) {
    await markLeftovers(aws, request, failed);
    throw new DeploymentError(deletionRefused({ refusals }));
  }
  throw new NotReady(whyNotYet(failed, remaining));
}

function whyNotYet(failed: readonly FailedDeletion[], remaining: readonly OwnedResource[]): string {
  if (failed.length > 0) {
    return `cannot delete ${refusalsOf(failed)}`;
  }
  return remaining.length > 0 ? `${remaining.map(({ id }) => id).join(', ')} not deleted yet` : 'EC2 may show more to delete';
}

function refusalsOf(failed: readonly FailedDeletion[]): string {
  return failed.map(({ owned, error }) => `${owned.id} (EC2 ${awsErrorDetails(error).code}: ${awsErrorDetails(error).message})`).join('; ');
}

/**
 * "The snapshot snap-… is currently in use by ami-…, ami-…": only images that failed and have lost their tags, so that nothing of them may be deleted.
 * EC2 names all of them, in any order.
 */
async function isUsedByUntaggedFailedImage(aws: AwsClients, { owned, error, isRetryable }: FailedDeletion): Promise<boolean> {
  if (!isRetryable || owned.hasFailed) {
    return isRetryable;
  }
  const users = await Promise.all((awsErrorDetails(error).message.match(/\bami-\w+/g) ?? []).map(id => findImage(aws, id)));
  return users.length > 0 && users.every(image => image?.State === 'failed' && ownerTagOf(image) === undefined);
}
