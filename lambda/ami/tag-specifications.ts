import { ResourceType, TagSpecification } from '@aws-sdk/client-ec2';
import { Tag } from '../../src/contract';

/** The same tags for each type of resource that a call creates. */
export function tagSpecifications(tags: Tag[], ...resourceTypes: ResourceType[]): TagSpecification[] {
  return resourceTypes.map(resourceType => ({ ResourceType: resourceType, Tags: tags }));
}
