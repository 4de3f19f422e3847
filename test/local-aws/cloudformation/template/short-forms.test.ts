import { parseTemplate } from '../../../../local-aws/cloudformation/template/template';

const resource = (value: string): unknown =>
  (parseTemplate(`Resources:\n  A:\n    Type: Test::Thing\n    Properties:\n      V: ${value}\n`).Resources.A.Properties as { V: unknown }).V;

test.each<[string, unknown]>([
  ['!Ref B', { Ref: 'B' }],
  ['!GetAtt B.Arn', { 'Fn::GetAtt': ['B', 'Arn'] }],
  ['!GetAtt B.Outputs.Name', { 'Fn::GetAtt': ['B', 'Outputs.Name'] }],
  ['!GetAtt B', { 'Fn::GetAtt': ['B', ''] }],
  ['!GetAtt [B, Arn]', { 'Fn::GetAtt': ['B', 'Arn'] }],
  ['!Sub "${B}-1"', { 'Fn::Sub': '${B}-1' }],
  ['!Sub ["${X}", { X: !Ref B }]', { 'Fn::Sub': ['${X}', { X: { Ref: 'B' } }] }],
  ['!Base64 text', { 'Fn::Base64': 'text' }],
  ['!Cidr [10.0.0.0/16, 2, 8]', { 'Fn::Cidr': ['10.0.0.0/16', 2, 8] }],
  ['!FindInMap [M, !Ref "AWS::Region", k]', { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }],
  ['!GetAZs ""', { 'Fn::GetAZs': '' }],
  ['!ImportValue name', { 'Fn::ImportValue': 'name' }],
  ['!Join [",", [a, !Sub "${B}"]]', { 'Fn::Join': [',', ['a', { 'Fn::Sub': '${B}' }]] }],
  ['!Select [0, !GetAZs ""]', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }],
  ['!Split [",", "a,b"]', { 'Fn::Split': [',', 'a,b'] }],
  ['!If [C, !Ref B, !Ref "AWS::NoValue"]', { 'Fn::If': ['C', { Ref: 'B' }, { Ref: 'AWS::NoValue' }] }],
  ['!Equals [a, b]', { 'Fn::Equals': ['a', 'b'] }],
  ['!And [!Condition C, !Not [!Condition D]]', { 'Fn::And': [{ Condition: 'C' }, { 'Fn::Not': [{ Condition: 'D' }] }] }],
  ['!Or [!Condition C, !Condition D]', { 'Fn::Or': [{ Condition: 'C' }, { Condition: 'D' }] }],
  ['!ToJsonString { a: !Ref B }', { 'Fn::ToJsonString': { a: { Ref: 'B' } } }],
  ['!Length [1, 2]', { 'Fn::Length': [1, 2] }],
  ['!Transform { Name: AWS::Include, Parameters: { Location: s3 } }', { 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: 's3' } } }],
])('expands %s to its long form', (short, long) => {
  expect(resource(short)).toEqual(long);
});

test('parses text of several lines, and a long form in a short one', () => {
  expect(resource('\n        Fn::Base64: !Sub |\n          #!/bin/sh\n          echo ${AWS::Region}\n')).toEqual({
    'Fn::Base64': { 'Fn::Sub': '#!/bin/sh\necho ${AWS::Region}\n' },
  });
});

test.each(['!Nope x', '!Ref [', '"'])('refuses %s', value => {
  expect(() => resource(value)).toThrow('Template format error: YAML not well-formed');
});
