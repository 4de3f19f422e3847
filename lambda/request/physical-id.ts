import { createHash } from 'crypto';
import { ResourceEvent } from './events';
import { PropertyRule } from '../../src/contract';

/**
 * An attempt to create an AMI: the resource, the properties that the AMI is created from, and the request, each as eight letters and digits, such as
 * `0k3f9a2b-9x0e11ab-1f3a0ccd`. It is known before anything is called: owner tag, generated name, client tokens and descriptions carry it.
 */
const ATTEMPT_ID = '[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{8}';

/**
 * The physical id is the attempt id, and the AMI once there is one: a Delete then names exactly the AMI that CloudFormation has.
 *
 * Because the properties are part of it, an Update knows by the id alone whether the AMI that exists is the one that is wanted.
 */
const PHYSICAL_ID = new RegExp(`^(${ATTEMPT_ID})(?:-(ami-[0-9a-f]+))?$`);

export interface PhysicalId {
  readonly attemptId: string;
  /** None of a failed Create, and of a resource that creates no AMI. */
  readonly imageId?: string;
}

/** Reads an id of ours; CloudFormation generates others for resources whose Create it did not wait for. */
export function parsePhysicalId(id: string | undefined): PhysicalId | undefined {
  const [, attemptId, imageId] = (id ?? '').match(PHYSICAL_ID) ?? [];
  return attemptId === undefined ? undefined : { attemptId, imageId };
}

export function formatPhysicalId({ attemptId, imageId }: PhysicalId): string {
  return imageId ? `${attemptId}-${imageId}` : attemptId;
}

/**
 * The id that a failed Create is answered with where no id could be made, because the properties could not be read or nothing was started:
 * CloudFormation deletes by it, and there is nothing to delete.
 */
export const NOTHING_MADE = 'nothing-was-made';

/** The resource and the properties that its AMI is created from: the beginning of an attempt id. */
export function attemptPrefixOf(
  event: Pick<ResourceEvent, 'LogicalResourceId' | 'ResourceType'>, properties: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, PropertyRule>>,
): string {
  return `${digest(event.LogicalResourceId)}-${digestOfReplacementProperties(event.ResourceType, properties, rules)}-`;
}

/** The attempt id of a request that creates an AMI. */
export function newAttemptId(prefix: string, { RequestId }: Pick<ResourceEvent, 'RequestId'>): string {
  return `${prefix}${digest(RequestId)}`;
}

/** Whether a request has made an attempt. */
export function isRequestOfAttempt(requestId: string, attemptId: string): boolean {
  return attemptId.endsWith(`-${digest(requestId)}`);
}

/** Properties that are absent do not count, so that a property that a later version adds leaves existing images alone. */
function digestOfReplacementProperties(
  resourceType: string, properties: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, PropertyRule>>,
): string {
  const ingredients = Object.keys(rules)
    .filter(name => rules[name].change === 'replace' && properties[name] !== undefined)
    .sort()
    .map(name => `${name}=${JSON.stringify(properties[name])}`);
  return digest(resourceType, ...ingredients);
}

/** The value of the owner tag. At most 254 of the 256 characters that EC2 allows: a stack's id has no more than 227. */
export function ownerOf(stackId: string, attemptId: string): string {
  return `${stackId}/${attemptId}`;
}

/** The attempt of an owner tag of this stack. */
export function attemptIdOf(stackId: string, owner: string | undefined): string | undefined {
  return owner?.startsWith(`${stackId}/`) ? parsePhysicalId(owner.slice(stackId.length + 1))?.attemptId : undefined;
}

/** The beginning of the owner tags of all attempts that were ever made for a resource. */
export function ownerTagPrefixOfResource(event: Pick<ResourceEvent, 'StackId' | 'LogicalResourceId'>): string {
  return ownerOf(event.StackId, `${digest(event.LogicalResourceId)}-`);
}

/**
 * A client token that belongs to one image: however often a step is taken again, EC2 sees one request. EC2 allows 64 characters. A part that there is
 * none of counts as an empty one.
 */
export function clientToken(...parts: (string | undefined)[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** Eight letters and digits: enough for the resources, recipes and requests of one stack. */
function digest(...parts: string[]): string {
  return BigInt(`0x${clientToken(...parts).slice(0, 12)}`).toString(36).padStart(8, '0').slice(-8);
}
