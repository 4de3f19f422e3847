import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { adviceIn, annotationsOf } from './statements';
import { renderKeyPolicy } from '../../src/contract/key-policy';
import { grantKeyForLaunch } from '../../src/keys/grant-key';
import { readable } from '../helpers/policy-lines';
import { newStack } from '../helpers/stacks';

/** Where a principal that launches instances is allowed to use a key: by its own policies, by the policy of the key, by what the owner of the key is asked to add. */

const ACCOUNT = '123456789012';
const ACTIONS = ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const viaEc2 = (region: string) => ({ StringEquals: { 'kms:ViaService': [`ec2.${region}.amazonaws.com`, `ec2.${region}.<URLSuffix>`] } });
const allowed = (common: object, region = 'us-east-1', conditions: object = {}) => [
  { Action: 'kms:DescribeKey', ...Object.keys(conditions).length > 0 && { Condition: conditions } },
  { Action: ACTIONS, Condition: { ...viaEc2(region), ...conditions } },
  { Action: 'kms:CreateGrant', Condition: { ...viaEc2(region), Bool: { 'kms:GrantIsForAWSResource': 'true' }, ...conditions } },
].map(statement => ({ Effect: 'Allow', ...statement, ...common }));

const [OWN, FOREIGN] = [ACCOUNT, '210987654321'].map(account => `arn:aws:kms:us-east-1:${account}:key/one`);
const imported = (arn: string) => (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', arn);
const ofApp = (stack: Stack) => new kms.Key(stack, 'Key');
const role = (stack: Stack) => new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });
const roleOf = (account: string) => `arn:aws:iam::${account}:role/launcher`;
const SERVICE_LINKED = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
const CONDITION = { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } };

/** A principal that adds statements to policies that only its own class knows. */
const otherPrincipal = (principalAccount?: string): iam.IGrantable => {
  const principal = {
    assumeRoleAction: 'sts:AssumeRole',
    policyFragment: new iam.PrincipalPolicyFragment({ AWS: [roleOf(ACCOUNT)] }),
    principalAccount,
    addToPolicy: () => true,
    addToPrincipalPolicy: () => ({ statementAdded: true, policyDependable: new App() }),
  };
  return { grantPrincipal: Object.assign(principal, { grantPrincipal: principal as never }) };
};

interface Allowed {
  /** Statements in the policy of the role. */
  readonly own?: object[];
  readonly inKeyPolicy?: object[];
  /** The principal in the statements for the owner of the key, and their conditions. */
  readonly advice?: [unknown, Record<string, Record<string, unknown>>?];
  /** The grant that the account of a service-linked role creates. */
  readonly command?: string;
  readonly isInfo?: boolean;
  /** How many of the returned grants are by policies of the principal, and how many by that of the key. */
  readonly grants: [number, number];
}

test.each<[string, (stack: Stack) => kms.IKey, (stack: Stack) => iam.IGrantable, Allowed]>([
  ['a role, with a key of the app', ofApp, role, { own: allowed({ Resource: '<Key.Arn>' }), grants: [3, 0] }],
  ['a role, with a key behind an alias', stack => ofApp(stack).addAlias('golden'), role, { own: allowed({ Resource: '<Key.Arn>' }), grants: [3, 0] }],
  ['a role, with a key that only its alias names', stack => kms.Alias.fromAliasName(stack, 'Key', 'alias/golden'), role, {
    own: allowed({ Resource: `arn:<partition>:kms:us-east-1:${ACCOUNT}:key/*` }, 'us-east-1', { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/golden'] } }), grants: [3, 0],
  }],
  ['a role, with an imported key of its account', imported(OWN), role, { own: allowed({ Resource: OWN }), grants: [3, 0] }],
  ['a role, with an imported key of another account', imported(FOREIGN), role, { own: allowed({ Resource: FOREIGN }), advice: [{ AWS: ACCOUNT }], grants: [3, 3] }],
  ['a user, with an imported key of another account', imported(FOREIGN), stack => new iam.User(stack, 'Launcher'), { own: allowed({ Resource: FOREIGN }), advice: [{ AWS: ACCOUNT }], grants: [3, 3] }],
  ['a role of another account, with a key of the app', ofApp, stack => iam.Role.fromRoleArn(stack, 'Launcher', roleOf('210987654321')), {
    inKeyPolicy: allowed({ Principal: { AWS: roleOf('210987654321') }, Resource: '*' }), grants: [3, 3],
  }],
  ['an imported role, with an imported key of another account', imported(FOREIGN), stack => iam.Role.fromRoleArn(stack, 'Launcher', roleOf(ACCOUNT)), {
    own: allowed({ Resource: FOREIGN }), advice: [{ AWS: roleOf(ACCOUNT) }], grants: [3, 3],
  }],
  ['a role that only the deployment knows, with a key of the app', ofApp, stack => iam.Role.fromRoleArn(stack, 'Launcher', new CfnParameter(stack, 'Role').valueAsString), {
    own: allowed({ Resource: '<Key.Arn>' }), grants: [3, 0],
  }],
  ['a role that only the deployment knows, with an imported key', imported(OWN), stack => iam.Role.fromRoleArn(stack, 'Launcher', new CfnParameter(stack, 'Role').valueAsString), {
    own: allowed({ Resource: OWN }), advice: [{ AWS: { 'Fn::Select': [4, { 'Fn::Split': [':', '${Role}'] }] } }], isInfo: true, grants: [3, 0],
  }],
  ['an account, with a key of the app', ofApp, () => new iam.AccountPrincipal('210987654321'), {
    inKeyPolicy: allowed({ Principal: { AWS: 'arn:<partition>:iam::210987654321:root' }, Resource: '*' }), grants: [0, 3],
  }],
  ['a principal with conditions, with a key of the app', ofApp, () => new iam.ArnPrincipal('*').withConditions(CONDITION), {
    inKeyPolicy: [
      { Effect: 'Allow', Action: 'kms:DescribeKey', Condition: CONDITION, Principal: { AWS: '*' }, Resource: '*' },
      ...allowed({ Principal: { AWS: '*' }, Resource: '*' }).slice(1).map(({ Condition, ...statement }: { Condition?: object }) => ({
        ...statement, Condition: { ...Condition, StringEquals: { ...CONDITION.StringEquals, ...viaEc2('us-east-1').StringEquals } },
      })),
    ],
    grants: [0, 3],
  }],
  ['a principal with conditions, with an imported key', imported(FOREIGN), () => new iam.ArnPrincipal('*').withConditions(CONDITION), { advice: [{ AWS: '*' }, CONDITION], grants: [0, 3] }],
  ['several roles by their ARNs, with an imported key', imported(FOREIGN), () => new iam.CompositePrincipal(new iam.ArnPrincipal(roleOf('1')), new iam.ArnPrincipal(roleOf('2'))), {
    advice: [{ AWS: [roleOf('1'), roleOf('2')] }], grants: [0, 3],
  }],
  ['a role by its ARN, with an imported key of another account', imported(FOREIGN), () => new iam.ArnPrincipal(roleOf(ACCOUNT)), { advice: [{ AWS: roleOf(ACCOUNT) }], grants: [0, 3] }],
  ['a service-linked role, with a key of the app', ofApp, () => new iam.ArnPrincipal(SERVICE_LINKED), { inKeyPolicy: allowed({ Principal: { AWS: SERVICE_LINKED }, Resource: '*' }), grants: [0, 3] }],
  ['a service-linked role, with an imported key of its account', imported(OWN), () => new iam.ArnPrincipal(SERVICE_LINKED), { advice: [{ AWS: SERVICE_LINKED }], grants: [0, 3] }],
  ['a service-linked role, with an imported key of another account', imported(FOREIGN), () => new iam.ArnPrincipal(SERVICE_LINKED), {
    advice: [{ AWS: ACCOUNT }],
    command: `aws kms create-grant --key-id ${FOREIGN} --grantee-principal ${SERVICE_LINKED} --operations CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey `
      + 'GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo --region us-east-1.',
    grants: [0, 3],
  }],
  ['a principal whose account is not known, with an imported key', imported(FOREIGN), () => otherPrincipal(), { grants: [3, 0] }],
  ['a principal of another class, with an imported key of another account', imported(FOREIGN), () => otherPrincipal(ACCOUNT), { advice: [{ AWS: roleOf(ACCOUNT) }], grants: [3, 3] }],
])('%s', (_title, keyOf, granteeOf, { own = [], inKeyPolicy = [], advice, command, isInfo = false, grants }) => {
  const stack = newStack();
  const results = grantKeyForLaunch(stack, keyOf(stack), granteeOf(stack));
  const statements = (['principalStatements', 'resourceStatements'] as const).map(kind => results.flatMap(result => result[kind]));
  expect(statements.map(({ length }) => length)).toEqual(grants);
  expect(results.map(({ success }) => success)).not.toContain(false);
  const template = Template.fromStack(stack);
  const [policies, keys] = ['AWS::IAM::Policy', 'AWS::KMS::Key'].map(type =>
    Object.values(template.findResources(type)) as { Properties: Record<string, { Statement: object[] }> }[]);
  expect(readable(policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement))).toEqual(own);
  // without CDK's own statement
  expect(readable(keys.flatMap(({ Properties }) => Properties.KeyPolicy.Statement.slice(1)))).toEqual(inKeyPolicy);
  expect(adviceIn(stack)).toEqual(advice === undefined ? [] : renderKeyPolicy({ principal: advice[0], conditions: advice[1], regions: ['us-east-1'] }));
  expect(annotationsOf(stack, 'aws:cdk:warning')).toHaveLength(advice !== undefined && !isInfo ? 1 : 0);
  expect(/aws kms create-grant .*\./.exec(annotationsOf(stack, 'aws:cdk:warning').join())?.[0].replace(/ \[ack.*/, '')).toBe(command);
});

test('a service-linked role of an account that only the deployment knows is not said to need a grant', () => {
  const stack = new Stack(new App(), 'Images');
  grantKeyForLaunch(stack, imported(FOREIGN)(stack), new iam.ArnPrincipal(SERVICE_LINKED));
  expect(adviceIn(stack)).toMatchObject([{ Principal: { AWS: SERVICE_LINKED } }, { Principal: { AWS: SERVICE_LINKED } }]);
  expect(annotationsOf(stack, 'aws:cdk:warning').join()).not.toContain('create-grant');
});
