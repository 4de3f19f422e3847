import { KeyMetadata } from '@aws-sdk/client-kms';
import {
  checkKey, checkKeyOrContinue, defaultKey, explainRefusedKey, isEncryptedByDefault, withoutAwsManagedKeys,
} from '../../lambda/ami/keys/check-key';
import * as messages from '../../lambda/ami/keys/messages';
import { AwsClients } from '../../lambda/aws/clients';
import { AccessDeniedError, DeploymentError, IAM_PROPAGATION_MS, NotReady } from '../../lambda/outcomes';

const ARN = 'arn:aws:kms:us-east-1:123456789012:key/one';
const ALIAS = 'arn:aws:kms:us-east-1:123456789012:alias/golden';
const ALIAS_MS = 300_000 + IAM_PROPAGATION_MS;
const FITS = { Arn: ARN, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } as KeyMetadata;
const key = { id: ARN, label: 'the key', accessDeniedHint: 'Allow it.' };
const reader = { account: '123456789012', regions: ['us-east-1'], declaredKeyArns: [] };

const errorOf = (name: string, message = 'words of AWS') => Object.assign(new Error(message), { name });
/** KMS and EC2 of us-east-1, which answer so to each request. */
const awsWith = (answer: object | Error) => {
  const send = async () => {
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  return { region: 'us-east-1', kms: { send }, ec2: { send }, now: () => 1_000_000 } as unknown as AwsClients;
};
const outcomeOf = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

test('a key that fits is returned by its ARN', async () => {
  expect(await checkKey(awsWith({ KeyMetadata: FITS }), key)).toBe(ARN);
  expect(await checkKey(awsWith({ KeyMetadata: FITS }), { ...key, id: 'alias/aws/ebs' })).toBe(ARN);
  expect(await checkKey(awsWith({ KeyMetadata: { ...FITS, Arn: undefined } }), key)).toBe(ARN);
});

const named = { label: 'the key', arn: ARN };

test.each<[Partial<KeyMetadata>, string, (typeof DeploymentError | typeof NotReady)?]>([
  [{ KeySpec: 'RSA_2048' }, messages.keyNotSymmetric({ ...named, keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' })],
  [{ KeyUsage: 'SIGN_VERIFY' }, messages.keyNotSymmetric({ ...named, keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'SIGN_VERIFY' })],
  [{ KeyState: 'Creating' }, messages.keyInTransition({ ...named, state: 'Creating' }), NotReady],
  [{ KeyState: 'Updating' }, messages.keyInTransition({ ...named, state: 'Updating' }), NotReady],
  [{ KeyState: 'Disabled' }, messages.keyDisabled(named)],
  [{ KeyState: 'PendingDeletion' }, messages.keyPendingDeletion(named)],
  [{ KeyState: 'PendingReplicaDeletion' }, messages.keyPendingDeletion(named)],
  [{ KeyState: 'PendingImport' }, messages.keyWithoutMaterial(named)],
  [{ KeyState: 'Unavailable' }, messages.keyUnusable({ ...named, state: 'Unavailable' })],
])('a key with %j', async (metadata, sentence, type = DeploymentError) => {
  const error = await outcomeOf(checkKey(awsWith({ KeyMetadata: { ...FITS, ...metadata } }), key));
  expect(error).toBeInstanceOf(type);
  expect((error as Error).message).toBe(sentence);
});

test('a key of another Region is refused without a call', async () => {
  const arn = ARN.replace('us-east-1', 'eu-west-1');
  await expect(checkKey(awsWith(errorOf('NotCalled')), { ...key, id: arn })).rejects.toThrow(
    messages.keyInOtherRegion({ label: 'the key', arn, keyRegion: 'eu-west-1', region: 'us-east-1' }));
});

test('KMS answers without a key', async () => {
  expect(await outcomeOf(checkKey(awsWith({}), key))).toBeInstanceOf(NotReady);
});

test.each<[string, boolean | undefined, number | undefined]>([
  ['NotFoundException', undefined, undefined],
  ['InvalidArnException', undefined, undefined],
  ['AccessDeniedException', undefined, IAM_PROPAGATION_MS],
  ['AccessDeniedException', true, ALIAS_MS],
])('KMS answers %s, by an alias: %s', async (code, isByAlias, propagationMs) => {
  const error = await outcomeOf(checkKey(awsWith(errorOf(code)), { ...key, isByAlias }));
  expect(error).toBeInstanceOf(DeploymentError);
  expect((error as AccessDeniedError).propagationMs).toBe(propagationMs);
  expect((error as Error).message).toMatch(/words of AWS/);
  expect(/Allow it\./.test((error as Error).message)).toBe(propagationMs !== undefined);
  expect(/ alias /.test((error as Error).message)).toBe(isByAlias === true);
});

test('the kind of policy that denies a key is named instead', async () => {
  const error = await outcomeOf(checkKey(awsWith(errorOf('AccessDeniedException', 'with an explicit deny in a service control policy')), key));
  expect((error as Error).message).toMatch(/A service control policy/);
  expect((error as Error).message).not.toMatch(/Allow it/);
});

test('another error of KMS is its own', async () => {
  await expect(checkKey(awsWith(errorOf('ThrottlingException')), key)).rejects.toThrow(/^words of AWS$/);
});

describe('a denied description', () => {
  const denied = awsWith(errorOf('AccessDeniedException'));
  beforeEach(() => { jest.spyOn(console, 'warn').mockReturnValue(undefined); });

  test.each<[string, object, number | undefined, number | undefined]>([
    ['of a key that was passed, for long', { isDeclared: true }, 1_000_000 - IAM_PROPAGATION_MS, undefined],
    ['of a key that was passed, for a moment less', { isDeclared: true }, 1_000_001 - IAM_PROPAGATION_MS, Infinity],
    ['after EC2 has tried the key', { isDeclared: true }, undefined, IAM_PROPAGATION_MS],
    ['of a key that was not passed', {}, 0, IAM_PROPAGATION_MS],
    ['of an alias', { isDeclared: true, id: ALIAS }, 0, IAM_PROPAGATION_MS],
  ])('%s', async (_title, reference, startedAt, propagationMs) => {
    const outcome = await outcomeOf(checkKeyOrContinue(denied, { ...key, ...reference }, startedAt));
    expect(outcome instanceof AccessDeniedError ? outcome.propagationMs : outcome).toBe(propagationMs ?? ARN);
  });

  test('is the only error that EC2 decides', async () => {
    await expect(checkKeyOrContinue(awsWith(errorOf('NotFoundException')), { ...key, isDeclared: true }, 0)).rejects.toThrow('words of AWS');
    expect(await checkKeyOrContinue(awsWith({ KeyMetadata: FITS }), key, 0)).toBe(ARN);
  });
});

test.each<[string, string, number | undefined, RegExp | undefined]>([
  ['AuthFailure', `You are not authorized to use key ${ARN}`, IAM_PROPAGATION_MS, /the key .*Allow it\./],
  ['AuthFailure', `You are not authorized to use key ${ALIAS}`, ALIAS_MS, /by alias .*Ask\./],
  ['AuthFailure', 'You are not authorized to use key arn:aws:kms:us-east-1:123456789012:key/other', IAM_PROPAGATION_MS, /other/],
  ['InvalidParameterValue', `The specified keyId ${ARN} is disabled`, undefined, /^The key \(arn\S+one\) is disabled\. /],
  ['InvalidParameterValue', `The specified keyId ${ARN} is invalid`, undefined, /^The key \(arn\S+one\) does not exist in us-east-1\. /],
  ['InvalidParameterValue', `You are not authorized to use key ${ARN}`, undefined, undefined],
  ['AuthFailure', `The specified keyId ${ARN} is disabled`, undefined, undefined],
  ['Other', `The specified keyId ${ARN} is disabled`, undefined, undefined],
])('EC2 refuses with %s: %s', (code, message, propagationMs, sentence) => {
  const known = [{ id: ALIAS, label: 'by alias', accessDeniedHint: 'Ask.', isByAlias: true }, key];
  const error = explainRefusedKey(awsWith({}), errorOf(code, message), known, reader);
  expect(error?.message).toEqual(sentence === undefined ? undefined : expect.stringMatching(sentence));
  expect((error as AccessDeniedError | undefined)?.propagationMs).toBe(propagationMs);
});

test('defaults of the account', async () => {
  expect(await defaultKey(awsWith({ KmsKeyId: ARN }), 'encryptionKey')).toMatchObject({ id: ARN });
  expect(await outcomeOf(defaultKey(awsWith({}), 'encryptionKey'))).toBeInstanceOf(NotReady);
  const answers = [{ EbsEncryptionByDefault: true }, { EbsEncryptionByDefault: false }, {}];
  expect(await Promise.all(answers.map(answer => isEncryptedByDefault(awsWith(answer))))).toEqual([true, false, false]);
});

test('keys without those that AWS manages', async () => {
  expect(await withoutAwsManagedKeys(awsWith({ KeyMetadata: { KeyManager: 'AWS' } }), [ARN, ALIAS])).toEqual([]);
  expect(await withoutAwsManagedKeys(awsWith({ KeyMetadata: { KeyManager: 'CUSTOMER' } }), [ARN, ALIAS, ARN])).toEqual([ARN, ALIAS]);
  expect(await withoutAwsManagedKeys(awsWith(errorOf('AccessDeniedException')), [ARN])).toEqual([ARN]);
});
