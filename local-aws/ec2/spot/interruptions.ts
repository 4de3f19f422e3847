import { activateSpotRequest, spotRequestOf } from './request-states';
import { Cause, scheduleStart, stopInstance, terminateInstance } from '../instances/state-transitions';
import { Ec2Context } from '../state/ec2-context';

export interface Interruption {
  /** Terminate the instance, whatever its request says. By default it is stopped if its request says so. */
  readonly terminates?: boolean;
  /** Milliseconds after which EC2 has capacity again, and starts the stopped instance. By default it never has. */
  readonly capacityAfter?: number;
}

/** Interrupts a Spot Instance that is pending or running, without the notice of two minutes. Other instances stay as they are. */
export function interruptSpotInstance(ec2: Ec2Context, instanceId: string, { terminates, capacityAfter }: Interruption = {}): void {
  const { state: { instances, schedule }, clock } = ec2;
  const instance = instances.get(instanceId);
  const request = instance && spotRequestOf(ec2, instance);
  if (!instance || !request || !['pending', 'running'].includes(instance.state)) {
    return;
  }
  if (terminates ?? request.interruptionBehavior === 'terminate') {
    terminateInstance(ec2, instance, clock.now(), causeOf('Server.SpotInstanceTermination', 'termination'));
    return;
  }
  stopInstance(ec2, instance, clock.now(), causeOf('Server.SpotInstanceShutdown', 'shutdown'));
  if (capacityAfter !== undefined) {
    schedule.scheduleTransition(clock.now() + capacityAfter, at => {
      if (instance.state === 'stopped' && request.state === 'disabled') {
        activateSpotRequest(ec2, instance);
        instance.state = 'pending';
        instance.stateReason = undefined;
        scheduleStart(ec2, instance, at);
      }
    });
  }
}

function causeOf(Code: string, what: string): Cause {
  return { reason: { Code, Message: `${Code}: Spot instance ${what}` }, transition: Code };
}
