import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { addToKeyPolicy, statementsIn } from './statements';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';

/** Keys whose policies allow a part of what is needed, or nothing; and aliases that do not count yet. */

const OWNER = '210987654321';
let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const allow = (Action: string[], Condition = {}) => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account.aws.account}:root` }, Action, Resource: '*', Condition });
const policyOf = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const imageWithKeys = (...kmsKeyIds: (string | undefined)[]) => account.aws.ec2.addImage({
  name: 'source', devices: kmsKeyIds.map((kmsKeyId, index) => ({ deviceName: ['/dev/xvda', '/dev/sdb'][index], size: 2, kmsKeyId })),
}).id;
const copies = () => account.aws.log.of('ec2:CopyImage').length;

async function refusal(define: (stack: Stack) => void): Promise<string> {
  const { status, failures } = await account.deploy(define);
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toHaveLength(1);
  expect({ ...account.aws.ec2.counts(), instances: 0 }).toEqual(NOTHING);
  return failures[0];
}

const keyed = (sourceId: string, keyArn: string) => (stack: Stack) =>
  void new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(sourceId), encryptionKey: keyWithArn(stack, keyArn) });

describe('a key whose policy allows the use through EC2, but not kms:DescribeKey, is used', () => {
  let key: string;
  beforeEach(() => {
    key = arnOf(account.aws.kms.addKey({
      policy: policyOf(
        allow(['kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:CreateGrant', 'kms:DescribeKey'], { StringEquals: { 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' } }),
        allow(['kms:PutKeyPolicy']),
      ),
    }));
  });

  test.each<[string, (stack: Stack, key: kms.IKey) => void]>([
    ['by a copy', (stack, encryptionKey) => new EncryptedAmiCopy(stack, 'Ami', { sourceImage: imageWithId(imageWithKeys(undefined)), encryptionKey })],
    ['by a copy that keeps it', (stack, own) => new EncryptedAmiCopy(stack, 'Ami', {
      sourceImage: imageWithId(imageWithKeys(own.keyArn)), preserveEncryption: true, sourceEncryptionKeys: [own],
    })],
    ...Object.values(AmiBuildMethod).map((buildMethod): [string, (stack: Stack, key: kms.IKey) => void] => [`by ${buildMethod}`, (stack, own) =>
      new MultiKeyAmiBuilder(stack, 'Ami', {
        sourceImage: imageWithId(imageWithKeys(own.keyArn, undefined)),
        buildMethod,
        blockDevices: [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: own }) }],
        sourceEncryptionKeys: [own],
      })]),
    ['by an AMI of an instance', (stack, encryptionKey) => {
      const instance = new ec2.CfnInstance(stack, 'Server', { imageId: imageWithKeys(undefined), instanceType: 't3.micro' });
      return new InstanceAmi(stack, 'Ami', { instance, encryptionKey });
    }],
  ])('%s', async (_name, define) => {
    expect(await account.deploy(stack => define(stack, keyWithArn(stack, key)))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });
});

describe('one deployment is enough to learn the policy of a key of another account', () => {
  test.each<[string, () => object[]]>([
    ['that allows nothing', () => []],
    ['that allows a part', () => [allow(['kms:DescribeKey', 'kms:Decrypt', 'kms:CreateGrant'])]],
  ])('%s', async (_name, statements) => {
    const key = arnOf(account.aws.kms.addKey({ account: OWNER, policy: policyOf(...statements()) }));
    const source = imageWithKeys(undefined);
    const message = await refusal(keyed(source, key));
    expect(message).toContain(`only its owner, account ${OWNER}, can add`);
    // the source has no key, so none is blamed
    expect(message).not.toMatch(/source key|keys? of the source|sourceEncryptionKeys/);
    addToKeyPolicy(account.aws.kms, key, statementsIn(message, account.aws));
    expect(await account.deploy(keyed(source, key))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });

  test.each(Object.values(AmiBuildMethod))('by a build, %s', async buildMethod => {
    const key = arnOf(account.aws.kms.addKey({ account: OWNER, policy: policyOf(allow(['kms:DescribeKey'])) }));
    const source = imageWithKeys(undefined);
    const define = (stack: Stack) => void new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: imageWithId(source), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, key) },
    });
    addToKeyPolicy(account.aws.kms, key, statementsIn(await refusal(define), account.aws));
    expect(await account.deploy(define)).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });
});

test('the owner of a key allows the handler role before it exists, and no other principal of its account', async () => {
  const key = arnOf(account.aws.kms.addKey({ account: OWNER, policy: policyOf() }));
  const source = imageWithKeys(undefined);
  let statements: object[] = [];
  const define = (handlerRoleName: string) => (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, key), handlerRoleName });
    const json = JSON.stringify(stack.resolve(copy.keyPolicyStatementsForHandler().map(statement => statement.toStatementJson() as object)));
    statements = JSON.parse(json.replace(/\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}/g, '"arn:aws$1"')) as object[];
  };
  account.synthWithContext(define('first'), {});
  addToKeyPolicy(account.aws.kms, key, statements);
  expect((await account.deployWithContext(define('second'), {})).status).toBe('ROLLBACK_COMPLETE');
  expect(await account.deployWithContext(define('first'), {})).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
});

test('a key of the source that was not passed, but that the stack uses for something else, is named', async () => {
  const [one, two] = [1, 2].map(() => arnOf(account.aws.kms.addKey()));
  const [plain, encrypted] = [imageWithKeys(undefined), imageWithKeys(one)];
  const { failures } = await account.deploy(stack => {
    const first = new EncryptedAmiCopy(stack, 'First', { sourceImage: imageWithId(plain), encryptionKey: keyWithArn(stack, one) });
    new EncryptedAmiCopy(stack, 'Second', { sourceImage: imageWithId(encrypted), encryptionKey: keyWithArn(stack, two) }).node.addDependency(first);
  });
  expect(failures.join()).toContain(
    `The handler role is not allowed to use a key of the source (${one}). Pass it in \`sourceEncryptionKeys\`, with kms.Key.fromKeyArn(this, "SourceKey", "${one}").`);
});

test('a copy of a copy with another key needs nothing to be passed', async () => {
  const source = imageWithKeys(undefined);
  expect(await account.deploy(stack => {
    const first = new EncryptedAmiCopy(stack, 'First', { sourceImage: imageWithId(source), encryptionKey: new kms.Key(stack, 'One') });
    new EncryptedAmiCopy(stack, 'Second', { sourceImage: first, encryptionKey: new kms.Key(stack, 'Two') });
  })).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
});

describe('an alias that was created a moment ago', () => {
  const byName = (sourceId: string, key: () => string) => (stack: Stack) => {
    const alias = new kms.CfnAlias(stack, 'NewAlias', { aliasName: 'alias/golden', targetKeyId: key() });
    const copy = new EncryptedAmiCopy(stack, 'Copy', {
      sourceImage: imageWithId(sourceId), encryptionKey: kms.Alias.fromAliasName(stack, 'Alias', 'alias/golden'),
    });
    copy.node.addDependency(alias);
    new CfnOutput(stack, 'Snapshot', { value: copy.imageRootSnapshotId });
  };

  test('is waited for, as long as KMS may take', async () => {
    account.aws.kms.switches.aliasDelayMs = 300_000;
    const key = arnOf(account.aws.kms.addKey());
    const began = account.aws.clock.now();
    const { failures, outputs } = await account.deploy(byName(imageWithKeys(undefined), () => key));
    expect(failures).toEqual([]);
    expect(account.aws.ec2.snapshot(outputs.Snapshot)!.kmsKeyId).toBe(key);
    expect(account.aws.log.of('ec2:CopyImage')[0].at - began).toBeGreaterThanOrEqual(300_000);
  });

  test('that never counts is named with the reason of the wait', async () => {
    account.aws.kms.switches.aliasDelayMs = Infinity;
    const key = arnOf(account.aws.kms.addKey());
    const message = await refusal(byName(imageWithKeys(undefined), () => key));
    expect(message).toContain('`encryptionKey` (arn:aws:kms:us-east-1:123456789012:alias/golden). KMS can take five minutes until a new alias counts in authorization.');
    expect(copies()).toBe(0);
  });

  test('of the app is not waited for, because the policies name the key', async () => {
    account.aws.kms.switches.aliasDelayMs = Infinity;
    const source = imageWithKeys(undefined);
    expect(await account.deploy(stack => {
      const alias = new kms.Alias(stack, 'Alias', { aliasName: 'alias/golden', targetKey: new kms.Key(stack, 'Key') });
      new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: alias });
    })).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  });
});
