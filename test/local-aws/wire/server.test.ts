import { CloudFormationClient, DescribeStacksCommand, CreateChangeSetCommand } from '@aws-sdk/client-cloudformation';
import * as cloudformation from '@aws-sdk/client-cloudformation';
import { CopyImageCommand, DeleteSnapshotCommand, DescribeImagesCommand, EC2Client, EnableImageDeprecationCommand, ModifyImageAttributeCommand } from '@aws-sdk/client-ec2';
import * as ec2 from '@aws-sdk/client-ec2';
import { DescribeKeyCommand, KMSClient, NotFoundException } from '@aws-sdk/client-kms';
import * as kms from '@aws-sdk/client-kms';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import * as sts from '@aws-sdk/client-sts';
import { AwsError, Call, Principal } from '../../../local-aws/aws-call';
import { CallLog } from '../../../local-aws/call-log';
import { Faults } from '../../../local-aws/fault-injection';
import { Clock } from '../../../local-aws/time/clock';
import { WireServer } from '../../../local-aws/wire/server';
import { Operation, SchemaService } from '../../../local-aws/wire/service';

const principal = (accessKeyId: string): Principal => {
  if (!accessKeyId.startsWith('AKIALOCAL')) {
    throw new AwsError('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  }
  const account = accessKeyId.slice('AKIALOCAL'.length);
  return { accessKeyId, account, arn: `arn:aws:iam::${account}:root` };
};

let server: WireServer;
let faults: Faults;
let log: CallLog;
let seen: Call[];

beforeEach(async () => {
  faults = new Faults();
  log = new CallLog();
  seen = [];
  server = await WireServer.start({ services: [], principal, faults, log, clock: new Clock(1000) });
});

afterEach(() => server.stop());

function serve(name: string, protocol: SchemaService['protocol'], schemas: object, operations: Record<string, Operation>): void {
  const recording = Object.fromEntries(Object.entries(operations).map(([action, operation]) => [action, (call: Call) => {
    seen.push(call);
    return operation(call);
  }]));
  server.add({ name, protocol, schemas: { ...schemas }, operations: recording });
}

function settings() {
  return {
    endpoint: server.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIALOCAL123456789012', secretAccessKey: 'local' },
  };
}

describe('ec2Query', () => {
  test("parses nested lists and structures to the SDK's types", async () => {
    serve('ec2', 'ec2Query', ec2, { CopyImage: () => ({ ImageId: 'ami-1' }) });

    const answer = await new EC2Client(settings()).send(new CopyImageCommand({
      Name: 'copy & <copy>',
      SourceImageId: 'ami-0',
      SourceRegion: 'us-east-1',
      Encrypted: true,
      ClientToken: 'token',
      SnapshotCopyCompletionDurationMinutes: 30,
      TagSpecifications: [
        { ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '' }] },
        { ResourceType: 'snapshot', Tags: [{ Key: 'c', Value: 'ü' }] },
      ],
    }));

    expect(answer.ImageId).toBe('ami-1');
    expect(seen).toHaveLength(1);
    expect(seen[0].input).toEqual({
      Name: 'copy & <copy>',
      SourceImageId: 'ami-0',
      SourceRegion: 'us-east-1',
      Encrypted: true,
      ClientToken: 'token',
      SnapshotCopyCompletionDurationMinutes: 30,
      TagSpecifications: [
        { ResourceType: 'image', Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '' }] },
        { ResourceType: 'snapshot', Tags: [{ Key: 'c', Value: 'ü' }] },
      ],
    });
    expect(seen[0]).toMatchObject({ service: 'ec2', action: 'CopyImage', region: 'eu-central-1', principal: { account: '123456789012' } });
  });

  test('returns lists, empty lists, times, numbers and special characters unchanged', async () => {
    const image = {
      ImageId: 'ami-1',
      Name: 'a <b> & "c" &lt;\u0001',
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-1', Encrypted: false, VolumeSize: 8 } },
        { DeviceName: '/dev/sdb', VirtualName: 'ephemeral0' },
      ],
      Tags: [],
      EnaSupport: true,
    };
    serve('ec2', 'ec2Query', ec2, { DescribeImages: () => ({ Images: [image], NextToken: undefined }) });

    const answer = await new EC2Client(settings()).send(new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: ['x', 'y'] }] }));

    expect(answer.Images).toEqual([{ ...image, Name: 'a <b> & "c" &lt;' }]);
    expect(seen[0].input).toEqual({ Filters: [{ Name: 'name', Values: ['x', 'y'] }] });
    expect(answer.NextToken).toBeUndefined();
    expect(answer.$metadata.requestId).toBe(seen[0].requestId);
  });

  test('converts times to dates on both sides, and parses structures with one value', async () => {
    serve('ec2', 'ec2Query', ec2, {
      EnableImageDeprecation: call => ({ Return: (call.input.DeprecateAt as Date).getTime() === Date.UTC(2030, 0, 1) }),
      ModifyImageAttribute: () => undefined,
    });
    const client = new EC2Client(settings());

    const answer = await client.send(new EnableImageDeprecationCommand({ ImageId: 'ami-1', DeprecateAt: new Date(Date.UTC(2030, 0, 1)) }));
    await client.send(new ModifyImageAttributeCommand({
      ImageId: 'ami-1',
      Description: { Value: 'd' },
      LaunchPermission: { Add: [{ UserId: '210987654321' }, { Group: 'all' }] },
    }));

    expect(answer.Return).toBe(true);
    expect(seen[1].input).toEqual({
      ImageId: 'ami-1', Description: { Value: 'd' }, LaunchPermission: { Add: [{ UserId: '210987654321' }, { Group: 'all' }] },
    });
  });

  test('returns a response without output, and errors with code, message, status and request ID', async () => {
    serve('ec2', 'ec2Query', ec2, {
      DeleteSnapshot: call => {
        if (call.input.SnapshotId === 'snap-2') {
          throw new AwsError('UnauthorizedOperation', 'You are not authorized to perform this operation.', 403);
        }
      },
    });
    const client = new EC2Client(settings());

    await client.send(new DeleteSnapshotCommand({ SnapshotId: 'snap-1' }));
    await expect(client.send(new DeleteSnapshotCommand({ SnapshotId: 'snap-2' }))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      Code: 'UnauthorizedOperation',
      message: 'You are not authorized to perform this operation.',
      $metadata: { httpStatusCode: 403, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  test.each([
    ['an unknown parameter', 'Action=DeleteSnapshot&SnapshotId=snap-1&Colour=red', 'UnknownParameter', 'The parameter Colour is not recognized'],
    ['a part of a parameter that has none', 'Action=DeleteSnapshot&SnapshotId.1=snap-1', 'UnknownParameter', 'The parameter SnapshotId.1 is not recognized'],
    ['a missing parameter', 'Action=DeleteSnapshot', 'MissingParameter', 'The request must contain the parameter SnapshotId'],
    ['a boolean that is none', 'Action=DeleteSnapshot&SnapshotId=snap-1&DryRun=yes', 'InvalidParameterValue', 'Value (yes) for parameter DryRun is invalid'],
    ['an operation that there is not', 'Action=MakeCoffee', 'InvalidAction', 'The action MakeCoffee is not valid for this web service.<'],
  ])('%s is refused', async (_name, body, code, message) => {
    serve('ec2', 'ec2Query', ec2, { DeleteSnapshot: () => undefined });

    const response = await fetch(server.url, {
      method: 'POST',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=AKIALOCAL123456789012/20300101/us-east-1/ec2/aws4_request' },
      body: `${body}&Version=2016-11-15`,
    });
    const text = await response.text();

    expect(response.status).toBe(400);
    expect(text).toContain(`<Code>${code}</Code>`);
    expect(text).toContain(message);
    expect(seen).toHaveLength(0);
    expect(log.calls[0]).toMatchObject({ error: code });
  });
});

describe('awsQuery', () => {
  test('CloudFormation: parses member lists, and wraps the result', async () => {
    const stack = {
      StackName: 'S',
      StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/S/1',
      CreationTime: new Date(Date.UTC(2030, 0, 1)),
      StackStatus: 'CREATE_COMPLETE',
      Outputs: [{ OutputKey: 'a', OutputValue: 'b' }, { OutputKey: 'c', OutputValue: 'd' }],
      Capabilities: [],
    };
    serve('cloudformation', 'awsQuery', cloudformation, {
      DescribeStacks: () => ({ Stacks: [stack] }),
      CreateChangeSet: () => ({ Id: 'id', StackId: 'stack' }),
    });
    const client = new CloudFormationClient(settings());

    await client.send(new CreateChangeSetCommand({
      StackName: 'S',
      ChangeSetName: 'c',
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      Parameters: [{ ParameterKey: 'p', ParameterValue: 'v' }],
      Tags: [],
    }));
    const answer = await client.send(new DescribeStacksCommand({ StackName: 'S' }));

    expect(seen[0].input).toEqual({
      StackName: 'S',
      ChangeSetName: 'c',
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      Parameters: [{ ParameterKey: 'p', ParameterValue: 'v' }],
      Tags: [],
    });
    expect(answer.Stacks).toEqual([stack]);
  });

  test('returns errors in the older envelope', async () => {
    serve('cloudformation', 'awsQuery', cloudformation, {
      DescribeStacks: () => {
        throw new AwsError('ValidationError', 'Stack with id S does not exist');
      },
    });

    await expect(new CloudFormationClient(settings()).send(new DescribeStacksCommand({ StackName: 'S' })))
      .rejects.toMatchObject({ name: 'ValidationError', message: 'Stack with id S does not exist' });
  });

  test('STS: handles an operation without parameters, and refuses an unknown access key', async () => {
    serve('sts', 'awsQuery', sts, { GetCallerIdentity: call => ({ Account: call.principal.account, Arn: call.principal.arn, UserId: 'u' }) });

    const answer = await new STSClient(settings()).send(new GetCallerIdentityCommand({}));
    expect(answer).toMatchObject({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:root' });

    const unknownCaller = new STSClient({ ...settings(), credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' } });
    await expect(unknownCaller.send(new GetCallerIdentityCommand({})))
      .rejects.toMatchObject({ name: 'InvalidClientTokenId', $metadata: { httpStatusCode: 403 } });
  });
});

describe('JSON', () => {
  test('converts times and blobs, and the SDK throws modeled errors as their classes', async () => {
    serve('kms', 'json', kms, {
      DescribeKey: call => {
        if (call.input.KeyId === 'none') {
          throw new AwsError('NotFoundException', "Key 'none' does not exist");
        }
        return { KeyMetadata: { KeyId: call.input.KeyId, CreationDate: new Date(Date.UTC(2030, 0, 1)), Enabled: true } };
      },
    });
    const client = new KMSClient(settings());

    const answer = await client.send(new DescribeKeyCommand({ KeyId: 'k', GrantTokens: ['t'] }));
    expect(seen[0].input).toEqual({ KeyId: 'k', GrantTokens: ['t'] });
    expect(answer.KeyMetadata).toEqual({ KeyId: 'k', CreationDate: new Date(Date.UTC(2030, 0, 1)), Enabled: true });

    const error: unknown = await client.send(new DescribeKeyCommand({ KeyId: 'none' })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundException);
    expect(error).toMatchObject({ message: "Key 'none' does not exist" });
    await expect(client.send(new DescribeKeyCommand({ KeyId: undefined as unknown as string })))
      .rejects.toMatchObject({ name: 'ValidationException', message: expect.stringContaining("Value null at 'keyId'") });
  });

  test('passes the body to a service without schemas', async () => {
    server.add({ name: 'states', protocol: 'json', operations: { StartExecution: call => ({ echo: call.input, at: new Date(1500) }) } });

    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        'authorization': 'AWS4-HMAC-SHA256 Credential=AKIALOCAL123456789012/20300101/us-east-1/states/aws4_request',
        'x-amz-target': 'AWSStepFunctions.StartExecution',
        'content-type': 'application/x-amz-json-1.0',
      },
      body: JSON.stringify({ input: '{}' }),
    });

    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.0');
    expect(await response.json()).toEqual({ echo: { input: '{}' }, at: 1.5 });
  });
});

describe('services that read HTTP', () => {
  test('receive method, path, query, headers and body; requests without signature go to `unsigned`', async () => {
    server.add({
      name: 'unsigned',
      protocol: 'http',
      handle: async request => ({
        status: 201,
        headers: { 'x-path': request.path },
        body: `${request.method} ${request.query.get('q')} ${request.body.toString()} ${request.principal?.account ?? 'nobody'}`,
      }),
    });

    const response = await fetch(`${server.url}/response/a%20b?q=1`, { method: 'PUT', body: 'text' });

    expect(response.status).toBe(201);
    expect(response.headers.get('x-path')).toBe('/response/a b');
    expect(await response.text()).toBe('PUT 1 text nobody');
  });

  test('receive the caller of a pre-signed URL', async () => {
    server.add({ name: 's3', protocol: 'http', handle: async request => ({ status: 200, body: `${request.principal?.account} ${request.region}` }) });

    const response = await fetch(`${server.url}/b/k?X-Amz-Credential=AKIALOCAL210987654321%2F20300101%2Feu-west-1%2Fs3%2Faws4_request`);

    expect(await response.text()).toBe('210987654321 eu-west-1');
  });
});

describe('faults', () => {
  beforeEach(() => serve('ec2', 'ec2Query', ec2, { DeleteSnapshot: () => undefined }));

  test('return an error instead of the operation', async () => {
    faults.add({ matches: 'ec2:DeleteSnapshot', error: new AwsError('InvalidSnapshot.InUse', 'in use'), times: 1 });

    await expect(new EC2Client(settings()).send(new DeleteSnapshotCommand({ SnapshotId: 'snap-1' }))).rejects.toThrow('in use');

    expect(seen).toHaveLength(0);
    expect(log.of('ec2:DeleteSnapshot')).toMatchObject([{ error: 'InvalidSnapshot.InUse', answered: true }]);
  });

  test('drop the response of an operation, and the SDK retries', async () => {
    faults.add({ matches: 'ec2:*', dropResponse: true, times: 1 });

    await new EC2Client(settings()).send(new DeleteSnapshotCommand({ SnapshotId: 'snap-1' }));

    expect(seen).toHaveLength(2);
    expect(log.of('ec2:DeleteSnapshot').map(call => call.answered)).toEqual([false, true]);
  });

  test('throttle a call that the SDK retries, and delay a call on the clock', async () => {
    faults.add({ matches: 'ec2:DeleteSnapshot', error: new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503), times: 1 });
    faults.add({ matches: 'ec2:DeleteSnapshot', delay: 10_000, times: 1 });

    await new EC2Client(settings()).send(new DeleteSnapshotCommand({ SnapshotId: 'snap-1' }));

    expect(log.calls.map(call => call.error)).toEqual(['RequestLimitExceeded', undefined]);
    expect(seen).toHaveLength(1);
  });
});

describe('a request that no SDK sends', () => {
  const raw = async (name: string, body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url, {
      method: 'POST', body, headers: { authorization: `AWS4-HMAC-SHA256 Credential=AKIALOCAL123456789012/20300101/us-east-1/${name}/aws4_request`, ...headers },
    });
    return `${response.status} ${await response.text()}`;
  };
  const target = (action: string) => ({ 'x-amz-target': `TrentService.${action}` });

  test.each<[string, string, string, string, Record<string, string>?]>([
    ['a list without numbers', 'ec2', 'Action=DescribeImages&Filter.x.Name=a', '<Code>UnknownParameter</Code><Message>The parameter Filter.x is not recognized'],
    ['a number that is none', 'ec2', 'Action=DescribeImages&MaxResults=many', '<Code>InvalidParameterValue</Code><Message>Value (many) for parameter MaxResults is invalid.'],
    ['a time that is none', 'ec2', 'Action=EnableImageDeprecation&ImageId=ami-1&DeprecateAt=soon', '<Message>Value (soon) for parameter DeprecateAt is invalid.'],
    ['no name of a stack', 'cloudformation', 'Action=CreateChangeSet', '<Code>ValidationError</Code><Message>The request must contain the parameter StackName'],
    ['half a document', 'kms', '{', '"__type":"SerializationException"', target('DescribeKey')],
    ['a list', 'kms', '[]', '"__type":"SerializationException"', target('DescribeKey')],
    ['no body', 'kms', '', "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null", target('DescribeKey')],
    ['two missing members', 'kms', '{}', "2 validation errors detected: Value null at 'aliasName'", target('CreateAlias')],
    ['an unknown operation', 'kms', '{}', '"__type":"UnknownOperationException"', target('MakeCoffee')],
    ['a web page', 'kms', '{}', '403 {', { ...target('DescribeKey'), origin: 'http://example.com' }],
  ])('is refused: %s', async (_what, name, body, expected, headers = {}) => {
    const never = () => ({});
    serve('ec2', 'ec2Query', ec2, { DescribeImages: never, EnableImageDeprecation: never });
    serve('cloudformation', 'awsQuery', cloudformation, { CreateChangeSet: never });
    serve('kms', 'json', kms, { DescribeKey: never, CreateAlias: never });
    expect(await raw(name, body, headers)).toContain(expected);
    expect(seen).toEqual([]);
  });
});

test('a stopped server accepts no connections', async () => {
  const { url } = server;
  await server.stop();
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  server = await WireServer.start({ services: [], principal, faults, log, clock: new Clock() });
});
