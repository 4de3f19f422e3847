import { ResourceType } from './resource-type';

/** Stands in for a type that the local AWS does not know: nothing is made, and the stack's events say so. */
export const unknownType: ResourceType = {
  create: request => ({ physicalId: request.name() }),
  update: request => ({ physicalId: request.physicalId }),
  missingAttribute: (resource, attribute) => `${resource.physicalId}.${attribute}`,
};

/** The end of a deployment says what it did not make: the events of single resources are easily overlooked. AWS gives no reason there. */
export function unknownTypesNote(types: readonly string[]): string | undefined {
  return types.length === 0 ? undefined : `the local AWS does not know ${types.join(', ')}: nothing was made of them, their ids and attributes are made up`;
}
