import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { LocalAws } from '../../local-aws/local-aws';
import { dnsSuffixOf, partitionOf } from '../../local-aws/regions/partition';

const REGION = 'ap-east-1';

let aws: LocalAws;
beforeAll(async () => { aws = await LocalAws.start({ speed: 600 }); });
afterEach(() => aws.reset());
afterAll(() => aws.stop());

const UNKNOWN = {
  ec2: 'AuthFailure: AWS was not able to validate the provided access credentials',
  kms: 'UnrecognizedClientException: The security token included in the request is invalid.',
  cloudFormation: 'InvalidClientTokenId: The security token included in the request is invalid',
  lambda: 'UnrecognizedClientException: The security token included in the request is invalid.',
  sts: 'InvalidClientTokenId: The security token included in the request is invalid',
};

/** The response of each service in a Region. */
async function answers(region: string, accessKeyId?: string): Promise<Record<string, string>> {
  const { credentials, ...client } = aws.clientOptions({ region });
  const options = { ...client, credentials: { ...credentials, ...accessKeyId && { accessKeyId } }, maxAttempts: 1 };
  const [ec2, kms, cloudFormation, lambda, sts] = [
    new EC2Client(options), new KMSClient(options), new CloudFormationClient(options), new LambdaClient(options), new STSClient(options),
  ];
  const calls = {
    ec2: ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
    kms: kms.send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' })),
    cloudFormation: cloudFormation.send(new DescribeStacksCommand({})),
    lambda: lambda.send(new InvokeCommand({ FunctionName: 'none' })),
    sts: sts.send(new GetCallerIdentityCommand({})),
  };
  const texts = await Promise.all(Object.entries(calls).map(async ([name, call]) =>
    [name, await (call as Promise<unknown>).then(() => 'answered', (error: Error) => `${error.name}: ${error.message}`)]));
  [ec2, kms, cloudFormation, lambda, sts].forEach(one => one.destroy());
  return Object.fromEntries(texts) as Record<string, string>;
}

test('refuses credentials in a Region that is not enabled', async () => {
  expect(await answers(REGION)).toMatchObject({ ec2: 'answered', kms: 'answered', cloudFormation: 'answered', sts: 'answered' });

  aws.regions.disable(REGION);
  expect(await answers(REGION)).toEqual(UNKNOWN);
  expect((await answers('us-east-1')).ec2).toBe('answered');

  aws.regions.enable(REGION);
  expect((await answers(REGION)).ec2).toBe('answered');
});

test('refuses unknown credentials in every Region', async () => {
  expect(await answers('us-east-1', 'AKIAUNKNOWN')).toEqual(UNKNOWN);
});

test.each([
  ['us-east-1', 'aws', 'amazonaws.com'], ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'], ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
])('%s is in the partition %s, with services at %s', (region, partition, suffix) => {
  expect([partitionOf(region), dnsSuffixOf(region)]).toEqual([partition, suffix]);
});

test('opt-in Regions have the status that the account has set, and other Regions are always enabled', async () => {
  expect(aws.regions.statusOf('us-east-1')).toBe('opt-in-not-required');
  expect(aws.regions.statusOf(REGION)).toBe('opted-in');
  aws.regions.disable(REGION);
  expect(aws.regions.statusOf(REGION)).toBe('not-opted-in');
  expect(() => aws.regions.disable('us-east-1')).toThrow('us-east-1 is enabled in every account');
  await aws.reset();
  expect(aws.regions.statusOf(REGION)).toBe('opted-in');
});
