import { ENCRYPTED_AMI_COPY_RULES, ImageAttributes, ImageProperties, PropertyRule, RESOURCE_TYPES } from '../src/contract';
import { Aws } from './aws';
import { advanceCopy } from './copy';
import { answerOf, is, isTransient, NOT_ALLOWED } from './errors';
import { Completion, PendingEvent, ResourceEvent, Started } from './event';
import { Denied, Failure } from './failure';
import { isPhysicalId, ownerOf, physicalIdFor } from './identity';
import { parseEncryptedAmiCopy, parseTags } from './properties';
import { progressOf } from './progress';
import { removeOwned } from './remove';
import { ImageRequest } from './request';

/** What there is to know of one custom resource type. */
interface Kind<P extends ImageProperties> {
  readonly rules: Readonly<Record<string, PropertyRule>>;
  parse(properties: Readonly<Record<string, unknown>>): P;
  advance(aws: Aws, request: ImageRequest<P>): Promise<ImageAttributes>;
}

function kindOf(resourceType: string): Kind<ImageProperties> {
  switch (resourceType) {
    case RESOURCE_TYPES.encryptedAmiCopy:
      return { rules: ENCRYPTED_AMI_COPY_RULES, parse: parseEncryptedAmiCopy, advance: advanceCopy } as Kind<ImageProperties>;
    default:
      throw new Failure(`the handler does not know the resource type ${resourceType}: deploy the stack again with one version of cdk-encrypted-ami`);
  }
}

/** How long a denial may last before it counts: a policy that was just made reaches EC2 and KMS some seconds later. */
const GRACE = 60_000;
/** CloudFormation stops listening after an hour, so the last minute is for saying why. */
const LONGEST = 59 * 60_000;
const LONGEST_REMOVAL = 15 * 60_000;

/**
 * Names what the request is about, and makes nothing: what `onEvent` makes before it fails, nobody removes, because the framework does not
 * pass on the Delete that follows a failed Create.
 */
export function answerOnEvent(aws: Aws) {
  return async (event: ResourceEvent): Promise<Started> => {
    const physicalId = event.RequestType === 'Delete' ? event.PhysicalResourceId! : nameImage(event);
    const started = { PhysicalResourceId: physicalId, StartedAt: aws.now(), Making: physicalId !== event.PhysicalResourceId };
    log(event, { message: event.RequestType, ...started });
    return started;
  };
}

/** Takes the next step, and says whether it was the last. */
export function answerIsComplete(aws: Aws) {
  return async (event: PendingEvent): Promise<Completion> => {
    const passed = aws.now() - event.StartedAt;
    try {
      const data = event.RequestType === 'Delete' ? await remove(aws, event) : await advance(aws, event);
      log(event, { message: 'complete', ...data });
      return { IsComplete: true, Data: data };
    } catch (error) {
      const denied = error instanceof Denied || is(error, NOT_ALLOWED);
      if (!isTransient(error) && !(denied && passed < GRACE)) {
        throw error instanceof Failure ? error : unexpected(error);
      }
      const why = wordsOf(error);
      log(event, { message: 'not yet', why });
      if (passed >= limitOf(event)) {
        throw new Failure(outOfTime(event, why, await progressOf(aws, ownerOf(event))));
      }
      return { IsComplete: false };
    }
  };
}

function nameImage(event: ResourceEvent): string {
  const kind = kindOf(event.ResourceType);
  return physicalIdFor(event, { ...kind.parse(event.ResourceProperties) }, kind.rules);
}

async function advance(aws: Aws, event: PendingEvent): Promise<Record<string, string>> {
  const kind = kindOf(event.ResourceType);
  const attributes = await kind.advance(aws, {
    properties: kind.parse(event.ResourceProperties),
    owner: ownerOf(event),
    ownerPrefix: `${event.StackId}/`,
    account: event.StackId.split(':')[4],
    physicalId: event.PhysicalResourceId,
    startedAt: event.StartedAt,
    making: event.Making,
    oldTags: parseTags(event.OldResourceProperties),
  });
  return { ...attributes };
}

async function remove(aws: Aws, event: PendingEvent): Promise<Record<string, string>> {
  if (isPhysicalId(event.PhysicalResourceId)) {
    await removeOwned(aws, ownerOf(event));
  }
  return {};
}

function limitOf(event: PendingEvent): number {
  if (event.RequestType === 'Delete') {
    return LONGEST_REMOVAL;
  }
  return Math.min(kindOf(event.ResourceType).parse(event.ResourceProperties).TimeoutSeconds * 1_000, LONGEST);
}

function outOfTime(event: PendingEvent, why: string, progress: string): string {
  const minutes = Math.round(limitOf(event) / 60_000);
  return event.RequestType === 'Delete'
    ? `the removal did not end within ${minutes} minutes: ${why}`
    : `the image was not ready within ${minutes} minutes: ${why}${progress}; give the construct a longer timeout (an hour at the most), or make the image smaller`;
}

function unexpected(error: unknown): Failure {
  return new Failure(is(error, NOT_ALLOWED)
    ? `the handler may not do what it needs to do: a service control policy or a permissions boundary may deny what its role allows (${wordsOf(error)})`
    : `AWS gave an answer that the handler does not expect (${wordsOf(error)}); what was made is removed`);
}

function wordsOf(error: unknown): string {
  const { code, message } = answerOf(error);
  return code === 'NotYet' || code === 'Failure' ? message : `${code}: ${message}`;
}

/** One object a line; never the event itself, whose ResponseURL lets anyone answer in our name. */
function log(event: ResourceEvent, entry: object): void {
  console.info({ resource: event.LogicalResourceId, request: event.RequestId, ...entry });
}
