import { RunInstancesRequest, SpotMarketOptions } from '@aws-sdk/client-ec2';
import { accountAndRegionOf, AwsError, Call, Principal } from '../../aws-call';
import { partitionOf } from '../../regions/partition';
import { permissionsToCreate, RequiredPermission, specifiedTags } from '../authorization/ec2-authorization';
import { ownArn } from '../authorization/iam-resources';
import { invalidValue } from '../requests/errors';
import type { Lifecycle } from '../settings/capacity-shortages';
import type { Ec2Context } from '../state/ec2-context';

const SPOT_SERVICE = 'spot.amazonaws.com';

export function lifecycleOf({ InstanceMarketOptions }: RunInstancesRequest): Lifecycle {
  return InstanceMarketOptions?.MarketType === 'spot' ? 'spot' : 'on-demand';
}

/** The options of the Spot Instances of a launch; none if they are On-Demand Instances. */
export function spotOptionsOf(input: RunInstancesRequest): SpotMarketOptions | undefined {
  return lifecycleOf(input) === 'spot' ? input.InstanceMarketOptions?.SpotOptions ?? {} : undefined;
}

export function checkSpotOptions({ clock }: Ec2Context, input: RunInstancesRequest): void {
  const options = spotOptionsOf(input);
  if (!options) {
    return;
  }
  const { SpotInstanceType: type = 'one-time', InstanceInterruptionBehavior: behavior = 'terminate', ValidUntil } = options;
  if ((type === 'persistent') !== (behavior !== 'terminate')) {
    throw new AwsError('InvalidParameterCombination', `The request with type '${type}' is not supported when instanceInterruptionBehavior is set to '${behavior}'.`);
  }
  if (ValidUntil && type === 'one-time') {
    throw new AwsError('InvalidParameterCombination', "The parameter validUntil cannot be specified when the SpotRequestType is set to 'one-time'.");
  }
  if (ValidUntil && ValidUntil.getTime() <= clock.now()) {
    throw invalidValue(ValidUntil.toISOString(), 'validUntil', 'It must be in the future.');
  }
  if (input.DisableApiTermination) {
    throw new AwsError('InvalidParameterCombination', "The attribute 'disableApiTermination' cannot be used when launching a Spot instance.");
  }
}

/** EC2 evaluates the Spot Instance request only if the launch tags it. */
export function permissionsForSpotRequest(call: Call, input: RunInstancesRequest): RequiredPermission[] {
  const tags = specifiedTags(input.TagSpecifications, 'spot-instances-request');
  return tags.size === 0 ? [] : permissionsToCreate(call, { arn: ownArn(accountAndRegionOf(call), 'spot-instances-request', '*'), context: {} }, tags);
}

/**
 * The service-linked role of EC2 Spot, which EC2 creates if the caller is allowed to. None in a test without IAM. A service that launches, such as Auto
 * Scaling, has a role of its own.
 */
export function requireSpotRole({ serviceLinkedRoles, permissions }: Ec2Context, call: Call): Principal | undefined {
  const { account, roleArn } = call.principal;
  if (!serviceLinkedRoles || roleArn?.includes(':role/aws-service-role/')) {
    return undefined;
  }
  const place = { account, partition: partitionOf(call.region) };
  const existing = serviceLinkedRoles.serviceLinkedRolePrincipal(place, SPOT_SERVICE);
  if (existing) {
    return existing;
  }
  const arn = `arn:${place.partition}:iam::${account}:role/aws-service-role/${SPOT_SERVICE}/AWSServiceRoleForEC2Spot`;
  if (!permissions.allows(call, { action: 'iam:CreateServiceLinkedRole', resource: { arn, context: { 'iam:AWSServiceName': SPOT_SERVICE } } })) {
    throw new AwsError(
      'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
      'The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.',
      403,
    );
  }
  serviceLinkedRoles.createServiceLinkedRole(place, SPOT_SERVICE);
  return serviceLinkedRoles.serviceLinkedRolePrincipal(place, SPOT_SERVICE);
}
