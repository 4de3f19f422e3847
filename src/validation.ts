import { Duration, Token } from 'aws-cdk-lib';
import { RESERVED_TAG_PREFIX, Tag } from './contract';
import { problemOfImageName } from './image-name';

/** CloudFormation gives a custom resource no more, whatever stands behind it. */
const LONGEST = Duration.hours(1);
const SHORTEST = Duration.minutes(1);

export function checkImageName(name: string | undefined): void {
  const problem = name === undefined || Token.isUnresolved(name) ? undefined : problemOfImageName(name);
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

export function checkDescription(description: string | undefined): void {
  if (description === undefined || Token.isUnresolved(description)) {
    return;
  }
  if (description.length === 0 || description.length > 255) {
    throw new Error(`description must have 1 to 255 characters, got ${description.length}: shorten it, or leave it out`);
  }
}

export function checkTimeout(timeout: Duration | undefined): void {
  if (timeout === undefined || timeout.isUnresolved()) {
    return;
  }
  const seconds = timeout.toSeconds();
  if (seconds < SHORTEST.toSeconds() || seconds > LONGEST.toSeconds()) {
    throw new Error(
      `timeout must be 1 minute to 1 hour, got ${timeout.toHumanString()}: CloudFormation waits no longer than an hour for a custom resource`,
    );
  }
}

/** Tags that EC2 or the handler would refuse, or that would take an image out of the handler's sight. */
export function tagErrors(tags: readonly Tag[]): string[] {
  return tags.flatMap(tag => {
    if (Token.isUnresolved(tag.Key)) {
      return [];
    }
    if (tag.Key.startsWith(RESERVED_TAG_PREFIX)) {
      return [`the tag ${quote(tag.Key)} begins with ${quote(RESERVED_TAG_PREFIX)}, which is reserved for this library: choose another key`];
    }
    if (tag.Key.toLowerCase().startsWith('aws:')) {
      return [`the tag ${quote(tag.Key)} begins with "aws:", which is reserved for AWS: choose another key`];
    }
    if (tag.Key.length > 128) {
      return [`a tag's key has at most 128 characters, got ${tag.Key.length} (${quote(tag.Key)}): shorten it`];
    }
    if (!Token.isUnresolved(tag.Value) && tag.Value.length > 256) {
      return [`a tag's value has at most 256 characters, got ${tag.Value.length} for the key ${quote(tag.Key)}: shorten it`];
    }
    return [];
  });
}

/** EC2 takes 50 tags a resource, and the owner tag is one of them. */
export const MOST_TAGS = 49;

function quote(text: string): string {
  return JSON.stringify(text);
}
