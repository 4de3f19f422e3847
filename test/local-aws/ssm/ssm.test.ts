import { allowAll } from '../../../local-aws/aws-call';
import { Ssm } from '../../../local-aws/ssm/ssm';
import { Clock } from '../../../local-aws/time/clock';

const here = { account: '123456789012', region: 'us-east-1' };
const administrator = { accessKeyId: 'AKIA', account: here.account, arn: 'arn:aws:iam::123456789012:user/administrator' };

function ssm(authorizer = allowAll): Ssm {
  return new Ssm({
    clock: new Clock(0),
    authorizer,
    publicParameter: (region, name) => name === '/aws/service/ami' ? `ami-${region}` : undefined,
    imageExists: (_place, imageId) => imageId === 'ami-1',
  });
}

function call(of: Ssm, action: string, input: Record<string, unknown>, principal: object = {}): unknown {
  return of.service.operations[action]({ service: 'ssm', action, input, principal: { ...administrator, ...principal }, region: here.region, requestId: '1' });
}

test('parameters are put, read and deleted', () => {
  const store = ssm();

  call(store, 'PutParameter', { Name: '/a/b', Value: '1', Type: 'String' });
  expect(call(store, 'GetParameter', { Name: '/a/b' })).toEqual({
    Parameter: expect.objectContaining({
      Name: '/a/b', Value: '1', Type: 'String', Version: 1, ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/a/b', DataType: 'text',
    }),
  });
  expect(() => call(store, 'PutParameter', { Name: '/a/b', Value: '2' })).toThrow('The parameter already exists.');
  expect(call(store, 'PutParameter', { Name: '/a/b', Value: '2', Overwrite: true })).toMatchObject({ Version: 2 });
  expect(call(store, 'GetParameters', { Names: ['/a/b:2', '/none'] })).toMatchObject({ Parameters: [{ Value: '2' }], InvalidParameters: ['/none'] });
  call(store, 'DeleteParameter', { Name: '/a/b' });
  expect(() => call(store, 'GetParameter', { Name: '/a/b' })).toThrow(expect.objectContaining({ name: 'ParameterNotFound' }));
  expect(() => call(store, 'DeleteParameter', { Name: '/a/b' })).toThrow(expect.objectContaining({ name: 'ParameterNotFound' }));
});

test('every account has public parameters, and other parameters belong to one account and Region', () => {
  const store = ssm();
  store.put(here, { name: 'own', value: '1' });

  expect(store.value({ account: '210987654321', region: 'eu-west-1' }, '/aws/service/ami')).toBe('ami-eu-west-1');
  expect(call(store, 'GetParameter', { Name: '/aws/service/ami' })).toMatchObject({ Parameter: { ARN: 'arn:aws:ssm:us-east-1::parameter/aws/service/ami' } });
  expect(store.value(here, 'own')).toBe('1');
  expect(store.value({ ...here, region: 'eu-west-1' }, 'own')).toBeUndefined();
  expect(store.value({ ...here, account: '210987654321' }, 'own')).toBeUndefined();
  expect(store.names()).toEqual(['own']);
});

test('parameters are listed by their names', () => {
  const store = ssm();
  ['b', 'a', 'c'].forEach(name => store.put(here, { name, value: name }));

  expect(call(store, 'GetParameters', { Names: ['b', 'a', 'c'] })).toMatchObject({ Parameters: [{ Name: 'a' }, { Name: 'b' }, { Name: 'c' }] });
});

test('accepts a parameter with an image data type, and does not store it when the image does not exist', () => {
  const store = ssm();

  expect(call(store, 'PutParameter', { Name: 'image', Value: 'ami-none', Type: 'String', DataType: 'aws:ec2:image' })).toMatchObject({ Version: 1 });
  expect(store.has(here, 'image')).toBe(false);
  call(store, 'PutParameter', { Name: 'image', Value: 'ami-1', Type: 'String', DataType: 'aws:ec2:image' });
  expect(store.value(here, 'image')).toBe('ami-1');
});

test('a role needs permissions', () => {
  const store = ssm({ ...allowAll, allows: (_principal, { action, resource }) => action === 'ssm:GetParameter' && resource.endsWith(':parameter/mine') });
  store.put(here, { name: 'mine', value: '1' });

  expect(call(store, 'GetParameter', { Name: 'mine' }, { roleArn: 'role' })).toMatchObject({ Parameter: { Value: '1' } });
  expect(() => call(store, 'GetParameter', { Name: 'other' }, { roleArn: 'role' })).toThrow('is not authorized to perform: ssm:GetParameter');
  expect(() => call(store, 'PutParameter', { Name: 'mine', Value: '2', Overwrite: true }, { roleArn: 'role' })).toThrow('ssm:PutParameter');
});

describe('versions', () => {
  const store = ssm();
  beforeAll(() => ['1', '2', '3'].forEach(Value => call(store, 'PutParameter', { Name: '/a/b', Value, Type: 'String', Overwrite: true })));

  test.each([
    ['/a/b:1', '1', ':1'],
    ['/a/b:02', '2', ':02'],
    ['/a/b', '3', undefined],
    ['arn:aws:ssm:us-east-1:123456789012:parameter/a/b', '3', undefined],
    ['arn:aws:ssm:us-east-1:123456789012:parameter/a/b:2', '2', ':2'],
  ])('%s is %s', (Name, Value, Selector) => {
    expect(call(store, 'GetParameter', { Name })).toMatchObject({ Parameter: { Name: '/a/b', Value, Version: Number(Value), ...Selector !== undefined && { Selector } } });
    expect(store.value(here, Name)).toBe(Value);
  });

  test.each([
    ['/a/b:9', 'ParameterVersionNotFound', 'Systems Manager could not find version 9 of /a/b. Verify the version and try again.'],
    ['/a/b:old', 'ParameterVersionNotFound', 'Systems Manager could not find a version of /a/b that has the specified label, old. Verify the parameter label and try again.'],
    ['/a/b:1:2', 'ValidationException', 'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>'],
    ['/a/b:', 'ValidationException', 'Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>'],
    ['/a/none:1', 'ParameterNotFound', ''],
  ])('%s is refused with %s', (Name, name, message) => {
    expect(() => call(store, 'GetParameter', { Name })).toThrow(expect.objectContaining({ name, message }));
    expect(store.value(here, Name)).toBeUndefined();
  });

  test('returns several parameters once for each name, sorted', () => {
    call(store, 'PutParameter', { Name: '/a/a', Value: '1', Type: 'StringList' });
    const { Parameters, InvalidParameters } = call(store, 'GetParameters', {
      Names: ['/z', '/a/b:2', '/a/b', '/a/b:1', '/a/b:2', '/b', '/z', '/a/a', '/a/b:9'],
    }) as { Parameters: { Name: string; Value: string }[]; InvalidParameters: string[] };
    expect(Parameters.map(({ Name, Value }) => [Name, Value])).toEqual([['/a/a', '1'], ['/a/b', '2'], ['/a/b', '1'], ['/a/b', '3']]);
    expect(InvalidParameters).toEqual(['/a/b:9', '/b', '/z']);
  });

  test('refuses more than ten names', () => {
    const Names = Array.from({ length: 11 }, (_, index) => `/n${index}`);
    expect(call(store, 'GetParameters', { Names: Names.slice(1) })).toMatchObject({ Parameters: [] });
    expect(() => call(store, 'GetParameters', { Names })).toThrow(expect.objectContaining({
      name: 'ValidationException', message: expect.stringMatching(/at 'names' failed to satisfy constraint: Member must have length less than or equal to 10$/),
    }));
  });
});

test('a slash before a name without other slashes makes no difference', () => {
  const store = ssm();
  call(store, 'PutParameter', { Name: '/name', Value: '1', Type: 'String' });
  expect(() => call(store, 'PutParameter', { Name: 'name', Value: '2', Type: 'String' })).toThrow('The parameter already exists.');
  expect(call(store, 'PutParameter', { Name: 'name', Value: '2', Overwrite: true })).toMatchObject({ Version: 2 });
  for (const Name of ['name', '/name']) {
    expect(call(store, 'GetParameter', { Name })).toMatchObject({ Parameter: { Name, Value: '2', ARN: 'arn:aws:ssm:us-east-1:123456789012:parameter/name' } });
  }
  expect(call(store, 'GetParameters', { Names: ['name', '/name'] })).toMatchObject({ Parameters: [{ Name: '/name' }, { Name: 'name' }] });
  call(store, 'DeleteParameter', { Name: '/name' });
  expect(store.names()).toEqual([]);
});

test('returns a SecureString encrypted unless the request has WithDecryption', () => {
  const store = ssm();
  call(store, 'PutParameter', { Name: '/secret', Value: 'plain', Type: 'SecureString' });
  expect(call(store, 'GetParameter', { Name: '/secret' })).toMatchObject({ Parameter: { Type: 'SecureString', Value: expect.stringMatching(/^AQICAH[\w+/=]{60,}$/) } });
  expect(call(store, 'GetParameters', { Names: ['/secret'] })).not.toMatchObject({ Parameters: [{ Value: 'plain' }] });
  expect(call(store, 'GetParameter', { Name: '/secret', WithDecryption: true })).toMatchObject({ Parameter: { Value: 'plain' } });
});

describe('PutParameter refuses', () => {
  const SUB_PATHS = 'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; '
    + 'each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
  const RESERVED = 'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).';

  test.each<[string, Record<string, unknown>, string]>([
    ['no type', { Type: undefined }, 'A parameter type is required when you create a parameter.'],
    ['a type', { Type: 'zz' }, "1 validation error detected: Value 'zz' at 'type' failed to satisfy constraint: Member must satisfy enum value set: [SecureString, StringList, String]"],
    ['a data type', { DataType: 'Text' }, 'The following data type is not supported: Text (Data type names are all lowercase.)'],
    ['a tier', { Tier: 'zz' }, "1 validation error detected: Value 'zz' at 'tier' failed to satisfy constraint: "
      + 'Member must satisfy enum value set: [Intelligent-Tiering, Advanced, Standard]'],
    ['an empty value', { Value: '' }, "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    ['a space in the name', { Name: 'a b' }, SUB_PATHS],
    ['a colon in the name', { Name: '/a/b:1' }, SUB_PATHS],
    ['a name of AWS', { Name: 'awsome' }, RESERVED],
    ['a name of SSM', { Name: 'SSMname' }, RESERVED],
    ['a path of SSM', { Name: '/ssm/name' }, SUB_PATHS],
    ['a path without a slash before it', { Name: 'a/b' }, 'Parameter name must be a fully qualified name.'],
    ['a slash at the end', { Name: '/a/' }, 'Parameter name must not end with slash.'],
  ])('%s', (_, input, message) => {
    const store = ssm();
    expect(() => call(store, 'PutParameter', { Name: '/a/b', Value: '1', Type: 'String', ...input })).toThrow(expect.objectContaining({ name: 'ValidationException', message }));
    expect(store.names()).toEqual([]);
  });

  test('a path of AWS', () => {
    expect(() => call(ssm(), 'PutParameter', { Name: '/aws/q', Value: '1', Type: 'String' }))
      .toThrow(expect.objectContaining({ name: 'AccessDeniedException', message: 'No access to reserved parameter name: /aws/q.' }));
  });

  test('more characters than the tier allows, and a lower tier', () => {
    const store = ssm();
    const put = (characters: number, more: object = {}) => call(store, 'PutParameter', { Name: '/a', Value: 'x'.repeat(characters), Type: 'String', Overwrite: true, ...more });
    expect(put(4096)).toEqual({ Version: 1, Tier: 'Standard' });
    expect(() => put(4097)).toThrow('Standard tier parameters support a maximum parameter value of 4096 characters.');
    expect(put(10, { Name: '/b', Tier: 'Intelligent-Tiering' })).toEqual({ Version: 1, Tier: 'Standard' });
    expect(put(4097, { Tier: 'Intelligent-Tiering' })).toEqual({ Version: 2, Tier: 'Advanced' });
    expect(put(10)).toEqual({ Version: 3, Tier: 'Advanced' });
    expect(() => put(10, { Tier: 'Standard' })).toThrow("You can't downgrade a parameter from the advanced-parameter tier");
    expect(() => put(8193, { Tier: 'Advanced' })).toThrow(expect.objectContaining({ name: 'ValidationException' }));
  });
});

test('an update without a type keeps the type, and can change it', () => {
  const store = ssm();
  call(store, 'PutParameter', { Name: '/a', Value: '1', Type: 'StringList' });
  call(store, 'PutParameter', { Name: '/a', Value: '2', Overwrite: true });
  expect(call(store, 'GetParameter', { Name: '/a' })).toMatchObject({ Parameter: { Type: 'StringList', Value: '2' } });
  call(store, 'PutParameter', { Name: '/a', Value: '3', Type: 'String', Overwrite: true });
  expect(call(store, 'GetParameter', { Name: '/a' })).toMatchObject({ Parameter: { Type: 'String', Version: 3 } });
});
