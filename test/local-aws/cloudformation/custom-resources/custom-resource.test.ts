import { eventsOf, thing } from '../engine';
import { custom, failed, Provider, token } from './provider';

test("sends property values as text, and the response's data become attributes", async () => {
  const provider = new Provider();
  provider.handler = () => ({ PhysicalResourceId: 'one', Data: { ImageId: 'ami-1' } });

  const stack = await provider.engine.deploy({
    R: custom({ ServiceTimeout: 60, Yes: true, Number: 15, Nested: { List: [1, { No: false }] }, Gone: { Ref: 'AWS::NoValue' } }),
    U: thing({ Value: { 'Fn::GetAtt': ['R', 'ImageId'] } }),
  });

  expect(provider.requests).toEqual([{
    RequestType: 'Create',
    ServiceToken: token,
    ResponseURL: expect.stringMatching(/^https:\/\/cloudformation-custom-resource-response-useast1\.s3\.us-east-1\.amazonaws\.com\/response\//),
    StackId: stack.id,
    RequestId: expect.any(String),
    LogicalResourceId: 'R',
    ResourceType: 'Custom::Image',
    ResourceProperties: { ServiceToken: token, ServiceTimeout: '60', Yes: 'true', Number: '15', Nested: { List: ['1', { No: 'false' }] } },
  }]);
  expect(stack.resources.get('U')?.properties).toEqual({ Value: 'ami-1' });
  expect(stack.resources.get('R')?.physicalId).toBe('one');
});

test.each([[false, undefined], [true, 'A warning.']])('the reason of a success is in the event of the resource, or not: %s', async (shown, reason) => {
  const provider = new Provider();
  provider.showReason = shown;
  provider.handler = () => ({ PhysicalResourceId: 'one', Reason: 'A warning.' });

  await provider.engine.deploy({ R: custom() });
  const { events } = await provider.engine.deploy({ R: custom({ Size: 15 }) });

  expect(events.filter(({ LogicalResourceId, ResourceStatus }) => LogicalResourceId === 'R' && ResourceStatus?.endsWith('_COMPLETE')))
    .toMatchObject([{ ResourceStatus: 'CREATE_COMPLETE', ResourceStatusReason: reason }, { ResourceStatus: 'UPDATE_COMPLETE', ResourceStatusReason: reason }]);
});

test('an update that changes only the type of a value is not sent', async () => {
  const provider = new Provider();
  await provider.engine.deploy({ R: custom({ Size: 15, Yes: true }) });

  await expect(provider.engine.deploy({ R: custom({ Size: '15', Yes: 'true' }) })).rejects.toThrow('No updates are to be performed.');
});

test('an update in place has the old properties', async () => {
  const provider = new Provider();
  await provider.engine.deploy({ R: custom({ Size: 15 }) });

  await provider.engine.deploy({ R: custom({ Size: 16 }) });

  expect(provider.sent).toEqual(['Create', 'Update one']);
  expect(provider.requests[1]).toMatchObject({ ResourceProperties: { Size: '16' }, OldResourceProperties: { Size: '15', ServiceToken: token } });
});

test('another physical ID is a replacement, and CloudFormation deletes the old resource with its own properties', async () => {
  const provider = new Provider();
  provider.handler = request => ({ PhysicalResourceId: `image-${String(request.ResourceProperties.Size)}` });
  await provider.engine.deploy({ R: custom({ Size: 15 }) });

  const stack = await provider.engine.deploy({ R: custom({ Size: 16 }) });

  expect(provider.sent).toEqual(['Create', 'Update image-15', 'Delete image-15']);
  expect(provider.requests[2].ResourceProperties).toMatchObject({ Size: '15' });
  expect(eventsOf(stack)).toContain('R UPDATE_IN_PROGRESS Requested update required the provider to create a new physical resource');
});

test('a failed creation is deleted by the ID of the response', async () => {
  const provider = new Provider();
  provider.handler = request => request.RequestType === 'Create' ? failed('no such key', { PhysicalResourceId: 'half' }) : { PhysicalResourceId: 'half' };

  const stack = await provider.engine.deploy({ R: custom() });

  expect(provider.sent).toEqual(['Create', 'Delete half']);
  expect(eventsOf(stack)).toContain('R CREATE_FAILED Received response status [FAILED] from custom resource. Message returned: no such key '
    + `(RequestId: ${provider.requests[0].RequestId})`);
  expect(stack.status).toBe('ROLLBACK_COMPLETE');
});

test.each([
  ['longer than 4096 bytes', { PhysicalResourceId: 'one', Data: { Long: 'x'.repeat(4096) } }, 'Response object is too long.'],
  ['without a physical id', {}, 'Invalid PhysicalResourceId'],
  ['with an empty physical id', { PhysicalResourceId: '' }, 'Invalid PhysicalResourceId'],
  ['with a physical id of more than a kilobyte', { PhysicalResourceId: 'x'.repeat(1025) }, 'Invalid PhysicalResourceId'],
  ['of another request', { PhysicalResourceId: 'one', RequestId: 'other' }, 'Value of property RequestId'],
  ['of another stack', { PhysicalResourceId: 'one', StackId: 'other' }, 'Value of property StackId'],
  ['of another resource', { PhysicalResourceId: 'one', LogicalResourceId: 'other' }, 'Value of property LogicalResourceId'],
  ['with an unknown status', { PhysicalResourceId: 'one', Status: 'FINE' }, 'Value of property Status'],
  ['with a reason that is not text', { PhysicalResourceId: 'one', Reason: null }, 'Value of property Reason'],
  ['with data that is no object', { PhysicalResourceId: 'one', Data: 'text' }, 'Value of property Data must be an object'],
  ['that is not JSON', 'SUCCESS', 'Invalid Response object'],
])("a response %s fails the resource, which is deleted by an ID of CloudFormation's", async (_what, answer, reason) => {
  const provider = new Provider();
  provider.handler = request => {
    if (request.RequestType === 'Create') {
      void provider.answer(request, answer);
      return undefined;
    }
    return { PhysicalResourceId: request.PhysicalResourceId };
  };

  const stack = await provider.engine.deploy({ R: custom() });

  expect(stack.status).toBe('ROLLBACK_COMPLETE');
  expect(eventsOf(stack).find(event => event.startsWith('R CREATE_FAILED'))).toContain(reason);
  expect(provider.requests[1].PhysicalResourceId).toMatch(/^S-R-[A-Z0-9]{12}$/);
});

test.each([[4096, 'CREATE_COMPLETE'], [4097, 'ROLLBACK_COMPLETE']])('a response of %d bytes ends in %s', async (bytes, status) => {
  const provider = new Provider();
  provider.handler = request => {
    const { RequestId, StackId, LogicalResourceId } = request;
    const answer = { Status: 'SUCCESS', RequestId, StackId, LogicalResourceId, PhysicalResourceId: 'one', Data: { Long: '' } };
    const length = request.RequestType === 'Create' ? bytes - Buffer.byteLength(JSON.stringify(answer)) : 0;
    void provider.answer(request, JSON.stringify({ ...answer, Data: { Long: 'x'.repeat(length) } }));
    return undefined;
  };

  expect((await provider.engine.deploy({ R: custom() })).status).toBe(status);
});

test('the resource fails without a response in time, and a late response is ignored', async () => {
  const provider = new Provider();
  provider.handler = () => undefined;
  const deployed = provider.engine.deploy({ R: custom({ ServiceTimeout: '60' }) });
  await new Promise(setImmediate);
  provider.engine.clock.advance(59_999);
  provider.handler = () => ({ PhysicalResourceId: 'deleted' });
  await new Promise(setImmediate);
  expect(provider.sent).toEqual(['Create']);

  provider.engine.clock.advance(1);
  const stack = await deployed;

  expect(stack.status).toBe('ROLLBACK_COMPLETE');
  expect(eventsOf(stack).find(event => event.startsWith('R CREATE_FAILED')))
    .toContain(`CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId [${provider.requests[0].RequestId}]`);
  await provider.answer(provider.requests[0], { PhysicalResourceId: 'late' });
  expect(provider.answers.ignored).toEqual([expect.objectContaining({ id: provider.requests[0].RequestId })]);
});

test('CloudFormation waits an hour by default', async () => {
  const provider = new Provider();
  provider.handler = () => undefined;
  const deployed = provider.engine.deploy({ R: custom() });
  await new Promise(setImmediate);
  provider.engine.clock.advance(3599_000);
  await new Promise(setImmediate);
  expect(provider.sent).toEqual(['Create']);

  await provider.answer(provider.requests[0], { PhysicalResourceId: 'one' });

  expect((await deployed).status).toBe('CREATE_COMPLETE');
});

test.each([[1, 'CREATE_COMPLETE'], [3600, 'CREATE_COMPLETE'], [0, 'ROLLBACK_COMPLETE'], [3601, 'ROLLBACK_COMPLETE'], [1.5, 'ROLLBACK_COMPLETE']])(
  'a ServiceTimeout of %d seconds ends in %s', async (ServiceTimeout, status) => {
    const provider = new Provider();

    expect((await provider.engine.deploy({ R: custom({ ServiceTimeout }) })).status).toBe(status);
    expect(provider.sent).toEqual(status === 'CREATE_COMPLETE' ? ['Create'] : []);
  });

test('the first of two responses counts', async () => {
  const provider = new Provider();
  provider.handler = request => {
    void provider.answer(request, { PhysicalResourceId: 'one' }).then(() => provider.answer(request, failed('second', { PhysicalResourceId: 'two' })));
    return undefined;
  };

  const stack = await provider.engine.deploy({ R: custom() });

  expect(stack.status).toBe('CREATE_COMPLETE');
  expect(stack.resources.get('R')?.physicalId).toBe('one');
  expect(provider.answers.ignored).toHaveLength(1);
});

test('a reference to an attribute that the response does not have fails', async () => {
  const provider = new Provider();

  const stack = await provider.engine.deploy({ R: custom(), U: thing({ Value: { 'Fn::GetAtt': ['R', 'ImageId'] } }) });

  expect(stack.status).toBe('ROLLBACK_COMPLETE');
  expect(eventsOf(stack).join('\n')).toMatch(
    /U CREATE_FAILED Vendor response doesn't contain ImageId key in object arn:.*\|R\|.* in S3 bucket cloudformation-custom-resource-storage-useast1/);
  expect(provider.sent).toEqual(['Create', 'Delete one']);
});

test('the resource fails when its function does not exist', async () => {
  const provider = new Provider();

  const wrong = await provider.engine.deploy({ R: { Type: 'Custom::Image', Properties: {} } });
  expect(eventsOf(wrong)).toContain('R CREATE_FAILED Invalid service token.');
  expect(wrong.status).toBe('ROLLBACK_COMPLETE');
  const missing = await provider.engine.deploy({ R: custom({ ServiceToken: `${token}2` }) }, {}, 'Other');
  expect(eventsOf(missing)).toContain(`R CREATE_FAILED Function not found: ${token}2`);
});

test('the function of a resource cannot change', async () => {
  const provider = new Provider();
  await provider.engine.deploy({ R: custom() });

  const stack = await provider.engine.deploy({ R: custom({ ServiceToken: `${token}2` }) });

  expect(eventsOf(stack)).toContain('R UPDATE_FAILED Modifying service token is not allowed.');
  expect(stack.status).toBe('UPDATE_ROLLBACK_COMPLETE');
  expect(provider.sent).toEqual(['Create']);
});

test('a failed deletion stops the deletion of the stack, and can be retried', async () => {
  const provider = new Provider();
  await provider.engine.deploy({ R: custom() });
  provider.handler = () => failed('still in use', { PhysicalResourceId: 'one' });

  const stuck = await provider.engine.destroy();
  expect(stuck.status).toBe('DELETE_FAILED');
  provider.handler = () => ({ PhysicalResourceId: 'one' });
  const stack = await provider.engine.destroy();

  expect(stack.status).toBe('DELETE_COMPLETE');
  expect(provider.sent).toEqual(['Create', 'Delete one', 'Delete one']);
});

test('a request without signature is a response only with the method PUT', async () => {
  const { answers } = new Provider();
  const request = { method: 'GET', path: '/response/1', query: new URLSearchParams(), headers: {}, body: Buffer.from(''), region: 'us-east-1' };

  expect((await answers.service.handle(request)).status).toBe(403);
  expect((await answers.service.handle({ ...request, method: 'PUT', path: '/' })).status).toBe(403);
});
