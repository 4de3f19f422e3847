import { AwsError } from '../../../local-aws/aws-call';
import { Organization } from '../../../local-aws/iam/organization';
import { checkTagPolicies, TagPolicy } from '../../../local-aws/iam/tag-policies';

const ORGANIZATION = 'arn:aws:organizations::123456789012:organization/o-abc123def4';
const UNIT = 'arn:aws:organizations::123456789012:ou/o-abc123def4/ou-ab12-cd34ef56';
const ACCOUNT = '210987654321';

test.each<[string, string | undefined, string[], Record<string, string>]>([
  ['the root', undefined, [ORGANIZATION], { 'aws:PrincipalOrgID': 'o-abc123def4', 'aws:PrincipalOrgPaths': 'o-abc123def4/r-ab12/' }],
  ['a unit', UNIT, [ORGANIZATION, UNIT], { 'aws:PrincipalOrgID': 'o-abc123def4', 'aws:PrincipalOrgPaths': 'o-abc123def4/r-ab12/ou-ab12-cd34ef56/' }],
])('an account in %s of an organization has ARNs and condition keys', (_where, organizationalUnitArn, arns, keys) => {
  const organization = new Organization();
  expect([organization.arnsOf(ACCOUNT), organization.conditionKeysOf(ACCOUNT)]).toEqual([[], {}]);
  organization.join(ACCOUNT, { organizationArn: ORGANIZATION, organizationalUnitArn });
  expect([organization.arnsOf(ACCOUNT), organization.conditionKeysOf(ACCOUNT)]).toEqual([arns, keys]);
});

test.each<[string, TagPolicy['tags'][string], string | undefined]>([
  ['with a spelling of its own', { tag_key: { '@@assign': 'Team' }, enforced_for: { '@@assign': ['ec2:image'] } }, 'team'],
  ['that is spelled like its name', { tag_value: { '@@assign': ['data'] }, enforced_for: { '@@assign': ['ec2:*'] } }, 'team'],
  ['that is not enforced', { tag_key: { '@@assign': 'Team' } }, undefined],
])('a tag policy for a key %s', (_which, rule, refused) => {
  const check = () => checkTagPolicies([{ tags: { team: rule } }], 'ec2:image', new Map([['team', 'web']]));
  if (refused === undefined) {
    expect(check).not.toThrow();
  } else {
    expect(check).toThrow(new AwsError('TagPolicyViolation', `The tag policy does not allow the specified value for the following tag key: '${refused}'.`));
  }
});
