import { Aws, CfnParameter, Fn } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { validatePolicySize } from '../../src/keys/validate-policy-size';
import { newStack } from '../helpers/stacks';

/** Characters that KMS receives around the value of `padding`. */
const AROUND = JSON.stringify({ padding: '' }).length;
const FITS = 'x'.repeat(32_768 - AROUND);

/** The refusal of a key with this policy. */
function refusalOf(policy: (stack: ReturnType<typeof newStack>) => object): string[] {
  const stack = newStack();
  const key = new kms.Key(stack, 'Key');
  (key.node.defaultChild as kms.CfnKey).keyPolicy = policy(stack);
  validatePolicySize(key, () => 400);
  return key.node.validate();
}

test('a policy of 32 KiB is what KMS accepts', () => {
  expect(refusalOf(() => ({ padding: FITS }))).toEqual([]);
  expect(refusalOf(() => ({ padding: `${FITS}x` }))).toEqual([expect.stringContaining('32769')]);
});

test('a key that the app does not create has no policy to measure', () => {
  const key = kms.Key.fromKeyArn(newStack(), 'Key', 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111');
  validatePolicySize(key, () => 400);
  expect(key.node.validate()).toEqual([]);
});

test.each<[string, (stack: ReturnType<typeof newStack>) => unknown, number]>([
  ['a parameter', stack => new CfnParameter(stack, 'Long').valueAsString, 2],
  ['the partition', () => Aws.PARTITION, 5],
  ['another pseudo parameter', () => Aws.URL_SUFFIX, 2],
  ['a function', () => Fn.getAtt('Role', 'Arn'), 2],
  ['a joined text', () => Fn.join(':', ['arn', Aws.PARTITION, 'iam', Fn.ref('AWS::NoValue')]), '"arn:aws:iam:"'.length],
  ['a joined list that is not known', () => Fn.join(':', Fn.getAzs() as unknown as string[]), 2],
  ['a list', () => ['a', Aws.PARTITION, ['b']], '["a","aws",["b"]]'.length],
  ['a number, a boolean and null', () => [1, true, null], '[1,true,null]'.length],
  ['an object', () => ({ a: Aws.PARTITION, b: { c: 'd' } }), '{"a":"aws","b":{"c":"d"}}'.length],
  ['an empty object in a list', () => [{}], '[{}]'.length],
  ['an object with one member', () => ({ StringEquals: 'AWS::Partition' }), '{"StringEquals":"AWS::Partition"}'.length],
  ['an object whose first member is named as a function', () => ({ Ref: 'AWS::Partition', b: 'c' }), '{"Ref":"AWS::Partition","b":"c"}'.length],
  ['an object whose member begins as a function', () => ({ References: 'AWS::Partition' }), '{"References":"AWS::Partition"}'.length],
])('%s counts as what KMS receives, as far as it is known', (_title, value, length) => {
  const rest = 'x'.repeat(32_768 - '{"value":,"padding":""}'.length - length);
  expect(refusalOf(stack => ({ value: value(stack), padding: rest }))).toEqual([]);
  expect(refusalOf(stack => ({ value: value(stack), padding: `${rest}x` }))).toHaveLength(1);
});
