import {
  CancelledSpotInstanceRequest, CancelSpotInstanceRequestsRequest, DescribeSpotInstanceRequestsRequest, SpotInstanceRequest,
} from '@aws-sdk/client-ec2';
import { isLive, setSpotState } from './request-states';
import { accountAndRegionOf, Call } from '../../aws-call';
import { RequiredPermission } from '../authorization/ec2-authorization';
import { ownArn, spotRequestResource } from '../authorization/iam-resources';
import { terminateInstance } from '../instances/state-transitions';
import { checkId, notFound } from '../requests/errors';
import { isVisible } from '../requests/eventual-consistency';
import { FilterFields, filtered, page, refuseIdsWithPages } from '../requests/filters-and-pages';
import { dateInWholeSeconds } from '../requests/times';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { inAccountAndRegion } from '../state/ec2-state';
import { SpotRequest } from '../state/records';

export const spotOperations: Ec2Operations = {
  DescribeSpotInstanceRequests: (ec2, call) => {
    const input = call.input as DescribeSpotInstanceRequestsRequest;
    ec2.permissions.require(call);
    refuseIdsWithPages(input.SpotInstanceRequestIds, input, 'spotInstanceRequestIds');
    const ids = [...new Set(input.SpotInstanceRequestIds ?? [])];
    ids.forEach(id => checkId('sir', id));
    const visible = inAccountAndRegion(ec2.state.spotRequests, accountAndRegionOf(call))
      .filter(one => (ids.length === 0 || ids.includes(one.id)) && isVisible(ec2, one));
    const missing = ids.filter(id => !visible.some(one => one.id === id));
    if (missing.length > 0) {
      throw notFound('sir', missing);
    }
    const matching = filtered(visible.map(one => described(ec2, one)), input.Filters, fields, one => one.Tags ?? []);
    const { items, NextToken } = page(matching, input, 5);
    return { SpotInstanceRequests: items, NextToken };
  },
  CancelSpotInstanceRequests: (ec2, call) => {
    const { SpotInstanceRequestIds: ids = [] } = call.input as unknown as CancelSpotInstanceRequestsRequest;
    ids.forEach(id => checkId('sir', id));
    const requests = ids.map(id => ownRequest(ec2, call, id));
    ec2.permissions.require(call, ids.map((id, index) => permissionFor(ec2, call, id, requests[index])));
    return { CancelledSpotInstanceRequests: requests.flatMap(request => request ? cancel(ec2, request) : []) };
  },
};

function ownRequest({ state }: Ec2Context, call: Call, id: string): SpotRequest | undefined {
  const request = state.spotRequests.get(id);
  return request && request.account === call.principal.account && request.region === call.region ? request : undefined;
}

function permissionFor(ec2: Ec2Context, call: Call, id: string, request: SpotRequest | undefined): RequiredPermission {
  return {
    resource: request
      ? spotRequestResource(ec2, call.principal.account, request)
      : { arn: ownArn(accountAndRegionOf(call), 'spot-instances-request', id), context: {}, missing: notFound('sir', [id]) },
  };
}

/** A running instance stays; a stopped one is terminated a little later. */
function cancel(ec2: Ec2Context, request: SpotRequest): CancelledSpotInstanceRequest {
  const { state: { instances, schedule }, clock, settings: { timing } } = ec2;
  if (!isLive(request)) {
    return { SpotInstanceRequestId: request.id, State: request.state === 'closed' ? 'closed' : 'cancelled' };
  }
  const instance = instances.get(request.instanceId ?? '');
  if (request.state === 'disabled' && instance) {
    schedule.scheduleTransition(clock.now() + timing.spotCancellation, at => {
      if (instance.state === 'stopped') {
        const Code = 'Server.SpotInstanceTermination';
        terminateInstance(ec2, instance, at, { reason: { Code, Message: `${Code}: Spot instance termination` }, transition: Code });
      }
    });
  }
  const codes = { open: 'canceled-before-fulfillment', active: 'request-canceled-and-instance-running', disabled: 'instance-terminated-by-service' };
  setSpotState(ec2, request, 'cancelled', codes[request.state as keyof typeof codes]);
  return { SpotInstanceRequestId: request.id, State: 'cancelled' };
}

function described({ state }: Ec2Context, request: SpotRequest): SpotInstanceRequest {
  return {
    SpotInstanceRequestId: request.id,
    CreateTime: dateInWholeSeconds(request.createdAt),
    InstanceId: request.instanceId,
    InstanceInterruptionBehavior: request.interruptionBehavior,
    LaunchSpecification: { ImageId: request.imageId, InstanceType: request.instanceType as 't3.micro', Placement: { AvailabilityZone: request.availabilityZone } },
    LaunchedAvailabilityZone: request.availabilityZone,
    ProductDescription: 'Linux/UNIX',
    State: request.state,
    Status: { Code: request.status.code, UpdateTime: dateInWholeSeconds(request.status.since) },
    Type: request.type,
    ValidUntil: request.validUntil === undefined ? undefined : dateInWholeSeconds(request.validUntil),
    Tags: state.tags.described(request.account, request.id),
  };
}

const fields: FilterFields<SpotInstanceRequest> = {
  'create-time': one => one.CreateTime?.toISOString(),
  'instance-id': one => one.InstanceId,
  'launch.image-id': one => one.LaunchSpecification?.ImageId,
  'launch.instance-type': one => one.LaunchSpecification?.InstanceType,
  'launched-availability-zone': one => one.LaunchedAvailabilityZone,
  'spot-instance-request-id': one => one.SpotInstanceRequestId,
  'state': one => one.State,
  'status-code': one => one.Status?.Code,
  'type': one => one.Type,
  'valid-until': one => one.ValidUntil?.toISOString(),
};
