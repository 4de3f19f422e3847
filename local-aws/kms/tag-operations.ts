import { ListResourceTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-kms';
import { allowedById } from './key-operations';
import { KmsContext } from './kms-context';
import { Operation } from '../wire/service';

export function tagOperations(parts: () => KmsContext): Record<string, Operation> {
  return {
    TagResource: call => {
      const { KeyId, Tags } = call.input as unknown as TagResourceRequest;
      const { key } = allowedById(parts(), call, KeyId);
      Tags?.forEach(tag => key.tags.set(tag.TagKey ?? '', tag.TagValue ?? ''));
    },
    UntagResource: call => {
      const { KeyId, TagKeys } = call.input as unknown as UntagResourceRequest;
      const { key } = allowedById(parts(), call, KeyId);
      TagKeys?.forEach(name => key.tags.delete(name));
    },
    ListResourceTags: call => {
      const { KeyId } = call.input as unknown as ListResourceTagsRequest;
      const { key } = allowedById(parts(), call, KeyId);
      return { Tags: [...key.tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue })), Truncated: false };
    },
  };
}
