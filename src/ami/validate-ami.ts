import { Annotations, Duration, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RESERVED_TAG_PREFIX, Tag } from '../contract';
import { imageNameError } from '../contract/image-name';

/** CloudFormation gives a custom resource no more, whatever stands behind it. */
const LONGEST = Duration.hours(1);
const SHORTEST = Duration.minutes(1);

export function checkImageName(name: string | undefined): void {
  const problem = name === undefined || Token.isUnresolved(name) ? undefined : imageNameError(name);
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

/** @see the page "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" in the Amazon EBS User Guide */
export function checkCompletionDuration(scope: Construct, times: { completionDuration?: Duration; timeout?: Duration }): void {
  const { completionDuration, timeout } = times;
  if (completionDuration === undefined || completionDuration.isUnresolved()) {
    return;
  }
  const minutes = completionDuration.toSeconds() / 60;
  if (minutes < 15 || minutes > 48 * 60 || minutes % 15 !== 0) {
    throw new Error(
      `completionDuration must be 15 minutes to 48 hours in steps of 15 minutes, got ${completionDuration.toHumanString()}: round it up to the next quarter of an hour`,
    );
  }
  const longest = timeout ?? LONGEST;
  if (!longest.isUnresolved() && minutes * 60 > longest.toSeconds()) {
    Annotations.of(scope).addWarningV2(
      'cdk-encrypted-ami:completionDuration',
      `completionDuration is ${completionDuration.toHumanString()}, but the stack waits ${longest.toHumanString()} for the image: EBS takes the time that it is given, ` +
      'so that the deployment can fail before the copy is done; use a shorter completionDuration',
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
export const MAX_USER_TAGS = 49;

function quote(text: string): string {
  return JSON.stringify(text);
}
