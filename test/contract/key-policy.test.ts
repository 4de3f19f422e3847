import { KeyPolicyOptions, renderKeyPolicy } from '../../src/contract/key-policy';

/** The statements for the owner of a key, exactly: they allow the principal the use through EC2 only, in the Regions only, and under each of its conditions. */

const ACTIONS = ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const principal = { AWS: '123456789012' };
const EQUALS = { StringEquals: { 'aws:PrincipalOrgID': 'o-abc123def4' } };
const LIKE = { StringLike: { 'aws:PrincipalArn': '*/launcher' } };

test.each<[string, Omit<KeyPolicyOptions, 'principal'>, unknown, object]>([
  ['of one Region', { regions: ['us-east-1'] }, 'ec2.us-east-1.*', {}],
  ['of two Regions', { regions: ['us-east-1', 'cn-north-1'] }, ['ec2.us-east-1.*', 'ec2.cn-north-1.*'], {}],
  ['of every Region', {}, 'ec2.*', {}],
  ['with empty conditions', { conditions: {} }, 'ec2.*', {}],
  ['with a condition', { conditions: EQUALS }, 'ec2.*', EQUALS],
  ['with a condition of the same operator', { regions: ['us-east-1'], conditions: { ...EQUALS, ...LIKE } }, 'ec2.us-east-1.*', { ...EQUALS, ...LIKE }],
])('the statements %s', (_title, options, service, conditions: { StringLike?: object }) => {
  const common = { Effect: 'Allow', Principal: principal, Resource: '*' };
  expect(renderKeyPolicy({ principal, ...options })).toStrictEqual([
    { ...common, Action: 'kms:DescribeKey', ...Object.keys(conditions).length > 0 && { Condition: conditions } },
    {
      ...common,
      Action: ACTIONS,
      Condition: { ...conditions, StringLike: { ...conditions.StringLike, 'kms:ViaService': service }, BoolIfExists: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ]);
});
