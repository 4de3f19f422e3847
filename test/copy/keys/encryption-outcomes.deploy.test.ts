import { EnableEbsEncryptionByDefaultCommand, EC2Client, ModifyEbsDefaultKmsKeyIdCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf, Key } from '../../../local-aws/kms/key';
import { EncryptedAmiCopy, EncryptedAmiCopyProps } from '../../../src';
import { Deployment, imageWithId, NOTHING } from '../../helpers/deployment';
import { orDefaultKey } from '../../helpers/stacks';

/** Every row of "encryption outcomes" of the EC2 User Guide, through the construct, with the keys read back from the snapshots. */

const OTHER_ACCOUNT = '210987654321';
let account: Deployment;
let keys: Record<'wanted' | 'own' | 'foreign' | 'default' | 'ebs', string>;
let sources: Record<'plain' | 'encrypted' | 'shared' | 'mixed', string>;

beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const { aws } = account;
  const foreign = aws.kms.addKey({ account: OTHER_ACCOUNT, policy: sharedWith(OTHER_ACCOUNT, aws.account) });
  const [wanted, own, byDefault] = [1, 2, 3].map(() => aws.kms.addKey());
  const arns = (list: Record<string, Key>) => Object.fromEntries(Object.entries(list).map(([name, key]) => [name, arnOf(key)]));
  keys = arns({ wanted, own, foreign, default: byDefault, ebs: aws.kms.ebsKey() }) as typeof keys;
  const image = (name: string, ...kmsKeyIds: (string | undefined)[]) => aws.ec2.addImage({
    name, devices: kmsKeyIds.map((kmsKeyId, index) => ({ deviceName: ['/dev/xvda', '/dev/sdb', '/dev/sdc'][index], size: 4, kmsKeyId })),
  }).id;
  const shared = aws.ec2.addImage({ account: OTHER_ACCOUNT, name: 'shared', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: keys.foreign }] });
  aws.ec2.shareImage(shared, aws.account);
  aws.ec2.shareSnapshots(shared, aws.account);
  sources = { plain: image('plain', undefined), encrypted: image('encrypted', keys.own), mixed: image('mixed', undefined, keys.own, keys.ebs), shared: shared.id };
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** Copies each source with the same props, and says for each the keys of its snapshots, in the order of the devices. */
async function outcomes(props: (stack: Stack) => Partial<EncryptedAmiCopyProps>): Promise<Record<string, (string | undefined)[] | string>> {
  const sourceEncryptionKeys = (stack: Stack) => [keys.own, keys.foreign].map((arn, index) => kms.Key.fromKeyArn(stack, `Source${index}`, arn));
  const result = await account.deploy(stack => {
    const common = { sourceEncryptionKeys: sourceEncryptionKeys(stack), ...props(stack) };
    for (const [name, imageId] of Object.entries(sources)) {
      const copy = new EncryptedAmiCopy(stack, name, { sourceImage: imageWithId(imageId), ...orDefaultKey(common) });
      new CfnOutput(stack, `${name}Id`, { value: copy.imageId });
    }
  });
  expect(result.failures).toEqual([]);
  const nameOf = (arn: string) => Object.keys(keys).find(key => keys[key as keyof typeof keys] === arn) ?? arn;
  const name = (arn: string | undefined) => arn === undefined ? undefined : nameOf(arn);
  return Object.fromEntries(Object.keys(sources).map(source => {
    const { ec2 } = account.aws;
    const snapshots = ec2.image(result.outputs[`${source}Id`])!.devices.map(({ ebs }) => ec2.snapshot(ebs!.snapshotId!)!);
    return [source, snapshots.map(snapshot => name(snapshot.encrypted ? snapshot.kmsKeyId : undefined))];
  }));
}

const withKey = (arn: () => string) => (stack: Stack) => ({ encryptionKey: kms.Key.fromKeyArn(stack, 'Wanted', arn()) });

describe.each([[false], [true]])('where encryption by default is %p', encryptedByDefault => {
  beforeEach(async () => {
    if (encryptedByDefault) {
      await new EC2Client(account.aws.clientOptions()).send(new EnableEbsEncryptionByDefaultCommand({}));
    }
  });

  test('a key of one\'s own encrypts everything', async () => {
    expect(await outcomes(withKey(() => keys.wanted))).toEqual({
      plain: ['wanted'], encrypted: ['wanted'], mixed: ['wanted', 'wanted', 'wanted'], shared: ['wanted'],
    });
  });

  test('without a key, everything is encrypted with the default key, also snapshots that had another key', async () => {
    expect(await outcomes(() => ({}))).toEqual({ plain: ['ebs'], encrypted: ['ebs'], mixed: ['ebs', 'ebs', 'ebs'], shared: ['ebs'] });
  });

  test('preserving keeps what is encrypted as it is, but for another account\'s', async () => {
    const plain = encryptedByDefault ? 'ebs' : undefined;
    expect(await outcomes(() => ({ preserveEncryption: true }))).toEqual({
      plain: [plain], encrypted: ['own'], mixed: [plain, 'own', 'ebs'], shared: ['ebs'],
    });
  });

  test('preserving takes the default key of the account where it needs one', async () => {
    await new EC2Client(account.aws.clientOptions()).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: keys.default }));
    const plain = encryptedByDefault ? 'default' : undefined;
    const sourceEncryptionKeys = (stack: Stack) => [keys.own, keys.foreign, keys.default].map((arn, index) => kms.Key.fromKeyArn(stack, `Key${index}`, arn));
    expect(await outcomes(stack => ({ preserveEncryption: true, sourceEncryptionKeys: sourceEncryptionKeys(stack) }))).toEqual({
      plain: [plain], encrypted: ['own'], mixed: [plain, 'own', 'ebs'], shared: ['default'],
    });
  });
});

test('a default key that is a customer\'s is named, so that it can be passed', async () => {
  await new EC2Client(account.aws.clientOptions()).send(new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: keys.default }));
  const copy = (stack: Stack) => new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(sources.plain), useDefaultKey: true });
  const { failures } = await account.deploy(copy);
  expect(failures.join()).toContain(`The handler role is not allowed to use the account's default key for EBS (${keys.default}). It is a customer managed key, so pass it as \`encryptionKey\`, with`);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  await account.destroy();
  expect(await outcomes(withKey(() => keys.default))).toMatchObject({ plain: ['default'], shared: ['default'] });
});

/** The usual policy of a key, which also lets another account decide who of its own may use the key. */
function sharedWith(owner: string, other: string): string {
  const allow = (id: string) => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'kms:*', Resource: '*' });
  return JSON.stringify({ Version: '2012-10-17', Statement: [allow(owner), allow(other)] });
}
