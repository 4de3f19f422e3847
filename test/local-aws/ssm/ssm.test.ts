import { allowAll } from '../../../local-aws/call';
import { Clock } from '../../../local-aws/clock';
import { Ssm } from '../../../local-aws/ssm/ssm';

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

test('public parameters belong to nobody, others to one account and Region', () => {
  const store = ssm();
  store.put(here, { name: 'own', value: '1' });

  expect(store.value({ account: '210987654321', region: 'eu-west-1' }, '/aws/service/ami')).toBe('ami-eu-west-1');
  expect(call(store, 'GetParameter', { Name: '/aws/service/ami' })).toMatchObject({ Parameter: { ARN: 'arn:aws:ssm:us-east-1::parameter/aws/service/ami' } });
  expect(store.value(here, 'own')).toBe('1');
  expect(store.value({ ...here, region: 'eu-west-1' }, 'own')).toBeUndefined();
  expect(store.value({ ...here, account: '210987654321' }, 'own')).toBeUndefined();
  expect(store.names()).toEqual(['own']);
});

test('a parameter that must be an image says yes, and is not stored unless it is one', () => {
  const store = ssm();

  expect(call(store, 'PutParameter', { Name: 'image', Value: 'ami-none', DataType: 'aws:ec2:image' })).toMatchObject({ Version: 1 });
  expect(store.has(here, 'image')).toBe(false);
  call(store, 'PutParameter', { Name: 'image', Value: 'ami-1', DataType: 'aws:ec2:image' });
  expect(store.value(here, 'image')).toBe('ami-1');
});

test('a role needs permission', () => {
  const store = ssm({ ...allowAll, allows: (_principal, { action, resource }) => action === 'ssm:GetParameter' && resource.endsWith(':parameter/mine') });
  store.put(here, { name: 'mine', value: '1' });

  expect(call(store, 'GetParameter', { Name: 'mine' }, { roleArn: 'role' })).toMatchObject({ Parameter: { Value: '1' } });
  expect(() => call(store, 'GetParameter', { Name: 'other' }, { roleArn: 'role' })).toThrow('is not authorized to perform: ssm:GetParameter');
  expect(() => call(store, 'PutParameter', { Name: 'mine', Value: '2', Overwrite: true }, { roleArn: 'role' })).toThrow('ssm:PutParameter');
});
