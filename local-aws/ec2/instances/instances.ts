import { DescribeInstancesRequest, Instance as InstanceDescription, InstanceStateChange, Reservation } from '@aws-sdk/client-ec2';
import { instancePermission, ownInstance } from './instance-access';
import { describedInstance, stateOf } from './instance-description';
import { instanceFilters } from './instance-filters';
import { runInstances } from './run-instances';
import { requestedAt, scheduleStart, stopInstance, terminateInstance } from './state-transitions';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { keyErrorForAttach } from '../encryption/key-use';
import { checkId, notFound } from '../requests/errors';
import { isVisible } from '../requests/eventual-consistency';
import { filtered, page, refuseIdsWithPages } from '../requests/filters-and-pages';
import { activateSpotRequest, spotRequestOf } from '../spot/request-states';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { inAccountAndRegion } from '../state/ec2-state';
import { Instance } from '../state/records';

export const instanceOperations: Ec2Operations = {
  RunInstances: (ec2, call) => runInstances(ec2, call, { isFleet: false }),
  DescribeInstances: (ec2, call) => describe(ec2, call),
  StartInstances: (ec2, call) => ({ StartingInstances: eachInstance(ec2, call, instance => start(ec2, call, instance)) }),
  StopInstances: (ec2, call) => ({ StoppingInstances: eachInstance(ec2, call, instance => stop(ec2, instance)) }),
  TerminateInstances: (ec2, call) => ({ TerminatingInstances: eachInstance(ec2, call, instance => terminate(ec2, instance)) }),
};

function eachInstance(ec2: Ec2Context, call: Call, change: (instance: Instance) => void): InstanceStateChange[] {
  const { InstanceIds = [] } = call.input as { InstanceIds?: string[] };
  InstanceIds.forEach(id => checkId('i', id));
  const instances = InstanceIds.map(id => ownInstance(ec2, call, id));
  const missing = InstanceIds.filter((_id, index) => !instances[index]);
  ec2.permissions.require(call, InstanceIds.map(id => instancePermission(ec2, call, id, missing)));
  if (missing.length > 0) {
    throw notFound('i', missing);
  }
  return instances.filter(instance => instance !== undefined).map(instance => {
    const PreviousState = stateOf(instance.state);
    change(instance);
    return { InstanceId: instance.id, PreviousState, CurrentState: stateOf(instance.state) };
  });
}

function start(ec2: Ec2Context, call: Call, instance: Instance): void {
  const { state, clock, settings: { timing } } = ec2;
  if (instance.state === 'running' || instance.state === 'pending') {
    return;
  }
  if (instance.state !== 'stopped') {
    throw incorrectState(instance, 'started');
  }
  checkSpotStart(ec2, instance);
  activateSpotRequest(ec2, instance);
  instance.state = 'pending';
  instance.stateReason = undefined;
  const refused = state.volumesOf(instance.id).some(volume => keyErrorForAttach(ec2, call, volume));
  if (!refused) {
    scheduleStart(ec2, instance, clock.now());
    return;
  }
  state.schedule.scheduleTransition(clock.now() + timing.keyFailure, () => {
    if (instance.state === 'pending') {
      instance.state = 'stopped';
      instance.stateReason = { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' };
    }
  });
}

function stop(ec2: Ec2Context, instance: Instance): void {
  if (instance.state === 'stopped' || instance.state === 'stopping') {
    return;
  }
  if (instance.state !== 'running') {
    throw incorrectState(instance, 'stopped');
  }
  checkSpotStop(ec2, instance);
  stopInstance(ec2, instance, ec2.clock.now(), requestedAt(ec2.clock.now()));
}

function terminate(ec2: Ec2Context, instance: Instance): void {
  if (instance.protectedFromTermination) {
    throw new AwsError(
      'OperationNotPermitted',
      `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  }
  if (instance.state === 'terminated' || instance.state === 'shutting-down') {
    return;
  }
  terminateInstance(ec2, instance, ec2.clock.now(), requestedAt(ec2.clock.now()));
}

function checkSpotStart(ec2: Ec2Context, instance: Instance): void {
  if (instance.stateReason?.Code === 'Server.SpotInstanceShutdown') {
    throw new AwsError('IncorrectSpotRequestState', 'Only Amazon EC2 can restart an interrupted stopped Spot Instance.');
  }
  checkSpotRequest(ec2, instance, 'start');
}

function checkSpotStop(ec2: Ec2Context, instance: Instance): void {
  if (spotRequestOf(ec2, instance)?.type === 'one-time') {
    throw new AwsError(
      'UnsupportedOperation',
      `You can't stop the Spot Instance '${instance.id}' because it is associated with a one-time Spot Instance request. ` +
      'You can only stop Spot Instances associated with persistent Spot Instance requests.',
    );
  }
  checkSpotRequest(ec2, instance, 'stop');
}

function checkSpotRequest(ec2: Ec2Context, instance: Instance, verb: string): void {
  if (spotRequestOf(ec2, instance)?.state === 'cancelled') {
    throw new AwsError('IncorrectSpotRequestState', `You can't ${verb} the Spot Instance '${instance.id}' because the associated Spot Instance request is cancelled.`);
  }
}

function incorrectState(instance: Instance, participle: string): AwsError {
  return new AwsError('IncorrectInstanceState', `The instance '${instance.id}' is not in a state from which it can be ${participle}.`);
}

function describe(ec2: Ec2Context, call: Call): object {
  const input = call.input as DescribeInstancesRequest;
  ec2.permissions.require(call);
  refuseIdsWithPages(input.InstanceIds, input, 'instancesSet');
  const ids = [...new Set(input.InstanceIds ?? [])];
  ids.forEach(id => checkId('i', id));
  const visible = inAccountAndRegion(ec2.state.instances, accountAndRegionOf(call))
    .filter(one => (ids.length === 0 || ids.includes(one.id)) && isVisible(ec2, one));
  const missing = ids.filter(id => !visible.some(one => one.id === id));
  if (missing.length > 0) {
    throw notFound('i', missing);
  }
  const described = visible.map(one => describedInstance(ec2, one));
  const matching = filtered(described, input.Filters, instanceFilters(ec2), one => one.Tags ?? []);
  const { items, NextToken } = page(matching, input, 5);
  return { Reservations: reservations(ec2, items), NextToken };
}

function reservations({ state }: Ec2Context, instances: readonly InstanceDescription[]): Reservation[] {
  const byId = new Map<string, Reservation>();
  for (const described of instances) {
    const { reservationId, account } = state.instances.get(described.InstanceId ?? '')!;
    const reservation = byId.get(reservationId) ?? { ReservationId: reservationId, OwnerId: account, Groups: [], Instances: [] };
    reservation.Instances?.push(described);
    byId.set(reservationId, reservation);
  }
  return [...byId.values()];
}
