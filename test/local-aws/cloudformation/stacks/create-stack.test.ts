import { Engine, eventsOf, thing } from '../engine';

describe('creating a stack', () => {
  test("creates dependencies first, with CloudFormation's events", async () => {
    const engine = new Engine();

    const stack = await engine.deploy({
      B: thing({ Value: { 'Fn::GetAtt': ['A', 'Arn'] } }),
      A: thing(),
      C: thing({}, { DependsOn: 'B' }),
    }, { Outputs: { Value: { Value: { 'Fn::GetAtt': ['B', 'Value'] } } } });

    expect(engine.calls).toEqual(['create A-1', 'create B-2', 'create C-3']);
    expect(stack.outputs).toEqual([expect.objectContaining({ key: 'Value', value: 'arn:A-1' })]);
    expect(eventsOf(stack)).toEqual([
      'S CREATE_IN_PROGRESS User Initiated',
      'A CREATE_IN_PROGRESS', 'A CREATE_IN_PROGRESS Resource creation Initiated', 'A CREATE_COMPLETE',
      'B CREATE_IN_PROGRESS', 'B CREATE_IN_PROGRESS Resource creation Initiated', 'B CREATE_COMPLETE',
      'C CREATE_IN_PROGRESS', 'C CREATE_IN_PROGRESS Resource creation Initiated', 'C CREATE_COMPLETE',
      'S CREATE_COMPLETE',
    ]);
  });

  test('creates independent resources at the same time', async () => {
    const engine = new Engine();
    const bothBegun = Promise.all([engine.begun('a'), engine.begun('b')]);

    const deployed = engine.deploy({ A: thing({ Hold: 'a' }), B: thing({ Hold: 'b' }) });
    await bothBegun;
    engine.release('b');
    engine.release('a');

    expect((await deployed).status).toBe('CREATE_COMPLETE');
  });

  test('leaves out resources and outputs whose condition is false', async () => {
    const engine = new Engine();

    const stack = await engine.deploy(
      { A: thing(), B: thing({}, { Condition: 'No', DependsOn: 'A' }), C: thing({ Value: { 'Fn::If': ['No', { Ref: 'B' }, { Ref: 'AWS::NoValue' }] } }) },
      { Conditions: { No: { 'Fn::Equals': ['a', 'b'] } }, Outputs: { O: { Condition: 'No', Value: { Ref: 'B' } } } },
    );

    expect([...stack.resources.keys()]).toEqual(['A', 'C']);
    expect(stack.resources.get('C')?.properties).toEqual({});
    expect(stack.outputs).toEqual([]);
  });

  test('rolls back in the opposite order when a resource fails', async () => {
    const engine = new Engine();
    engine.failures.set('create C', 1);

    const stack = await engine.deploy({ A: thing(), B: thing({}, { DependsOn: 'A' }), C: thing({}, { DependsOn: 'B' }), D: thing({}, { DependsOn: 'C' }) });

    expect(stack.status).toBe('ROLLBACK_COMPLETE');
    expect(engine.calls).toEqual(['create A-1', 'create B-2', 'create C-3', 'delete B-2', 'delete A-1']);
    expect(eventsOf(stack)).toContain('C CREATE_FAILED create C went wrong');
    expect(eventsOf(stack)).toContain('S ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [C]. Rollback requested by user.');
    expect(stack.resources.size).toBe(0);
  });

  test('deletes a resource that failed after its creation', async () => {
    const engine = new Engine();
    engine.failures.set('create A', 1);

    await engine.deploy({ A: thing({ Initiated: 'yes' }) });

    expect(engine.calls).toEqual(['create A-1', 'delete A-1']);
  });

  test('rolls back when an output cannot be resolved', async () => {
    const engine = new Engine();

    const stack = await engine.deploy({ A: thing() }, { Outputs: { O: { Value: { 'Fn::GetAtt': ['A', 'Nothing'] } } } });

    expect(stack.status).toBe('ROLLBACK_COMPLETE');
    expect(eventsOf(stack).join()).toContain('Requested attribute Nothing must be a readonly property in schema for Test::Thing');
  });

  test('fails a resource that refers to an attribute that does not exist', async () => {
    const engine = new Engine();

    const stack = await engine.deploy({ A: thing(), B: thing({ Value: { 'Fn::GetAtt': ['A', 'Nothing'] } }) });

    expect(stack.status).toBe('ROLLBACK_COMPLETE');
    expect(eventsOf(stack).join('\n')).toMatch(/B CREATE_FAILED Requested attribute Nothing/);
    expect(engine.calls).toEqual(['create A-1', 'delete A-1']);
  });

  test('keeps resources when rollback is disabled, and creates the others with the next update', async () => {
    const engine = new Engine();
    engine.failures.set('create B', 1);
    const resources = { A: thing(), B: thing({ Initiated: 'yes' }, { DependsOn: 'A' }) };

    const failed = await engine.deploy(resources, {}, 'S', { disableRollback: true });
    expect(failed.status).toBe('CREATE_FAILED');
    const stack = await engine.deploy(resources);

    expect(stack.status).toBe('UPDATE_COMPLETE');
    expect(engine.calls).toEqual(['create A-1', 'create B-2', 'create B-3', 'delete B-2']);
  });

  test('reports a rollback that could not delete a resource', async () => {
    const engine = new Engine();
    engine.failures.set('create B', 1).set('delete A', 1);

    const stack = await engine.deploy({ A: thing(), B: thing({}, { DependsOn: 'A' }) });

    expect(stack.status).toBe('ROLLBACK_FAILED');
    expect(stack.reason).toBe('The following resource(s) failed to delete: [A]. ');
  });

  test('names unknown types', async () => {
    const engine = new Engine();

    const stack = await engine.deploy({ A: { Type: 'AWS::Moon::Base' }, B: thing({ Value: { 'Fn::GetAtt': ['A', 'Arn'] } }) });

    expect(stack.status).toBe('CREATE_COMPLETE');
    expect([...stack.unknownTypes]).toEqual(['AWS::Moon::Base']);
    expect(eventsOf(stack).join()).toContain('A CREATE_IN_PROGRESS the local AWS does not know AWS::Moon::Base');
    // once more at the end, where it is not overlooked
    expect(eventsOf(stack).at(-1)).toBe('S CREATE_COMPLETE the local AWS does not know AWS::Moon::Base: it created nothing, and their IDs and attributes are placeholders');
    expect(eventsOf(await engine.deploy({ A: { Type: 'AWS::Moon::Base' } })).at(-1)).toContain('S UPDATE_COMPLETE the local AWS does not know AWS::Moon::Base');
  });

  test('needs CAPABILITY_IAM to create roles', async () => {
    const engine = new Engine();

    await expect(engine.deploy({ R: { Type: 'AWS::IAM::Role' } })).rejects.toThrow('Requires capabilities : [CAPABILITY_IAM]');
  });
});
