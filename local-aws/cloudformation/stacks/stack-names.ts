import { AwsError } from '../../aws-call';

const NAME = '[a-zA-Z][-a-zA-Z0-9]*';
const NAME_OR_ARN = `${NAME}|arn:[-a-zA-Z0-9:/._+]*`;
const MAX_NAME_LENGTH = 128;

/** A new stack needs a name. ARNs are for existing stacks. */
export function checkStackName(name: string | undefined): string {
  return check(name, 'stackName', NAME);
}

export function checkStackNameOrArn(name: string | undefined): string {
  return check(name, 'stackName', NAME_OR_ARN);
}

export function checkChangeSetName(name: string | undefined): string {
  return check(name, 'changeSetName', NAME);
}

function check(value = '', member: string, pattern: string): string {
  const refuse = (constraint: string): never => {
    throw new AwsError('ValidationError', `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${constraint}`);
  };
  if (!new RegExp(`^(${pattern})$`).test(value)) {
    refuse(`satisfy regular expression pattern: ${pattern}`);
  }
  if (value.length > MAX_NAME_LENGTH && !value.startsWith('arn:')) {
    refuse(`have length less than or equal to ${MAX_NAME_LENGTH}`);
  }
  return value;
}
