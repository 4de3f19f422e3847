import { eventsOf, here, thing } from '../engine';
import { custom, failed, Provider } from './provider';

describe('a failed update', () => {
  const update = async (provider: Provider, failedId: string) => {
    await provider.engine.deploy({ R: custom({ Size: 15 }) });
    provider.handler = request => request.RequestType === 'Update' && request.ResourceProperties.Size === '16'
      ? failed('no', { PhysicalResourceId: failedId })
      : { PhysicalResourceId: request.PhysicalResourceId };
    return provider.engine.deploy({ R: custom({ Size: 16 }) });
  };

  test('sends an Update with the old properties, when it kept the physical ID', async () => {
    const provider = new Provider();

    const stack = await update(provider, 'one');

    expect(provider.sent).toEqual(['Create', 'Update one', 'Update one']);
    expect(provider.requests[2]).toMatchObject({ ResourceProperties: { Size: '15' }, OldResourceProperties: { Size: '16' } });
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  });

  test('keeps the old resource and deletes the new one, when it returned a new physical ID', async () => {
    const provider = new Provider();

    const stack = await update(provider, 'two');

    expect(provider.sent).toEqual(['Create', 'Update one', 'Delete two']);
    expect(provider.requests[2].ResourceProperties).toMatchObject({ Size: '16' });
    expect(stack.resources.get('R')).toMatchObject({ physicalId: 'one', properties: { Size: 15 } });
  });

  test('can send an Update for the old resource before the Delete for the new one', async () => {
    const provider = new Provider();
    provider.engine.cloudFormationSwitches.failedReplacement = 'update-old-then-delete-new';

    const stack = await update(provider, 'two');

    expect(provider.sent).toEqual(['Create', 'Update one', 'Update one', 'Delete two']);
    expect(provider.requests[2]).toMatchObject({ ResourceProperties: { Size: '15' }, OldResourceProperties: { Size: '16' } });
    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(stack.resources.get('R')).toMatchObject({ physicalId: 'one', properties: { Size: 15 } });
  });

  test('of another resource undoes a replacement: CloudFormation keeps the old resource and deletes the new one', async () => {
    const provider = new Provider();
    provider.handler = request => ({ PhysicalResourceId: `image-${String(request.ResourceProperties.Size)}` });
    const resources = (size: number, more: object) => ({ R: custom({ Size: size }), U: thing({ Value: { Ref: 'R' } }), ...more });
    await provider.engine.deploy(resources(15, {}));
    provider.engine.failures.set('create Bad', 1);

    const stack = await provider.engine.deploy(resources(16, { Bad: thing({}, { DependsOn: 'U' }) }));

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(provider.sent).toEqual(['Create', 'Update image-15', 'Delete image-16']);
    expect(stack.resources.get('U')?.properties).toEqual({ Value: 'image-15' });
  });
});

describe('when another resource fails', () => {
  const start = (provider: Provider) => {
    provider.handler = request => request.RequestType === 'Create' ? undefined : { PhysicalResourceId: request.PhysicalResourceId };
    provider.engine.failures.set('create Bad', 1);
    const begun = provider.engine.begun('bad');
    const deployed = provider.engine.deploy({ R: custom(), Bad: thing({ Hold: 'bad' }) });
    return begun.then(() => {
      provider.engine.release('bad');
      return { deployed };
    });
  };

  test('CloudFormation does not wait for a creation, and sends Delete with an ID that the provider does not know', async () => {
    const provider = new Provider();

    const { deployed } = await start(provider);
    const stack = await deployed;

    expect(eventsOf(stack)).toContain('R CREATE_FAILED Resource creation cancelled');
    expect(provider.requests[1].PhysicalResourceId).toMatch(/^S-R-[A-Z0-9]{12}$/);
    await provider.answer(provider.requests[0], { PhysicalResourceId: 'one' });
    expect(provider.answers.ignored).toHaveLength(1);
  });

  test('CloudFormation can also wait for a creation', async () => {
    const provider = new Provider();
    provider.wait = true;

    const { deployed } = await start(provider);
    await new Promise(setImmediate);
    expect(provider.sent).toEqual(['Create']);
    await provider.answer(provider.requests[0], { PhysicalResourceId: 'one' });
    await deployed;

    expect(provider.sent).toEqual(['Create', 'Delete one']);
  });
});

describe('the rollback of a replacement, because another resource failed', () => {
  const undo = async (provider: Provider, answerId: (size: string) => string) => {
    provider.handler = request => ({ PhysicalResourceId: answerId(String(request.ResourceProperties.Size)) });
    await provider.engine.deploy({ R: custom({ Size: 15 }) });
    provider.engine.failures.set('create Bad', 1);
    provider.engine.cloudFormationSwitches.replacementRollback = 'update-new';
    return provider.engine.deploy({ R: custom({ Size: 16 }), Bad: thing({}, { DependsOn: 'R' }) });
  };

  test('can send an Update with the old properties for the new resource, whose response then is the resource', async () => {
    const provider = new Provider();
    let made = 0;

    const stack = await undo(provider, () => `image-${made += 1}`);

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(provider.sent).toEqual(['Create', 'Update image-1', 'Update image-2', 'Delete image-2']);
    expect(provider.requests[2]).toMatchObject({ ResourceProperties: { Size: '15' }, OldResourceProperties: { Size: '16' } });
    expect(stack.resources.get('R')!.physicalId).toBe('image-3');
  });

  test('can get the old ID in the response', async () => {
    const provider = new Provider();

    const stack = await undo(provider, size => `image-${size}`);

    expect(provider.sent).toEqual(['Create', 'Update image-15', 'Update image-16', 'Delete image-16']);
    expect(stack.resources.get('R')!.physicalId).toBe('image-15');
  });
});

describe('a failed update without rollback', () => {
  const next = async (failedPhysicalId: 'new' | 'old') => {
    const provider = new Provider();
    provider.engine.cloudFormationSwitches.failedPhysicalId = failedPhysicalId;
    await provider.engine.deploy({ R: custom({ Size: 15 }) });
    provider.handler = () => failed('no', { PhysicalResourceId: 'two' });
    const stuck = await provider.engine.deploy({ R: custom({ Size: 16 }) }, {}, 'S', { disableRollback: true });
    expect(stuck.status).toBe('UPDATE_FAILED');
    provider.handler = request => ({ PhysicalResourceId: request.PhysicalResourceId });
    const stack = await provider.engine.deploy({ R: custom({ Size: 17 }) });
    expect(stack.status).toBe('UPDATE_COMPLETE');
    return { sent: provider.sent, id: stack.resources.get('R')!.physicalId };
  };

  test('can leave the resource with the new ID, and delete the old one later', async () => {
    expect(await next('new')).toEqual({ sent: ['Create', 'Update one', 'Update two', 'Delete one'], id: 'two' });
  });

  test('can leave the resource with the old ID, and never delete the new one', async () => {
    expect(await next('old')).toEqual({ sent: ['Create', 'Update one', 'Update one'], id: 'one' });
  });
});

describe('the cancellation of an update during the request to the provider', () => {
  const start = async (provider: Provider) => {
    await provider.engine.deploy({ R: custom({ Size: 15 }) });
    provider.handler = request => request.ResourceProperties.Size === '16' ? undefined : { PhysicalResourceId: request.PhysicalResourceId };
    const updated = provider.engine.deploy({ R: custom({ Size: 16 }) });
    await new Promise(setImmediate);
    provider.engine.cloudFormation.cancelUpdateStack(here, { StackName: 'S' });
    await new Promise(setImmediate);
    return { updated };
  };

  test('does not wait for the response, and sends an Update back', async () => {
    const provider = new Provider();

    const { updated } = await start(provider);
    const stack = await updated;

    expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(eventsOf(stack)).toContain('R UPDATE_FAILED Resource update cancelled');
    expect(eventsOf(stack)).toContain('S UPDATE_ROLLBACK_IN_PROGRESS User Initiated');
    expect(provider.sent).toEqual(['Create', 'Update one', 'Update one']);
    expect(provider.requests[2]).toMatchObject({ ResourceProperties: { Size: '15' }, OldResourceProperties: { Size: '16' } });
    await provider.answer(provider.requests[1], { PhysicalResourceId: 'two' });
    expect(provider.answers.ignored).toHaveLength(1);
  });

  test('can also wait for the response', async () => {
    const provider = new Provider();
    provider.wait = true;

    const { updated } = await start(provider);
    expect(provider.sent).toEqual(['Create', 'Update one']);
    await provider.answer(provider.requests[1], { PhysicalResourceId: 'one' });

    expect((await updated).status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(provider.sent).toEqual(['Create', 'Update one', 'Update one']);
  });
});
