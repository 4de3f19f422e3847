import {
  CreateStackCommand, DeleteStackCommand, DescribeStackEventsCommand, DescribeStackResourceCommand, DescribeStackResourcesCommand,
  DescribeStacksCommand, ListStackResourcesCommand, ListStacksCommand, Stack, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { here, thing } from '../engine';
import { EngineOnWire } from '../engine-on-wire';

// as recorded of AWS: https://github.com/radkawar/stackd, testdata/aws/cloudformation/lifecycle.json
let wire: EngineOnWire;

beforeEach(async () => {
  wire = await EngineOnWire.start();
});

afterEach(() => wire?.stop());

const body = (resources: object, more: object = {}) => JSON.stringify({ Resources: resources, ...more });
const described = async (StackName = 'S'): Promise<Stack> => (await wire.client.send(new DescribeStacksCommand({ StackName }))).Stacks![0];
const create = (resources: object, more: object = {}) => wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody: body(resources), ...more }));
const update = (resources: object, more: object = {}) => wire.client.send(new UpdateStackCommand({ StackName: 'S', TemplateBody: body(resources), ...more }));
const settled = () => wire.engine.cloudFormation.settled(here, 'S');

test('describes a stack during its creation', async () => {
  const begun = wire.engine.begun('a');
  const { StackId, OperationId } = await create({ A: thing({ Hold: 'a' }) }, {
    TemplateBody: body({ A: thing({ Hold: 'a' }) }, { Outputs: { O: { Value: { Ref: 'A' } } } }),
  });
  await begun;

  expect(await described()).toEqual({
    StackId,
    StackName: 'S',
    CreationTime: expect.any(Date),
    RollbackConfiguration: {},
    StackStatus: 'CREATE_IN_PROGRESS',
    DisableRollback: false,
    DeploymentConfig: { Mode: 'STANDARD', DisableRollback: false },
    NotificationARNs: [],
    Capabilities: [],
    Tags: [],
    EnableTerminationProtection: false,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    LastOperations: [{ OperationType: 'CREATE_STACK', OperationId }],
  });
  wire.engine.release('a');
  await settled();
  expect(await described()).toMatchObject({ StackStatus: 'CREATE_COMPLETE', Outputs: [{ OutputKey: 'O', OutputValue: 'A-1' }] });
});

test('returns the reason of the status until the first resource changes', async () => {
  const stack = wire.engine.cloudFormation;
  stack.createChangeSet(here, { StackName: 'S', ChangeSetName: 'C', ChangeSetType: 'CREATE', TemplateBody: body({ A: thing() }) });

  expect(await described()).toMatchObject({ StackStatus: 'REVIEW_IN_PROGRESS', StackStatusReason: 'User Initiated' });
  stack.executeChangeSet(here, { StackName: 'S', ChangeSetName: 'C' });
  await settled();
  expect((await described()).StackStatusReason).toBeUndefined();
});

test('the rollback of a creation has its own operation', async () => {
  wire.engine.failures.set('create B', 1);
  const { OperationId } = await create({ A: thing(), B: thing({}, { DependsOn: 'A' }) }, { ClientRequestToken: 'token' });
  await settled();

  const stack = await described();
  const [rollback] = stack.LastOperations!;
  expect(stack).toMatchObject({ StackStatus: 'ROLLBACK_COMPLETE', DeletionTime: expect.any(Date) });
  expect(stack.StackStatusReason).toBeUndefined();
  expect(stack.Outputs).toBeUndefined();
  expect(stack.LastOperations).toEqual([
    { OperationType: 'ROLLBACK', OperationId: rollback.OperationId }, { OperationType: 'CREATE_STACK', OperationId },
  ]);
  const { StackEvents = [] } = await wire.client.send(new DescribeStackEventsCommand({ StackName: 'S' }));
  expect(StackEvents.reverse().map(event => [event.LogicalResourceId, event.ResourceStatus, event.OperationId, event.ClientRequestToken])).toEqual([
    ['S', 'CREATE_IN_PROGRESS', OperationId, 'token'],
    ['A', 'CREATE_IN_PROGRESS', OperationId, 'token'],
    ['A', 'CREATE_IN_PROGRESS', OperationId, 'token'],
    ['A', 'CREATE_COMPLETE', OperationId, 'token'],
    ['B', 'CREATE_IN_PROGRESS', OperationId, 'token'],
    ['B', 'CREATE_FAILED', OperationId, 'token'],
    ['S', 'ROLLBACK_IN_PROGRESS', rollback.OperationId, 'token'],
    ['B', 'DELETE_COMPLETE', rollback.OperationId, 'token'],
    ['A', 'DELETE_IN_PROGRESS', rollback.OperationId, 'token'],
    ['A', 'DELETE_COMPLETE', rollback.OperationId, 'token'],
    ['S', 'ROLLBACK_COMPLETE', rollback.OperationId, 'token'],
  ]);
  expect(StackEvents.find(event => event.ResourceStatus === 'ROLLBACK_IN_PROGRESS')!.ResourceStatusReason)
    .toBe('The following resource(s) failed to create: [B]. Rollback requested by user.');
  const { StackResourceSummaries } = await wire.client.send(new ListStackResourcesCommand({ StackName: 'S' }));
  expect(StackResourceSummaries).toMatchObject([
    { LogicalResourceId: 'A', PhysicalResourceId: 'A-1', ResourceStatus: 'DELETE_COMPLETE' }, { LogicalResourceId: 'B', ResourceStatus: 'DELETE_COMPLETE' },
  ]);
});

test('returns DeletionTime during the rollback of a creation', async () => {
  wire.engine.failures.set('create B', 1);
  const deleting = wire.engine.begun('delete');
  await create({ A: thing({ HoldDelete: 'delete' }), B: thing({}, { DependsOn: 'A' }) });
  await deleting;

  expect(await described()).toMatchObject({ StackStatus: 'ROLLBACK_IN_PROGRESS', DeletionTime: expect.any(Date) });
  wire.engine.release('delete');
  await settled();
});

test.each(['latest', 'all', 'absent'] as const)('the rollback of an update is an operation, with LastOperations %s', async lastOperations => {
  wire.engine.cloudFormationSwitches.lastOperations = lastOperations;
  const created = await create({ A: thing({ Value: 1 }) });
  await settled();
  wire.engine.failures.set('update A', 1);
  const updated = await update({ A: thing({ Value: 2 }) });
  await settled();

  const stack = await described();
  const rollback = { OperationType: 'ROLLBACK', OperationId: expect.any(String) };
  const own = { OperationType: 'UPDATE_STACK', OperationId: updated.OperationId };
  const first = { OperationType: 'CREATE_STACK', OperationId: created.OperationId };
  const shown = { latest: [rollback, own], all: [rollback, own, first], absent: undefined };
  expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(stack.LastOperations).toEqual(shown[lastOperations]);
  expect((await wire.client.send(new ListStacksCommand({}))).StackSummaries![0].LastOperations).toEqual(shown[lastOperations]);
  expect(new Set((stack.LastOperations ?? []).map(({ OperationId }) => OperationId)).size).toBe(shown[lastOperations]?.length ?? 0);

  wire.engine.cloudFormationSwitches.lastOperationsOrder = 'oldest-first';
  expect((await described()).LastOperations).toEqual(shown[lastOperations]?.reverse());
});

test('a deletion is the last operation as soon as it is requested', async () => {
  await create({ A: thing({ HoldDelete: 'delete' }) });
  const { id } = await settled();
  const deleting = wire.engine.begun('delete');
  await wire.client.send(new DeleteStackCommand({ StackName: 'S' }));
  await deleting;

  expect(await described()).toMatchObject({
    StackStatus: 'DELETE_IN_PROGRESS', DeletionTime: expect.any(Date), LastOperations: [{ OperationType: 'DELETE_STACK', OperationId: expect.any(String) }],
  });
  wire.engine.release('delete');
  await wire.engine.cloudFormation.settled(here, id);
  const { StackResources } = await wire.client.send(new DescribeStackResourcesCommand({ StackName: id }));
  expect(StackResources).toMatchObject([{ LogicalResourceId: 'A', PhysicalResourceId: 'A-1', ResourceStatus: 'DELETE_COMPLETE' }]);
});

test('a deletion during the creation takes effect immediately', async () => {
  const begun = wire.engine.begun('a');
  await create({ A: thing({ Hold: 'a' }), B: thing({}, { DependsOn: 'A' }) });
  const { id } = wire.engine.cloudFormation.stack(here, 'S');
  await begun;

  await wire.client.send(new DeleteStackCommand({ StackName: 'S' }));
  expect(await described()).toMatchObject({ StackStatus: 'DELETE_IN_PROGRESS', LastOperations: [{ OperationType: 'DELETE_STACK' }] });
  wire.engine.release('a');

  expect((await wire.engine.cloudFormation.settled(here, id)).status).toBe('DELETE_COMPLETE');
  expect(wire.engine.calls).toEqual(['create A-1', 'delete A-1']);
});

test('OnFailure=DELETE deletes a stack after a failed creation', async () => {
  wire.engine.failures.set('create B', 1);
  const { StackId } = await create({ A: thing(), B: thing({}, { DependsOn: 'A' }) }, { OnFailure: 'DELETE' });
  const { events } = await wire.engine.cloudFormation.settled(here, StackId!);

  expect(await described(StackId)).toMatchObject({ StackStatus: 'DELETE_COMPLETE' });
  expect(events.find(event => event.ResourceStatus === 'DELETE_IN_PROGRESS' && event.LogicalResourceId === 'S')!.ResourceStatusReason)
    .toBe('The following resource(s) failed to create: [B]. Delete requested by user.');
  expect(wire.engine.calls).toEqual(['create A-1', 'create B-2', 'delete A-1']);
  await expect(create({ A: thing() }, { OnFailure: 'DELETE', DisableRollback: true }))
    .rejects.toMatchObject({ name: 'ValidationError', message: 'Either DisableRollback or OnFailure can be specified, not both.' });
});

test('rolls back a creation that takes longer than TimeoutInMinutes', async () => {
  const begun = wire.engine.begun('a');
  await create({ A: thing({ Hold: 'a' }), B: thing({}, { DependsOn: 'A' }) }, { TimeoutInMinutes: 5 });
  await begun;
  expect((await described()).TimeoutInMinutes).toBe(5);
  wire.engine.clock.advance(5 * 60_000 - 1);
  await new Promise(setImmediate);
  expect((await described()).StackStatus).toBe('CREATE_IN_PROGRESS');

  wire.engine.clock.advance(1);
  await new Promise(setImmediate);
  wire.engine.release('a');
  const { events } = await settled();

  expect((await described()).StackStatus).toBe('ROLLBACK_COMPLETE');
  expect(events.find(event => event.ResourceStatus === 'ROLLBACK_IN_PROGRESS')!.ResourceStatusReason)
    .toBe('Stack creation time exceeded the specified timeout. Rollback requested by user.');
  expect(wire.engine.calls).toEqual(['create A-1', 'delete A-1']);
});

describe('DescribeStackResource', () => {
  const resource = async (LogicalResourceId: string) =>
    (await wire.client.send(new DescribeStackResourceCommand({ StackName: 'S', LogicalResourceId }))).StackResourceDetail!;

  test('returns status, time and metadata', async () => {
    await create({ A: thing({ Value: 1 }, { Metadata: { Key: 'value' } }), B: thing() });
    await settled();
    const before = await resource('A');
    wire.engine.clock.advance(1000);
    await update({ A: thing({ Value: 2 }, { Metadata: { Key: 'value' } }), B: thing() });
    await settled();

    expect(before).toEqual({
      StackName: 'S',
      StackId: expect.stringMatching(/^arn:aws:cloudformation:/),
      LogicalResourceId: 'A',
      PhysicalResourceId: 'A-1',
      ResourceType: 'Test::Thing',
      LastUpdatedTimestamp: expect.any(Date),
      ResourceStatus: 'CREATE_COMPLETE',
      Metadata: '{"Key":"value"}',
      DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
    });
    const after = await resource('A');
    expect(after.ResourceStatus).toBe('UPDATE_COMPLETE');
    expect(after.LastUpdatedTimestamp!.getTime() - before.LastUpdatedTimestamp!.getTime()).toBeGreaterThanOrEqual(1000);
    expect(await resource('B')).toMatchObject({ ResourceStatus: 'CREATE_COMPLETE' });
    await expect(resource('C')).rejects.toMatchObject({ name: 'ValidationError', message: 'Resource C does not exist for stack S' });
  });

  test.each([['new', 'A-2', 'UPDATE_COMPLETE'], ['old', 'A-1', 'DELETE_IN_PROGRESS']] as const)(
    'returns the %s resource while CloudFormation deletes the replaced one', async (resourceInCleanup, PhysicalResourceId, ResourceStatus) => {
      wire.engine.cloudFormationSwitches.resourceInCleanup = resourceInCleanup;
      await create({ A: thing({ Name: 'old', HoldDelete: 'delete' }) });
      await settled();
      const deleting = wire.engine.begun('delete');
      await update({ A: thing({ Name: 'new' }) });
      await deleting;

      expect((await described()).StackStatus).toBe('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      expect(await resource('A')).toMatchObject({ PhysicalResourceId, ResourceStatus });
      wire.engine.release('delete');
      await settled();
      expect(await resource('A')).toMatchObject({ PhysicalResourceId: 'A-2', ResourceStatus: 'UPDATE_COMPLETE' });
    });
});
