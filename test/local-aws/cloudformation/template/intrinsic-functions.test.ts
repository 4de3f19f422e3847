import { evaluateCondition, resolve, Scope } from '../../../../local-aws/cloudformation/template/intrinsic-functions';
import { references } from '../../../../local-aws/cloudformation/template/references';
import { Json } from '../../../../local-aws/cloudformation/template/template';

const scope: Scope = {
  mappings: { Regions: { 'us-east-1': { Ami: 'ami-1' } } },
  ref: name => ({ 'Parameter': 'value', 'List': ['a', 'b'], 'AWS::Region': 'us-east-1' } as Record<string, Json>)[name],
  getAtt: (logicalId, attribute) => `${logicalId}.${attribute}`,
  condition: name => name === 'Yes',
  importValue: name => `imported ${name}`,
  zones: region => [`${region}a`, `${region}b`],
  dynamicReference: (service, reference) => `${service} ${reference}`,
};

test.each<[string, Json, Json]>([
  ['a value', { a: [1, true, 'x'] }, { a: [1, true, 'x'] }],
  ['Ref', { Ref: 'Parameter' }, 'value'],
  ['GetAtt of a list', { 'Fn::GetAtt': ['R', 'Arn'] }, 'R.Arn'],
  ['GetAtt of text with dots', { 'Fn::GetAtt': 'R.Outputs.Arn' }, 'R.Outputs.Arn'],
  ['GetAtt of a list with a path', { 'Fn::GetAtt': ['R', 'Outputs', 'Arn'] }, 'R.Outputs.Arn'],
  ['GetAtt with a computed attribute', { 'Fn::GetAtt': ['R', { Ref: 'Parameter' }] }, 'R.value'],
  ['Sub', { 'Fn::Sub': '${Parameter}/${R.Arn}/${!Literal}/$' }, 'value/R.Arn/${Literal}/$'],
  ['Sub with variables', { 'Fn::Sub': ['${A}-${Parameter}', { A: { 'Fn::GetAtt': ['R', 'Id'] } }] }, 'R.Id-value'],
  ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Parameter' }, 3]] }, 'a-value-3'],
  ['Join of a list parameter', { 'Fn::Join': [',', { Ref: 'List' }] }, 'a,b'],
  ['Select', { 'Fn::Select': ['1', { Ref: 'List' }] }, 'b'],
  ['Split', { 'Fn::Select': [2, { 'Fn::Split': ['/', 'a/b/c'] }] }, 'c'],
  ['FindInMap', { 'Fn::FindInMap': ['Regions', { Ref: 'AWS::Region' }, 'Ami'] }, 'ami-1'],
  ['If', { 'Fn::If': ['Yes', 'then', 'else'] }, 'then'],
  ['If with a branch that could not be resolved', { 'Fn::If': ['No', { Ref: 'Nothing' }, 'else'] }, 'else'],
  ['ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${Parameter}-x' } }, 'imported value-x'],
  ['GetAZs', { 'Fn::GetAZs': '' }, ['us-east-1a', 'us-east-1b']],
  ['Base64', { 'Fn::Base64': { Ref: 'Parameter' } }, 'dmFsdWU='],
  ['Cidr', { 'Fn::Cidr': ['10.0.0.0/16', 3, 8] }, ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']],
  ['Cidr of 256 addresses', { 'Fn::Cidr': ['10.0.0.0/16', 1] }, ['10.0.0.0/24']],
  ['a dynamic reference', 'ami {{resolve:ssm:/a/b:1}}!', 'ami ssm /a/b:1!'],
  ['no value in an object', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['no value', { Ref: 'AWS::NoValue' }, null],
  ['no value in a list', [1, { 'Fn::If': ['No', 2, { Ref: 'AWS::NoValue' }] }, 3], [1, 3]],
  ['the operator of a policy\'s condition', { Condition: { StringEquals: { a: { Ref: 'Parameter' } } } }, { Condition: { StringEquals: { a: 'value' } } }],
])('resolves %s', (_name, value, resolved) => {
  expect(resolve(value, scope)).toEqual(resolved);
});

test.each<[Json, boolean]>([
  [{ 'Fn::Equals': [{ Ref: 'Parameter' }, 'value'] }, true],
  [{ 'Fn::Equals': [true, 'true'] }, true],
  [{ 'Fn::Equals': [{ Ref: 'List' }, ['a', 'b']] }, true],
  ['false', false],
  [{ 'Fn::Not': [{ Condition: 'Yes' }] }, false],
  [{ 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] }, false],
  [{ 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] }, true],
  [{ 'Fn::Contains': [['value', 'other'], { Ref: 'Parameter' }] }, true],
  [{ 'Fn::EachMemberIn': [['a', 'c'], { Ref: 'List' }] }, false],
  [{ 'Fn::EachMemberEquals': [['a', 'a'], 'a'] }, true],
])('evaluates %j', (expression, value) => {
  expect(evaluateCondition(expression, scope)).toBe(value);
});

test.each<[Json, string]>([
  [{ Ref: 'Nothing' }, 'Unresolved resource dependencies [Nothing]'],
  [{ 'Fn::FindInMap': ['Regions', 'eu-west-1', 'Ami'] }, 'Unable to get mapping for Regions::eu-west-1::Ami'],
  [{ 'Fn::Select': [2, ['a']] }, 'cannot select nonexistent value at index 2'],
  [{ 'Fn::Join': ['', 'text'] }, 'requires a list'],
  [{ 'Fn::Join': ['', [['a']]] }, 'strings'],
  [{ 'Fn::ForEach::X': [] }, 'unsupported intrinsic function'],
  [{ 'Fn::Cidr': ['10.0.0.0/24', 2, 8] }, '10.0.0.0/24 is too small for 2 blocks of 8 bits'],
])('refuses %j', (value, message) => {
  expect(() => resolve(value, scope)).toThrow(message);
});

test('refuses a condition that is neither true nor false', () => {
  expect(() => evaluateCondition(1, scope)).toThrow('every Condition member must be a string or a boolean');
});

test('finds every reference, also in the other branch of Fn::If', () => {
  expect([...references({
    a: { Ref: 'A' },
    b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::GetAtt': 'C.Arn' }],
    c: { 'Fn::Sub': ['${D} ${E.Arn} ${Own} ${!No}', { Own: { Ref: 'F' } }] },
    d: { 'Fn::If': ['Yes', { Ref: 'G' }, 'x'] },
  })].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G']);
});
