import { Lazy, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { adviseKeyPolicy } from './key-policy-advice';
import { validatePolicySize } from './validate-policy-size';
import { Conditions } from '../provider/handler-policies';
import { resolveKey } from '../provider/key-resource';
import { KeyUse, keyStatements } from '../provider/key-statements';

/** Those who may use a key: accounts, an organization, or an organizational unit. */
export type KeyUsers = { readonly accountIds: readonly string[] } | { readonly organizationId: string } | { readonly organizationalUnitPath: string };

/** The users of a key so far. All AMIs of an app share the statements, so that the policy grows by one value for each user. */
interface SharedKey {
  readonly accountIds: Set<string>;
  readonly organizationIds: Set<string>;
  readonly organizationalUnitPaths: Set<string>;
  accountStatements?: iam.PolicyStatement[];
  organizationStatements?: iam.PolicyStatement[];
  organizationalUnitStatements?: iam.PolicyStatement[];
}

const sharedKeys = new WeakMap<kms.IKey, SharedKey>();

/** Allows others to use a key through EC2 of any Region: to launch from an AMI, and to copy it. Says what to add to the policy of an imported key. */
export function shareKey(scope: Construct, keyOrAlias: kms.IKey, users: KeyUsers): void {
  const key = resolveKey(keyOrAlias);
  if (addUsers(key, users)) {
    return;
  }
  if ('accountIds' in users) {
    // the account that owns the key decides by its own policies
    const others = users.accountIds.filter(id => Token.compareStrings(id, key.env.account) !== TokenComparison.SAME);
    if (others.length > 0) {
      adviseKeyPolicy(scope, { key, kind: 'sharing', principal: { AWS: others.length === 1 ? others[0] : others }, conditions: {} });
    }
  } else {
    const conditions = 'organizationId' in users ? ofOrganization(users.organizationId) : ofOrganizationalUnit(users.organizationalUnitPath);
    adviseKeyPolicy(scope, { key, kind: 'sharing', principal: '*', conditions });
  }
}

/** Returns whether the policy of the key is of this app. */
function addUsers(key: kms.IKey, users: KeyUsers): boolean {
  const shared = sharedKeyOf(key);
  if ('accountIds' in users) {
    const principals = users.accountIds.filter(id => !shared.accountIds.has(id)).map(id => new iam.AccountPrincipal(id));
    users.accountIds.forEach(id => shared.accountIds.add(id));
    if (shared.accountStatements) {
      shared.accountStatements.forEach(statement => statement.addPrincipals(...principals));
      return true;
    }
    shared.accountStatements = addStatements(key, principals, {});
    return shared.accountStatements !== undefined;
  }
  const anyone = [new iam.AnyPrincipal()];
  if ('organizationId' in users) {
    shared.organizationIds.add(users.organizationId);
    shared.organizationStatements ??= addStatements(key, anyone, ofOrganization(listOf(shared.organizationIds)));
    return shared.organizationStatements !== undefined;
  }
  shared.organizationalUnitPaths.add(users.organizationalUnitPath);
  shared.organizationalUnitStatements ??= addStatements(key, anyone, ofOrganizationalUnit(listOf(shared.organizationalUnitPaths)));
  return shared.organizationalUnitStatements !== undefined;
}

function sharedKeyOf(key: kms.IKey): SharedKey {
  const known = sharedKeys.get(key);
  if (known) {
    return known;
  }
  const shared: SharedKey = { accountIds: new Set(), organizationIds: new Set(), organizationalUnitPaths: new Set() };
  sharedKeys.set(key, shared);
  validatePolicySize(key, () => shared.accountIds.size);
  return shared;
}

/** None of a key whose policy is not of this app. */
function addStatements(key: kms.IKey, principals: iam.IPrincipal[], conditions: Conditions): iam.PolicyStatement[] | undefined {
  const statements = keyStatements(KeyUse.LAUNCH, { StringLike: { 'kms:ViaService': 'ec2.*' } }).map(statement =>
    new iam.PolicyStatement({ principals, actions: statement.actions, resources: ['*'], conditions: { ...conditions, ...statement.conditions } }));
  return statements.map(statement => key.addToResourcePolicy(statement).statementAdded).every(Boolean) ? statements : undefined;
}

function ofOrganization(id: unknown): Conditions {
  return { StringEquals: { 'aws:PrincipalOrgID': id } };
}

function ofOrganizationalUnit(path: unknown): Conditions {
  return { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': path } };
}

/** The values when the app is synthesized: a single one without a list. */
function listOf(values: Set<string>): unknown {
  return Lazy.any({ produce: () => values.size === 1 ? [...values][0] : [...values] });
}
