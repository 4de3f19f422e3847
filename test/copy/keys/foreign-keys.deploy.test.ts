import * as kms from 'aws-cdk-lib/aws-kms';
import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod } from '../../../src';
import { buildOf, copyOf, Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';

/**
 * Another account's encrypted snapshot tells its key. EC2 copies it without kms:DescribeKey on that key, so an owner that allows everything else,
 * which KMS does not tell from one that allows nothing, is no reason to refuse.
 */

const OWNER = '210987654321';
let account: Deployment;
let source: string;
let theirs: string;
let own: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const allow = (id: string) => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'kms:*', Resource: '*' });
  theirs = arnOf(account.aws.kms.addKey({
    account: OWNER, policy: JSON.stringify({ Version: '2012-10-17', Statement: [allow(OWNER), allow(account.aws.account)] }),
  }));
  own = arnOf(account.aws.kms.addKey());
  const image = account.aws.ec2.addImage({ account: OWNER, name: 'theirs', devices: [{ deviceName: '/dev/xvda', size: 2, kmsKeyId: theirs }] });
  account.aws.ec2.shareImage(image, account.aws.account);
  account.aws.ec2.shareSnapshots(image, account.aws.account);
  source = image.id;
  account.aws.faults.add({
    matches: ({ action, input }) => action === 'DescribeKey' && input.KeyId === theirs,
    error: new AwsError('AccessDeniedException', `User: role is not authorized to perform: kms:DescribeKey on resource: ${theirs} because no resource-based policy allows the kms:DescribeKey action`),
  });
});
afterEach(() => account.reset());
afterAll(() => account.stop());

const copy = (known: boolean) => copyOf(source, stack => ({
  encryptionKey: keyWithArn(stack, own), sourceEncryptionKeys: known ? [kms.Key.fromKeyArn(stack, 'Theirs', theirs)] : [],
}));
const build = (buildMethod: AmiBuildMethod) => buildOf(stack => ({
  sourceImage: imageWithId(source),
  buildMethod,
  rootVolume: { encryptionKey: keyWithArn(stack, own) },
  sourceEncryptionKeys: [keyWithArn(stack, theirs)],
}));

test('a copy is made although the owner does not allow kms:DescribeKey', async () => {
  expect(await account.deploy(copy(true))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  expect(account.aws.log.of('ec2:CopyImage')).toHaveLength(1);
});

test.each([[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]])('so is a build by %s', async buildMethod => {
  expect(await account.deploy(build(buildMethod))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
});

test('a key that the construct was not given is refused, before anything is made', async () => {
  const { status, failures } = await account.deploy(copy(false));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain('Pass it in `sourceEncryptionKeys`, with kms.Key.fromKeyArn');
  expect(account.aws.log.of('ec2:CopyImage')).toEqual([]);
});

test('a copy that fails says what the owner has to allow', async () => {
  const { key } = account.aws.kms.find({ account: OWNER, region: 'us-east-1' }, theirs)!;
  key.policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  const { status, failures } = await account.deploy(copy(true));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toMatch(new RegExp(
    `The key policy must have these statements, which only its owner, account ${OWNER}, can add: \\[\\{.*"AWS":"${account.aws.account}".*\\}\\]\\. ` +
    'If it is aws/ebs, its owner must first copy the AMI with a customer managed key\\.'));
  expect(account.aws.log.of('ec2:CopyImage').length).toBeGreaterThanOrEqual(1);
});
