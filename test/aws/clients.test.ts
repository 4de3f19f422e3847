import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeImagesCommand } from '@aws-sdk/client-ec2';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { AwsClients, connect, credentials, requestTimeouts } from '../../lambda/aws/clients';

/** The clients of the services: their Region, how often they try, and until when. */

const ENVIRONMENT = process.env;
afterEach(() => { process.env = ENVIRONMENT; });

interface Stack {
  add(middleware: () => () => Promise<object>, options: object): void;
}

/** Ends each call before it is sent; `sent` has the services. */
function answerHere(aws: AwsClients): string[] {
  const sent: string[] = [];
  const { ec2, kms, cloudFormation } = aws;
  for (const [name, { middlewareStack }] of Object.entries({ ec2, once: aws.withoutRetries().ec2, kms, cloudFormation })) {
    const end = async () => {
      sent.push(name);
      return { output: {}, response: {} };
    };
    (middlewareStack as unknown as Stack).add(() => end, { step: 'initialize', priority: 'low', name: 'end' });
  }
  return sent;
}

const CALLS: Readonly<Record<string, (aws: AwsClients) => Promise<object>>> = {
  ec2: aws => aws.ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
  once: aws => aws.withoutRetries().ec2.send(new DescribeImagesCommand({ Owners: ['self'] })),
  kms: aws => aws.kms.send(new DescribeKeyCommand({ KeyId: 'key' })),
  cloudFormation: aws => aws.cloudFormation.send(new DescribeStacksCommand({})),
};

test.each(Object.keys(CALLS))('no call of %s begins when the time of the step is over', async name => {
  const aws = Object.assign(connect('us-east-1'), { now: () => 1_000 });
  const sent = answerHere(aws);
  await CALLS[name](aws);
  aws.stopCallsAt(1_001);
  await CALLS[name](aws);
  aws.stopCallsAt(1_000);
  await expect(CALLS[name](aws)).rejects.toMatchObject({ name: 'NotReady', message: 'this step has no time left for another call', seconds: 2 });
  expect(sent).toEqual([name, name]);
});

test('the time of the step is that of the clients of other Regions, too', async () => {
  const aws = connect('us-east-1');
  const other = aws.forRegion('eu-west-1');
  aws.stopCallsAt(0);
  for (const call of Object.values(CALLS)) {
    await expect(call(other)).rejects.toMatchObject({ name: 'NotReady' });
  }
});

test('each Region has one set of clients', async () => {
  const aws = connect('us-east-1');
  const other = aws.forRegion('eu-west-1');
  expect([aws.forRegion('us-east-1'), aws.forRegion('eu-west-1')].map(one => [aws, other].indexOf(one))).toEqual([0, 1]);
  expect([aws.region, await aws.ec2.config.region(), other.region, await other.ec2.config.region()]).toEqual(['us-east-1', 'us-east-1', 'eu-west-1', 'eu-west-1']);
});

test('the clients without retries are those of the same Region, and try once', async () => {
  const aws = connect('us-east-1');
  for (const [clients, region] of [[aws.withoutRetries(), 'us-east-1'], [aws.withoutRetries().forRegion('eu-west-1'), 'eu-west-1']] as const) {
    expect([clients.region, await clients.ec2.config.region(), await clients.ec2.config.maxAttempts()]).toEqual([region, region, 1]);
    expect(clients.kms).toBe(aws.forRegion(region).kms);
  }
  expect(await Promise.all([aws.ec2, aws.kms, aws.cloudFormation].map(({ config }) => config.maxAttempts()))).toEqual([4, 4, 4]);
});

test('the Region and the credentials are those of the environment, as far as it has any', async () => {
  process.env = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  expect(connect().region).toBe('eu-west-1');
  expect(await credentials()).toEqual({ accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token' });
  process.env = {};
  expect(await credentials()).toEqual({ accessKeyId: '', secretAccessKey: '' });
});

test('four attempts fit into an invocation', () => {
  expect(requestTimeouts()).toEqual({ socketTimeout: 15_000, httpsAgent: { timeout: 15_000 }, httpAgent: { timeout: 15_000 } });
  expect(requestTimeouts(100)).toEqual({ socketTimeout: 100, httpsAgent: { timeout: 100 }, httpAgent: { timeout: 100 } });
});
