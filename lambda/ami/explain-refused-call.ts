import { accessDenied, tagPolicyViolated, tooManyTags } from './messages';
import { ACCESS_DENIED_CODES, hasErrorCode } from '../aws/error-codes';
import { explainReachedQuota } from '../aws/quotas';
import { AccessDeniedError, DeploymentError } from '../outcomes';

/** The error of a call that a policy of the role or of the organization denied, or for which a quota is used up; undefined for others. `action` as in "to …". */
export function explainRefusedCall(action: string, error: unknown): DeploymentError | undefined {
  if (hasErrorCode(error, ACCESS_DENIED_CODES)) {
    return new AccessDeniedError(accessDenied(action, error));
  }
  const quota = explainReachedQuota(action, error);
  if (quota) {
    return quota;
  }
  if (hasErrorCode(error, ['TagLimitExceeded'])) {
    return new DeploymentError(tooManyTags(action, error));
  }
  // "The tag policy does not allow the specified value for the following tag key: 'CostCenter'."
  return hasErrorCode(error, ['TagPolicyViolation']) ? new DeploymentError(tagPolicyViolated(action, error)) : undefined;
}
