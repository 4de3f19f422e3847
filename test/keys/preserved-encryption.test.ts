import { GetEbsDefaultKmsKeyIdCommand, Snapshot } from '@aws-sdk/client-ec2';
import { SourceDevice } from '../../lambda/ami/describe-source-image';
import { allUseDefaultKey, certainKeysWhenPreserved, defaultKeyIfUsed, expectedKeysWhenPreserved } from '../../lambda/ami/keys/preserved-encryption';
import { AwsClients } from '../../lambda/aws/clients';

/** Keys of snapshots for which a copy requests none: every combination of whose the snapshot is, where it is and how it is encrypted. */

const ACCOUNT = '123456789012';
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/of-snapshot';
const DEFAULT_KEY = 'arn:aws:kms:us-east-1:123456789012:key/default';

function accountWith(encryptsByDefault: boolean): AwsClients {
  return {
    region: 'us-east-1',
    ec2: {
      send: async (command: object) =>
        command instanceof GetEbsDefaultKmsKeyIdCommand ? { KmsKeyId: DEFAULT_KEY } : { EbsEncryptionByDefault: encryptsByDefault },
    },
    kms: { send: async () => ({ KeyMetadata: { Arn: DEFAULT_KEY, KeyState: 'Enabled', KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT' } }) },
  } as unknown as AwsClients;
}
const [BY_DEFAULT, NOT_BY_DEFAULT] = [accountWith(true), accountWith(false)];

const device = (name: string, snapshot: Snapshot, isHidden?: boolean): SourceDevice => ({ name, ebs: {}, snapshot, isHidden });
const OWN = device('own', { Encrypted: true, OwnerId: ACCOUNT, KmsKeyId: KEY });
const FOREIGN = device('foreign', { Encrypted: true, OwnerId: '999999999999', KmsKeyId: KEY });
const PLAIN = device('plain', { Encrypted: false, OwnerId: ACCOUNT });
const HIDDEN = device('hidden', {}, true);
const HIDDEN_PLAIN = device('hidden', { Encrypted: false }, true);
const UNTOLD = device('untold', { OwnerId: ACCOUNT });

test.each<[string, AwsClients, SourceDevice[], object | undefined, (string | undefined)[][]]>([
  ['own key', NOT_BY_DEFAULT, [OWN], undefined, [[KEY]]],
  ['own key', BY_DEFAULT, [OWN], {}, [[KEY]]],
  ['default key of another Region', NOT_BY_DEFAULT, [OWN], { isCrossRegion: true }, [[DEFAULT_KEY]]],
  ['default key of another account', NOT_BY_DEFAULT, [FOREIGN], {}, [[DEFAULT_KEY]]],
  ['none', NOT_BY_DEFAULT, [PLAIN], {}, [[undefined, undefined]]],
  ['none or the default key', BY_DEFAULT, [PLAIN], {}, [[undefined, DEFAULT_KEY]]],
  ['none or the default key of a place that may encrypt', NOT_BY_DEFAULT, [PLAIN], { mayEncryptAtDestination: true }, [[undefined, DEFAULT_KEY]]],
  ['each its own', NOT_BY_DEFAULT, [OWN, PLAIN, FOREIGN], {}, [[KEY], [undefined, DEFAULT_KEY], [DEFAULT_KEY]]],
])('expected: %s', async (_title, aws, devices, context, keys) => {
  expect([...await expectedKeysWhenPreserved(aws, ACCOUNT, devices, context)]).toEqual(devices.map(({ name }, index) => [name, keys[index]]));
});

test.each<[string, AwsClients, SourceDevice[], object | undefined, (string | undefined)[]]>([
  ['a snapshot that is not encrypted, without encryption by default', NOT_BY_DEFAULT, [PLAIN, OWN], undefined, [undefined, KEY]],
  ['a snapshot that is not encrypted, with it', BY_DEFAULT, [PLAIN, OWN], {}, [DEFAULT_KEY, KEY]],
  ['where only the destination may encrypt', NOT_BY_DEFAULT, [PLAIN, OWN], { mayEncryptAtDestination: true }, [undefined, KEY]],
  ['where the destination and the account encrypt', BY_DEFAULT, [PLAIN, OWN], { mayEncryptAtDestination: true }, [DEFAULT_KEY, KEY]],
  ['one beside an encrypted one of another account', NOT_BY_DEFAULT, [PLAIN, FOREIGN], {}, [undefined, DEFAULT_KEY]],
])('certain: %s', async (_title, aws, devices, context, keys) => {
  expect(await certainKeysWhenPreserved(aws, ACCOUNT, devices, context)).toEqual(devices.map(({ name }, index) => ({ name, keyId: keys[index] })));
});

test.each<[boolean, string, AwsClients, SourceDevice[], object | undefined]>([
  [false, 'for an own snapshot', BY_DEFAULT, [OWN], undefined],
  [true, 'for an own snapshot of another Region', NOT_BY_DEFAULT, [OWN], { isCrossRegion: true }],
  [true, 'for one beside another account', NOT_BY_DEFAULT, [OWN, FOREIGN], {}],
  [true, 'for a hidden snapshot, which may be encrypted', NOT_BY_DEFAULT, [HIDDEN], {}],
  [false, 'for a hidden snapshot whose mapping says that it is not', NOT_BY_DEFAULT, [HIDDEN_PLAIN], {}],
  [false, 'for one of which nothing is said', NOT_BY_DEFAULT, [UNTOLD], {}],
  [true, 'with encryption by default', BY_DEFAULT, [OWN, PLAIN], {}],
  [false, 'without', NOT_BY_DEFAULT, [OWN, PLAIN], {}],
  [true, 'where the destination may encrypt', NOT_BY_DEFAULT, [PLAIN], { mayEncryptAtDestination: true }],
  [false, 'where the destination may encrypt what is encrypted', NOT_BY_DEFAULT, [OWN], { mayEncryptAtDestination: true }],
])('the default key is used: %s %s', async (isUsed, _title, aws, devices, context) => {
  expect((await defaultKeyIfUsed(aws, ACCOUNT, devices, context))?.id).toBe(isUsed ? DEFAULT_KEY : undefined);
});

test.each<[boolean, AwsClients, SourceDevice[]]>([
  [true, NOT_BY_DEFAULT, [OWN, FOREIGN]],
  [true, NOT_BY_DEFAULT, [OWN]],
  [false, NOT_BY_DEFAULT, [OWN, PLAIN]],
  [true, BY_DEFAULT, [OWN, PLAIN]],
  [false, BY_DEFAULT, [PLAIN]],
  [false, BY_DEFAULT, []],
])('all use the default key: %s', async (all, aws, devices) => {
  expect(await allUseDefaultKey(aws, devices)).toBe(all);
});
