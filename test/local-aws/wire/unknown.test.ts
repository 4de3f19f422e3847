import { CloudFormationClient, ListStackSetsCommand } from '@aws-sdk/client-cloudformation';
import { DescribeFleetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { KMSClient, SignCommand } from '@aws-sdk/client-kms';
import { LambdaClient, ListLayersCommand } from '@aws-sdk/client-lambda';
import { CreateActivityCommand, SFNClient } from '@aws-sdk/client-sfn';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { LocalAws } from '../../../local-aws/local-aws';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';

type Settings = ReturnType<typeof settingsOf>;

/** The error that each protocol's client throws. With the wrong protocol it would have no name. */
const calls: Record<string, (settings: Settings) => Promise<unknown>> = {
  'cloudformation:ListStackSets': settings => new CloudFormationClient(settings).send(new ListStackSetsCommand({})),
  'ec2:DescribeFleets': settings => new EC2Client(settings).send(new DescribeFleetsCommand({})),
  'kms:Sign': settings => new KMSClient(settings).send(new SignCommand({ KeyId: 'k', Message: Buffer.from('m'), SigningAlgorithm: 'ECDSA_SHA_256' })),
  'lambda:GET /2018-10-31/layers': settings => new LambdaClient(settings).send(new ListLayersCommand({})),
  'states:CreateActivity': settings => new SFNClient(settings).send(new CreateActivityCommand({ name: 'a' })),
  'sts:GetSessionToken': settings => new STSClient(settings).send(new GetSessionTokenCommand({})),
};

function settingsOf(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'AKIALOCAL123456789012', secretAccessKey: 'local' } };
}

describe('a service that the local AWS does not have', () => {
  const log = new CallLog();
  let server: WireServer;
  beforeAll(async () => {
    server = await WireServer.start({ services: [], principal: () => ({ accessKeyId: '', account: '', arn: '' }), faults: new Faults(), log, clock: new Clock() });
  });
  afterAll(() => server.stop());

  test.each(Object.entries(calls))('returns an error to the client of %s', async (name, call) => {
    await expect(call(settingsOf(server.url))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: `the local AWS has no service ${name.split(':')[0]}`,
      $metadata: { httpStatusCode: 501, attempts: 1 },
    });
  });

  test.each([
    ['a query', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, 'text/xml', /^<\?xml .*<ErrorResponse><Error><Type>Receiver<\/Type><Code>NotImplemented<\/Code>/],
    ['JSON 1.1', { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.DescribeLogGroups' }, 'application/x-amz-json-1.1', /^\{"__type":"NotImplemented",/],
    ['REST', {}, 'application/json', /^\{"__type":"NotImplemented",/],
  ])('returns the error in the protocol of %s', async (_name, headers, type, body) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AKIALOCAL123456789012/20300101/us-east-1/iam/aws4_request', ...headers as object },
      body: 'x',
    });

    expect(response.status).toBe(501);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toMatch(body);
  });
});

describe('an operation that the local AWS does not have', () => {
  let aws: LocalAws;
  beforeAll(async () => {
    aws = await LocalAws.start();
  });
  afterAll(() => aws.stop());

  test.each(Object.entries(calls))('returns an error to the client of %s', async (name, call) => {
    await expect(call(settingsOf(aws.url))).rejects.toMatchObject({
      name: 'NotImplemented', message: `the local AWS has no ${name}`, $metadata: { httpStatusCode: 501, attempts: 1 },
    });
  });
});
