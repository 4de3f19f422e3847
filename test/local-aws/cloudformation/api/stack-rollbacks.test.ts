import {
  CancelUpdateStackCommand, ContinueUpdateRollbackCommand, CreateStackCommand, DescribeStacksCommand, RollbackStackCommand, Stack, UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { eventsOf, here, thing } from '../engine';
import { EngineOnWire } from '../engine-on-wire';

let wire: EngineOnWire;

beforeEach(async () => {
  wire = await EngineOnWire.start();
});

afterEach(() => wire?.stop());

const body = (resources: object) => JSON.stringify({ Resources: resources });
const described = async (): Promise<Stack> => (await wire.client.send(new DescribeStacksCommand({ StackName: 'S' }))).Stacks![0];
const settled = () => wire.engine.cloudFormation.settled(here, 'S');
const create = async (resources: object, more: object = {}) => {
  await wire.client.send(new CreateStackCommand({ StackName: 'S', TemplateBody: body(resources), ...more }));
  return settled();
};
const update = async (resources: object, more: object = {}) => {
  await wire.client.send(new UpdateStackCommand({ StackName: 'S', TemplateBody: body(resources), ...more }));
  return settled();
};
const cancel = () => wire.client.send(new CancelUpdateStackCommand({ StackName: 'S', ClientRequestToken: 'cancel' }));
const resume = (more: object = {}) => wire.client.send(new ContinueUpdateRollbackCommand({ StackName: 'S', ...more }));
const rollBack = (more: object = {}) => wire.client.send(new RollbackStackCommand({ StackName: 'S', ...more }));

const refusal = (operation: string) => ({ name: 'ValidationError', message: `${operation} cannot be called from current stack status` });

describe('CancelUpdateStack', () => {
  test('fails when no update is running', async () => {
    await create({ A: thing() });

    await expect(cancel()).rejects.toMatchObject(refusal('CancelUpdateStack'));
    await expect(wire.client.send(new CancelUpdateStackCommand({ StackName: 'Other' })))
      .rejects.toMatchObject({ name: 'ValidationError', message: 'Stack with id Other does not exist' });
  });

  test('rolls back, also when rollback is disabled, and does not change resources that had not begun', async () => {
    await create({ A: thing({ Value: 1 }), B: thing({ Value: 1 }, { DependsOn: 'A' }) });
    const begun = wire.engine.begun('a');
    const { length } = wire.engine.cloudFormation.stack(here, 'S').events;
    const updated = update({ A: thing({ Value: 2, Hold: 'a' }), B: thing({ Value: 2 }, { DependsOn: 'A' }) }, { DisableRollback: true });
    await begun;

    await cancel();
    wire.engine.release('a');
    const stack = await updated;

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(eventsOf(stack, length).filter(event => event.startsWith('S '))).toEqual([
      'S UPDATE_IN_PROGRESS User Initiated', 'S UPDATE_ROLLBACK_IN_PROGRESS User Initiated', 'S UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      'S UPDATE_ROLLBACK_COMPLETE',
    ]);
    expect(wire.engine.calls.slice(2)).toEqual(['update A-1 1 to 2', 'update A-1 2 to 1']);
    expect((await described()).LastOperations!.map(({ OperationType }) => OperationType)).toEqual(['ROLLBACK', 'UPDATE_STACK']);
  });
});

describe('ContinueUpdateRollback', () => {
  const fail = async () => {
    await create({ A: thing({ Value: 1 }), B: thing({ Value: 1 }, { DependsOn: 'A' }), C: thing({ Value: 1 }) });
    wire.engine.failures.set('update A', 2);
    await update({ A: thing({ Value: 2 }), B: thing({ Value: 2 }, { DependsOn: 'A' }), C: thing({ Value: 2 }) });
    expect((await described()).StackStatus).toBe('UPDATE_ROLLBACK_FAILED');
  };

  test('fails when no rollback has failed', async () => {
    await create({ A: thing() });

    await expect(resume()).rejects.toMatchObject(refusal('RollbackUpdatedStack'));
    await expect(rollBack()).rejects.toMatchObject(refusal('RollbackStack'));
  });

  test('retries the rollback', async () => {
    await fail();
    await expect(rollBack()).rejects.toMatchObject(refusal('RollbackStack'));

    await resume();
    const stack = await settled();

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect([...stack.resources.values()].map(({ properties }) => properties.Value)).toEqual([1, 1, 1]);
    expect((await described()).LastOperations).toEqual([{ OperationType: 'CONTINUE_ROLLBACK', OperationId: expect.any(String) }]);
  });

  test.each<[string, object]>([
    ['those that are named', { ResourcesToSkip: ['A'] }], ['all that failed, if that is forced', { ForceRollback: true }],
  ])('skips %s', async (_which, more) => {
    await fail();
    wire.engine.calls.length = 0;

    await resume(more);
    const stack = await settled();

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(wire.engine.calls.filter(call => call.startsWith('update A'))).toEqual([]);
    expect(eventsOf(stack)).toContain('A UPDATE_COMPLETE Resource skipped during rollback');
  });

  test('refuses to skip resources that have not failed, and both forms at once', async () => {
    await fail();

    await expect(resume({ ResourcesToSkip: ['A', 'B'] })).rejects.toMatchObject({ name: 'ValidationError', message: expect.stringContaining('[B]') });
    await expect(resume({ ResourcesToSkip: ['A'], ForceRollback: true })).rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('RollbackStack', () => {
  test('deletes the resources of a failed creation', async () => {
    wire.engine.failures.set('create B', 1);
    await create({ A: thing(), B: thing({}, { DependsOn: 'A' }) }, { DisableRollback: true });
    expect(await described()).toMatchObject({ StackStatus: 'CREATE_FAILED', DisableRollback: true, DeploymentConfig: { DisableRollback: true } });

    const { OperationId } = await rollBack();
    const stack = await settled();

    expect(stack.status).toBe('ROLLBACK_COMPLETE');
    expect(wire.engine.calls).toEqual(['create A-1', 'create B-2', 'delete A-1']);
    expect((await described()).LastOperations).toEqual([{ OperationType: 'ROLLBACK', OperationId }]);
  });

  test('restores the state before the first of several failed updates', async () => {
    await create({ A: thing({ Name: 'old' }), B: thing({ Value: 1 }) });
    const failing = (name: string, value: number) => {
      wire.engine.failures.set('create C', 1);
      return update({ A: thing({ Name: name }), B: thing({ Value: value }), C: thing({}, { DependsOn: ['A', 'B'] }) }, { DisableRollback: true });
    };
    await failing('second', 2);
    await failing('third', 3);
    expect((await described()).StackStatus).toBe('UPDATE_FAILED');
    wire.engine.calls.length = 0;

    await rollBack();
    const stack = await settled();

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(stack.resources.get('A')!.physicalId).toBe('A-1');
    expect(stack.resources.get('B')!.properties).toEqual({ Value: 1 });
    expect([...stack.resources.keys()]).toEqual(['A', 'B']);
    expect(wire.engine.calls.filter(call => call.startsWith('delete A')).sort()).toEqual(['delete A-3', 'delete A-5']);
  });

  test('deletes retained resources only with RetainExceptOnCreate', async () => {
    const retained = thing({}, { DeletionPolicy: 'Retain' });
    const failing = async () => {
      wire.engine.failures.set('create B', 1);
      await create({ A: retained, B: thing({}, { DependsOn: 'A' }) }, { DisableRollback: true });
    };
    await failing();
    await rollBack();
    expect(eventsOf(await settled())).toContain('A DELETE_SKIPPED');

    await wire.engine.destroy();
    await failing();
    await rollBack({ RetainExceptOnCreate: true });
    await settled();
    expect(wire.engine.calls.filter(call => call.startsWith('delete'))).toEqual(['delete A-3']);
  });
});

test('a successful update deletes what earlier failed updates replaced', async () => {
  await create({ A: thing({ Name: 'old' }) });
  wire.engine.failures.set('create B', 1);
  await update({ A: thing({ Name: 'new' }), B: thing({}, { DependsOn: 'A' }) }, { DisableRollback: true });
  expect(wire.engine.calls.filter(call => call.startsWith('delete'))).toEqual([]);

  const stack = await update({ A: thing({ Name: 'new' }), B: thing({ Value: 1 }, { DependsOn: 'A' }) });

  expect(stack.status).toBe('UPDATE_COMPLETE');
  expect(wire.engine.calls.filter(call => call.startsWith('delete'))).toEqual(['delete A-1']);
});

test('deleting a stack after a failed update deletes what that update replaced', async () => {
  await create({ A: thing({ Name: 'old' }) });
  wire.engine.failures.set('create B', 1);
  await update({ A: thing({ Name: 'new' }), B: thing({}, { DependsOn: 'A' }) }, { DisableRollback: true });

  await wire.engine.destroy();

  expect(wire.engine.calls.filter(call => call.startsWith('delete')).sort()).toEqual(['delete A-1', 'delete A-2']);
});
