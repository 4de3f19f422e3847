import {
  CreateChangeSetCommand, CreateStackCommand, DeleteChangeSetCommand, DeleteStackCommand, DescribeChangeSetCommand, DescribeStacksCommand,
  ExecuteChangeSetCommand, GetTemplateSummaryCommand, ListChangeSetsCommand, ListExportsCommand, UpdateStackCommand, ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { here, thing } from '../engine';
import { EngineOnWire, ROLE_ARN } from '../engine-on-wire';

let wire: EngineOnWire;

beforeEach(async () => {
  wire = await EngineOnWire.start();
});

afterEach(() => wire?.stop());

const TemplateBody = JSON.stringify({ Resources: { A: thing() } });

const badName = (value: string, member: string, pattern: string) => ({
  name: 'ValidationError',
  message: `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
});

test('refuses invalid names', async () => {
  await expect(wire.client.send(new CreateStackCommand({ StackName: 'bad_name', TemplateBody })))
    .rejects.toMatchObject(badName('bad_name', 'stackName', '[a-zA-Z][-a-zA-Z0-9]*'));
  await expect(wire.client.send(new UpdateStackCommand({ StackName: '0S', TemplateBody })))
    .rejects.toMatchObject(badName('0S', 'stackName', '[a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*'));
  await expect(wire.client.send(new CreateChangeSetCommand({ StackName: 'S', ChangeSetName: '1bad_name', ChangeSetType: 'CREATE', TemplateBody })))
    .rejects.toMatchObject(badName('1bad_name', 'changeSetName', '[a-zA-Z][-a-zA-Z0-9]*'));
  await expect(wire.client.send(new CreateStackCommand({ StackName: 'a'.repeat(129), TemplateBody }))).rejects.toMatchObject({
    message: expect.stringContaining('at \'stackName\' failed to satisfy constraint: Member must have length less than or equal to 128'),
  });
  expect((await wire.client.send(new CreateStackCommand({ StackName: 'a'.repeat(128), TemplateBody }))).StackId).toContain('a'.repeat(128));
});

test('refuses members that it does not read, unless they request nothing', async () => {
  await expect(wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody, StackPolicyBody: '{}' })))
    .rejects.toMatchObject({ name: 'NotImplemented', message: 'the local AWS does not read StackPolicyBody of cloudformation:CreateStack' });
  await expect(wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody, DeploymentConfig: { Mode: 'EXPRESS' } })))
    .rejects.toMatchObject({ message: 'the local AWS does not read DeploymentConfig.Mode of cloudformation:CreateStack' });
  await wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody, RollbackConfiguration: {}, ResourceTypes: [], DisableValidation: false }));
  // the CDK command line sets these members when it bootstraps
  await wire.client.send(new CreateChangeSetCommand({
    StackName: 'T', ChangeSetName: 'C', ChangeSetType: 'CREATE', TemplateBody, ImportExistingResources: true, IncludeNestedStacks: true,
  }));
});

test('refuses a request without a template or with two, and to retain resources of a stack that was not deleted before', async () => {
  const refused = (message: string) => ({ name: 'ValidationError', message });
  await wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody, DeploymentConfig: { DisableRollback: true } }));
  await wire.engine.cloudFormation.settled(here, 'S');
  expect((await wire.client.send(new DescribeStacksCommand({ StackName: 'S' }))).Stacks![0].DisableRollback).toBe(true);
  await expect(wire.client.send(new UpdateStackCommand({ StackName: 'S' }))).rejects.toMatchObject(refused('Either Template URL or Template Body must be specified.'));
  await expect(wire.client.send(new ValidateTemplateCommand({}))).rejects.toMatchObject(refused('Either Template URL or Template Body must be specified.'));
  await expect(wire.client.send(new UpdateStackCommand({ StackName: 'S', TemplateBody, TemplateURL: 'https://s3.amazonaws.com/bucket/key' })))
    .rejects.toMatchObject(refused('You cannot specify more than one input template.'));
  await expect(wire.client.send(new DeleteStackCommand({ StackName: 'S', RetainResources: ['A'] }))).rejects.toMatchObject({
    name: 'ValidationError', message: expect.stringContaining('The RetainResources parameter is only for stacks in the DELETE_FAILED state'),
  });
});

test('a role must exist, and DescribeStacks returns it', async () => {
  await expect(wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody, RoleARN: `${ROLE_ARN}2` })))
    .rejects.toMatchObject({ name: 'ValidationError', message: `Role ${ROLE_ARN}2 is invalid or cannot be assumed` });
  await wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody, RoleARN: ROLE_ARN, NotificationARNs: ['arn:aws:sns:us-east-1:123456789012:T'] }));

  expect((await wire.client.send(new DescribeStacksCommand({ StackName: 'S' }))).Stacks![0])
    .toMatchObject({ RoleARN: ROLE_ARN, NotificationARNs: ['arn:aws:sns:us-east-1:123456789012:T'] });
});

test('a repeated request returns the same stack, and another request with its token is refused', async () => {
  const request = { StackName: 'S', TemplateBody, ClientRequestToken: 'token' };
  const { StackId, OperationId } = await wire.client.send(new CreateStackCommand(request));
  expect(OperationId).toEqual(expect.any(String));

  expect(await wire.client.send(new CreateStackCommand(request))).toEqual({ StackId, $metadata: expect.anything() });
  await expect(wire.client.send(new CreateStackCommand({ ...request, TimeoutInMinutes: 1 }))).rejects.toMatchObject({
    name: 'TokenAlreadyExistsException',
    message: 'The client request token token has already been used for this stack. Retry the request with a different client request token',
  });
  await expect(wire.client.send(new CreateStackCommand({ ...request, ClientRequestToken: 'other' })))
    .rejects.toMatchObject({ name: 'AlreadyExistsException', message: 'Stack [S] already exists' });
});

test('returns exports and stacks in pages of 100', async () => {
  for (let index = 0; index < 101; index += 1) {
    await wire.engine.deploy({ A: thing() }, { Outputs: { O: { Value: 'v', Export: { Name: `export-${index}` } } } }, `S${index}`);
  }

  const first = await wire.client.send(new ListExportsCommand({}));
  const second = await wire.client.send(new ListExportsCommand({ NextToken: first.NextToken }));
  expect([first.Exports, second.Exports].map(page => page?.length)).toEqual([100, 1]);
  expect(new Set([...first.Exports!, ...second.Exports!].map(({ Name }) => Name)).size).toBe(101);
  expect(second.NextToken).toBeUndefined();
  const stacks = await wire.client.send(new DescribeStacksCommand({}));
  expect(stacks.Stacks).toHaveLength(100);
  expect((await wire.client.send(new DescribeStacksCommand({ NextToken: stacks.NextToken }))).Stacks).toHaveLength(1);
  await expect(wire.client.send(new ListExportsCommand({ NextToken: 'nonsense' }))).rejects.toMatchObject({ name: 'ValidationError' });
});

test('lists change sets until they are executed, and finds them by ID afterwards', async () => {
  const { Id, StackId } = await wire.client.send(new CreateChangeSetCommand({ StackName: 'S', ChangeSetName: 'C', ChangeSetType: 'CREATE', TemplateBody }));
  expect((await wire.client.send(new ListChangeSetsCommand({ StackName: 'S' }))).Summaries)
    .toMatchObject([{ ChangeSetId: Id, ChangeSetName: 'C', StackId, Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' }]);
  await expect(wire.client.send(new GetTemplateSummaryCommand({ StackName: 'S' })))
    .rejects.toMatchObject({ name: 'ValidationError', message: 'GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.' });

  await wire.client.send(new ExecuteChangeSetCommand({ ChangeSetName: Id }));
  await wire.engine.cloudFormation.settled(here, 'S');

  expect((await wire.client.send(new ListChangeSetsCommand({ StackName: 'S' }))).Summaries).toEqual([]);
  await expect(wire.client.send(new DescribeChangeSetCommand({ StackName: 'S', ChangeSetName: 'C' })))
    .rejects.toMatchObject({ name: 'ChangeSetNotFoundException', message: 'ChangeSet [C] does not exist' });
  expect(await wire.client.send(new DescribeChangeSetCommand({ ChangeSetName: Id })))
    .toMatchObject({ ExecutionStatus: 'EXECUTE_COMPLETE', DeploymentConfig: { Mode: 'STANDARD', DisableRollback: false } });
  await wire.client.send(new DeleteChangeSetCommand({ StackName: 'S', ChangeSetName: 'C' }));
  await expect(wire.client.send(new DeleteChangeSetCommand({ StackName: 'S', ChangeSetName: Id })))
    .rejects.toMatchObject({ name: 'InvalidChangeSetStatusException', message: 'Cannot delete ChangeSet in execution status EXECUTE_COMPLETE' });
  expect((await wire.client.send(new DescribeStacksCommand({ StackName: 'S' }))).Stacks![0].ChangeSetId).toBe(Id);
});

test('validates a template without deploying it', async () => {
  const body = {
    Description: 'Described',
    Parameters: { Delay: { Type: 'Number', Default: 0, MinValue: 0 } },
    Resources: { R: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'own' } } },
  };
  const summary = await wire.client.send(new GetTemplateSummaryCommand({
    TemplateBody: JSON.stringify({
      Metadata: { a: 1 }, Parameters: { Size: { Type: 'String', AllowedValues: ['small', 'large'] } }, Resources: { R: { Type: 'AWS::IAM::Role' } },
    }),
  }));
  expect(summary).toMatchObject({
    Capabilities: ['CAPABILITY_IAM'], Metadata: '{"a":1}', Parameters: [{ ParameterKey: 'Size', ParameterConstraints: { AllowedValues: ['small', 'large'] } }],
  });
  expect(summary.Parameters![0].DefaultValue).toBeUndefined();
  expect(await wire.client.send(new ValidateTemplateCommand({ TemplateBody: JSON.stringify(body) }))).toEqual({
    Description: 'Described',
    Parameters: [{ ParameterKey: 'Delay', DefaultValue: '0', NoEcho: false }],
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
    $metadata: expect.anything(),
  });
  const wrong = (Resources: object, message: string) =>
    expect(wire.client.send(new ValidateTemplateCommand({ TemplateBody: JSON.stringify({ Resources }) })))
      .rejects.toMatchObject({ name: 'ValidationError', message });
  await wrong({ A: thing({ V: { 'Fn::GetAtt': ['B', 'Arn'] } }) }, 'Template error: instance of Fn::GetAtt references undefined resource B');
  await wrong({ A: { Type: 'AWS::Nope::Thing' } }, 'Template format error: Unrecognized resource types: [AWS::Nope::Thing]');
});
