import { Engine, here, thing } from '../engine';

describe('deleting a stack', () => {
  test('continues with resources that do not depend on a failed one, and can be retried without it', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing(), B: thing({}, { DependsOn: 'A' }), C: thing() });
    engine.failures.set('delete B', 1);
    engine.calls.length = 0;

    const failed = await engine.destroy();
    expect(failed.status).toBe('DELETE_FAILED');
    expect(failed.reason).toBe('The following resource(s) failed to delete: [B]. ');
    expect(engine.calls.sort()).toEqual(['delete B-3', 'delete C-2']);

    const stack = await engine.destroy('S', ['B']);
    expect(stack.status).toBe('DELETE_COMPLETE');
    expect(engine.calls.slice(-1)).toEqual(['delete A-1']);
  });

  test('fails for a protected stack, and succeeds for one that does not exist', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing() });
    engine.cloudFormation.updateTerminationProtection(here, { StackName: 'S', EnableTerminationProtection: true });

    expect(() => engine.cloudFormation.deleteStack(here, { StackName: 'S' })).toThrow('Stack [S] cannot be deleted while TerminationProtection is enabled');
    engine.cloudFormation.deleteStack(here, { StackName: 'Other' });
    expect(() => engine.cloudFormation.describeStacks(here, { StackName: 'Other' })).toThrow('Stack with id Other does not exist');
  });
});

describe('stopping an operation', () => {
  test('rolls back a canceled update', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ Value: 1 }), B: thing({ Value: 1 }, { DependsOn: 'A' }) });
    const begun = engine.begun('a');
    const updated = engine.deploy({ A: thing({ Value: 2, Hold: 'a' }), B: thing({ Value: 2 }, { DependsOn: 'A' }) });
    await begun;

    engine.cloudFormation.cancelUpdateStack(here, { StackName: 'S' });
    engine.release('a');
    const stack = await updated;

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(engine.calls.slice(2)).toEqual(['update A-1 1 to 2', 'update A-1 2 to 1']);
  });

  test('deletes a stack during its creation, and leaves nothing', async () => {
    const engine = new Engine();
    const begun = engine.begun('a');
    void engine.deploy({ A: thing({ Hold: 'a' }), B: thing({}, { DependsOn: 'A' }) });
    await begun;

    const destroyed = engine.destroy();
    engine.release('a');

    expect((await destroyed).status).toBe('DELETE_COMPLETE');
    expect(engine.calls).toEqual(['create A-1', 'delete A-1']);
  });

  test('refuses updates and deletions during an update', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing() });
    const begun = engine.begun('a');
    const updated = engine.deploy({ A: thing({ Hold: 'a' }) });
    await begun;

    expect(() => engine.cloudFormation.deleteStack(here, { StackName: 'S' })).toThrow('cannot be deleted while in status UPDATE_IN_PROGRESS');
    await expect(engine.deploy({ A: thing({ Value: 1 }) })).rejects.toThrow('is in UPDATE_IN_PROGRESS state and can not be updated.');
    engine.release('a');
    expect((await updated).status).toBe('UPDATE_COMPLETE');
  });
});
