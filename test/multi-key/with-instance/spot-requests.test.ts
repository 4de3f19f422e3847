import { Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import { MultiKeyRequest } from '../../../lambda/multi-key/device-plan';
import { cancelSpotRequests, hasEnded, isInterrupted, isRelaunched, spotMarketOptions, withRelaunched } from '../../../lambda/multi-key/with-instance/spot-requests';
import { Memory } from '../../../lambda/request/memory';
import { answering, ec2Error } from '../../helpers/answers';

const at = (ms: number | undefined) => ms === undefined ? undefined : new Date(ms);
const instanceOf = (SpotInstanceRequestId: string | undefined, Name: InstanceStateName, launched?: number, InstanceId = 'i-1'): Instance => ({
  InstanceId, SpotInstanceRequestId, InstanceLifecycle: 'spot', State: { Name }, LaunchTime: at(launched),
});

test('a request is persistent, stops its instance, and expires after 90 minutes, in whole seconds', () => {
  expect(spotMarketOptions({ startedAt: Date.parse('2026-01-01T00:00:07.999Z') } as MultiKeyRequest)).toEqual({
    MarketType: 'spot',
    SpotOptions: { SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'stop', ValidUntil: new Date('2026-01-01T01:30:07Z') },
  });
});

test.each<[string | undefined, boolean]>([
  ['Server.SpotInstanceShutdown', true],
  ['Server.SpotInstanceTermination', true],
  ['Client.UserInitiatedShutdown', false],
  [undefined, false],
])('an instance that has ended because of %s is interrupted: %s', (Code, interrupted) => {
  expect(isInterrupted({ StateReason: Code === undefined ? undefined : { Code } })).toBe(interrupted);
});

test.each<[InstanceStateName | undefined, boolean]>([
  ['running', false], ['stopping', false], ['stopped', false], ['shutting-down', true], ['terminated', true], [undefined, false],
])('an instance that is %s has ended: %s', (Name, ended) => {
  expect(hasEnded({ State: Name === undefined ? undefined : { Name } })).toBe(ended);
});

test.each<[string, Instance, Instance, boolean]>([
  ['an earlier one that has ended', instanceOf('sir-1', 'running', 2), instanceOf('sir-1', 'terminated', 1), true],
  ['an earlier one that has ended, and has ended itself', instanceOf('sir-1', 'terminated', 2), instanceOf('sir-1', 'terminated', 1), true],
  ['one without a time, and has ended itself', instanceOf('sir-1', 'terminated', 1), instanceOf('sir-1', 'terminated'), true],
  ['a later one that has ended, although it runs', instanceOf('sir-1', 'running', 1), instanceOf('sir-1', 'terminated', 2), true],
  ['a later one that has ended, and has ended itself', instanceOf('sir-1', 'terminated', 1), instanceOf('sir-1', 'terminated', 2), false],
  ['one of the same time that has ended, and has ended itself', instanceOf('sir-1', 'terminated', 1), instanceOf('sir-1', 'terminated', 1), false],
  ['an earlier one that runs', instanceOf('sir-1', 'running', 2), instanceOf('sir-1', 'running', 1), false],
  ['an earlier one of another request', instanceOf('sir-1', 'running', 2), instanceOf('sir-2', 'terminated', 1), false],
  ['an earlier one, and neither is of a request', instanceOf(undefined, 'running', 2), instanceOf(undefined, 'terminated', 1), false],
])('an instance is launched for %s', (_title, instance, other, relaunched) => {
  expect(isRelaunched(instance, [instance, other])).toBe(relaunched);
});

describe('the cancelation', () => {
  /** Builders, the answer of EC2, and what the request is. */
  async function cancel(builders: Instance[], { answer = {}, now = 100_000, isDelete = false, memory = {} }: {
    answer?: object; now?: number; isDelete?: boolean; memory?: Memory;
  } = {}) {
    const { aws, calls } = answering({ CancelSpotInstanceRequests: answer }, now);
    const error = await cancelSpotRequests(aws, { isDelete, memory } as MultiKeyRequest, builders).catch((caught: unknown) => caught);
    return { error, canceled: memory.canceledSpotRequests, calls: calls.map(([, input]) => input) };
  }
  const notShown = { name: 'NotReady', seconds: 2, message: 'EC2 does not show the Spot Instance request of the builder instance i-1 yet' };

  test('of each request, once', async () => {
    const builders = [instanceOf('sir-1', 'running'), instanceOf('sir-2', 'running'), instanceOf('sir-3', 'terminated'), instanceOf('sir-2', 'stopped')];
    expect(await cancel(builders, { memory: { canceledSpotRequests: ['sir-1'] } })).toEqual({
      error: undefined,
      canceled: ['sir-1', 'sir-2', 'sir-3'],
      calls: ['sir-2', 'sir-3'].map(id => ({ SpotInstanceRequestIds: [id] })),
    });
  });

  test.each<[string, Instance, object | undefined]>([
    ['of Spot that runs', instanceOf(undefined, 'running'), notShown],
    ['of Spot that has ended', instanceOf(undefined, 'terminated'), undefined],
    ['that is not of Spot', { ...instanceOf(undefined, 'running'), InstanceLifecycle: undefined }, undefined],
  ])('of a builder without a request, %s', async (_title, builder, error) => {
    const result = await cancel([builder]);
    expect([result.calls, result.canceled]).toEqual([[], undefined]);
    expect(result.error).toEqual(error === undefined ? undefined : expect.objectContaining(error));
  });

  test.each<[string, number | undefined, number, object | undefined]>([
    ['that was launched just now', 40_001, 100_000, notShown],
    ['that was launched a minute ago', 40_000, 100_000, undefined],
    ['without a time', undefined, 60_000, undefined],
    ['without a time, in the first minute of all', undefined, 59_999, notShown],
  ])('of a request that EC2 does not find, of a builder %s', async (_title, launched, now, error) => {
    const result = await cancel([instanceOf('sir-1', 'running', launched)], { answer: ec2Error('InvalidSpotInstanceRequestID.NotFound'), now });
    expect(result.error).toEqual(error === undefined ? undefined : expect.objectContaining(error));
    expect(result.canceled).toEqual(error === undefined ? ['sir-1'] : undefined);
  });

  test.each<[string, string, InstanceStateName, boolean, object | undefined]>([
    ['that is denied', 'UnauthorizedOperation', 'running', false, { name: 'DeploymentError', message: expect.stringContaining('cancel the Spot Instance request sir-1 of the builder instance i-1') }],
    ['that is denied to a deletion', 'UnauthorizedOperation', 'running', true, { name: 'DeploymentError' }],
    ['that is denied, of a builder that has ended', 'UnauthorizedOperation', 'terminated', false, { name: 'DeploymentError' }],
    ['that is denied to a deletion, of a builder that has ended', 'UnauthorizedOperation', 'terminated', true, undefined],
    ['that fails in a deletion, of a builder that has ended', 'InternalError', 'terminated', true, { name: 'InternalError' }],
  ])('%s', async (_title, code, state, isDelete, error) => {
    const warned = jest.spyOn(console, 'warn').mockReturnValue(undefined);
    const result = await cancel([instanceOf('sir-1', state, 0)], { answer: ec2Error(code), isDelete });
    expect(result.error).toEqual(error === undefined ? undefined : expect.objectContaining(error));
    expect([result.canceled, warned.mock.calls.length]).toEqual(error === undefined ? [['sir-1'], 1] : [undefined, 0]);
    warned.mockRestore();
  });
});

describe('what was launched for builders', () => {
  const builder = instanceOf('sir-1', 'terminated');
  const others = [builder, instanceOf('sir-1', 'running', 1, 'i-2')];

  test('is read once for each request', async () => {
    const { aws, calls } = answering({ DescribeInstances: { Reservations: [{ Instances: others }] } });
    const builders = [builder, instanceOf('sir-1', 'running', 1, 'i-3'), instanceOf(undefined, 'running', 1, 'i-4'), instanceOf('sir-2', 'running', 1, 'i-5')];
    expect((await withRelaunched(aws, builders)).map(({ InstanceId }) => InstanceId)).toEqual(['i-1', 'i-3', 'i-4', 'i-5', 'i-2']);
    expect(calls).toEqual([['DescribeInstances', expect.objectContaining({ Filters: [{ Name: 'spot-instance-request-id', Values: ['sir-1', 'sir-2'] }] })]]);
  });

  test('is not read where no builder has a request', async () => {
    const { aws, calls } = answering({});
    const builders = [instanceOf(undefined, 'running')];
    expect([await withRelaunched(aws, builders), calls]).toEqual([builders, []]);
  });
});
