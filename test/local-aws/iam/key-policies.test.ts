import { ACCOUNT, copyPolicy, delegatingKeyPolicy, KEY_ARN, OTHER_ACCOUNT, policy, REGION } from './policies';
import { Principal } from '../../../local-aws/aws-call';
import { Iam } from '../../../local-aws/iam/iam';

const OTHER_KEY = `arn:aws:kms:${REGION}:${OTHER_ACCOUNT}:key/22222222-2222-2222-2222-222222222222`;
const VIA_EC2 = { 'kms:ViaService': `ec2.${REGION}.amazonaws.com` };
const everythingWithKeys = policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' });

let iam: Iam;

beforeEach(() => {
  iam = new Iam();
});

function principalWith(...policies: object[]): Principal {
  const inlinePolicies = Object.fromEntries(policies.map((document, i) => [`Policy${i}`, document]));
  const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', path: '/copies/', inlinePolicies });
  return iam.principal(iam.credentials(arn).accessKeyId);
}

function allows(principal: Principal, keyPolicy: string, action: string, context: Record<string, string> = {}, key = KEY_ARN): boolean {
  return iam.allowsKey(principal, keyPolicy, { action, resource: key, context });
}

function keyPolicyFor(principal: unknown, more: object = {}): string {
  return JSON.stringify(policy({ Effect: 'Allow', Principal: principal, Action: 'kms:*', Resource: '*', ...more }));
}

describe('a key policy that leaves the decision to IAM', () => {
  test.each([
    ['kms:DescribeKey', {}, true],
    ['kms:Decrypt', VIA_EC2, true],
    ['kms:Decrypt', {}, false],
    ['kms:Decrypt', { 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' }, false],
    ['kms:CreateGrant', { ...VIA_EC2, 'kms:GrantIsForAWSResource': 'true' }, true],
    ['kms:CreateGrant', VIA_EC2, false],
    ['kms:ScheduleKeyDeletion', {}, false],
  ])('%s with %j: %s', (action, context, expected) => {
    expect(allows(principalWith(copyPolicy), delegatingKeyPolicy(), action, context)).toBe(expected);
  });
});

test('allows a role that the key policy names without an identity policy', () => {
  const principal = principalWith();
  expect(allows(principal, keyPolicyFor({ AWS: `arn:aws:iam::${ACCOUNT}:role/copies/Handler` }), 'kms:Decrypt')).toBe(true);
  expect(allows(principal, keyPolicyFor({ AWS: principal.arn }), 'kms:Decrypt')).toBe(true);
});

test('denies a role that the key policy does not name, whatever its identity policies allow', () => {
  expect(allows(principalWith(everythingWithKeys), keyPolicyFor({ AWS: `arn:aws:iam::${ACCOUNT}:role/Other` }), 'kms:Decrypt')).toBe(false);
});

test('allows every caller of the account that uses an AWS managed key through EC2', () => {
  const conditions = { StringEquals: { 'kms:CallerAccount': ACCOUNT, ...VIA_EC2 } };
  const awsManaged = keyPolicyFor({ AWS: '*' }, { Condition: conditions });
  expect(allows(principalWith(), awsManaged, 'kms:CreateGrant', VIA_EC2)).toBe(true);
  expect(allows(principalWith(), awsManaged, 'kms:CreateGrant')).toBe(false);

  const ofAnotherAccount = keyPolicyFor({ AWS: '*' }, { Condition: { StringEquals: { 'kms:CallerAccount': OTHER_ACCOUNT } } });
  expect(allows(principalWith(everythingWithKeys), ofAnotherAccount, 'kms:CreateGrant', VIA_EC2, OTHER_KEY)).toBe(false);
});

test('a Deny statement of the key policy overrides identity policies', () => {
  const keyPolicy = JSON.stringify(policy(
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action: 'kms:CreateGrant', Resource: '*', Condition: { Bool: { 'kms:GrantIsForAWSResource': 'false' } } },
  ));
  const principal = principalWith(everythingWithKeys);
  expect(allows(principal, keyPolicy, 'kms:CreateGrant', { 'kms:GrantIsForAWSResource': 'true' })).toBe(true);
  expect(allows(principal, keyPolicy, 'kms:CreateGrant', { 'kms:GrantIsForAWSResource': 'false' })).toBe(false);
});

test('a Deny statement of an identity policy overrides a key policy that names the role', () => {
  const principal = principalWith(policy({ Effect: 'Deny', Action: 'kms:Decrypt', Resource: KEY_ARN }));
  expect(allows(principal, keyPolicyFor({ AWS: `arn:aws:iam::${ACCOUNT}:role/copies/Handler` }), 'kms:Decrypt')).toBe(false);
});

describe('a key of another account', () => {
  test.each([
    ['both allow it', everythingWithKeys, { AWS: `arn:aws:iam::${ACCOUNT}:root` }, true],
    ['both allow it, the key by the role', everythingWithKeys, { AWS: `arn:aws:iam::${ACCOUNT}:role/copies/Handler` }, true],
    ['only the key allows it', undefined, { AWS: `arn:aws:iam::${ACCOUNT}:role/copies/Handler` }, false],
    ['only the identity policies allow it', everythingWithKeys, { AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` }, false],
  ])('%s', (_, identityPolicy, keyPrincipal, expected) => {
    const principal = identityPolicy ? principalWith(identityPolicy) : principalWith();
    expect(allows(principal, keyPolicyFor(keyPrincipal), 'kms:Decrypt', {}, OTHER_KEY)).toBe(expected);
  });
});

test('allows the administrator the keys whose policies leave the decision to IAM, and keys of other accounts by their policies only', () => {
  const administrator = iam.principal(`AKIALOCAL${ACCOUNT}`);
  expect(allows(administrator, delegatingKeyPolicy(), 'kms:Decrypt')).toBe(true);
  expect(allows(administrator, keyPolicyFor({ AWS: administrator.arn }), 'kms:Decrypt')).toBe(true);
  expect(allows(administrator, keyPolicyFor({ AWS: `arn:aws:iam::${ACCOUNT}:role/Other` }), 'kms:Decrypt')).toBe(false);
  expect(allows(administrator, delegatingKeyPolicy(OTHER_ACCOUNT), 'kms:Decrypt', {}, OTHER_KEY)).toBe(false);
  expect(allows(administrator, delegatingKeyPolicy(ACCOUNT), 'kms:Decrypt', {}, OTHER_KEY)).toBe(true);
});

test('a Deny statement of a key policy applies to the administrator', () => {
  const administrator = iam.principal(`AKIALOCAL${ACCOUNT}`);
  const keyPolicy = JSON.stringify(policy(
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action: 'kms:CreateGrant', Resource: '*' },
  ));
  expect(allows(administrator, keyPolicy, 'kms:Decrypt')).toBe(true);
  expect(allows(administrator, keyPolicy, 'kms:CreateGrant')).toBe(false);
});

test('a key policy that names a session allows only that session', () => {
  const arn = iam.putRole({ account: ACCOUNT, name: 'Handler' });
  const [one, other] = ['one', 'other'].map(session => iam.principal(iam.credentials(arn, session).accessKeyId));
  expect(allows(one, keyPolicyFor({ AWS: one.arn }), 'kms:Decrypt')).toBe(true);
  expect(allows(other, keyPolicyFor({ AWS: one.arn }), 'kms:Decrypt')).toBe(false);
});
