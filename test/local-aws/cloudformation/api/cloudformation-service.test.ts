import {
  CloudFormationClient, CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStacksCommand, GetTemplateCommand,
  GetTemplateSummaryCommand, ListStackResourcesCommand, UpdateStackCommand, UpdateTerminationProtectionCommand, waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import { LocalAws } from '../../../../local-aws/local-aws';

const TEMPLATE = JSON.stringify({
  Description: 'A parameter with a name of its own',
  Parameters: { Value: { Type: 'String', Default: 'first', NoEcho: true } },
  Resources: { Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: { Ref: 'Value' } } } },
  Outputs: { Name: { Value: { Ref: 'Parameter' } } },
});

let aws: LocalAws;
let client: CloudFormationClient;

beforeAll(async () => {
  aws = await LocalAws.start();
  client = new CloudFormationClient(aws.clientOptions());
  aws.buckets.create({ name: 'templates', account: aws.account, region: aws.region });
  aws.buckets.put('templates', 'small.json', Buffer.from(TEMPLATE));
});

afterAll(async () => {
  client?.destroy();
  await aws?.stop();
});

test('creates, updates and deletes a stack with a template in S3, through the SDK and its waiters', async () => {
  const StackName = 'Small';
  const TemplateURL = 'https://s3.us-east-1.amazonaws.com/templates/small.json';
  await client.send(new CreateStackCommand({ StackName, TemplateURL }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });

  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  expect(Stacks).toMatchObject([{ StackStatus: 'CREATE_COMPLETE', Parameters: [{ ParameterKey: 'Value', ParameterValue: '****' }] }]);
  expect((await client.send(new GetTemplateCommand({ StackName }))).TemplateBody).toBe(TEMPLATE);
  const { StackResourceSummaries } = await client.send(new ListStackResourcesCommand({ StackName }));
  expect(StackResourceSummaries).toMatchObject([{ LogicalResourceId: 'Parameter', ResourceStatus: 'CREATE_COMPLETE' }]);
  const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName }));
  expect(StackEvents!.map(event => event.ResourceStatus).reverse())
    .toEqual(['CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'CREATE_COMPLETE']);

  await client.send(new DeleteStackCommand({ StackName }));
  await waitUntilStackDeleteComplete({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { StackName });
});

test('updates a stack with its template and other parameters, and protects it from termination', async () => {
  const StackName = 'Kept';
  await client.send(new CreateStackCommand({ StackName, TemplateBody: TEMPLATE }));
  await aws.cloudFormation.settled(aws, StackName);
  await client.send(new UpdateStackCommand({ StackName, UsePreviousTemplate: true, Parameters: [{ ParameterKey: 'Value', ParameterValue: 'second' }] }));
  const { resources } = await aws.cloudFormation.settled(aws, StackName);
  expect(aws.ssm.value(aws, resources.get('Parameter')!.physicalId!)).toBe('second');

  await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: true }));
  await expect(client.send(new DeleteStackCommand({ StackName }))).rejects.toThrow('cannot be deleted while TerminationProtection is enabled');
});

test('a role needs permissions for the stack, and reads the time of the local AWS', async () => {
  const { StackId } = await client.send(new CreateStackCommand({ StackName: 'Described', TemplateBody: TEMPLATE }));
  await aws.cloudFormation.settled(aws, 'Described');
  const statement = { Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: StackId };
  const role = aws.iam.putRole({ account: aws.account, name: 'Handler', inlinePolicies: { read: { Version: '2012-10-17', Statement: statement } } });
  const handler = new CloudFormationClient({ ...aws.clientOptions(), credentials: aws.iam.credentials(role) });
  const { Stacks } = await handler.send(new DescribeStacksCommand({ StackName: StackId }));
  expect(Stacks![0].CreationTime).toEqual(aws.cloudFormation.stack(aws, 'Described').created);
  await expect(handler.send(new DescribeStackEventsCommand({ StackName: StackId }))).rejects.toMatchObject({
    name: 'AccessDenied', message: expect.stringContaining(`is not authorized to perform: cloudformation:DescribeStackEvents on resource: ${StackId}`),
  });
  handler.destroy();
});

test('summarizes a template without deploying it', async () => {
  expect(await client.send(new GetTemplateSummaryCommand({ TemplateBody: TEMPLATE }))).toMatchObject({
    Description: 'A parameter with a name of its own',
    Parameters: [{ ParameterKey: 'Value', DefaultValue: 'first', ParameterType: 'String', NoEcho: true }],
    ResourceTypes: ['AWS::SSM::Parameter'],
  });
  const withRole = JSON.stringify({ Resources: { Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'own' } } } });
  expect((await client.send(new GetTemplateSummaryCommand({ TemplateBody: withRole }))).Capabilities).toEqual(['CAPABILITY_NAMED_IAM']);
});

test('returns the errors that a command line parses', async () => {
  await expect(client.send(new DescribeStacksCommand({ StackName: 'None' })))
    .rejects.toMatchObject({ name: 'ValidationError', message: 'Stack with id None does not exist' });
  await expect(client.send(new CreateStackCommand({ StackName: 'None', TemplateURL: 'https://s3.us-east-1.amazonaws.com/templates/none.json' })))
    .rejects.toMatchObject({ name: 'ValidationError', message: 'S3 error: The specified key does not exist.' });
});
