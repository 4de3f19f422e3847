import { AwsError } from '../aws-call';

/** A tag policy: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_example-tag-policies.html */
export interface TagPolicy {
  readonly tags: Readonly<Record<string, {
    readonly tag_key?: { readonly '@@assign': string };
    readonly tag_value?: { readonly '@@assign': readonly string[] };
    /** Such as `ec2:instance`, or `ec2:*`. The tag is only checked where it is enforced. */
    readonly enforced_for?: { readonly '@@assign': readonly string[] };
  }>>;
}

/** Refuses tags that a tag policy does not allow, for resources such as `ec2:instance` for which it is enforced. Missing tags are never refused. */
export function checkTagPolicies(policies: readonly TagPolicy[], resourceType: string, tags: ReadonlyMap<string, string>): void {
  for (const policy of policies) {
    for (const [name, { tag_key: spelling, tag_value: values, enforced_for: enforced }] of Object.entries(policy.tags)) {
      const key = spelling?.['@@assign'] ?? name;
      const isEnforced = enforced?.['@@assign'].some(type => type === resourceType || type === `${resourceType.split(':')[0]}:*`) ?? false;
      for (const [tagKey, value] of isEnforced ? tags : []) {
        if (tagKey.toLowerCase() === key.toLowerCase() && (tagKey !== key || !isAllowed(value, values?.['@@assign']))) {
          throw new AwsError('TagPolicyViolation', `The tag policy does not allow the specified value for the following tag key: '${tagKey}'.`);
        }
      }
    }
  }
}

function isAllowed(value: string, values: readonly string[] | undefined): boolean {
  return values === undefined || values.some(allowed => allowed.endsWith('*') ? value.startsWith(allowed.slice(0, -1)) : allowed === value);
}
