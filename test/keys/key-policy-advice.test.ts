import { Annotations, App, Aws, Fn, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { adviceIn, annotationsOf } from './statements';
import { AmiSharing, EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../src';
import { adviseKeyPolicy, describePrincipal } from '../../src/keys/key-policy-advice';
import { newStack, source, SOURCE_ID } from '../helpers/stacks';

/** The policy of an imported key does not change. Synthesis says what its owner must add to it. */

const OWN_KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111';
const FOREIGN_KEY = 'arn:aws:kms:us-east-1:210987654321:key/22222222-2222-2222-2222-222222222222';
const CONSUMER = '333333333333';

function copyWith(stack: Stack, keyArn: string, props: Partial<EncryptedAmiCopyProps> = {}): EncryptedAmiCopy {
  return new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey: kms.Key.fromKeyArn(stack, 'Key', keyArn), ...props });
}

const useThrough = (services: unknown) => ({ StringLike: { 'kms:ViaService': services }, BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' } });
const ACTIONS = ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const rootOf = (account: string) => ({ AWS: account });

describe('sharing', () => {
  test('with an organization, and of an AMI that exists', () => {
    const stack = newStack();
    new AmiSharing(stack, 'Sharing', {
      imageId: 'ami-0123456789abcdef0', organizationArns: ['arn:aws:organizations::123456789012:organization/o-abc123def4'], encryptionKeys: [kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden')],
    });
    const condition = { StringEquals: { 'aws:PrincipalOrgID': 'o-abc123def4' } };
    expect(adviceIn(stack)).toMatchObject([
      { Principal: '*', Action: 'kms:DescribeKey', Condition: condition }, { Principal: '*', Action: ACTIONS, Condition: { ...condition, ...useThrough('ec2.*') } },
    ]);
  });

  test('the warning can be acknowledged', () => {
    const stack = newStack();
    const copy = copyWith(stack, OWN_KEY);
    copy.shareWithAccounts(CONSUMER);
    Annotations.of(copy).acknowledgeWarning('cdk-encrypted-ami:keyPolicyForSharing');
    expect(adviceIn(stack)).toEqual([]);
  });
});

describe('in the statements, what only the deployment knows', () => {
  test.each<[string, (stack: Stack) => unknown, unknown]>([
    ['a pseudo parameter', () => Aws.ACCOUNT_ID, '${AWS::AccountId}'],
    ['an attribute', () => Fn.getAtt('Role', 'Arn'), '${Role.Arn}'],
    ['a joined text', () => Fn.join('-', ['a', Aws.REGION, Fn.getAtt('Role', 'RoleId').toString()]), 'a-${AWS::Region}-${Role.RoleId}'],
    ['a joined list', () => Fn.join('-', Fn.split(',', Aws.REGION)), { 'Fn::Join': ['-', { 'Fn::Split': [',', '${AWS::Region}'] }] }],
    ['another function', () => Fn.importValue('Account'), { 'Fn::ImportValue': 'Account' }],
    ['a list', () => ['a', Aws.REGION], ['a', '${AWS::Region}']],
    ['a number, a boolean, null and an empty object', () => [1, true, null, {}], [1, true, null, {}]],
    ['an object that looks like a function', () => ({ Ref: 'a', b: Aws.REGION }), { Ref: 'a', b: '${AWS::Region}' }],
  ])('%s', (_title, value, expected) => {
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', OWN_KEY);
    adviseKeyPolicy(stack, { key, kind: 'sharing', principal: '*', conditions: { StringEquals: { value: value(stack) } } });
    expect(adviceIn(stack)[0]).toMatchObject({ Condition: { StringEquals: { value: expected } } });
  });
});

describe('grantLaunch', () => {
  const role = (stack: Stack) => new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });

  test('to a role where the account is not known at synthesis, is no warning', () => {
    const stack = new Stack(new App(), 'Images');
    copyWith(stack, FOREIGN_KEY).grantLaunch(role(stack));
    expect(annotationsOf(stack, 'aws:cdk:warning')).toEqual([]);
    expect(adviceIn(stack)).toMatchObject([{ Principal: rootOf('${AWS::AccountId}') }, { Condition: useThrough('ec2.${AWS::Region}.*') }]);
  });

  test('to a role of an imported key of the app says nothing where no account is known', () => {
    const stack = new Stack(new App(), 'Images');
    new EncryptedAmiCopy(stack, 'Copy', { sourceImage: source, encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden') }).grantLaunch(role(stack));
    expect(adviceIn(stack)).toEqual([]);
  });
});

test.each<[string, object, unknown]>([
  ['a role that the app creates', { roleArn: '', principalAccount: CONSUMER, principals: { AWS: [Aws.STACK_ID] } }, { AWS: CONSUMER }],
  ['a user that the app creates', { userArn: '', principalAccount: CONSUMER, principals: { AWS: [Aws.STACK_ID] } }, { AWS: CONSUMER }],
  ['a role whose account is not known', { roleArn: '', principals: { AWS: [Aws.STACK_ID] } }, { AWS: Aws.STACK_ID }],
  ['a role whose ARN is known', { roleArn: '', principalAccount: CONSUMER, principals: { AWS: ['arn'] } }, { AWS: 'arn' }],
  ['another principal', { principalAccount: CONSUMER, principals: { AWS: [Aws.STACK_ID] } }, { AWS: Aws.STACK_ID }],
  ['several of them', { principals: { AWS: ['one', 'other'], Service: ['ec2'] } }, { AWS: ['one', 'other'], Service: 'ec2' }],
])('the principal in the statements for %s', (_title, { principals, ...grantee }: { principals?: Record<string, string[]> }, expected) => {
  const policyFragment = new iam.PrincipalPolicyFragment(principals!);
  expect(describePrincipal({ ...grantee, policyFragment } as unknown as iam.IPrincipal)).toEqual(expected);
});

describe('the statements can be had', () => {
  const written = (stack: Stack, statements: iam.PolicyStatement[]) =>
    stack.resolve(statements.map(statement => statement.toStatementJson() as object)) as object[];

  test.each<[string, Partial<EncryptedAmiCopyProps>, object | undefined]>([
    ['for the handler', {}, undefined],
    ['for the handler role alone, which need not exist', { handlerRoleName: 'ami-handler' }, {
      ArnEquals: { 'aws:PrincipalArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::123456789012:role/ami-handler']] } },
    }],
    ['for the handler in both Regions', { sourceRegion: 'eu-west-1', sourceImage: ec2.MachineImage.genericLinux({ 'eu-west-1': SOURCE_ID }) }, undefined],
  ])('%s', (_title, props, condition) => {
    const stack = newStack();
    const statements = written(stack, copyWith(stack, OWN_KEY, props).keyPolicyStatementsForHandler());
    const common = { Effect: 'Allow', Principal: rootOf('123456789012'), Resource: '*' };
    expect(statements).toEqual([
      { ...common, Action: 'kms:DescribeKey', ...condition && { Condition: condition } },
      { ...common, Action: ACTIONS, Condition: { ...condition, ...useThrough(props.sourceRegion ? ['ec2.us-east-1.*', 'ec2.eu-west-1.*'] : 'ec2.us-east-1.*') } },
    ]);
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { RoleName: props.handlerRoleName ?? Match.absent() });
  });

  test('for an account, a role and an organization', () => {
    const stack = newStack();
    const copy = copyWith(stack, FOREIGN_KEY);
    expect(written(stack, copy.keyPolicyStatementsForUse(new iam.AccountPrincipal(CONSUMER)))[1]).toMatchObject({ Condition: useThrough('ec2.*') });
    expect(written(stack, copy.keyPolicyStatementsForUse(new iam.ArnPrincipal(`arn:aws:iam::${CONSUMER}:role/launcher`)))[1]).toMatchObject({
      Principal: { AWS: `arn:aws:iam::${CONSUMER}:role/launcher` }, Condition: useThrough('ec2.us-east-1.*'),
    });
    expect(written(stack, copy.keyPolicyStatementsForUse(new iam.OrganizationPrincipal('o-abc123def4')))[1]).toMatchObject({
      Principal: { AWS: '*' }, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-abc123def4' }, ...useThrough('ec2.*') },
    });
  });
});
