import { AwsError, Call } from '../aws-call';
import { Key } from './key';
import { KmsContext } from './kms-context';
import { checkPrincipals } from './policy-principals';

/** Refuses a key policy as KMS does: one that is none, that names principals that do not exist, or that would lock the caller out. */
export function checkPolicy(parts: KmsContext, call: Call, key: Key, policy: string, bypassLockoutCheck = false): void {
  checkPrincipals(parsed(policy), key, arn => parts.authorization.principalExists(arn, call.principal));
  if (!bypassLockoutCheck && !parts.authorization.admits(call.principal, key, policy, 'kms:PutKeyPolicy')) {
    throw new AwsError('MalformedPolicyDocumentException', 'The new key policy will not allow you to update the key policy in the future.');
  }
}

function parsed(text: string): object {
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null && 'Statement' in policy) {
      return policy;
    }
  } catch {
    // answered below like any other text that is no policy
  }
  throw new AwsError('MalformedPolicyDocumentException', 'The new key policy is not valid JSON or has no statements.');
}
