import { explainRefusedCall } from '../../../lambda/ami/explain-refused-call';
import { AccessDeniedError } from '../../../lambda/outcomes';
import { ec2Error } from '../../helpers/answers';

/** Calls that a policy, a quota or a tag policy does not allow. */

test.each<[string, string | undefined]>([
  ['UnauthorizedOperation', 'The handler role is not allowed to copy it. '],
  ['SnapshotLimitExceeded', 'The quota "Snapshots per Region" of this account is used up, so the handler cannot copy it. '],
  ['TagLimitExceeded', 'There are more than 50 tags with which to copy it, '],
  ['TagPolicyViolation', 'A tag policy of the organization does not allow a tag with which to copy it. '],
  ['InvalidParameterValue', undefined],
])('%s', (code, beginning) => {
  const error = explainRefusedCall('copy it', ec2Error(code));
  expect(error?.message.slice(0, beginning?.length)).toBe(beginning);
  // only a denial can pass
  expect(error instanceof AccessDeniedError).toBe(code === 'UnauthorizedOperation');
});
