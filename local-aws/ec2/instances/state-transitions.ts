import { StateReason } from '@aws-sdk/client-ec2';
import { scheduleRemoval } from './instance-access';
import { commandsOf, shutsDown } from './user-data';
import { disableSpotRequest, reopenSpotRequest, spotRequestOf } from '../spot/request-states';
import { Ec2Context } from '../state/ec2-context';
import { Instance, Volume } from '../state/records';

/** The reason of a state change. */
export interface Cause {
  readonly reason: StateReason;
  readonly transition: string;
}

/** The reason after StopInstances or TerminateInstances. */
export function requestedAt(at: number): Cause {
  return {
    reason: { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User initiated shutdown' },
    transition: `User initiated (${new Date(at).toISOString()})`,
  };
}

const shutDownByInstance: Cause = {
  reason: { Code: 'Client.InstanceInitiatedShutdown', Message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown' },
  transition: '',
};

/** Starts a pending instance, and runs its user data at the first boot. */
export function scheduleStart(ec2: Ec2Context, instance: Instance, from: number): void {
  const { state, settings: { timing, userData: outcome } } = ec2;
  state.schedule.scheduleTransition(from + timing.instanceStart, at => {
    if (instance.state !== 'pending') {
      return;
    }
    instance.state = 'running';
    instance.stateReason = undefined;
    if (instance.bootedAt !== undefined) {
      return;
    }
    instance.bootedAt = at;
    // user data is part of the instance metadata, and only the first boot reads it
    const { userData, metadataOptions } = instance;
    if (userData === undefined || metadataOptions.HttpEndpoint === 'disabled') {
      return;
    }
    const output = outcome.console?.map(text => ({ at: at + timing.userData, text }));
    instance.preparation = { commands: commandsOf(userData), output, startedAt: at };
    if (outcome.shutsDown ?? shutsDown(userData)) {
      state.schedule.scheduleTransition(at + timing.userData, ends => {
        if (instance.state === 'running') {
          instance.preparation = { ...instance.preparation!, endedAt: ends };
          (canStop(ec2, instance) ? stopInstance : terminateInstance)(ec2, instance, ends, shutDownByInstance);
        }
      });
    }
  });
}

/** Whether a shutdown from the operating system stops the instance. EC2 stops only Spot Instances of persistent requests. */
function canStop(ec2: Ec2Context, instance: Instance): boolean {
  const request = spotRequestOf(ec2, instance);
  const isStoppable = !request || request.type === 'persistent' && (request.state !== 'cancelled' || ec2.switches.shutdownAfterSpotCancellation === 'stops');
  return isStoppable && instance.shutdownBehavior === 'stop';
}

export function stopInstance(ec2: Ec2Context, instance: Instance, from: number, { reason, transition }: Cause): void {
  const { state, settings: { timing } } = ec2;
  instance.state = 'stopping';
  instance.stateReason = reason;
  instance.stateTransitionReason = transition;
  state.schedule.scheduleTransition(from + timing.instanceStop, () => {
    if (instance.state === 'stopping') {
      instance.state = 'stopped';
      disableSpotRequest(ec2, instance);
    }
  });
}

export function terminateInstance(ec2: Ec2Context, instance: Instance, from: number, { reason, transition }: Cause): void {
  const { state, settings: { timing } } = ec2;
  instance.state = 'shutting-down';
  instance.stateReason = reason;
  instance.stateTransitionReason = transition;
  state.schedule.scheduleTransition(from + timing.instanceTermination, at => {
    instance.state = 'terminated';
    instance.networkReleased = true;
    for (const volume of state.volumesOf(instance.id)) {
      if (volume.attachment?.deleteOnTermination) {
        state.removeVolume(volume.id);
      } else {
        volume.attachment = undefined;
        volume.state = 'available';
      }
    }
    scheduleRemoval(ec2, instance, at);
    reopenSpotRequest(ec2, instance, at);
  });
}

/**
 * Lets an accepted launch fail. The instance changes from pending to shutting-down. DescribeInstances no longer shows its volumes and network
 * interface, but its tags and client token until the instance disappears.
 */
export function scheduleLaunchFailure(ec2: Ec2Context, instance: Instance, volumes: readonly Volume[], message: string, transition: string): void {
  const { state, clock, settings: { timing } } = ec2;
  state.schedule.scheduleTransition(clock.now() + timing.keyFailure, at => {
    if (instance.state !== 'pending') {
      return;
    }
    instance.stateReason = { Code: message.split(': ')[0], Message: message };
    instance.stateTransitionReason = transition;
    instance.state = 'shutting-down';
    instance.networkReleased = true;
    volumes.forEach(volume => state.removeVolume(volume.id));
    state.schedule.scheduleTransition(at + timing.instanceTermination, terminatedAt => {
      instance.state = 'terminated';
      scheduleRemoval(ec2, instance, terminatedAt);
      reopenSpotRequest(ec2, instance, terminatedAt);
    });
  });
}
