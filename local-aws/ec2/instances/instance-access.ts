import { accountAndRegionOf, Call } from '../../aws-call';
import { RequiredPermission } from '../authorization/ec2-authorization';
import { instanceResource, ownArn } from '../authorization/iam-resources';
import { notFound } from '../requests/errors';
import { Ec2Context } from '../state/ec2-context';
import { Instance } from '../state/records';

export function ownInstance({ state }: Ec2Context, call: Call, id: string): Instance | undefined {
  const instance = state.instances.get(id);
  return instance && instance.account === call.principal.account && instance.region === call.region ? instance : undefined;
}

/** The IAM resource of an instance ID, whether or not the instance exists. The error names all IDs of the request that do not exist. */
export function instancePermission(ec2: Ec2Context, call: Call, id: string, missing: readonly string[] = [id]): RequiredPermission {
  const instance = ownInstance(ec2, call, id);
  return {
    resource: instance
      ? instanceResource(ec2, call.principal.account, instance)
      : { arn: ownArn(accountAndRegionOf(call), 'instance', id), context: {}, missing: notFound('i', missing) },
  };
}

/** DescribeInstances shows a terminated instance for some time. */
export function scheduleRemoval({ state, settings: { timing } }: Ec2Context, instance: Instance, terminatedAt: number): void {
  state.schedule.scheduleTransition(terminatedAt + timing.terminatedInstanceShown, () => {
    state.instances.delete(instance.id);
    state.tags.delete(instance.id);
  });
}
