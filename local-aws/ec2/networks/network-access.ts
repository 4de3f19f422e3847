import { TagSpecification } from '@aws-sdk/client-ec2';
import { AccountAndRegion, accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { ownArn } from '../authorization/iam-resources';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { Instance } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';

/** Returns a subnet or security group that the caller owns, or that another account shares with AWS RAM. */
export function findUsable<T extends AccountAndRegion>(
  ec2: Ec2Context, call: Call, all: Map<string, T>, id: string, code: string, noun: string,
): T {
  const shared = isSharedWith(ec2, id, call.principal.account) ? all.get(id) : undefined;
  return shared?.region === call.region ? shared : findOwned(ec2, call, all, id, code, noun);
}

/** Returns a network resource of the caller by ID. */
export function findOwned<T extends AccountAndRegion>(
  ec2: Ec2Context, call: Call, all: Map<string, T>, id: string, code: string, noun: string,
): T {
  ec2.state.networks.defaultVpc(accountAndRegionOf(call));
  const found = all.get(id);
  if (!found || found.account !== call.principal.account || found.region !== call.region) {
    throw new AwsError(code, `The ${noun} '${id}' does not exist`);
  }
  return found;
}

/** Returns the resources that the caller owns or that are shared with it, or only those with the requested IDs. */
export function listUsable<T extends AccountAndRegion>(
  ec2: Ec2Context, call: Call, all: Map<string, T>, ids: readonly string[] | undefined, code: string, noun: string,
): T[] {
  ec2.permissions.require(call);
  ec2.state.networks.defaultVpc(accountAndRegionOf(call));
  if (ids && ids.length > 0) {
    return ids.map(id => findUsable(ec2, call, all, id, code, noun));
  }
  const { account } = call.principal;
  const isUsable = (id: string, one: T) => one.region === call.region && (one.account === account || isSharedWith(ec2, id, account));
  return [...all].filter(([id, one]) => isUsable(id, one)).map(([, one]) => one);
}

/** Authorizes the creation of a resource, and returns its new ID. The resource has the tags of the request. */
export function authorizeCreation(ec2: Ec2Context, call: Call, type: string, specifications: readonly TagSpecification[] | undefined): string {
  checkTagSpecifications(specifications, [type]);
  const tags = specifiedTags(specifications, type);
  ec2.permissions.require(call, permissionsToCreate(call, { arn: ownArn(accountAndRegionOf(call), type, '*'), context: {} }, tags));
  const id = newResourceId(type === 'security-group' ? 'sg' : type);
  ec2.state.tags.put(call.principal.account, id, tags);
  return id;
}

export function checkNotInUse({ state }: Ec2Context, type: string, id: string, isUser: (instance: Instance) => boolean, hasDependents = false): void {
  if (hasDependents || [...state.instances.values()].some(instance => !instance.networkReleased && isUser(instance))) {
    throw new AwsError('DependencyViolation', `The ${type} '${id}' has dependencies and cannot be deleted.`);
  }
}

function isSharedWith({ state: { networks } }: Ec2Context, id: string, account: string): boolean {
  return networks.sharedWith.get(id)?.has(account) ?? false;
}
