import { Duration, Token } from 'aws-cdk-lib';
import { RESERVED_TAG_PREFIX, Tag } from './contract';

/** CloudFormation gives a custom resource no more, whatever stands behind it. */
const LONGEST = Duration.hours(1);
const SHORTEST = Duration.minutes(1);

/**
 * The characters on which all of EC2's own documents agree; CreateImage also lists `[ ] ' @` and the space, which the text of
 * `InvalidAMIName.Malformed` does not.
 */
const IMAGE_NAME = /^[A-Za-z0-9()./_-]*$/;

/** @see the parameter Name of CopyImage in the EC2 API reference */
export function checkImageName(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name)) {
    return;
  }
  if (name.length < 3 || name.length > 128) {
    throw new Error(`imageName must have 3 to 128 characters, got ${name.length} (${quote(name)}): choose another name, or leave imageName out`);
  }
  const strange = [...name].find(character => !IMAGE_NAME.test(character));
  if (strange !== undefined) {
    throw new Error(
      `imageName may have letters, digits and ( ) . / _ - only, got ${quote(strange)} in ${quote(name)}: choose another name, or leave imageName out`,
    );
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
