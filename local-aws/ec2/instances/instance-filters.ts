import { Instance, InstanceNetworkInterface } from '@aws-sdk/client-ec2';
import { FilterFields } from '../requests/filters-and-pages';
import { Ec2Context } from '../state/ec2-context';

/** The filters of DescribeInstances that the local EC2 supports. */
export function instanceFilters({ state }: Ec2Context): FilterFields<Instance> {
  const record = (one: Instance) => state.instances.get(one.InstanceId ?? '');
  return {
    ...ofInstance,
    ...ofMachine,
    ...Object.fromEntries(Object.entries(ofInterface).map(([name, read]) => [
      `network-interface.${name}`, (one: Instance) => (one.NetworkInterfaces ?? []).flatMap(network => read(network)),
    ])),
    'owner-id': one => record(one)?.account,
    'reservation-id': one => record(one)?.reservationId,
  };
}

const ofInstance: FilterFields<Instance> = {
  'availability-zone-id': one => one.Placement?.AvailabilityZoneId,
  'block-device-mapping.status': one => one.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.Status),
  'iam-instance-profile.arn': one => one.IamInstanceProfile?.Arn,
  'instance-lifecycle': one => one.InstanceLifecycle,
  'instance-state-name': one => one.State?.Name,
  'instance.group-id': one => one.SecurityGroups?.map(group => group.GroupId),
  'key-name': one => one.KeyName,
  'launch-time': one => one.LaunchTime?.toISOString(),
  'private-dns-name': one => one.PrivateDnsName,
  'private-ip-address': one => one.PrivateIpAddress,
  'spot-instance-request-id': one => one.SpotInstanceRequestId,
};

const ofMachine: FilterFields<Instance> = {
  'instance-type': one => one.InstanceType,
  'metadata-options.http-tokens': one => one.MetadataOptions?.HttpTokens,
  'monitoring-state': one => one.Monitoring?.State,
  'tenancy': one => one.Placement?.Tenancy,
};

const ofInterface: Readonly<Record<string, (one: InstanceNetworkInterface) => (string | undefined)[]>> = {
  'attachment.status': one => [one.Attachment?.Status],
  'mac-address': one => [one.MacAddress],
  'network-interface-id': one => [one.NetworkInterfaceId],
};
