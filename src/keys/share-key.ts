import { Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { adviseKeyPolicy } from './key-policy-advice';
import { Conditions } from '../provider/handler-policies';
import { resolveKey } from '../provider/key-resource';
import { KeyUse, keyStatements } from '../provider/key-statements';

/** Those who may use a key: a list of accounts, or everyone that fulfils the conditions. */
export interface KeyUsers {
  readonly accountIds?: readonly string[];
  readonly conditions?: Conditions;
}

/** Allows others to use a key through EC2 of any Region: to launch from an AMI, and to copy it. Says what to add to the policy of an imported key. */
export function shareKey(scope: Construct, keyOrAlias: kms.IKey, { accountIds, conditions = {} }: KeyUsers): void {
  const key = resolveKey(keyOrAlias);
  const principals = accountIds?.map(id => new iam.AccountPrincipal(id)) ?? [new iam.AnyPrincipal()];
  const results = keyStatements(KeyUse.LAUNCH, { StringLike: { 'kms:ViaService': 'ec2.*' } }).map(statement => key.addToResourcePolicy(
    new iam.PolicyStatement({ principals, actions: statement.actions, resources: ['*'], conditions: { ...conditions, ...statement.conditions } }),
  ));
  if (results.every(({ statementAdded }) => statementAdded)) {
    return;
  }
  // the account that owns the key decides by its own policies
  const others = accountIds?.filter(id => Token.compareStrings(id, key.env.account) !== TokenComparison.SAME);
  if (others === undefined || others.length > 0) {
    const principal = others === undefined ? '*' : { AWS: others.length === 1 ? others[0] : others };
    adviseKeyPolicy(scope, { key, kind: 'sharing', principal, conditions });
  }
}
