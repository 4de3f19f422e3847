import { defaultKeyHint, keyPolicyHint, passedSourceKeyHint, sourceKeyHint } from '../../lambda/ami/keys/messages';
import { renderKeyPolicy } from '../../src/contract/key-policy';

/** The solutions in messages about keys that the handler role is not allowed to use: they differ by who owns the key. */

const account = '123456789012';
const [OWN, FOREIGN, OTHER] = [account, '999999999999', '888888888888'].map(owner => `arn:aws:kms:us-east-1:${owner}:key/one`);
const user = { account, regions: ['us-east-1', 'us-east-1'] };
const statements = JSON.stringify(renderKeyPolicy({ principal: { AWS: account }, regions: ['us-east-1'] }));
const pass = (prop: string, id: string, arn: string) => `${prop}, with kms.Key.fromKeyArn(this, "${id}", "${arn}").`;
const IF_EBS = 'If it is aws/ebs, its owner must first copy the AMI with a customer managed key.';

test.each<[string[], string]>([
  [[OWN], 'policy must have these statements'],
  [['alias/aws/ebs'], 'policy must have these statements'],
  [[FOREIGN], 'policy must have these statements, which only its owner, account 999999999999, can add'],
  [[OWN, FOREIGN, FOREIGN], 'policies must have these statements, which only its owner, account 999999999999, can add'],
  [[OWN, FOREIGN, OTHER], 'policies must have these statements, which only their owners, the accounts 999999999999 and 888888888888, can add'],
])('the policies of %j', (arns, sentence) => {
  expect(keyPolicyHint({ arns, ...user })).toBe(`The key ${sentence}: ${statements}.`);
});

test('several Regions are in the statements', () => {
  expect(keyPolicyHint({ arns: [OWN], account, regions: ['eu-west-1', 'us-east-1'] })).toContain('["ec2.eu-west-1.*","ec2.us-east-1.*"]');
});

test('a key of the source that was passed, and may be aws/ebs of another account', () => {
  expect(passedSourceKeyHint({ arn: OWN, ...user })).toBe(keyPolicyHint({ arns: [OWN], ...user }));
  expect(passedSourceKeyHint({ arn: FOREIGN, ...user })).toBe(`${keyPolicyHint({ arns: [FOREIGN], ...user })} ${IF_EBS}`);
});

test('a key of the source that was not passed', () => {
  const passed = (arn: string) => pass('Pass it in `sourceEncryptionKeys`', 'SourceKey', arn);
  expect(sourceKeyHint({ arn: OWN, ...user })).toBe(passed(OWN));
  expect(sourceKeyHint({ arn: FOREIGN, ...user })).toBe(`${passed(FOREIGN)} ${IF_EBS} ${keyPolicyHint({ arns: [FOREIGN], ...user })}`);
});

test.each([['encryptionKey', 'as'], ['sourceEncryptionKeys', 'in']] as const)('the default key, for `%s`', (prop, word) => {
  expect(defaultKeyHint({ arn: OWN, prop })).toBe(pass(`It is a customer managed key, so pass it ${word} \`${prop}\``, 'DefaultKey', OWN));
});
