import { CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { adviceIn } from './statements';
import { KeyUsers, shareKey } from '../../src/keys/share-key';
import { readable } from '../helpers/policy-lines';
import { X, Y, Z } from '../helpers/sharing';
import { newStack } from '../helpers/stacks';

/** Who may use a key of the app, in its policy, and what the owner of another key is asked to add. */

const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const VIA_EC2 = { StringLike: { 'kms:ViaService': 'ec2.*' } };
const allowed = (Principal: object, conditions?: object) => [
  { Action: 'kms:DescribeKey', ...conditions && { Condition: conditions } },
  { Action: ACTIONS, Condition: { ...conditions, ...VIA_EC2 } },
  { Action: 'kms:CreateGrant', Condition: { ...conditions, ...VIA_EC2, Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
].map(statement => ({ Effect: 'Allow', Principal, Resource: '*', ...statement }));
const toAccounts = (...ids: string[]) => {
  const arns = ids.map(id => `arn:<partition>:iam::${id}:root`);
  return allowed({ AWS: arns.length === 1 ? arns[0] : arns });
};
const toOrganizations = (ids: unknown) => allowed({ AWS: '*' }, { StringEquals: { 'aws:PrincipalOrgID': ids } });
const toUnits = (paths: unknown) => allowed({ AWS: '*' }, { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': paths } });

const accounts = (...accountIds: string[]) => ({ accountIds });
const organization = (organizationId: string) => ({ organizationId });
const unit = (organizationalUnitPath: string) => ({ organizationalUnitPath });

/** The statements of the only key of the stack, without CDK's own. */
function policyOf(stack: Stack): unknown {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key')) as { Properties: { KeyPolicy: { Statement: object[] } } }[];
  return readable(Properties.KeyPolicy.Statement.filter(statement => !JSON.stringify(statement).includes('kms:*')));
}

const USERS: [string, KeyUsers[], object[]][] = [
  ['an account', [accounts(X)], toAccounts(X)],
  ['accounts, each once', [accounts(X, Y), accounts(Y, Z), accounts(X)], toAccounts(X, Y, Z)],
  ['an organization', [organization('o-1')], toOrganizations('o-1')],
  ['organizations', [organization('o-1'), organization('o-2'), organization('o-1')], toOrganizations(['o-1', 'o-2'])],
  ['an organizational unit', [unit('o-1/*/ou-1/*')], toUnits('o-1/*/ou-1/*')],
  ['organizational units', [unit('o-1/*/ou-1/*'), unit('o-1/*/ou-2/*'), unit('o-1/*/ou-1/*')], toUnits(['o-1/*/ou-1/*', 'o-1/*/ou-2/*'])],
  ['all of them', [organization('o-1'), accounts(X), unit('o-1/*/ou-1/*'), accounts(Y)], [...toOrganizations('o-1'), ...toAccounts(X, Y), ...toUnits('o-1/*/ou-1/*')]],
];
const KEYS: [string, (stack: Stack) => kms.IKey][] = [
  ['a key', stack => new kms.Key(stack, 'Key')],
  ['a key behind an alias', stack => new kms.Key(stack, 'Key').addAlias('golden')],
  ['a key of the lower level', stack => kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { keyPolicy: { Version: '2012-10-17', Statement: [] } }))],
];

test.each(KEYS.flatMap(([kind, key]) => USERS.map(([title, users, statements]) => [`${kind} shared with ${title}`, key, users, statements] as const)))('%s', (_title, keyOf, users, statements) => {
  const stack = newStack();
  const key = keyOf(stack);
  users.forEach(those => shareKey(stack, key, those));
  expect(policyOf(stack)).toEqual(statements);
  expect(adviceIn(stack)).toEqual([]);
});

const FOREIGN = 'arn:aws:kms:us-east-1:210987654321:key/one';
const advised = (Principal: unknown, conditions?: object) => [
  { Effect: 'Allow', Principal, Resource: '*', Action: 'kms:DescribeKey', ...conditions && { Condition: conditions } },
  {
    Effect: 'Allow', Principal, Resource: '*', Action: ['kms:CreateGrant', ...ACTIONS], Condition: { ...conditions, ...VIA_EC2, BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' } },
  },
];

test.each<[string, KeyUsers[], object[]]>([
  ['an account', [accounts(X)], advised({ AWS: X })],
  ['accounts, without that of the key', [accounts(X, '210987654321', Y)], advised({ AWS: [X, Y] })],
  ['the account of the key alone', [accounts('210987654321')], []],
  ['accounts, by two AMIs', [accounts(X), accounts(X, Y)], [...advised({ AWS: X }), ...advised({ AWS: [X, Y] })]],
  ['organizations, by two AMIs', [organization('o-1'), organization('o-2')], ['o-1', 'o-2'].flatMap(id => advised('*', { StringEquals: { 'aws:PrincipalOrgID': id } }))],
  ['organizational units, by two AMIs', [unit('o-1/*/ou-1/*'), unit('o-1/*/ou-2/*')],
    ['o-1/*/ou-1/*', 'o-1/*/ou-2/*'].flatMap(path => advised('*', { 'ForAnyValue:StringLike': { 'aws:PrincipalOrgPaths': path } }))],
])('the owner of an imported key adds the statements for %s', (_title, users, statements) => {
  const stack = newStack();
  const key = kms.Key.fromKeyArn(stack, 'Key', FOREIGN);
  users.forEach(those => shareKey(stack, key, those));
  expect(adviceIn(stack)).toEqual(statements);
  Template.fromStack(stack).templateMatches({});
});

test('an account that only the deployment knows may be another than that of the key', () => {
  const stack = newStack();
  shareKey(stack, kms.Key.fromKeyArn(stack, 'Key', FOREIGN), accounts(new CfnParameter(stack, 'Account').valueAsString));
  expect(adviceIn(stack)).toEqual(advised({ AWS: '${Account}' }));
});
