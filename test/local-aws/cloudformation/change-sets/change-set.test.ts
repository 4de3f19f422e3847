import { Engine, here, thing } from '../engine';

const body = (resources: object, more: object = {}) => JSON.stringify({ Resources: resources, ...more });

function changeSet(engine: Engine, resources: object, type: 'CREATE' | 'UPDATE' = 'UPDATE', more: object = {}) {
  engine.cloudFormation.createChangeSet(here, { StackName: 'S', ChangeSetName: 'C', ChangeSetType: type, TemplateBody: body(resources, more) });
  return engine.cloudFormation.describeChangeSet(here, { StackName: 'S', ChangeSetName: 'C' });
}

test('a change set for a new stack lists the resources, and creates them', async () => {
  const engine = new Engine();

  const described = changeSet(engine, { A: thing() }, 'CREATE');
  expect(described).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' });
  expect(described.Changes).toEqual([{ Type: 'Resource', ResourceChange: expect.objectContaining({ Action: 'Add', LogicalResourceId: 'A' }) }]);
  expect(engine.cloudFormation.describeStacks(here, { StackName: 'S' }).Stacks?.[0].StackStatus).toBe('REVIEW_IN_PROGRESS');
  expect(engine.calls).toEqual([]);

  engine.cloudFormation.executeChangeSet(here, { StackName: 'S', ChangeSetName: 'C' });
  expect((await engine.cloudFormation.settled(here, 'S')).status).toBe('CREATE_COMPLETE');
  expect(engine.cloudFormation.describeChangeSet(here, { ChangeSetName: described.ChangeSetId }).ExecutionStatus).toBe('EXECUTE_COMPLETE');
});

test('lists added, updated, replaced, conditionally replaced and removed resources', async () => {
  const engine = new Engine();
  const users = { C: thing({ Name: { Ref: 'B' } }), E: thing({ Value: { Ref: 'A' } }) };
  await engine.deploy({ A: thing({ Value: 1 }), B: thing({ Name: 'old' }), D: thing(), ...users });

  const { Changes } = changeSet(engine, { A: thing({ Value: 2 }), B: thing({ Name: 'new' }), F: thing(), ...users });

  const seen = Object.fromEntries((Changes ?? []).map(({ ResourceChange: change }) =>
    [change?.LogicalResourceId, [change?.Action, change?.Replacement]]));
  expect(seen).toEqual({
    A: ['Modify', 'False'], B: ['Modify', 'True'], C: ['Modify', 'Conditional'], D: ['Remove', undefined], F: ['Add', undefined],
  });
  expect(Changes?.[0].ResourceChange).toMatchObject({
    PhysicalResourceId: 'A-1',
    Scope: ['Properties'],
    Details: [{ Target: { Attribute: 'Properties', Name: 'Value', RequiresRecreation: 'Never' }, Evaluation: 'Static' }],
  });
});

test('treats a partly unknown value as changed', async () => {
  const engine = new Engine();
  const resources = (name: string) => ({
    A: thing({ Name: name }),
    B: thing({ Value: { 'Fn::Select': [1, { 'Fn::Split': ['-', { Ref: 'A' }] }] } }),
  });
  await engine.deploy(resources('old'));

  const { Changes } = changeSet(engine, resources('new'));
  expect(Changes?.map(({ ResourceChange: change }) => change?.LogicalResourceId)).toEqual(['A', 'B']);

  engine.cloudFormation.executeChangeSet(here, { StackName: 'S', ChangeSetName: 'C' });
  expect((await engine.cloudFormation.settled(here, 'S')).resources.get('B')?.properties).toEqual({ Value: '3' });
});

test('lists what changes of a resource beside its properties, and reads exports', async () => {
  const engine = new Engine();
  await engine.deploy({ E: thing() }, { Outputs: { O: { Value: 'exported', Export: { Name: 'shared' } } } }, 'Exporter');
  const imported = { Value: { 'Fn::ImportValue': 'shared' } };
  await engine.deploy({ A: thing(imported), B: thing() });

  const { Changes } = changeSet(engine, { A: thing(imported, { Metadata: { a: 1 }, DeletionPolicy: 'Retain' }), B: thing({ Value: { 'Fn::ImportValue': 'none' } }) });
  expect(Changes?.map(({ ResourceChange: change }) => [change?.LogicalResourceId, change?.Replacement, change?.Scope])).toEqual([
    ['A', 'False', ['Metadata', 'DeletionPolicy']], ['B', 'False', ['Properties']],
  ]);
  expect(() => changeSet(engine, { A: thing() }, 'CREATE')).toThrow('Stack [S] already exists and cannot be created again with the changeSet [C].');
});

test('fails without changes, with the message that the CDK command line recognizes', async () => {
  const engine = new Engine();
  await engine.deploy({ A: thing() });

  const described = changeSet(engine, { A: thing() });

  expect(described).toMatchObject({ Status: 'FAILED', ExecutionStatus: 'UNAVAILABLE' });
  expect(described.StatusReason).toContain('The submitted information didn\'t contain changes.');
  expect(() => engine.cloudFormation.executeChangeSet(here, { StackName: 'S', ChangeSetName: 'C' })).toThrow('cannot be executed in its current status');
});

test('has a unique name, and can be deleted', async () => {
  const engine = new Engine();
  await engine.deploy({ A: thing() });
  changeSet(engine, { A: thing({ Value: 1 }) });

  expect(() => changeSet(engine, { A: thing({ Value: 2 }) })).toThrow('ChangeSet C already exists');
  engine.cloudFormation.deleteChangeSet(here, { StackName: 'S', ChangeSetName: 'C' });
  expect(() => engine.cloudFormation.describeChangeSet(here, { StackName: 'S', ChangeSetName: 'C' })).toThrow('ChangeSet [C] does not exist');
  changeSet(engine, { A: thing({ Value: 2 }) });
});

test('a stack in REVIEW_IN_PROGRESS can be deleted', async () => {
  const engine = new Engine();
  changeSet(engine, { A: thing() }, 'CREATE');

  const stack = await engine.destroy();

  expect(stack.status).toBe('DELETE_COMPLETE');
  expect(() => engine.cloudFormation.stack(here, 'S')).toThrow('does not exist');
});

test('the same stack name in another Region is another stack', async () => {
  const engine = new Engine();
  await engine.deploy({ A: thing() });
  const there = { ...here, region: 'eu-west-1' };

  engine.cloudFormation.createStack(there, { StackName: 'S', TemplateBody: body({ A: thing({ Value: { Ref: 'AWS::Region' } }) }) });
  const stack = await engine.cloudFormation.settled(there, 'S');

  expect(stack.resources.get('A')?.properties).toEqual({ Value: 'eu-west-1' });
  expect(engine.cloudFormation.listStacks(here, {}).StackSummaries).toHaveLength(1);
});
