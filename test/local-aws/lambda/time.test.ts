import { DescribeImagesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../local-aws/aws-call';
import { LocalAws } from '../../../local-aws/local-aws';

/** As the handler's clients are: the standard retry mode, with its four attempts. */
const code = `
  const { EC2Client, DescribeImagesCommand } = require('@aws-sdk/client-ec2');
  exports.handler = async () => {
    try {
      await new EC2Client({}).send(new DescribeImagesCommand({ Owners: ['self'] }));
      return { code: 'none', now: Date.now() };
    } catch (error) {
      return { code: error.name, attempts: error.$metadata.attempts, corrected: error.$metadata.clockSkewCorrected === true, now: Date.now() };
    }
  };`;

describe.each([1, 60, 240])('at speed %d', speed => {
  let aws: LocalAws;
  beforeAll(async () => { aws = await LocalAws.start({ speed }); });
  afterAll(() => aws.stop());

  function put(): string {
    const roleArn = aws.iam.putRole({ account: aws.account, name: 'function', managedPolicyArns: ['arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess'] });
    const { account, region } = aws;
    return aws.lambda.put({
      account,
      region,
      name: 'f',
      handler: 'index.handler',
      runtime: 'nodejs24.x',
      roleArn,
      directory: aws.lambda.inlineCode(code),
      timeout: 60,
      memory: 256,
      variables: {},
      logGroup: '/aws/lambda/f',
      logFormat: 'Text',
      logLevel: 'INFO',
    }).arn;
  }

  test.each([0, 60])('function, SDK and services agree on the time, also %d minutes ahead of the machine, and the SDK does not retry a client error', async minutes => {
    const arn = put();
    aws.clock.advance(minutes * 60_000);
    await aws.lambda.invoke(arn, '{}');
    aws.faults.add({ matches: 'ec2:DescribeImages', error: new AwsError('InvalidParameterValue', 'no'), times: 1 });
    aws.log.clear();
    const before = aws.clock.now();

    const result = JSON.parse((await aws.lambda.invoke(arn, '{}')).payload) as { now: number };

    expect(result).toEqual({ code: 'InvalidParameterValue', attempts: 1, corrected: false, now: expect.any(Number) });
    expect(result.now).toBeGreaterThanOrEqual(Math.floor(before));
    expect(result.now).toBeLessThanOrEqual(Math.ceil(aws.clock.now()));
    expect(aws.log.of('ec2:DescribeImages').map(call => call.error)).toEqual(['InvalidParameterValue']);
  });

  test("a program outside of Lambda receives responses with the machine's time", async () => {
    aws.clock.advance(60 * 60_000);
    const client = new EC2Client(aws.clientOptions());
    aws.faults.add({ matches: 'ec2:DescribeImages', error: new AwsError('InvalidParameterValue', 'no'), times: 1 });

    await expect(client.send(new DescribeImagesCommand({ Owners: ['self'] }))).rejects.toMatchObject({ name: 'InvalidParameterValue', $metadata: { attempts: 1 } });
    client.destroy();
  });
});
