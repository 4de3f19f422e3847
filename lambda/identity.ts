import { createHash } from 'crypto';
import { PropertyRule } from '../src/contract';
import { ResourceEvent } from './event';

/**
 * The physical id: what the image is made of, and the request that made it, such as `1f3a…-9c0e…`.
 *
 * Because the recipe is part of it, an Update knows by the id alone whether the image that exists is the one that is wanted. So a
 * rollback to the old properties finds the old image, even where CloudFormation does not tell the properties the image was made with.
 */
const PHYSICAL_ID = /^[0-9a-f]{12}-[0-9a-f]{12}$/;

/** An id of ours; CloudFormation invents others for resources that were never made. */
export function isPhysicalId(id: string | undefined): id is string {
  return id !== undefined && PHYSICAL_ID.test(id);
}

/** The id that a request is about: the existing one if its image is made of the same, otherwise a new one. */
export function physicalIdFor(event: ResourceEvent, properties: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, PropertyRule>>): string {
  const recipe = recipeOf(event.ResourceType, properties, rules);
  const existing = event.PhysicalResourceId;
  if (event.RequestType === 'Update' && isPhysicalId(existing) && existing.startsWith(`${recipe}-`)) {
    return existing;
  }
  return `${recipe}-${digest(event.StackId, event.LogicalResourceId, event.RequestId)}`;
}

/** Properties that are absent do not count, so that a property that a later version adds leaves existing images alone. */
function recipeOf(resourceType: string, properties: Readonly<Record<string, unknown>>, rules: Readonly<Record<string, PropertyRule>>): string {
  const ingredients = Object.keys(rules)
    .filter(name => rules[name].change === 'replace' && properties[name] !== undefined)
    .sort()
    .map(name => `${name}=${JSON.stringify(properties[name])}`);
  return digest(resourceType, ...ingredients);
}

/** The value of the owner tag. At most 252 of the 256 characters that EC2 allows: a stack's id has no more than 227. */
export function ownerOf(event: { readonly StackId: string; readonly PhysicalResourceId: string }): string {
  return `${event.StackId}/${event.PhysicalResourceId}`;
}

/** A client token that belongs to one image: however often a step is taken again, EC2 sees one request. EC2 allows 64 characters. */
export function tokenOf(owner: string): string {
  return createHash('sha256').update(owner).digest('hex');
}

function digest(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}
