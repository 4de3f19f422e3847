import { Ec2Context } from '../state/ec2-context';
import { Instance, SpotRequest } from '../state/records';

/** The states in which a request can be canceled. */
const LIVE: readonly SpotRequest['state'][] = ['open', 'active', 'disabled'];

/** Whether the request has an instance, or can launch one. */
export function isLive({ state }: SpotRequest): boolean {
  return LIVE.includes(state);
}

export function spotRequestOf({ state }: Ec2Context, { spotRequestId }: Instance): SpotRequest | undefined {
  return spotRequestId === undefined ? undefined : state.spotRequests.get(spotRequestId);
}

export function setSpotState({ clock }: Ec2Context, request: SpotRequest, state: SpotRequest['state'], code: string): void {
  request.state = state;
  request.status = { code, since: clock.now() };
}

/** The request of a stopped instance launches nothing. */
export function disableSpotRequest(ec2: Ec2Context, instance: Instance): void {
  const request = spotRequestOf(ec2, instance);
  if (request?.state === 'active') {
    const isInterrupted = instance.stateReason?.Code === 'Server.SpotInstanceShutdown';
    setSpotState(ec2, request, 'disabled', isInterrupted ? 'instance-stopped-no-capacity' : 'instance-stopped-by-user');
  }
}

export function activateSpotRequest(ec2: Ec2Context, instance: Instance): void {
  const request = spotRequestOf(ec2, instance);
  if (request?.state === 'disabled') {
    setSpotState(ec2, request, 'active', 'fulfilled');
  }
}

/** A persistent request that nobody has canceled is open again, and launches another instance; a request for one instance is closed. */
export function reopenSpotRequest(ec2: Ec2Context, instance: Instance, at: number): void {
  const request = spotRequestOf(ec2, instance);
  if (!request || !isLive(request) || request.instanceId !== instance.id) {
    return;
  }
  if (request.type === 'one-time') {
    setSpotState(ec2, request, 'closed', 'instance-terminated-by-user');
    return;
  }
  setSpotState(ec2, request, 'open', 'pending-evaluation');
  scheduleRelaunch(ec2, request, at);
}

function scheduleRelaunch(ec2: Ec2Context, request: SpotRequest, from: number): void {
  const { state, capacity, settings: { timing } } = ec2;
  state.schedule.scheduleTransition(from + timing.spotRelaunch, at => {
    if (request.state !== 'open') {
      return;
    }
    if (capacity.refusesLaunch(request.instanceType, request.availabilityZone, 'spot')) {
      setSpotState(ec2, request, 'open', 'capacity-not-available');
      scheduleRelaunch(ec2, request, at);
      return;
    }
    request.instanceId = request.launch().id;
    setSpotState(ec2, request, 'active', 'fulfilled');
  });
}

/** Instances stay when their request expires. */
export function scheduleExpiry(ec2: Ec2Context, request: SpotRequest): void {
  if (request.validUntil !== undefined) {
    ec2.state.schedule.scheduleTransition(request.validUntil, () => {
      if (isLive(request)) {
        setSpotState(ec2, request, 'cancelled', request.state === 'active' ? 'request-canceled-and-instance-running' : 'schedule-expired');
      }
    });
  }
}
