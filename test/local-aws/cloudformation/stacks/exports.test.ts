import { Engine, eventsOf, here, thing } from '../engine';

describe('exports', () => {
  const exporting = { Outputs: { O: { Value: { Ref: 'A' }, Export: { Name: 'the-thing' } } } };
  const importing = { I: thing({ Value: { 'Fn::ImportValue': 'the-thing' } }) };

  test('can be imported, and cannot be deleted or changed while they are', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing({ Name: 'old' }) }, exporting, 'Exporter');
    const importer = await engine.deploy(importing, {}, 'Importer');
    expect(importer.resources.get('I')?.properties).toEqual({ Value: 'A-1' });

    expect(() => engine.cloudFormation.deleteStack(here, { StackName: 'Exporter' })).toThrow('Export the-thing cannot be deleted as it is in use by Importer');
    const changed = await engine.deploy({ A: thing({ Name: 'new' }) }, exporting, 'Exporter');
    expect(changed.status).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(eventsOf(changed).join()).toContain('Export the-thing cannot be updated as it is in use by Importer');
    const removed = await engine.deploy({ A: thing({ Name: 'old' }) }, {}, 'Exporter');
    expect(eventsOf(removed).join()).toContain('Export the-thing cannot be deleted as it is in use by Importer');
    await engine.destroy('Importer');
    expect((await engine.destroy('Exporter')).status).toBe('DELETE_COMPLETE');
  });

  test('have unique names', async () => {
    const engine = new Engine();
    await engine.deploy({ A: thing() }, exporting, 'First');

    const second = await engine.deploy({ A: thing() }, exporting, 'Second');

    expect(second.status).toBe('ROLLBACK_COMPLETE');
    expect(eventsOf(second).join()).toContain('Export with name the-thing is already exported by stack First');
  });
});
