import { Annotations, Duration, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { RESERVED_TAG_PREFIX, Tag } from '../contract';
import { imageNameError, imageNamePrefixError } from '../contract/image-name';

/** CloudFormation gives a custom resource no more, whatever stands behind it. */
const LONGEST = Duration.hours(1);
const SHORTEST = Duration.minutes(1);

export function checkImageName({ imageName, imageNamePrefix }: { imageName?: string; imageNamePrefix?: string }): void {
  if (imageName !== undefined && imageNamePrefix !== undefined) {
    throw new Error('`imageName` is the whole name of the AMI, but `imageNamePrefix` is set too. Remove one of them.');
  }
  const known = (name: string | undefined) => name === undefined || Token.isUnresolved(name) ? undefined : name;
  const [name, prefix] = [known(imageName), known(imageNamePrefix)];
  const problem = name !== undefined ? imageNameError(name) : prefix !== undefined ? imageNamePrefixError(prefix) : undefined;
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

export function checkDescription(description: string | undefined): void {
  if (description === undefined || Token.isUnresolved(description)) {
    return;
  }
  if (description.length === 0 || description.length > 255) {
    throw new Error(`\`description\` must have 1 to 255 characters, but has ${description.length}. Shorten it, or remove it.`);
  }
}

export function checkTimeout(timeout: Duration | undefined): void {
  if (timeout === undefined || timeout.isUnresolved()) {
    return;
  }
  const seconds = timeout.toSeconds();
  if (seconds < SHORTEST.toSeconds() || seconds > LONGEST.toSeconds()) {
    throw new Error(
      `\`timeout\` must be 1 minute to 1 hour, but is ${timeout.toHumanString()}. CloudFormation waits at most an hour for a custom resource.`,
    );
  }
}

/** See the page "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" of the Amazon EBS User Guide. */
export function checkCompletionDuration(scope: Construct, times: { completionDuration?: Duration; timeout?: Duration }): void {
  const { completionDuration, timeout } = times;
  if (completionDuration === undefined || completionDuration.isUnresolved()) {
    return;
  }
  const minutes = completionDuration.toSeconds() / 60;
  if (minutes < 15 || minutes > 48 * 60 || minutes % 15 !== 0) {
    throw new Error(
      `\`completionDuration\` must be 15 minutes to 48 hours in steps of 15 minutes, but is ${completionDuration.toHumanString()}. Round it up to the next quarter of an hour.`,
    );
  }
  const longest = timeout ?? LONGEST;
  if (!longest.isUnresolved() && minutes * 60 > longest.toSeconds()) {
    Annotations.of(scope).addWarningV2(
      'cdk-encrypted-ami:completionDuration',
      `\`completionDuration\` is ${completionDuration.toHumanString()}, but the stack waits only ${longest.toHumanString()} for the AMI. EBS may take the whole ` +
      'completion duration, and then the deployment fails. Use a shorter `completionDuration`.',
    );
  }
}

/** EC2 allows 50 tags on a resource, of which the library reserves ten. */
const MAX_USER_TAGS = 40;

/** Tags that EC2 or the handler would refuse, or that hide an image from the handler. */
export function checkTags(tags: readonly Tag[]): string[] {
  const tooMany = tags.length > MAX_USER_TAGS
    ? [`An AMI can have ${MAX_USER_TAGS} tags of yours, because EC2 allows 50 and ten are reserved for this library, but got ${tags.length}. Exclude some with Tags.of(...).remove(...).`]
    : [];
  return [...tooMany, ...tags.flatMap(tag => tagError(tag) ?? [])];
}

function tagError({ Key, Value }: Tag): string | undefined {
  if (Token.isUnresolved(Key)) {
    return undefined;
  }
  if (Key.startsWith(RESERVED_TAG_PREFIX)) {
    return `The tag key ${quote(Key)} begins with ${quote(RESERVED_TAG_PREFIX)}, which is reserved for this library. Choose another key.`;
  }
  if (Key.toLowerCase().startsWith('aws:')) {
    return `The tag key ${quote(Key)} begins with "aws:", which is reserved for AWS. Choose another key.`;
  }
  if (Key.length > 128) {
    return `A tag key can have 128 characters, but ${quote(Key)} has ${Key.length}. Shorten it.`;
  }
  return !Token.isUnresolved(Value) && Value.length > 256
    ? `A tag value can have 256 characters, but that of ${quote(Key)} has ${Value.length}. Shorten it.` : undefined;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
