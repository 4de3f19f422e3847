import { TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';

const maximum = 50;

/** Checks tags against EC2's rules. */
export function checkTags(tags: ReadonlyMap<string, string>, existing = 0): void {
  for (const [key, value] of tags) {
    if (key.toLowerCase().startsWith('aws:')) {
      throw new AwsError('InvalidParameterValue', 'Tag keys starting with \'aws:\' are reserved for internal use');
    }
    if (key.length === 0 || key.length > 127) {
      throw new AwsError('InvalidParameterValue', `Tag key exceeds the maximum length of 127 characters or is empty: '${key}'`);
    }
    if (value.length > 255) {
      throw new AwsError('InvalidParameterValue', `Tag value exceeds the maximum length of 255 characters: '${value}'`);
    }
  }
  if (existing + tags.size > maximum) {
    throw new AwsError('TagLimitExceeded', `More than ${maximum} tags specified`);
  }
}

/** Checks the resource types and tags of the tag specifications in a request. */
export function checkTagSpecifications(specifications: readonly TagSpecification[] | undefined, types: readonly string[]): void {
  for (const { ResourceType, Tags } of specifications ?? []) {
    if (!ResourceType || !types.includes(ResourceType)) {
      throw new AwsError('InvalidParameterValue', `'${ResourceType}' is not a valid taggable resource type for this operation.`);
    }
    const tags = new Map((Tags ?? []).map((tag): [string, string] => [tag.Key ?? '', tag.Value ?? '']));
    if (tags.size === 0) {
      throw new AwsError('InvalidParameterValue', 'Tag specification must have at least one tag');
    }
    if (tags.size !== Tags?.length) {
      throw new AwsError('InvalidParameterValue', `Duplicate tag key '${firstDuplicate(Tags?.map(tag => tag.Key ?? '') ?? [])}' specified.`);
    }
    checkTags(tags);
  }
  const specified = (specifications ?? []).map(specification => specification.ResourceType ?? '');
  if (new Set(specified).size !== specified.length) {
    throw new AwsError('InvalidParameterValue', `Duplicate tag specification for resource type '${firstDuplicate(specified)}'`);
  }
}

function firstDuplicate(values: readonly string[]): string {
  return values.find((value, index) => values.indexOf(value) < index) ?? '';
}
