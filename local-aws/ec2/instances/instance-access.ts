import { Call } from '../../aws-call';
import { Ec2Context, accountAndRegionOf } from '../state/ec2-context';
import { notFound } from '../requests/errors';
import { instanceResource, ownArn } from '../authorization/iam-resources';
import { RequiredPermission } from '../authorization/ec2-authorization';
import { Instance } from '../state/records';

export function ownInstance({ world }: Ec2Context, call: Call, id: string): Instance | undefined {
  const instance = world.instances.get(id);
  return instance && instance.account === call.principal.account && instance.region === call.region ? instance : undefined;
}

/** What IAM is asked about for an instance by its id, whether or not it exists; an error names all ids of the request that do not. */
export function instanceNeed(ec2: Ec2Context, call: Call, id: string, missing: readonly string[] = [id]): RequiredPermission {
  const instance = ownInstance(ec2, call, id);
  return {
    resource: instance
      ? instanceResource(ec2, call.principal.account, instance)
      : { arn: ownArn(accountAndRegionOf(call), 'instance', id), context: {}, missing: notFound('i', missing) },
  };
}

/** A terminated instance is described for a while. */
export function forgetLater({ world, settings: { timing } }: Ec2Context, instance: Instance, terminatedAt: number): void {
  world.schedule.scheduleTransition(terminatedAt + timing.terminatedInstanceShown, () => {
    world.instances.delete(instance.id);
    world.tags.forget(instance.id);
  });
}
