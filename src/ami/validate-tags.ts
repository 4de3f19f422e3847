import { Token } from 'aws-cdk-lib';
import * as messages from './messages';
import { MAX_USER_TAGS, RESERVED_TAG_PREFIX, Tag } from '../contract';

const MAX_KEY_LENGTH = 128;
const MAX_VALUE_LENGTH = 256;

/** Errors of tags that EC2 or the handler would refuse, or with which the handler would not find the AMI. */
export function validateTags(tags: readonly Tag[]): string[] {
  const tooMany = tags.length > MAX_USER_TAGS ? [messages.tooManyTags(tags.length, MAX_USER_TAGS)] : [];
  return [...tooMany, ...tags.flatMap(tag => tagError(tag) ?? [])];
}

function tagError({ Key, Value }: Tag): string | undefined {
  if (Token.isUnresolved(Key)) {
    return undefined;
  }
  if (Key === '') {
    return messages.tagKeyEmpty(Value);
  }
  if (Key.startsWith(RESERVED_TAG_PREFIX)) {
    return messages.tagKeyReserved(Key, RESERVED_TAG_PREFIX, 'this library');
  }
  if (Key.toLowerCase().startsWith('aws:')) {
    return messages.tagKeyReserved(Key, 'aws:', 'AWS');
  }
  if (Key.length > MAX_KEY_LENGTH) {
    return messages.tagKeyTooLong(Key, MAX_KEY_LENGTH);
  }
  return !Token.isUnresolved(Value) && Value.length > MAX_VALUE_LENGTH ? messages.tagValueTooLong(Key, Value.length, MAX_VALUE_LENGTH) : undefined;
}
