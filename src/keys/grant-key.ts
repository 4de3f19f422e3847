import { Resource, Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { adviseKeyPolicy, describePrincipal } from './key-policy-advice';
import { viaEc2 } from '../provider/key-permissions';
import { keyResource, resolveKey } from '../provider/key-resource';
import { KeyUse, keyStatements } from '../provider/key-statements';

/**
 * Allows a principal to launch instances whose volumes are encrypted with a key: a data key for each volume, and a grant. The policies of the principal
 * allow it, and the policy of the key too if the principal has none in this app, or is of another account. `Grant.addToPrincipalOrResource` does the
 * same, but leaves the conditions out of the key's policy.
 */
export function grantKeyForLaunch(scope: Construct, keyOrAlias: kms.IKey, grantee: iam.IGrantable): iam.Grant[] {
  const key = resolveKey(keyOrAlias);
  const { grantPrincipal } = grantee;
  const resource = keyResource(Stack.of(scope), key);
  const statements = keyStatements(KeyUse.LAUNCH, viaEc2(scope));
  const grants = statements.map(({ actions, conditions }) => iam.Grant.addToPrincipal({
    grantee, actions, resourceArns: [resource.arn], conditions: { ...conditions, ...resource.conditions },
  }));
  const accounts = compareAccounts(grantPrincipal, key);
  // the account in the ARN of such a role is not read where the partition is a token
  const needsGrant = isServiceLinked(grantPrincipal) && Token.compareStrings(Stack.of(scope).account, key.env.account) === TokenComparison.DIFFERENT;
  const advice = {
    key,
    kind: 'launch' as const,
    principal: needsGrant ? { AWS: Stack.of(scope).account } : describePrincipal(grantPrincipal),
    serviceLinkedRole: needsGrant ? grantPrincipal as iam.ArnPrincipal : undefined,
    conditions: grantPrincipal.policyFragment.conditions as Record<string, Record<string, unknown>>,
    regions: [Stack.of(scope).region],
  };
  if (grants.every(({ success }) => success) && accounts !== TokenComparison.DIFFERENT) {
    if (accounts === TokenComparison.ONE_UNRESOLVED && !Resource.isOwnedResource(key)) {
      adviseKeyPolicy(scope, { ...advice, isUncertain: true });
    }
    return grants;
  }
  let isUnchanged = false;
  const addToResourcePolicy = (statement: iam.PolicyStatement) => {
    const result = key.addToResourcePolicy(statement);
    isUnchanged ||= !result.statementAdded;
    return result;
  };
  const inKeyPolicy = statements.map(({ actions, conditions }) => iam.Grant.addStatementToResourcePolicy({
    grantee,
    actions,
    resourceArns: [resource.arn],
    resource: { env: key.env, addToResourcePolicy },
    statement: new iam.PolicyStatement({ principals: [grantPrincipal], actions, resources: ['*'], conditions }),
  }));
  if (isUnchanged) {
    adviseKeyPolicy(scope, advice);
  }
  return [...grants.filter(({ success }) => success), ...inKeyPolicy];
}

/** Nobody can change its policies, and they allow no key of another account. */
function isServiceLinked(principal: iam.IPrincipal): boolean {
  return principal instanceof iam.ArnPrincipal && principal.arn.includes(':role/aws-service-role/');
}

/** Whether the principal and the key are of the same account; none of a principal whose account is not known. */
function compareAccounts({ principalAccount }: iam.IPrincipal, key: kms.IKey): TokenComparison | undefined {
  return principalAccount === undefined ? undefined : Token.compareStrings(principalAccount, key.env.account);
}
