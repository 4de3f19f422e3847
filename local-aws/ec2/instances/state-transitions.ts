import { StateReason } from '@aws-sdk/client-ec2';
import { Ec2Context } from '../state/ec2-context';
import { forgetLater } from './instance-access';
import { Instance, Volume } from '../state/records';
import { commandsOf, shutsDown } from './user-data';

/** Why an instance stops or ends. */
export interface Cause {
  readonly reason: StateReason;
  readonly transition: string;
}

/** Somebody has called StopInstances or TerminateInstances. */
export function requestedAt(at: number): Cause {
  return {
    reason: { Code: 'Client.UserInitiatedShutdown', Message: 'Client.UserInitiatedShutdown: User initiated shutdown' },
    transition: `User initiated (${new Date(at).toISOString()})`,
  };
}

const fromWithin: Cause = {
  reason: { Code: 'Client.InstanceInitiatedShutdown', Message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown' },
  transition: '',
};

/** From pending to running, and on through what the instance was told to do when it first boots. */
export function runLater(ec2: Ec2Context, instance: Instance, from: number): void {
  const { world, settings: { timing } } = ec2;
  world.schedule.scheduleTransition(from + timing.instanceStart, at => {
    if (instance.state !== 'pending') {
      return;
    }
    instance.state = 'running';
    instance.stateReason = undefined;
    if (instance.bootedAt !== undefined) {
      return;
    }
    instance.bootedAt = at;
    // user data comes by way of the metadata, and only the first boot looks for it
    const { userData, metadataOptions } = instance;
    if (userData === undefined || metadataOptions.HttpEndpoint === 'disabled') {
      return;
    }
    instance.preparation = { commands: commandsOf(userData), startedAt: at };
    if (shutsDown(userData)) {
      world.schedule.scheduleTransition(at + timing.userData, ends => {
        if (instance.state === 'running') {
          instance.preparation = { ...instance.preparation!, endedAt: ends };
          (instance.shutdownBehavior === 'stop' ? toStopped : toTerminated)(ec2, instance, ends, fromWithin);
        }
      });
    }
  });
}

export function toStopped({ world, settings: { timing } }: Ec2Context, instance: Instance, from: number, { reason, transition }: Cause): void {
  instance.state = 'stopping';
  instance.stateReason = reason;
  instance.stateTransitionReason = transition;
  world.schedule.scheduleTransition(from + timing.instanceStop, () => {
    if (instance.state === 'stopping') {
      instance.state = 'stopped';
    }
  });
}

export function toTerminated(ec2: Ec2Context, instance: Instance, from: number, { reason, transition }: Cause): void {
  const { world, settings: { timing } } = ec2;
  instance.state = 'shutting-down';
  instance.stateReason = reason;
  instance.stateTransitionReason = transition;
  world.schedule.scheduleTransition(from + timing.instanceTermination, at => {
    instance.state = 'terminated';
    instance.networkReleased = true;
    for (const volume of world.volumesOf(instance.id)) {
      if (volume.attachment?.deleteOnTermination) {
        world.removeVolume(volume.id);
      } else {
        volume.attachment = undefined;
        volume.state = 'available';
      }
    }
    forgetLater(ec2, instance, at);
  });
}

/**
 * A launch that was accepted fails: from pending the instance goes on to shutting-down, and its volumes, its network interface and all
 * that DescribeInstances says of them are gone by then. Tags and client token stay until it is forgotten.
 */
export function endLaunchLater(ec2: Ec2Context, instance: Instance, volumes: readonly Volume[], message: string, transition: string): void {
  const { world, clock, settings: { timing } } = ec2;
  world.schedule.scheduleTransition(clock.now() + timing.keyFailure, at => {
    if (instance.state !== 'pending') {
      return;
    }
    instance.stateReason = { Code: message.split(': ')[0], Message: message };
    instance.stateTransitionReason = transition;
    instance.state = 'shutting-down';
    instance.networkReleased = true;
    volumes.forEach(volume => world.removeVolume(volume.id));
    world.schedule.scheduleTransition(at + timing.instanceTermination, terminatedAt => {
      instance.state = 'terminated';
      forgetLater(ec2, instance, terminatedAt);
    });
  });
}
