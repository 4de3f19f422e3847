import { ResourceType } from '../resource-type';

/** Stands in for a type that the local AWS does not know: nothing is made, and the stack's events say so. */
export const unknownType: ResourceType = {
  create: request => ({ physicalId: request.name() }),
  update: request => ({ physicalId: request.physicalId }),
  missingAttribute: (resource, attribute) => `${resource.physicalId}.${attribute}`,
};
