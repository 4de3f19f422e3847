import { CreateTagsCommand, Tag } from '@aws-sdk/client-ec2';
import { ID_TAG, OWNER_TAG } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, IMAGE_NOT_FOUND_CODES, INSTANCE_NOT_FOUND_CODES, SNAPSHOT_NOT_FOUND_CODES, VOLUME_NOT_FOUND_CODES } from '../aws/error-codes';

/** A resource of EC2, by its tags. */
export interface Tagged {
  readonly Tags?: readonly Tag[];
}

const NOT_FOUND_CODES = [...IMAGE_NOT_FOUND_CODES, ...INSTANCE_NOT_FOUND_CODES, ...SNAPSHOT_NOT_FOUND_CODES, ...VOLUME_NOT_FOUND_CODES, 'InvalidID'];

export function tagOf(resource: Tagged, key: string): string | undefined {
  return resource.Tags?.find(tag => tag.Key === key)?.Value;
}

export function isTaggedWithOwner(resource: Tagged, owner: string): boolean {
  return tagOf(resource, OWNER_TAG) === owner;
}

/** Whether the handler has written its id on it. It does not tell a forged tag, so the descent must fit as well, wherever EC2 reports one. */
export function isSealed(resource: Tagged, id: string | undefined): boolean {
  return id !== undefined && tagOf(resource, ID_TAG) === id;
}

/** Whether it carries the id of another resource: its tags are copied, by CopyImage, DLM, AWS Backup or a script. */
export function hasCopiedSeal(resource: Tagged, id: string | undefined): boolean {
  const sealed = tagOf(resource, ID_TAG);
  return sealed !== undefined && sealed !== id;
}

/** Writes their id on resources of ours that do not carry it yet. One that EC2 does not show yet is sealed by a later step. */
export async function seal(aws: AwsClients, resources: readonly (Tagged & { readonly id: string })[]): Promise<void> {
  await Promise.all(resources.filter(resource => !isSealed(resource, resource.id)).map(({ id }) => writeTags(aws, id, [{ Key: ID_TAG, Value: id }])));
}

/** Writes tags of the library's own. A resource that is gone needs none. */
export async function writeTags(aws: AwsClients, id: string, tags: readonly Tag[]): Promise<void> {
  try {
    await aws.ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [...tags] }));
  } catch (error) {
    if (!hasErrorCode(error, NOT_FOUND_CODES)) {
      throw error;
    }
  }
}
