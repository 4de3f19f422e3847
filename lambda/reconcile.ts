import { Aws } from './aws/clients';
import { Abandoned } from './aws/describe-stack';
import { answerOf, is, isThrottled, isTransient, NOT_ALLOWED } from './aws/error-codes';
import { removeAbandoned } from './deletion/delete-after-cancellation';
import { removeOwned } from './deletion/delete-owned-resources';
import { Denied, DENIAL_GRACE_MS, Failure, NotYet } from './outcomes';
import { checkWantedAtAll } from './request/check-wanted';
import { isNamed, Request } from './request/parse-request';
import { ImageAttributes } from '../src/contract';

/** How far a request has come: to its end, or to something that it waits for. */
export type Progress = { readonly done: Readonly<Record<string, string>> } | { readonly waitingFor: string; readonly seconds: number };

const MAX_WAIT_SECONDS = 60;
/** How often a request that only waits asks whether it is still wanted. */
const ASK_AGAIN_MS = 60_000;

/** Takes the next step of a request, whatever was done before. Throws what ends the request. */
export async function reconcile(aws: Aws, request: Request): Promise<Progress> {
  try {
    return { done: request.event.RequestType === 'Delete' ? await remove(aws, request) : await make(aws, request) };
  } catch (error) {
    const passed = aws.now() - request.image.startedAt;
    const denied = error instanceof Denied || is(error, NOT_ALLOWED);
    if (!isTransient(error) && !(denied && passed < DENIAL_GRACE_MS)) {
      throw error;
    }
    return { waitingFor: wordsOf(error), seconds: secondsUntilNext(error, passed) };
  }
}

/** What a sentence says of an error: of ours its own words, else AWS's code too. */
export function wordsOf(error: unknown): string {
  const { code, message } = answerOf(error);
  return error instanceof NotYet || error instanceof Failure ? message : `${code}: ${message}`;
}

/** Where nothing else is known, a tenth of the time that has passed: what took long so far goes on a little longer. */
function secondsUntilNext(error: unknown, passed: number): number {
  if (error instanceof NotYet && error.seconds !== undefined) {
    return error.seconds;
  }
  const shortest = isThrottled(error) ? 15 : error instanceof NotYet ? 2 : 5;
  return Math.min(MAX_WAIT_SECONDS, Math.max(shortest, passed / 10_000));
}

async function make(aws: Aws, request: Request): Promise<Record<string, string>> {
  const { event, image, removables } = request;
  try {
    await checkWantedAtAll(aws, event, image);
    return { ...await advance(aws, request) };
  } catch (error) {
    if (!(error instanceof Abandoned)) {
      throw error;
    }
    image.memory.abandoned = error.status;
    // nobody else knows of what this request has made
    await removeOwned(aws, image.memory, image.owner, removables);
    throw new Failure(`the image is not wanted any more: ${error.message}; what was made of it is removed`);
  }
}

async function advance(aws: Aws, request: Request): Promise<ImageAttributes> {
  const { image, kind } = request;
  try {
    const attributes = await kind.advance(aws, image);
    await image.checkWanted();
    if (!image.making && image.memory.stackStatus?.includes('ROLLBACK')) {
      await removeAbandoned(aws, request, { quiet: false });
    }
    return attributes;
  } catch (error) {
    // it is the waiting that is long, and asked in turns: four hundred copies must not exhaust what CloudFormation answers
    if (isTransient(error) && aws.now() - (image.memory.askedAt ?? 0) >= ASK_AGAIN_MS) {
      await image.checkWanted();
    }
    throw error;
  }
}

async function remove(aws: Aws, request: Request): Promise<Record<string, string>> {
  const { image, kind, removables } = request;
  await kind.takeBack?.(aws, image.properties, image.account);
  if (isNamed(request)) {
    await removeOwned(aws, image.memory, image.owner, removables);
  } else {
    await removeAbandoned(aws, request, { quiet: true });
  }
  return {};
}
