import type { CreateStackInput } from '@aws-sdk/client-cloudformation';
import { Stack } from './stack';
import { AwsError } from '../../aws-call';
import { sameJson } from '../template/template';

/** True if the request with this token created the stack. Throws if another request used the token. */
export function isRepeated(stack: Stack, input: CreateStackInput): boolean {
  const token = input.ClientRequestToken;
  if (token === undefined || stack.creation?.ClientRequestToken !== token) {
    return false;
  }
  if (!sameJson(stack.creation, input)) {
    throw new AwsError('TokenAlreadyExistsException', `The client request token ${token} has already been used for this stack. Retry the request with `
      + 'a different client request token');
  }
  return true;
}
