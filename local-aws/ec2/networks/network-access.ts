import { TagSpecification } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../../aws-call';
import { Ec2Context, accountAndRegionOf } from '../state/ec2-context';
import { ownArn } from '../authorization/iam-resources';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { Instance } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';
import { newResourceId } from '../state/ec2-state';
import { AccountAndRegion } from '../../kms/arns';

/** Something of the network by its id. */
export function find<T extends AccountAndRegion>(ec2: Ec2Context, call: Call, all: Map<string, T>, id: string, code: string, noun: string): T {
  ec2.world.networks.defaultVpc(accountAndRegionOf(call));
  const found = all.get(id);
  if (!found || found.account !== call.principal.account || found.region !== call.region) {
    throw new AwsError(code, `The ${noun} '${id}' does not exist`);
  }
  return found;
}

/** Those of the caller, or those with the ids that were asked for. */
export function listed<T extends AccountAndRegion>(
  ec2: Ec2Context, call: Call, all: Map<string, T>, ids: readonly string[] | undefined, code: string, noun: string,
): T[] {
  ec2.permissions.require(call);
  ec2.world.networks.defaultVpc(accountAndRegionOf(call));
  if (ids && ids.length > 0) {
    return ids.map(id => find(ec2, call, all, id, code, noun));
  }
  return [...all.values()].filter(one => one.account === call.principal.account && one.region === call.region);
}

/** The id of something that the caller may create, with its tags. */
export function made(ec2: Ec2Context, call: Call, type: string, specifications: readonly TagSpecification[] | undefined): string {
  checkTagSpecifications(specifications, [type]);
  const tags = specifiedTags(specifications, type);
  ec2.permissions.require(call, permissionsToCreate(call, { arn: ownArn(accountAndRegionOf(call), type, '*'), context: {} }, tags));
  const id = newResourceId(type === 'security-group' ? 'sg' : type);
  ec2.world.tags.put(call.principal.account, id, tags);
  return id;
}

export function refuseUsed({ world }: Ec2Context, type: string, id: string, isUser: (instance: Instance) => boolean, hasDependents = false): void {
  if (hasDependents || [...world.instances.values()].some(instance => !instance.networkReleased && isUser(instance))) {
    throw new AwsError('DependencyViolation', `The ${type} '${id}' has dependencies and cannot be deleted.`);
  }
}
