import { declaredKey, isAlias, sourceKey } from '../../lambda/ami/keys/key-reference';
import { keyPolicyHint, passedSourceKeyHint, sourceKeyHint } from '../../lambda/ami/keys/messages';

const user = { account: '123456789012', regions: ['us-east-1'] };
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/one';
const ALIAS = 'arn:aws:kms:us-east-1:123456789012:alias/golden';
const FOREIGN = 'arn:aws:kms:us-east-1:999999999999:key/one';

test('an alias is not a key', () => {
  expect([ALIAS, 'alias/aws/ebs', KEY].map(isAlias)).toEqual([true, false, false]);
});

test.each([[KEY, false], [ALIAS, true]])('a key for new snapshots: %s', (arn, isByAlias) => {
  expect(declaredKey(arn, 'label', user)).toEqual({ id: arn, label: 'label', accessDeniedHint: keyPolicyHint({ arns: [arn], ...user }), isDeclared: true, isByAlias });
});

test.each<[string, string[], boolean, boolean]>([
  [KEY, [KEY], true, false],
  [KEY, [FOREIGN], false, false],
  [KEY, [], false, false],
  // the key may be that of the alias
  [KEY, [FOREIGN, ALIAS], false, true],
  [KEY, [ALIAS, KEY], true, false],
  [FOREIGN, [ALIAS], false, false],
  [FOREIGN, [FOREIGN], true, false],
])('the key %s of the source, where %j were passed', (arn, passed, isDeclared, isByAlias) => {
  expect(sourceKey(arn, 'label', user, passed)).toEqual({
    id: arn, label: 'label', accessDeniedHint: (isDeclared ? passedSourceKeyHint : sourceKeyHint)({ arn, ...user }), isDeclared, isByAlias,
  });
});
