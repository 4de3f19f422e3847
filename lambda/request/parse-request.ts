import { throwIfCanceled } from './check-canceled';
import { ResourceEvent } from './events';
import { ImageRequest } from './image-request';
import { attemptPrefixOf, formatPhysicalId, newAttemptId, NOTHING_MADE, ownerOf, parsePhysicalId, PhysicalId } from './physical-id';
import { AwsClients } from '../aws/clients';
import { OwnedResourceType } from '../deletion/owned-resources';
import { AnyProperties, ResourceHandler, resourceHandlerFor } from '../resource-handlers';
import { Memory } from './memory';
import { PropertyRule } from '../../src/contract';

/** CloudFormation stops listening after an hour: the last minutes are for deleting a failed AMI, and for the answer. */
const MAX_MAKING_MS = 56 * 60_000;
const MAX_DELETE_MS = 15 * 60_000;
/** Of an AMI that exists already: a sharing has no timeout of its own. */
const SHARING_SECONDS = 15 * 60;

/** A request of CloudFormation, parsed. */
export interface Request {
  readonly event: ResourceEvent;
  readonly handler: ResourceHandler<AnyProperties>;
  /** The types of resources that the request can own, in the order of their deletion. */
  readonly ownedResourceTypes: readonly OwnedResourceType<AnyProperties>[];
  readonly image: ImageRequest<AnyProperties>;
  /** The beginning of the ids of all attempts with these properties. */
  readonly attemptPrefix: string;
}

/** Parses an event: the only place that knows its properties. Throws `DeploymentError` where they are not as the contract says. */
export function parseRequest(aws: AwsClients, event: ResourceEvent, startedAt: number, memory: Memory): Request {
  const handler = resourceHandlerFor(event.ResourceType);
  const isDelete = event.RequestType === 'Delete';
  const properties = isDelete ? handler.parseLeniently(event.ResourceProperties) : handler.parse(event.ResourceProperties);
  const attemptPrefix = attemptPrefixOf(event, { ...properties }, handler.rules as Readonly<Record<string, PropertyRule>>);
  const { attemptId, imageId, isNewImage } = attemptOf(event, attemptPrefix, memory);
  const limitMs = isDelete ? MAX_DELETE_MS : Math.min((properties.TimeoutSeconds ?? SHARING_SECONDS) * 1_000, MAX_MAKING_MS);
  return {
    event,
    handler,
    attemptPrefix,
    ownedResourceTypes: handler.ownedResourceTypes(properties),
    image: {
      properties,
      owner: ownerOf(event.StackId, attemptId),
      ownerPrefix: `${event.StackId}/`,
      logicalId: event.LogicalResourceId,
      account: event.StackId.split(':')[4],
      requestId: event.RequestId,
      attemptId,
      imageId,
      replaces: event.RequestType === 'Update' && isNewImage && parsePhysicalId(event.PhysicalResourceId) ? event.PhysicalResourceId : undefined,
      startedAt,
      limitMs,
      // the hour begins when CloudFormation sends the request, which Lambda may deliver later
      deadline: Math.min(startedAt + limitMs, isDelete ? Infinity : (memory.hourBegan ?? startedAt) + MAX_MAKING_MS),
      memory,
      isNewImage,
      isDelete,
      // the first step learns it
      get isRollback() {
        return memory.stackStatus?.includes('ROLLBACK') === true;
      },
      // an image that was there before is not this request's to delete, whatever becomes of the stack
      throwIfCanceled: async () => {
        if (isNewImage) {
          await throwIfCanceled(aws, event, memory);
          memory.mayHaveCreated = true;
        }
      },
      oldProperties: handler.parseLeniently(event.OldResourceProperties ?? {}),
    },
  };
}

interface Attempt extends PhysicalId {
  readonly isNewImage: boolean;
}

/** The attempt that a request is about: the existing one if its AMI is created from the same properties, otherwise a new one. */
function attemptOf(event: ResourceEvent, prefix: string, memory: Memory): Attempt {
  const existing = parsePhysicalId(event.PhysicalResourceId);
  if (event.RequestType === 'Delete') {
    return { attemptId: event.PhysicalResourceId ?? '', ...existing, isNewImage: false };
  }
  const isUpdate = event.RequestType === 'Update';
  const candidates = isUpdate && !memory.recreate ? [existing, parsePhysicalId(memory.rollbackTo)] : [];
  const unchanged = candidates.find(id => id?.attemptId.startsWith(prefix));
  return unchanged ? { ...unchanged, isNewImage: false } : { attemptId: newAttemptId(prefix, event), isNewImage: true };
}

/** The physical id of a request that has succeeded, given the attributes of its AMI. */
export function physicalIdOfSuccess({ event, handler, image }: Request, attributes: Readonly<Record<string, string>>): string {
  const { attemptId, imageId, isNewImage, isDelete } = image;
  if (isDelete) {
    return event.PhysicalResourceId ?? NOTHING_MADE;
  }
  return formatPhysicalId({ attemptId, imageId: isNewImage && handler.createsImage ? attributes.ImageId : imageId });
}

/**
 * The physical id of a request that has failed. Its resources are deleted already. So an Update answers the id that it was sent, and no Delete
 * follows, whatever CloudFormation does with another id of a failed update.
 */
export function physicalIdOfFailure(event: ResourceEvent): string {
  if (event.PhysicalResourceId !== undefined) {
    return event.PhysicalResourceId;
  }
  try {
    const handler = resourceHandlerFor(event.ResourceType);
    if (!handler.createsImage) {
      return NOTHING_MADE;
    }
    const properties = handler.parse(event.ResourceProperties);
    return newAttemptId(attemptPrefixOf(event, { ...properties }, handler.rules as Readonly<Record<string, PropertyRule>>), event);
  } catch {
    return NOTHING_MADE;
  }
}
