import { CfnParameter, NestedStack, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiSharing, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import * as messages from '../../src/provider/messages';
import { imageIn } from '../helpers/deployment';
import { newStack, source } from '../helpers/stacks';

const keyIn = (stack: Stack, region: string) => kms.Key.fromKeyArn(stack, `Key-${region}`, `arn:aws:kms:${region}:123456789012:key/11111111-1111-1111-1111-111111111111`);
const far = imageIn('eu-west-1', 'ami-0123456789abcdef0');
const server = (stack: Stack) => ec2.CfnInstance.fromInstanceId(stack, 'Server', 'i-0123456789abcdef0');

describe('a key of another Region is refused', () => {
  test.each<[string, (stack: Stack, key: kms.IKey) => void]>([
    ['`encryptionKey`', (stack, encryptionKey) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey })],
    ['`encryptionKey`', (stack, encryptionKey) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: far, sourceRegion: 'eu-west-1', encryptionKey })],
    ['`sourceEncryptionKeys`', (stack, key) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, useDefaultKey: true, sourceEncryptionKeys: [key] })],
    ['`encryptionKey`', (stack, encryptionKey) => new InstanceAmi(stack, 'Ami', { instance: server(stack), encryptionKey })],
    ['`sourceEncryptionKeys`', (stack, key) => new InstanceAmi(stack, 'Ami', { instance: server(stack), sourceEncryptionKeys: [key] })],
    ['`encryptionKey`', (stack, encryptionKey) => new MultiKeyAmiBuilder(stack, 'Ami', { sourceImage: source, rootVolume: { encryptionKey } })],
    ['`encryptionKey`', (stack, encryptionKey) => new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: source, blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey }) }],
    })],
    ['`sourceEncryptionKeys`', (stack, key) => new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: source, rootVolume: { deleteOnTermination: true }, sourceEncryptionKeys: [key],
    })],
    ['`encryptionKeys`', (stack, key) => new AmiSharing(stack, 'Sharing', { imageId: 'ami-0123456789abcdef0', encryptionKeys: [key] })],
  ])('%s', (prop, define) => {
    const stack = newStack();
    expect(() => define(stack, keyIn(stack, 'eu-west-1'))).toThrow(
      `${prop} must be of us-east-1, but has the key arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111 of eu-west-1: EC2 uses keys of its own Region only. ` +
      'Pass a key of us-east-1; of a multi-Region key, its replica there.');
  });

  test('of a source in another Region, a key of the Region of the stack; but not if snapshots can get the default key', () => {
    const stack = newStack();
    const props = { sourceImage: far, sourceRegion: 'eu-west-1', sourceEncryptionKeys: [keyIn(stack, 'us-east-1')] };
    expect(() => new EncryptedAmiCopy(stack, 'One', { ...props, useDefaultKey: true })).toThrow('`sourceEncryptionKeys` must be of eu-west-1, but has the key');
    expect(() => new EncryptedAmiCopy(stack, 'Two', { ...props, preserveEncryption: true })).not.toThrow();
  });

  test('also behind an alias', () => {
    const stack = newStack();
    const encryptionKey = kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/golden', aliasTargetKey: keyIn(stack, 'eu-west-1') });
    expect(() => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey })).toThrow('of eu-west-1');
  });

  test('but not if its Region is known only when the stack deploys, and an alias has a message of its own', () => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', new CfnParameter(stack, 'KeyArn').valueAsString);
    expect(() => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey })).not.toThrow();
    const alias = kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden');
    expect(() => new EncryptedAmiCopy(stack, 'Far', { sourceImage: far, sourceRegion: 'eu-west-1', useDefaultKey: true, sourceEncryptionKeys: [alias] }))
      .toThrow(messages.aliasOfSourceRegion('alias/golden', 'eu-west-1'));
  });
});

describe('a key that is not symmetric is refused', () => {
  test.each<[string, (stack: Stack) => kms.IKey]>([
    ['RSA_2048 and the key usage SIGN_VERIFY', stack => new kms.Key(stack, 'Key', { keySpec: kms.KeySpec.RSA_2048, keyUsage: kms.KeyUsage.SIGN_VERIFY })],
    ['RSA_2048 and the key usage ENCRYPT_DECRYPT', stack => kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { keySpec: 'RSA_2048', keyPolicy: { Statement: [] } }))],
    ['SYMMETRIC_DEFAULT and the key usage SIGN_VERIFY', stack => kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { keyUsage: 'SIGN_VERIFY', keyPolicy: { Statement: [] } }))],
    ['HMAC_256 and the key usage GENERATE_VERIFY_MAC', stack => kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC', keyPolicy: { Statement: [] } }))],
  ])('%s', (words, key) => {
    const stack = newStack();
    expect(() => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey: key(stack) })).toThrow(
      new RegExp(`^\`encryptionKey\` must be symmetric, but the key Images/Key.* has the key spec ${words}\\. EBS requires SYMMETRIC_DEFAULT and ENCRYPT_DECRYPT\\. Pass another key\\.$`));
  });

  test.each(['keySpec', 'keyUsage'])('but not if its %s is known only when the stack deploys', property => {
    const stack = newStack();
    const encryptionKey = kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { [property]: new CfnParameter(stack, 'Value').valueAsString, keyPolicy: { Statement: [] } }));
    expect(() => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey })).not.toThrow();
  });
});

describe('the key of a retained AMI', () => {
  const define = (stack: Stack, key: kms.IKey, removalPolicy?: RemovalPolicy) => void new EncryptedAmiCopy(stack, 'Ami', { sourceImage: source, encryptionKey: key, removalPolicy });
  const destroyed = { removalPolicy: RemovalPolicy.DESTROY };
  const REFUSED = 'The AMI is retained, but CloudFormation deletes its key Images/Key with the stack, and no instance can be launched from the AMI without its key.';

  test('must not go with the stack', () => {
    const stack = newStack();
    define(stack, new kms.Key(stack, 'Key', destroyed), RemovalPolicy.RETAIN);
    expect(() => Template.fromStack(stack)).toThrow(REFUSED);
  });

  test('must not go with the stack because nothing else is declared, as CloudFormation does', () => {
    const stack = newStack();
    define(stack, kms.Key.fromCfnKey(new kms.CfnKey(stack, 'Key', { keyPolicy: { Statement: [] } })), RemovalPolicy.RETAIN);
    expect(() => Template.fromStack(stack)).toThrow('deletes its key Images/Key');
  });

  test('must not go with a stack that is nested in it', () => {
    const stack = newStack();
    define(stack, new kms.Key(new NestedStack(stack, 'Nested'), 'Key', destroyed), RemovalPolicy.RETAIN);
    expect(() => Template.fromStack(stack)).toThrow('Images/Nested/Key');
  });

  test.each<[string, (stack: Stack) => void]>([
    ['of which the AMI goes too', stack => define(stack, new kms.Key(stack, 'Key', destroyed))],
    ['that is retained too', stack => define(stack, new kms.Key(stack, 'Key'), RemovalPolicy.RETAIN)],
    ['that is in another stack', stack => define(stack, new kms.Key(new Stack(stack.node.root, 'Keys', { env: { account: stack.account, region: stack.region } }), 'Key', destroyed), RemovalPolicy.RETAIN)],
    ['that is imported', stack => define(stack, keyIn(stack, 'us-east-1'), RemovalPolicy.RETAIN)],
  ])('is not refused %s', (_name, app) => {
    const stack = newStack();
    app(stack);
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});
