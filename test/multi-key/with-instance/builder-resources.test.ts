import { Instance, InstanceStateName } from '@aws-sdk/client-ec2';
import { buildersOf } from '../../../lambda/multi-key/with-instance/builder-resources';
import { answering } from '../../helpers/answers';
import { buildRequest, launchedBuilder } from '../build-request';

/** The builders that a deletion lists, prepares and finds. */

const instance = (InstanceId: string, Name: InstanceStateName, more: Instance = {}): Instance =>
  ({ ...launchedBuilder(), ...more, InstanceId, State: { Name } });
const SPOT: Instance = { ...launchedBuilder({ isSpot: true }), InstanceLifecycle: 'spot', SpotInstanceRequestId: 'sir-1' };
const INSTANCES = [instance('i-1', 'running'), instance('i-2', 'terminated'), instance('i-3', 'terminated', SPOT), instance('i-4', 'shutting-down', SPOT)];
const RELAUNCHED = instance('i-5', 'running', { ClientToken: 'other', Tags: [] });

function clients() {
  return answering({
    DescribeInstances: ({ Filters: [{ Name }] }: { Filters: { Name: string }[] }) =>
      ({ Reservations: [{ Instances: Name === 'spot-instance-request-id' ? [RELAUNCHED] : INSTANCES }] }),
    CancelSpotInstanceRequests: {},
    TerminateInstances: {},
  });
}

test('those that are terminated are listed only if they are of Spot', async () => {
  expect(await buildersOf().list(clients().aws, 'us')).toEqual([
    { ...INSTANCES[0], id: 'i-1', isGone: false }, { ...INSTANCES[2], id: 'i-3', isGone: true }, { ...INSTANCES[3], id: 'i-4', isGone: false },
  ]);
});

test('the requests of all are canceled', async () => {
  const { aws, calls } = clients();
  const request = buildRequest();
  await buildersOf().prepare!(aws, request);
  expect(calls.slice(1)).toEqual([['CancelSpotInstanceRequests', { SpotInstanceRequestIds: ['sir-1'] }]]);
  expect(request.memory.canceledSpotRequests).toEqual(['sir-1']);
});

test('those that EC2 has launched for them are found, too, and deleted as instances', async () => {
  const { aws, calls } = clients();
  const builders = buildersOf();
  expect(await builders.find(aws, buildRequest())).toEqual([{ id: 'i-1', isDeleting: false }, { id: 'i-4', isDeleting: true }, { id: 'i-5', isDeleting: false }]);
  await builders.delete(aws, buildRequest(), 'i-5');
  expect(calls.at(-1)).toEqual(['TerminateInstances', { InstanceIds: ['i-5'] }]);
});
