import { throwIfCanceled } from './check-wanted';
import { ResourceEvent } from './events';
import { ImageRequest } from './image-request';
import { isPhysicalId, ownerOf, physicalIdFor } from './physical-id';
import { AwsClients } from '../aws/clients';
import { OwnedResourceType } from '../deletion/owned-resources';
import { AnyProperties, ResourceHandler, resourceHandlerFor } from '../resource-handlers';
import { Memory } from './memory';
import { parseSharing, parseTags } from './parse-properties';
import { PropertyRule } from '../../src/contract';

/** CloudFormation stops listening after an hour, so the last minute is for saying why. */
const MAX_MAKING_MS = 59 * 60_000;
const MAX_REMOVAL_MS = 15 * 60_000;
/** Of an AMI that exists already: a sharing has no timeout of its own. */
const SHARING_SECONDS = 15 * 60;

/** A request of CloudFormation, read. */
export interface Request {
  readonly event: ResourceEvent;
  readonly kind: ResourceHandler<AnyProperties>;
  /** What the request can own, in the order in which it is removed. */
  readonly removables: readonly OwnedResourceType[];
  /** What the kind of image is told of it. */
  readonly image: ImageRequest<AnyProperties>;
}

/** Reads an event: the only place that knows its properties. Throws `DeploymentError` where they are not as the contract says. */
export function parseRequest(aws: AwsClients, event: ResourceEvent, startedAt: number, memory: Memory): Request {
  const kind = resourceHandlerFor(event.ResourceType);
  const properties = kind.parse(event.ResourceProperties);
  const physicalId = idOf(event, kind, properties);
  const limitMs = event.RequestType === 'Delete' ? MAX_REMOVAL_MS : Math.min((properties.TimeoutSeconds ?? SHARING_SECONDS) * 1_000, MAX_MAKING_MS);
  const making = event.RequestType !== 'Delete' && physicalId !== event.PhysicalResourceId;
  return {
    event,
    kind,
    removables: kind.ownedResourceTypes(properties),
    image: {
      properties,
      owner: ownerOf(event.StackId, physicalId),
      ownerPrefix: `${event.StackId}/`,
      account: event.StackId.split(':')[4],
      physicalId,
      startedAt,
      limitMs,
      // the hour begins when CloudFormation sends the request, which Lambda may deliver later
      deadline: Math.min(startedAt + limitMs, event.RequestType === 'Delete' ? Infinity : (memory.hourBegan ?? startedAt) + MAX_MAKING_MS),
      memory,
      isNewImage: making,
      // an image that was there before is not this request's to remove, whatever becomes of the stack
      throwIfCanceled: async () => making ? throwIfCanceled(aws, event, memory) : undefined,
      oldTags: parseTags(event.OldResourceProperties),
      oldSharing: parseSharing(event.OldResourceProperties),
    },
  };
}

/** The physical id that a request is about. */
export function physicalIdOf(event: ResourceEvent): string {
  const kind = resourceHandlerFor(event.ResourceType);
  return idOf(event, kind, kind.parse(event.ResourceProperties));
}

/** Whether CloudFormation knows the id from us; others are of its own making. */
export function isNamed({ image }: Request): boolean {
  return isPhysicalId(image.physicalId);
}

function idOf(event: ResourceEvent, kind: ResourceHandler<AnyProperties>, properties: AnyProperties): string {
  return event.RequestType === 'Delete' ? event.PhysicalResourceId ?? ''
    : physicalIdFor(event, { ...properties }, kind.rules as Readonly<Record<string, PropertyRule>>);
}
