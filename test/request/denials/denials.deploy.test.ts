import { AwsError } from '../../../local-aws/aws-call';
import { arnOf } from '../../../local-aws/kms/key';
import { RESOURCE_TYPES } from '../../../src/contract';
import { DirectHandler } from '../../helpers/direct-handler';

/** A denial counts only if it lasts: a policy that the stack has just made reaches EC2 and KMS some seconds later. */

let handler: DirectHandler;
let key: string;
beforeEach(async () => {
  handler = await DirectHandler.start();
  key = arnOf(handler.aws.kms.addKey());
});
afterEach(() => handler.stop());

const CASES: [string, string, Record<string, unknown>][] = [
  ['CopyImage', RESOURCE_TYPES.encryptedAmiCopy, { Encryption: 'KEY', CopySourceTags: 'false' }],
  ['CopySnapshot', RESOURCE_TYPES.multiKeyAmi, { BuildMethod: 'COPY_SNAPSHOTS', AssociatePublicIpAddress: 'false' }],
];

test.each(CASES)('of the use of a key, by %s', async (action, resourceType, properties) => {
  const { aws } = handler;
  aws.faults.add({ matches: `ec2:${action}`, error: new AwsError('AuthFailure', `Not authorized to use key ${key} `, 403) });
  const source = aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] }).id;
  const carried = handler.begin(resourceType, {
    SourceImageId: source, ...properties, EncryptionKeyArn: key, RootVolume: { EncryptionKeyArn: key },
  });
  for (let seconds = 0; seconds < 60; seconds += 15) {
    await expect(handler.step(carried)).resolves.toMatchObject({ wait: expect.any(Number) });
    aws.clock.advance(15_000);
  }
  expect(aws.log.of(`ec2:${action}`).map(({ error }) => error)).toEqual(['AuthFailure', 'AuthFailure', 'AuthFailure', 'AuthFailure']);
  // a failed request looks twice for what it may have created
  await handler.step(carried);
  aws.clock.advance(3_000);
  await expect(handler.step(carried)).resolves.toMatchObject({
    answer: { status: 'FAILED', reason: expect.stringMatching(/\. The key policy must have these statements: \[\{.*\}\]\. \(EC2 AuthFailure: /) },
  });
});

test("of another account's key to look at, after which EC2 decides", async () => {
  const { aws } = handler;
  const owner = '210987654321';
  const theirs = arnOf(aws.kms.addKey({ account: owner, policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }] }) }));
  const image = aws.ec2.addImage({ account: owner, name: 'theirs', devices: [{ deviceName: '/dev/xvda', size: 2, kmsKeyId: theirs }] });
  aws.ec2.shareImage(image, aws.account);
  aws.ec2.shareSnapshots(image, aws.account);
  aws.faults.add({ matches: ({ action, input }) => action === 'DescribeKey' && input.KeyId === theirs, error: new AwsError('AccessDeniedException', 'no') });
  const carried = handler.begin(RESOURCE_TYPES.encryptedAmiCopy, {
    SourceImageId: image.id, SourceEncryptionKeyArns: [theirs], Encryption: 'KEY', CopySourceTags: 'false', EncryptionKeyArn: key,
  });
  for (let seconds = 0; seconds < 60; seconds += 15) {
    await expect(handler.step(carried)).resolves.toMatchObject({ wait: expect.any(Number) });
    expect(aws.log.of('ec2:CopyImage')).toEqual([]);
    aws.clock.advance(15_000);
  }
  await expect(handler.step(carried)).resolves.toMatchObject({ wait: expect.any(Number) });
  expect(aws.log.of('ec2:CopyImage')).toHaveLength(1);
});

describe('of a source Region', () => {
  const SOURCE = 'ami-0123456789abcdef0';
  const from = (SourceRegion: string) => handler.begin(RESOURCE_TYPES.encryptedAmiCopy, {
    SourceImageId: SOURCE, SourceRegion, Encryption: 'KEY', CopySourceTags: 'false', EncryptionKeyArn: key,
  });

  test('that is not enabled', async () => {
    handler.aws.regions.disable('eu-south-1');
    expect((await handler.step(from('eu-south-1'))).answer?.reason).toBe(
      `The source Region eu-south-1 is not enabled for account ${handler.aws.account}. Enable it with \`aws account enable-region --region-name eu-south-1\`, which takes ` +
      'some minutes, and deploy again; or copy from another Region. (EC2 AuthFailure: AWS was not able to validate the provided access credentials)');
  });

  test('that a service control policy does not allow, if it lasts', async () => {
    const denial = new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation with an explicit deny in a service control policy.', 403);
    handler.aws.faults.add({ matches: ({ action, region }) => action === 'DescribeImages' && region === 'eu-west-1', error: denial });
    const carried = from('eu-west-1');
    await expect(handler.step(carried)).resolves.toMatchObject({ wait: expect.any(Number) });
    handler.aws.clock.advance(60_000);
    expect((await handler.step(carried)).answer?.reason).toMatch(new RegExp(
      `^The handler role is not allowed to describe the source image ${SOURCE} in eu-west-1\\. A service control policy of the organization denies it\\. .*` +
      '\\(EC2 UnauthorizedOperation: You are not'));
  });

  test('of another partition', async () => {
    expect((await handler.step(from('cn-north-1'))).answer?.reason).toMatch(
      /^`sourceRegion` must be in the partition of the stack, aws \(us-east-1\), but is cn-north-1 in the partition aws-cn\. .* --region cn-north-1`/);
    expect(handler.aws.log.of('ec2:DescribeImages')).toEqual([]);
  });
});
