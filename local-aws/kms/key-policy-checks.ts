import { AwsError, Call } from '../aws-call';
import { Key } from './key';
import { KmsContext } from './kms-context';
import { checkPrincipals } from './policy-principals';

/** The quota "Key policy document size" of KMS, 32 KB. Only the code of the error is documented. */
const MAX_POLICY_BYTES = 32_768;

/** Checks a key policy like KMS: it must be a policy, its principals must exist, and the caller must keep access to the key. */
export function checkPolicy(parts: KmsContext, call: Call, key: Key, policy: string, bypassLockoutCheck = false): void {
  if (Buffer.byteLength(policy) > MAX_POLICY_BYTES) {
    throw new AwsError('LimitExceededException', `The key policy is longer than ${MAX_POLICY_BYTES} bytes.`);
  }
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
    // refused below like any other text that is not a policy
  }
  throw new AwsError('MalformedPolicyDocumentException', 'The new key policy is not valid JSON or has no statements.');
}
