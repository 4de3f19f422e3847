import { createHash } from 'crypto';
import { ResourceEvent } from './events';
import { PropertyRule } from '../../src/contract';

/**
 * The physical id: whose the image is, what it is made of, and which request made it, such as `0k3f9a2b-9x0e11ab-1f3a0ccd`.
 *
 * Because the recipe is part of it, an Update knows by the id alone whether the image that exists is the one that is wanted. So a
 * rollback to the old properties finds the old image, even where CloudFormation does not tell the properties the image was made with.
 */
const PHYSICAL_ID = /^[0-9a-z]{8}-[0-9a-z]{8}-[0-9a-z]{8}$/;

/** An id of ours; CloudFormation invents others for resources whose Create it did not wait for. */
export function isPhysicalId(id: string | undefined): id is string {
  return id !== undefined && PHYSICAL_ID.test(id);
}

/**
 * The id that a failed Create is answered with where no id could be made, because the properties could not be read or nothing was started:
 * CloudFormation deletes by it, and there is nothing to delete.
 */
export const NOTHING_MADE = 'nothing-was-made';

/** The id that a request is about: the existing one if its image is made of the same, otherwise a new one. */
export function physicalIdFor(
  event: ResourceEvent, properties: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, PropertyRule>>,
): string {
  const resourceAndRecipe = `${digest(event.LogicalResourceId)}-${digestOfReplacementProperties(event.ResourceType, properties, rules)}-`;
  const existing = event.PhysicalResourceId;
  if (event.RequestType === 'Update' && isPhysicalId(existing) && existing.startsWith(resourceAndRecipe)) {
    return existing;
  }
  return `${resourceAndRecipe}${digest(event.RequestId)}`;
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
export function ownerOf(stackId: string, physicalId: string): string {
  return `${stackId}/${physicalId}`;
}

/** What the owner tags of all images begin with that were ever made for a resource. */
export function ownerTagPrefixOfResource(event: Pick<ResourceEvent, 'StackId' | 'LogicalResourceId'>): string {
  return ownerOf(event.StackId, `${digest(event.LogicalResourceId)}-`);
}

/** A client token that belongs to one image: however often a step is taken again, EC2 sees one request. EC2 allows 64 characters. */
export function clientToken(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** Eight letters and digits: enough for the resources, recipes and requests of one stack. */
function digest(...parts: string[]): string {
  return BigInt(`0x${clientToken(...parts).slice(0, 12)}`).toString(36).padStart(8, '0').slice(-8);
}
