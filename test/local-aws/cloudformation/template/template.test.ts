import { dependencies, reversed, visit } from '../../../../local-aws/cloudformation/template/dependency-graph';
import { parseTemplate, ResourceDefinition } from '../../../../local-aws/cloudformation/template/template';
import { Engine, here, thing } from '../engine';

describe('a template', () => {
  test('is JSON or YAML', () => {
    const parsed = { Resources: { A: { Type: 'Test::Thing', Properties: { Text: '1', Lines: 'a\nb\n' } } } };
    const yaml = 'Resources:\n  A:\n    Type: Test::Thing\n    Properties:\n      Text: "1"\n      Lines: |\n        a\n        b\n';

    expect(parseTemplate(JSON.stringify(parsed))).toEqual(parsed);
    expect(parseTemplate(yaml)).toEqual(parsed);
  });

  test.each([
    ['{', 'Template format error'],
    ['[]', 'Template format error: unsupported structure.'],
    ['{"Resources":{}}', 'At least one Resources member must be defined'],
    ['{"Resources":{"A":{"Type":"T"}},"Other":1}', 'Invalid template property or properties [Other]'],
    ['{"Resources":{"A":{"Type":"T"}},"Transform":"AWS::Serverless"}', 'No transform named "AWS::Serverless" found.'],
  ])('is refused with %s', (body, message) => {
    expect(() => parseTemplate(body)).toThrow(message);
  });

  test.each<[object, object, string]>([
    [{ A: thing({ Value: { Ref: 'B' } }) }, {}, 'Unresolved resource dependencies [B] in the Resources block'],
    [{ A: thing({}, { DependsOn: 'B' }) }, {}, 'Unresolved resource dependencies [B] in the Resources block'],
    [{ A: thing() }, { Outputs: { O: { Value: { 'Fn::GetAtt': ['B', 'Arn'] } } } }, 'Template error: instance of Fn::GetAtt references undefined resource B'],
    [{ A: thing() }, { Outputs: { O: { Value: { Ref: 'B' } } } }, 'Unresolved resource dependencies [B] in the Outputs block'],
    [{ A: thing({ Value: { 'Fn::Sub': '${B.Arn}' } }) }, {}, 'Template error: instance of Fn::GetAtt references undefined resource B'],
    [{ A: thing(), B: { Type: 'AWS::Nope::Thing' } }, {}, 'Template format error: Unrecognized resource types: [AWS::Nope::Thing]'],
    [{ A: thing({ Value: { Ref: 'B' } }), B: thing({}, { DependsOn: 'A' }) }, {}, 'Circular dependency between resources: [A, B]'],
    [{ A: thing({}, { Condition: 'Missing' }) }, {}, 'Unresolved condition dependency Missing'],
    [{ A: thing() }, { Conditions: { C: { 'Fn::Equals': [{ Ref: 'A' }, 'a'] } } }, 'Unresolved resource dependencies [A]'],
    [
      { A: thing() }, { Conditions: { C: { 'Fn::Equals': [{ 'Fn::GetAtt': ['A', 'Arn'] }, 'a'] } } },
      'Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template',
    ],
    [{ A: thing({}, { Conditions: 'Yes' }) }, {}, 'Invalid template resource property \'Conditions\''],
  ])('is refused with %j and %j before any resource is created', async (resources, more, message) => {
    const engine = new Engine();

    await expect(engine.deploy(resources, more)).rejects.toThrow(message);

    expect(engine.calls).toEqual([]);
    expect(engine.cloudFormation.listStacks(here, {}).StackSummaries).toEqual([]);
  });
});

describe('parameters', () => {
  const deploy = (engine: Engine, definition: object, value?: string) => engine.deploy(
    { A: thing({ Value: { Ref: 'P' } }) },
    { Parameters: { P: definition } },
    'S',
    { parameters: value === undefined ? undefined : [{ ParameterKey: 'P', ParameterValue: value }] },
  );
  const valueOf = async (definition: object, value?: string) => {
    const engine = new Engine();
    return (await deploy(engine, definition, value)).resources.get('A')?.properties.Value;
  };

  test('have values, defaults, and lists', async () => {
    expect(await valueOf({ Type: 'String' }, 'given')).toBe('given');
    expect(await valueOf({ Type: 'Number', Default: 5 })).toBe('5');
    expect(await valueOf({ Type: 'CommaDelimitedList', Default: 'a, b' })).toEqual(['a', 'b']);
  });

  test('of SSM parameter types are resolved with every deployment', async () => {
    const engine = new Engine();
    engine.ssm['/ami'] = 'ami-1';
    const definition = { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: '/ami' };
    const first = await deploy(engine, definition);
    expect(first.resources.get('A')?.properties.Value).toBe('ami-1');

    await expect(deploy(engine, definition)).rejects.toThrow('No updates are to be performed.');
    engine.ssm['/ami'] = 'ami-2';
    const second = await deploy(engine, definition);

    expect(second.resources.get('A')?.properties.Value).toBe('ami-2');
    expect(engine.cloudFormation.describeStacks(here, { StackName: 'S' }).Stacks?.[0].Parameters)
      .toEqual([{ ParameterKey: 'P', ParameterValue: '/ami', ResolvedValue: 'ami-2' }]);
  });

  test('keep their value with UsePreviousValue', async () => {
    const engine = new Engine();
    await deploy(engine, { Type: 'String', Default: 'default' }, 'given');

    const stack = await engine.deploy({ A: thing({ Value: { Ref: 'P' }, More: 1 }) }, { Parameters: { P: { Type: 'String' } } }, 'S',
      { parameters: [{ ParameterKey: 'P', UsePreviousValue: true }] });

    expect(stack.resources.get('A')?.properties.Value).toBe('given');
  });

  test('are hidden with NoEcho', async () => {
    const engine = new Engine();
    await deploy(engine, { Type: 'String', NoEcho: true }, 'secret');

    expect(engine.cloudFormation.describeStacks(here, { StackName: 'S' }).Stacks?.[0].Parameters).toEqual([expect.objectContaining({ ParameterValue: '****' })]);
  });

  test.each<[object, string | undefined, string]>([
    [{ Type: 'String' }, undefined, 'Parameters: [P] must have values'],
    [{ Type: 'AWS::SSM::Parameter::Value<String>', Default: '/nothing' }, undefined, 'Unable to fetch parameters [/nothing] from parameter store for this account.'],
    [{ Type: 'String', AllowedValues: ['a'] }, 'b', 'must be one of AllowedValues'],
    [{ Type: 'String', AllowedPattern: '[a-z]+' }, 'B', 'must match pattern [a-z]+'],
    [{ Type: 'String', AllowedPattern: '[a-z]+', ConstraintDescription: 'small letters' }, 'B', 'failed to satisfy constraint: small letters'],
    [{ Type: 'String', MinLength: 2 }, 'b', 'must contain at least 2 characters'],
    [{ Type: 'String', MaxLength: 2 }, 'bbb', 'must contain at most 2 characters'],
    [{ Type: 'Number' }, 'b', 'must be a number.'],
    [{ Type: 'Number', MaxValue: 2 }, '3', 'must be a number not greater than 2'],
    [{ Type: 'Number', MinValue: 2 }, '1', 'must be a number not less than 2'],
  ])('are refused: %j with %s', async (definition, value, message) => {
    await expect(deploy(new Engine(), definition, value)).rejects.toThrow(message);
  });

  test('that the template does not have are refused', async () => {
    await expect(new Engine().deploy({ A: thing() }, {}, 'S', { parameters: [{ ParameterKey: 'X', ParameterValue: 'x' }] }))
      .rejects.toThrow('Parameters: [X] do not exist in the template');
  });
});

test('rules are enforced', async () => {
  const engine = new Engine();
  const more = {
    Parameters: { P: { Type: 'String', Default: 'a' } },
    Rules: {
      R: { Assertions: [{ Assert: { 'Fn::Not': [{ 'Fn::Contains': [['a'], { Ref: 'P' }] }] }, AssertDescription: 'not a' }] },
      Other: { RuleCondition: { 'Fn::Equals': [{ Ref: 'P' }, 'c'] }, Assertions: [{ Assert: false }] },
    },
  };

  await expect(engine.deploy({ A: thing() }, more)).rejects.toThrow('not a');
  const parameters = (ParameterValue: string) => ({ parameters: [{ ParameterKey: 'P', ParameterValue }] });
  expect((await engine.deploy({ A: thing() }, more, 'S', parameters('b'))).status).toBe('CREATE_COMPLETE');
  await expect(engine.deploy({ A: thing() }, more, 'S', parameters('c'))).rejects.toThrow('rule assertion failed: false');
});

describe('the dependency graph', () => {
  const definitions = (needs: Record<string, string[]>) => new Map(Object.entries(needs).map(([id, DependsOn]): [string, ResourceDefinition] =>
    [id, { Type: 'T', DependsOn }]));

  test('is visited in order, and not beyond a failure', async () => {
    const graph = dependencies(definitions({ D: ['B', 'C'], C: ['A'], B: ['A'], A: [], E: ['C'] }));
    const visited: string[] = [];

    await visit(graph, id => Promise.resolve(visited.push(id) > 0 && id !== 'C'));

    expect(visited).toEqual(['A', 'B', 'C']);
  });

  test('can be reversed', () => {
    expect(reversed(dependencies(definitions({ B: ['A'], A: [] })))).toEqual(new Map([['B', new Set()], ['A', new Set(['B'])]]));
  });
});
