import { ResourceType } from './resource-type';

/** Replaces a type that the local AWS does not know: it creates nothing, and the stack's events say so. */
export const unknownType: ResourceType = {
  create: request => ({ physicalId: request.name() }),
  update: request => ({ physicalId: request.physicalId }),
  missingAttribute: (resource, attribute) => `${resource.physicalId}.${attribute}`,
};

/**
 * The last event of an operation names the unknown types, because the events of single resources are easily overlooked. AWS gives no reason
 * there.
 */
export function unknownTypesNote(types: readonly string[]): string | undefined {
  return types.length === 0 ? undefined : `the local AWS does not know ${types.join(', ')}: it created nothing, and their IDs and attributes are placeholders`;
}
