import { ACCOUNT, copyPolicy, OTHER_ACCOUNT, policy } from './policies';
import { Iam } from '../../../local-aws/iam/iam';

const DESCRIBE = { action: 'ec2:DescribeImages', resource: '*', context: {} };
const describeOnly = policy({ Effect: 'Allow', Action: 'ec2:DescribeImages', Resource: '*' });
const keysOnly = policy({ Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' });

let iam: Iam;

beforeEach(() => {
  iam = new Iam();
});

describe('sessions', () => {
  test('the access key identifies the role, the account and the session', () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', path: '/copies/' });
    const credentials = iam.credentials(arn, 'my-function');
    expect(iam.principal(credentials.accessKeyId)).toMatchObject({
      account: ACCOUNT,
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/Handler/my-function`,
      roleArn: `arn:aws:iam::${ACCOUNT}:role/copies/Handler`,
    });
    expect(iam.credentials(arn, 'my-function')).toEqual(credentials);
    expect(iam.credentials(arn, 'another').accessKeyId).not.toEqual(credentials.accessKeyId);
  });

  test('a role of another partition has ARNs of that partition, and its policies apply', () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', partition: 'aws-cn', inlinePolicies: { Describe: describeOnly, Keys: keysOnly } });
    const principal = iam.principal(iam.credentials(arn).accessKeyId);
    expect(arn).toBe(`arn:aws-cn:iam::${ACCOUNT}:role/Handler`);
    expect(principal.arn).toBe(`arn:aws-cn:sts::${ACCOUNT}:assumed-role/Handler/session`);
    expect(iam.allows(principal, DESCRIBE)).toBe(true);
    const key = `arn:aws-cn:kms:cn-north-1:${ACCOUNT}:key/11111111-1111-1111-1111-111111111111`;
    expect(iam.allows(principal, { action: 'kms:DescribeKey', resource: key, context: {} })).toBe(true);
    const keyPolicy = policy({ Effect: 'Allow', Principal: { AWS: arn.replace('role/Handler', 'root') }, Action: 'kms:*', Resource: '*' });
    expect(iam.allowsKey(principal, JSON.stringify(keyPolicy), { action: 'kms:DescribeKey', resource: key, context: {} })).toBe(true);
  });

  test('a principal whose role was deleted is denied everything', () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', inlinePolicies: { Describe: describeOnly } });
    const principal = iam.principal(iam.credentials(arn).accessKeyId);
    expect(iam.allows(principal, DESCRIBE)).toBe(true);
    iam.deleteRole(arn);
    expect([iam.allows(principal, DESCRIBE), iam.denial(principal, DESCRIBE)]).toEqual([false, { by: 'identity-based policy', isExplicit: false }]);
  });

  test('a role whose trust policy has no statements cannot be assumed', () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', trustPolicy: {} });
    expect(() => iam.assumeRole(iam.principal(`AKIALOCAL${ACCOUNT}`), arn, 'session')).toThrow('is not authorized to perform: sts:AssumeRole');
  });

  test('refuses an unknown access key and that of a deleted role', () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler' });
    const { accessKeyId } = iam.credentials(arn);
    iam.deleteRole(arn);
    iam.putRole({ account: ACCOUNT, name: 'Handler' });
    for (const key of [accessKeyId, 'AKIAUNKNOWN', 'AKIALOCAL12']) {
      expect(() => iam.principal(key)).toThrow(expect.objectContaining({ code: 'InvalidClientTokenId', status: 403 }));
    }
    expect(iam.credentials(arn).accessKeyId).not.toEqual(accessKeyId);
  });

  test('allows the administrator of each account everything', () => {
    const administrator = iam.principal(`AKIALOCAL${OTHER_ACCOUNT}`);
    expect(administrator).toMatchObject({ account: OTHER_ACCOUNT });
    expect(administrator.roleArn).toBeUndefined();
    expect(iam.allows(administrator, DESCRIBE)).toBe(true);
  });
});

describe('policies of a role', () => {
  test('apply as soon as they are put or deleted, also to existing sessions', () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler' });
    const principal = iam.principal(iam.credentials(arn).accessKeyId);
    expect(iam.allows(principal, DESCRIBE)).toBe(false);
    iam.putRolePolicy(arn, 'Describe', describeOnly);
    expect(iam.allows(principal, DESCRIBE)).toBe(true);
    iam.deleteRolePolicy(arn, 'Describe');
    expect(iam.allows(principal, DESCRIBE)).toBe(false);
    iam.putRolePolicy(arn, 'Describe', describeOnly);
    iam.deleteRole(arn);
    expect(iam.allows(principal, DESCRIBE)).toBe(false);
  });

  test('include managed policies of the role, of the account and of AWS', () => {
    const own = `arn:aws:iam::${ACCOUNT}:policy/Describe`;
    const arns = [
      iam.putRole({ account: ACCOUNT, name: 'A', managedPolicies: { Describe: describeOnly } }),
      iam.putRole({ account: ACCOUNT, name: 'B', managedPolicyArns: [own] }),
      iam.putRole({ account: ACCOUNT, name: 'C', managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
      iam.putRole({ account: ACCOUNT, name: 'D', managedPolicyArns: ['arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'] }),
    ];
    const answers = () => arns.map(arn => iam.allows(iam.principal(iam.credentials(arn).accessKeyId), DESCRIBE));
    expect(answers()).toEqual([true, false, true, false]);
    iam.putManagedPolicy(own, describeOnly);
    expect(answers()).toEqual([true, true, true, false]);
    iam.deleteManagedPolicy(own);
    expect(answers()).toEqual([true, false, true, false]);
  });

  test("fail with IAM's error, when they are no valid policies", () => {
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler' });
    const broken = policy({ Effect: 'Allow', Action: 'ec2:DescribeImages' });
    expect(() => iam.putRolePolicy(arn, 'Broken', broken)).toThrow(expect.objectContaining({ code: 'MalformedPolicyDocument' }));
    expect(() => iam.putRolePolicy(`${arn}x`, 'Describe', describeOnly)).toThrow(expect.objectContaining({ code: 'NoSuchEntity' }));
  });

  test('have quotas: 10,240 characters inline, 6,144 in a managed policy, ten managed policies', () => {
    const large = policy({ Effect: 'Allow', Action: 'ec2:DescribeImages', Resource: Array.from({ length: 200 }, (_, i) => `arn:aws:ec2:us-east-1::image/ami-${i}`) });
    const arn = iam.putRole({ account: ACCOUNT, name: 'Handler', inlinePolicies: { Large: large } });
    expect(() => iam.putRolePolicy(arn, 'Larger', large)).toThrow('Maximum policy size of 10240 bytes exceeded for role Handler');
    expect(() => iam.putManagedPolicy(`arn:aws:iam::${ACCOUNT}:policy/Large`, large)).toThrow('Cannot exceed quota for PolicySize: 6144');
    const managedPolicyArns = Array.from({ length: 11 }, (_, i) => `arn:aws:iam::${ACCOUNT}:policy/P${i}`);
    expect(() => iam.putRole({ account: ACCOUNT, name: 'Many', managedPolicyArns })).toThrow('Cannot exceed quota for PoliciesPerRole: 10');
  });
});

describe('AssumeRole', () => {
  const trusting = (principal: object) => policy({ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' });

  test("needs the trust policy, and the caller's identity policies", () => {
    const administrator = iam.principal(`AKIALOCAL${ACCOUNT}`);
    const deploy = iam.putRole({ account: ACCOUNT, name: 'deploy', trustPolicy: trusting({ AWS: `arn:aws:iam::${ACCOUNT}:root` }) });
    const credentials = iam.assumeRole(administrator, deploy, 'cli');
    expect(iam.principal(credentials.accessKeyId).arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/deploy/cli`);

    const handler = iam.principal(iam.credentials(iam.putRole({ account: ACCOUNT, name: 'Handler', inlinePolicies: { Copy: copyPolicy } })).accessKeyId);
    expect(() => iam.assumeRole(handler, deploy, 'cli')).toThrow(
      `User: ${handler.arn} is not authorized to perform: sts:AssumeRole on resource: ${deploy}`,
    );
  });

  test("fails with the same error for a role for a service, a role that does not exist and another account's administrator", () => {
    const administrator = iam.principal(`AKIALOCAL${ACCOUNT}`);
    const ofLambda = iam.putRole({ account: ACCOUNT, name: 'Handler', trustPolicy: trusting({ Service: 'lambda.amazonaws.com' }) });
    const elsewhere = iam.putRole({ account: OTHER_ACCOUNT, name: 'deploy' });
    for (const arn of [ofLambda, `arn:aws:iam::${ACCOUNT}:role/missing`, elsewhere]) {
      expect(() => iam.assumeRole(administrator, arn, 'cli')).toThrow(expect.objectContaining({ code: 'AccessDenied', status: 403 }));
    }
  });
});
