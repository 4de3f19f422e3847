import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { account, otherAccount, TestAws } from '../ec2/test-aws';

let aws: TestAws;
let client: KMSClient;

beforeEach(async () => {
  aws = await TestAws.start();
  client = aws.kmsClient();
});

afterEach(() => aws.stop());

const root = `arn:aws:iam::${account}:root`;
const policyFor = (principal: unknown, more: object = {}) => JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: root }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Allow', Principal: principal, Action: 'kms:Decrypt', Resource: '*', ...more },
  ],
});
const INVALID = { name: 'MalformedPolicyDocumentException', message: 'Policy contains a statement with one or more invalid principals.' };
const LOCKED_OUT = { name: 'MalformedPolicyDocumentException', message: 'The new key policy will not allow you to update the key policy in the future.' };
const AUTO_SCALING = `arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;

describe('principals of a key policy', () => {
  beforeEach(() => {
    aws.iam.putRole({ account, name: 'Handler', path: '/copies/' });
  });

  test.each<[string, unknown]>([
    ['everybody', '*'],
    ['everybody of AWS', { AWS: '*' }],
    ['an account', { AWS: account }],
    ['another account', { AWS: `arn:aws:iam::${otherAccount}:root` }],
    ['a role', { AWS: [`arn:aws:iam::${account}:role/copies/Handler`, root] }],
    ['a session of a role', { AWS: `arn:aws:sts::${account}:assumed-role/Handler/session` }],
    ['a user', { AWS: `arn:aws:iam::${account}:user/administrator` }],
    ['a service', { Service: 'none.amazonaws.com' }],
    ['a role of an account that is not known here', { AWS: `arn:aws:iam::${otherAccount}:role/Any` }],
  ])('can be %s', async (_, principal) => {
    await client.send(new CreateKeyCommand({ Policy: policyFor(principal) }));
    await client.send(new PutKeyPolicyCommand({ KeyId: aws.kms.addKey().keyId, Policy: policyFor(principal) }));
  });

  test.each<[string, unknown]>([
    ['a role that does not exist', { AWS: `arn:aws:iam::${account}:role/Missing` }],
    ['a role without its path', { AWS: `arn:aws:iam::${account}:role/Handler` }],
    ['roles by a pattern', { AWS: `arn:aws:iam::${account}:role/*` }],
    ['a session of a role that does not exist', { AWS: `arn:aws:sts::${account}:assumed-role/Missing/session` }],
    ['a user that does not exist', { AWS: [root, `arn:aws:iam::${account}:user/somebody`] }],
    ['a role of another partition', { AWS: `arn:aws-cn:iam::${account}:role/copies/Handler` }],
    ['an account of another partition', { AWS: `arn:aws-cn:iam::${account}:root` }],
    ['the id of a role that was deleted', { AWS: 'AROAEXAMPLEID' }],
    ['a service-linked role that the account does not have', { AWS: AUTO_SCALING }],
  ])('cannot be %s', async (_, principal) => {
    await expect(client.send(new CreateKeyCommand({ Policy: policyFor(principal) }))).rejects.toMatchObject(INVALID);
    const { keyId: KeyId } = aws.kms.addKey();
    await expect(client.send(new PutKeyPolicyCommand({ KeyId, Policy: policyFor(principal) }))).rejects.toMatchObject(INVALID);
    await expect(client.send(new CreateKeyCommand({ Policy: policyFor(undefined, { NotPrincipal: principal }) }))).rejects.toMatchObject(INVALID);
    expect((await client.send(new CreateKeyCommand({}))).KeyMetadata).toBeDefined();
  });

  test('can be a role of another account only if it exists, where that account has roles here', async () => {
    aws.iam.putRole({ account: otherAccount, name: 'Theirs' });
    await client.send(new CreateKeyCommand({ Policy: policyFor({ AWS: `arn:aws:iam::${otherAccount}:role/Theirs` }) }));
    const missing = policyFor({ AWS: `arn:aws:iam::${otherAccount}:role/Any` });
    await expect(client.send(new CreateKeyCommand({ Policy: missing }))).rejects.toMatchObject(INVALID);
  });

  test('can be a service-linked role, once the account has it', async () => {
    expect(aws.iam.createServiceLinkedRole({ account, partition: 'aws' }, 'autoscaling.amazonaws.com')).toBe(AUTO_SCALING);
    await client.send(new CreateKeyCommand({ Policy: policyFor({ AWS: AUTO_SCALING }) }));
  });
});

describe('a key policy that would lock the caller out', () => {
  const only = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...statement }] });

  test.each<[string, string]>([
    ['is for another account', only({ Principal: { AWS: `arn:aws:iam::${otherAccount}:root` } })],
    ['lets the account do something else', only({ Principal: { AWS: root }, Action: 'kms:Describe*' })],
    ['denies it', policyFor('*', { Effect: 'Deny', Action: 'kms:PutKeyPolicy' })],
  ])('is refused when it %s, and accepted with BypassPolicyLockoutSafetyCheck', async (_, Policy) => {
    const { keyId: KeyId } = aws.kms.addKey();
    await expect(client.send(new CreateKeyCommand({ Policy }))).rejects.toMatchObject(LOCKED_OUT);
    await expect(client.send(new PutKeyPolicyCommand({ KeyId, Policy }))).rejects.toMatchObject(LOCKED_OUT);
    await client.send(new CreateKeyCommand({ Policy, BypassPolicyLockoutSafetyCheck: true }));
    await client.send(new PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }));
    await expect(client.send(new PutKeyPolicyCommand({ KeyId, Policy: policyFor('*') }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('is none when it names only the caller', async () => {
    const role = aws.kmsClientOfRole([{ Effect: 'Allow', Action: 'kms:CreateKey', Resource: '*' }]);
    const arn = aws.iam.roleArns()[0];
    await role.send(new CreateKeyCommand({ Policy: only({ Principal: { AWS: arn } }) }));
    await expect(client.send(new CreateKeyCommand({ Policy: only({ Principal: { AWS: arn } }) }))).rejects.toMatchObject(LOCKED_OUT);
  });
});

test('keys of other partitions have principals of their partition', async () => {
  const ofChina = aws.kmsClient(account, 'cn-north-1');
  const Policy = (partition: string) => JSON.stringify({
    Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:${partition}:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
  });
  expect((await ofChina.send(new CreateKeyCommand({ Policy: Policy('aws-cn') }))).KeyMetadata?.Arn).toMatch(/^arn:aws-cn:kms:cn-north-1:/);
  await expect(ofChina.send(new CreateKeyCommand({ Policy: Policy('aws') }))).rejects.toMatchObject(INVALID);
});

test('a key policy has at most 32 KiB', async () => {
  const accounts = (count: number) => ({ AWS: Array.from({ length: count }, (_, index) => `arn:aws:iam::${100_000_000_000 + index}:root`) });
  await client.send(new CreateKeyCommand({ Policy: policyFor(accounts(900)) }));
  await expect(client.send(new CreateKeyCommand({ Policy: policyFor(accounts(1_000)) }))).rejects.toMatchObject({ name: 'LimitExceededException' });
});
