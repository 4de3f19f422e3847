import { DescribeInstanceStatusRequest, InstanceStatus } from '@aws-sdk/client-ec2';
import { ownInstance } from './instance-access';
import { stateOf } from './instance-description';
import { accountAndRegionOf } from '../../aws-call';
import { zoneId } from '../networks/zones';
import { checkId, notFound } from '../requests/errors';
import { FilterFields, filtered, page, refuseIdsWithPages } from '../requests/filters-and-pages';
import { Ec2Operations } from '../state/ec2-context';
import { inAccountAndRegion } from '../state/ec2-state';
import { Instance } from '../state/records';

export const instanceStatusOperations: Ec2Operations = {
  DescribeInstanceStatus: (ec2, call) => {
    const input = call.input as DescribeInstanceStatusRequest;
    ec2.permissions.require(call);
    refuseIdsWithPages(input.InstanceIds, input, 'instancesSet');
    const ids = input.InstanceIds ?? [];
    ids.forEach(id => checkId('i', id));
    const missing = ids.filter(id => !ownInstance(ec2, call, id));
    if (missing.length > 0) {
      throw notFound('i', missing);
    }
    const described = inAccountAndRegion(ec2.state.instances, accountAndRegionOf(call))
      .filter(one => ids.length === 0 || ids.includes(one.id))
      .filter(one => input.IncludeAllInstances || one.state === 'running')
      .map(statusOf);
    const { items, NextToken } = page(filtered(described, input.Filters, fields, () => []), input, 5);
    return { InstanceStatuses: items, NextToken };
  },
};

const fields: FilterFields<InstanceStatus> = {
  'availability-zone': one => one.AvailabilityZone,
  'availability-zone-id': one => one.AvailabilityZoneId,
  'instance-state-code': one => String(one.InstanceState?.Code),
  'instance-state-name': one => one.InstanceState?.Name,
  'instance-status.reachability': one => one.InstanceStatus?.Details?.map(({ Status }) => Status),
  'instance-status.status': one => one.InstanceStatus?.Status,
  'system-status.reachability': one => one.SystemStatus?.Details?.map(({ Status }) => Status),
  'system-status.status': one => one.SystemStatus?.Status,
};

function statusOf(instance: Instance): InstanceStatus {
  const summary: InstanceStatus['InstanceStatus'] = instance.state === 'running'
    ? { Status: 'ok', Details: [{ Name: 'reachability', Status: 'passed' }] }
    : { Status: 'not-applicable' };
  return {
    InstanceId: instance.id,
    AvailabilityZone: instance.availabilityZone,
    AvailabilityZoneId: zoneId(instance.availabilityZone),
    InstanceState: stateOf(instance.state),
    InstanceStatus: summary,
    SystemStatus: summary,
  };
}
