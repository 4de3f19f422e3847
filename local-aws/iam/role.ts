import { validateIdentityPolicy } from '@cloud-copilot/iam-policy';
import { AwsError } from '../aws-call';

/** The definition of a role. */
export interface RoleDefinition {
  readonly account: string;
  readonly name: string;
  /** `aws` by default; `aws-cn` for China, `aws-us-gov` for GovCloud. */
  readonly partition?: string;
  /** `/` by default. */
  readonly path?: string;
  readonly inlinePolicies?: Readonly<Record<string, object>>;
  readonly managedPolicyArns?: readonly string[];
  /** Managed policies that only this role has, by name. */
  readonly managedPolicies?: Readonly<Record<string, object>>;
  /** The ARN of the managed policy that is its permissions boundary. */
  readonly permissionsBoundary?: string;
  /** The trust policy. Without it, any principal of the account with permission can assume the role. */
  readonly trustPolicy?: object;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Role extends RoleDefinition {
  readonly id: string;
  readonly arn: string;
  readonly decisions: Map<string, boolean>;
}

export function partitionOfRole({ partition = 'aws' }: RoleDefinition): string {
  return partition;
}

/** Checks the role's policies: their syntax, and the quotas of a role. */
export function checkRole(role: RoleDefinition): void {
  const inline = Object.values(role.inlinePolicies ?? {});
  [...inline, ...Object.values(role.managedPolicies ?? {})].forEach(checkPolicy);
  if (inline.reduce((sum, policy) => sum + characters(policy), 0) > 10240) {
    throw new AwsError('LimitExceeded', `Maximum policy size of 10240 bytes exceeded for role ${role.name}`, 409);
  }
  if ((role.managedPolicyArns ?? []).length > 10) {
    throw new AwsError('LimitExceeded', 'Cannot exceed quota for PoliciesPerRole: 10', 409);
  }
}

export function checkPolicy(document: object): void {
  const [error] = validateIdentityPolicy(document);
  if (error) {
    throw new AwsError('MalformedPolicyDocument', `Syntax errors in policy. (${error.path}: ${error.message})`);
  }
}

/** The size of a policy as IAM counts it, without white space. */
export function characters(document: object): number {
  return JSON.stringify(document).replace(/\s/g, '').length;
}
