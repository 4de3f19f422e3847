import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as messages from './messages';
import { descriptionError } from '../contract/description';
import { imageNameError, imageNamePrefixError } from '../contract/image-name';

/** CloudFormation waits no longer for any custom resource. */
export const MAX_TIMEOUT = Duration.hours(1);
const MIN_TIMEOUT = Duration.minutes(1);

export function validateImageName({ imageName, imageNamePrefix }: { imageName?: string; imageNamePrefix?: string }): void {
  if (imageName !== undefined && imageNamePrefix !== undefined) {
    throw new Error(messages.nameAndPrefix());
  }
  const ifResolved = (name: string | undefined) => Token.isUnresolved(name) ? undefined : name;
  const [name, prefix] = [ifResolved(imageName), ifResolved(imageNamePrefix)];
  const problem = name !== undefined ? imageNameError(name) : prefix !== undefined ? imageNamePrefixError(prefix) : undefined;
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

export function validateDescription(description: string | undefined): void {
  if (description === undefined || Token.isUnresolved(description)) {
    return;
  }
  const problem = descriptionError(description);
  if (problem !== undefined) {
    throw new Error(problem);
  }
}

/** For `timeout` and `userDataTimeout`. */
export function validateTimeout(prop: string, timeout: Duration | undefined): void {
  if (timeout === undefined || timeout.isUnresolved()) {
    return;
  }
  const seconds = timeout.toSeconds({ integral: false });
  if (!Number.isInteger(seconds)) {
    throw new Error(messages.timeoutNotWhole(prop, timeout));
  }
  if (seconds < MIN_TIMEOUT.toSeconds() || seconds > MAX_TIMEOUT.toSeconds()) {
    throw new Error(messages.timeoutOutOfRange(prop, timeout));
  }
}

/** CloudFormation would refuse it, and CDK refuses it without the name of the prop. */
export function validateRemovalPolicy(removalPolicy: RemovalPolicy | undefined): void {
  if (removalPolicy === RemovalPolicy.SNAPSHOT) {
    throw new Error(messages.removalPolicySnapshot());
  }
}
