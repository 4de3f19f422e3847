import { Engine, eventsOf, here, thing } from '../engine';

describe('updating a stack', () => {
  test('updates only resources that change or depend on a changed one', async () => {
    const engine = new Engine();
    const resources = (value: string) => ({ A: thing({ Value: value }), B: thing({ Value: { 'Fn::GetAtt': ['A', 'Value'] } }), C: thing({ Value: { Ref: 'A' } }) });
    await engine.deploy(resources('old'));
    engine.calls.length = 0;

    const stack = await engine.deploy(resources('new'));

    expect(engine.calls).toEqual(['update A-1 "old" to "new"', 'update B-2 "old" to "new"']);
    expect(stack.status).toBe('UPDATE_COMPLETE');
  });

  test('replaces a resource that cannot be updated, and deletes the old one after its dependents were updated', async () => {
    const engine = new Engine();
    const resources = (name: string) => ({ A: thing({ Name: name }), B: thing({ Value: { Ref: 'A' } }) });
    await engine.deploy(resources('old'));
    const begin = engine.cloudFormation.stack(here, 'S').events.length;
    engine.calls.length = 0;

    const stack = await engine.deploy(resources('new'));

    expect(engine.calls).toEqual(['create A-3', 'update B-2 "A-1" to "A-3"', 'delete A-1']);
    expect(eventsOf(stack, begin)).toEqual([
      'S UPDATE_IN_PROGRESS User Initiated',
      'A UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.',
      'A UPDATE_IN_PROGRESS Resource creation Initiated',
      'A UPDATE_COMPLETE',
      'B UPDATE_IN_PROGRESS',
      'B UPDATE_COMPLETE',
      'S UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
      'A DELETE_IN_PROGRESS',
      'A DELETE_COMPLETE',
      'S UPDATE_COMPLETE',
    ]);
  });

  test('deletes removed resources at the end, in the opposite order', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing(), B: thing({}, { DependsOn: 'A' }), C: thing() });
    engine.calls.length = 0;

    await engine.deploy({ C: thing({ Value: 1 }) });

    expect(engine.calls).toEqual(['update C-2 undefined to 1', 'delete B-3', 'delete A-1']);
  });

  test('succeeds when the cleanup fails three times', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing(), B: thing() });
    engine.failures.set('delete A', 5);
    engine.calls.length = 0;

    const stack = await engine.deploy({ B: thing() });

    expect(engine.calls).toEqual(['delete A-1', 'delete A-1', 'delete A-1']);
    expect(stack.status).toBe('UPDATE_COMPLETE');
    expect([...stack.resources.keys()]).toEqual(['B']);
  });

  test('fails without changes, also if only the order or the description differs', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ X: 1, Y: 2 }), B: thing() });

    await expect(engine.deploy({ B: thing(), A: thing({ Y: 2, X: 1 }) }, { Description: 'other' })).rejects.toThrow('No updates are to be performed.');
  });

  test('treats an output as a change', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing() });

    const stack = await engine.deploy({ A: thing() }, { Outputs: { O: { Value: { Ref: 'A' } } } });

    expect(stack.status).toBe('UPDATE_COMPLETE');
    expect(stack.outputs).toEqual([expect.objectContaining({ value: 'A-1' })]);
  });

  test('refuses another type for the same resource', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing() });

    await expect(engine.deploy({ A: { Type: 'Other::Thing' } })).rejects
      .toThrow('Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]');
  });
});

describe('rolling back an update', () => {
  test('restores updated and replaced resources, and deletes new ones', async () => {
    const engine = new Engine();
    const resources = (value: string, more: object) => ({
      Changed: thing({ Value: value }),
      Replaced: thing({ Name: value }),
      User: thing({ Value: { Ref: 'Replaced' } }),
      ...more,
    });
    await engine.deploy(resources('old', { Removed: thing() }));
    engine.calls.length = 0;
    engine.failures.set('create Bad', 1);

    const stack = await engine.deploy(resources('new', { Made: thing(), Bad: thing({}, { DependsOn: ['Changed', 'User', 'Made'] }) }));

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    const [replacement] = engine.calls.filter(call => call.startsWith('create Replaced')).map(call => call.split(' ')[1]);
    const [made] = engine.calls.filter(call => call.startsWith('create Made')).map(call => call.split(' ')[1]);
    expect(engine.calls.slice(-5).sort()).toEqual([
      `delete ${made}`, `delete ${replacement}`, 'update Changed-1 "new" to "old"', `update User-4 "${replacement}" to "Replaced-2"`,
      engine.calls.slice(-5).find(call => call.startsWith('create Bad')) ?? '',
    ].sort());
    expect(engine.calls.indexOf(`update User-4 "${replacement}" to "Replaced-2"`)).toBeLessThan(engine.calls.indexOf(`delete ${replacement}`));
    expect([...stack.resources.values()].map(record => record.physicalId).sort()).toEqual(['Changed-1', 'Removed-3', 'Replaced-2', 'User-4']);
    expect(eventsOf(stack)).toContain('S UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [Bad]. ');
    expect(eventsOf(stack)).toContain('S UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
  });

  test('updates a resource back after a failed update', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ Value: 'old' }) });
    engine.failures.set('update A', 1);
    engine.calls.length = 0;

    const stack = await engine.deploy({ A: thing({ Value: 'new' }) });

    expect(engine.calls).toEqual(['update A-1 "old" to "new"', 'update A-1 "new" to "old"']);
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(eventsOf(stack)).toContain('S UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [A]. ');
    expect(stack.resources.get('A')?.properties).toEqual({ Value: 'old' });
  });

  test('does not change the old resource when its replacement fails', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ Name: 'old' }) });
    engine.failures.set('create A', 1);
    engine.calls.length = 0;

    const stack = await engine.deploy({ A: thing({ Name: 'new', Initiated: 'yes' }) });

    expect(engine.calls).toEqual(['create A-2', 'delete A-2']);
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(stack.resources.get('A')?.physicalId).toBe('A-1');
  });

  test('that fails can be continued without the resource', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ Value: 'old' }), B: thing({ Value: 'old' }) });
    engine.failures.set('update A', 2);

    const failed = await engine.deploy({ A: thing({ Value: 'new' }), B: thing({ Value: 'new' }, { DependsOn: 'A' }) });
    expect(failed.status).toBe('UPDATE_ROLLBACK_FAILED');
    await expect(engine.deploy({ A: thing() })).rejects.toThrow('is in UPDATE_ROLLBACK_FAILED state and can not be updated.');
    engine.cloudFormation.continueUpdateRollback(here, { StackName: 'S', ResourcesToSkip: ['A'] });
    const stack = await engine.cloudFormation.settled(here, 'S');

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('does not happen when rollback is disabled', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ Value: 'old' }) });
    engine.failures.set('update A', 1);

    const failed = await engine.deploy({ A: thing({ Value: 'new' }) }, {}, 'S', { disableRollback: true });
    expect(failed.status).toBe('UPDATE_FAILED');
    const stack = await engine.deploy({ A: thing({ Value: 'new' }) });

    expect(stack.status).toBe('UPDATE_COMPLETE');
    expect(engine.calls.filter(call => call.startsWith('update'))).toHaveLength(2);
  });
});

describe('policies', () => {
  test('Retain keeps a deleted, a removed and a replaced resource', async () => {
    const engine = new Engine();
    const kept = (properties: object) => thing(properties, { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    await engine.deploy({ A: kept({}), B: kept({ Name: 'old' }), C: kept({}) });

    await engine.deploy({ A: kept({}), B: kept({ Name: 'new' }) });
    const stack = await engine.destroy();

    expect(stack.status).toBe('DELETE_COMPLETE');
    expect(engine.calls.filter(call => call.startsWith('delete'))).toEqual([]);
    expect(eventsOf(stack).filter(event => event.endsWith('DELETE_SKIPPED'))).toEqual([
      'B DELETE_SKIPPED', 'C DELETE_SKIPPED', 'A DELETE_SKIPPED', 'B DELETE_SKIPPED',
    ]);
  });

  test('RetainExceptOnCreate deletes resources of a failed creation only', async () => {
    const engine = new Engine();
    const kept = (policy: string) => thing({}, { DeletionPolicy: policy });
    engine.failures.set('create Bad', 1);
    const bad = thing({}, { DependsOn: ['A', 'B'] });

    await engine.deploy({ A: kept('RetainExceptOnCreate'), B: kept('Retain'), Bad: bad });
    expect(engine.calls.filter(call => call.startsWith('delete'))).toEqual(['delete A-1']);

    await engine.destroy();
    await engine.deploy({ A: kept('RetainExceptOnCreate') });
    await engine.destroy();
    expect(engine.calls.filter(call => call.startsWith('delete'))).toEqual(['delete A-1']);
  });

  test('the rollback of a replacement deletes the new resource, except with Retain', async () => {
    const deleted = async (policy: string) => {
      const engine = new Engine();
      const resource = (name: string) => thing({ Name: name }, { DeletionPolicy: policy, UpdateReplacePolicy: 'Retain' });
      await engine.deploy({ A: resource('old') });
      engine.failures.set('create Bad', 1);
      await engine.deploy({ A: resource('new'), Bad: thing({}, { DependsOn: 'A' }) });
      return engine.calls.filter(call => call.startsWith('delete'));
    };

    expect(await deleted('RetainExceptOnCreate')).toEqual(['delete A-2']);
    expect(await deleted('Delete')).toEqual(['delete A-2']);
    expect(await deleted('Retain')).toEqual([]);
  });
});
