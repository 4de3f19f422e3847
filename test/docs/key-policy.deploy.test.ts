import { readFileSync } from 'fs';
import { join } from 'path';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ROOT } from './pages';
import { arnOf } from '../../local-aws/kms/key';
import { AmiBuildMethod, EncryptedAmiCopy, MultiKeyAmiBuilder } from '../../src';
import { KeyPolicyStatement, renderKeyPolicy } from '../../src/contract/key-policy';
import { Deployment, imageWithId } from '../helpers/deployment';

/* The statements of docs/sharing.md are enough in the policy of an imported key, and those about its use are needed. */

/** The account and the Region of the page. */
const [ACCOUNT, REGION] = ['210987654321', 'us-east-1'];
const OWNER = '999988887777';
const page = readFileSync(join(ROOT, 'docs', 'sharing.md'), 'utf8');
const STATEMENTS = JSON.parse(/^```json\n([^]*?)^```/m.exec(page)![1]) as KeyPolicyStatement[];

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** A key of another account, whose owner has added statements for an account. */
function keyFor(user: string, statements: readonly KeyPolicyStatement[], owner = OWNER): string {
  const own = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${owner}:root` }, Action: 'kms:*', Resource: '*' };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [own, ...statements] }).replaceAll(ACCOUNT, user).replaceAll(REGION, account.aws.region);
  return arnOf(account.aws.kms.addKey({ account: owner, policy }));
}

function source(kmsKeyId?: string): string {
  return account.aws.ec2.addImage({ name: `source ${kmsKeyId}`, devices: [{ deviceName: '/dev/xvda', size: 1, kmsKeyId }] }).id;
}

test('they are those of warnings and messages', () => {
  expect(STATEMENTS).toEqual(renderKeyPolicy({ principal: { AWS: ACCOUNT }, regions: [REGION] }));
});

test('an account creates AMIs with the key, and decrypts a source with it', async () => {
  const arn = keyFor(account.aws.account, STATEMENTS);
  const [plain, encrypted] = [source(), source(arn)];
  const { failures } = await account.deploy((stack: Stack) => {
    const key = kms.Key.fromKeyArn(stack, 'Key', arn);
    new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(plain), encryptionKey: key });
    new EncryptedAmiCopy(stack, 'Again', { sourceImage: imageWithId(encrypted), sourceEncryptionKeys: [key], encryptionKey: key });
    new MultiKeyAmiBuilder(stack, 'Launched', { sourceImage: imageWithId(plain), rootVolume: { encryptionKey: key } });
    new MultiKeyAmiBuilder(stack, 'Registered', {
      sourceImage: imageWithId(plain), rootVolume: { encryptionKey: key }, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS,
    });
  });
  expect(failures).toEqual([]);
});

test('an account without the statement about the use of the key cannot', async () => {
  const arn = keyFor(account.aws.account, STATEMENTS.slice(0, 1));
  const plain = source();
  const { failures } = await account.deploy((stack: Stack) => {
    new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(plain), encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) });
  });
  expect(failures).toHaveLength(1);
});

test.each([
  ['with the statements', STATEMENTS, 'running'], ['without them', [], 'terminated'],
] as const)('an account that an AMI is shared with launches from it %s', async (_title, statements, state) => {
  const arn = keyFor(ACCOUNT, statements, account.aws.account);
  const plain = source();
  const { failures, outputs } = await account.deploy((stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(plain), encryptionKey: kms.Key.fromKeyArn(stack, 'Key', arn) });
    copy.shareWithAccounts(ACCOUNT);
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
  });
  expect(failures).toEqual([]);
  expect(await launch(outputs.ImageId)).toBe(state);
});

async function launch(ImageId: string): Promise<string | undefined> {
  const client = new EC2Client(account.aws.clientOptions({ account: ACCOUNT }));
  try {
    const { Instances } = await client.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
    account.aws.clock.advance(60_000);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [Instances![0].InstanceId!] }));
    return Reservations![0].Instances![0].State!.Name;
  } finally {
    client.destroy();
  }
}
