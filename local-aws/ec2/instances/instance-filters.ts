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
    'requester-id': one => record(one)?.requester,
  };
}

const ofInstance: FilterFields<Instance> = {
  'availability-zone': one => one.Placement?.AvailabilityZone,
  'availability-zone-id': one => one.Placement?.AvailabilityZoneId,
  'block-device-mapping.attach-time': one => one.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.AttachTime?.toISOString()),
  'block-device-mapping.delete-on-termination': one => one.BlockDeviceMappings?.map(({ Ebs }) => String(Ebs?.DeleteOnTermination)),
  'block-device-mapping.device-name': one => one.BlockDeviceMappings?.map(device => device.DeviceName),
  'block-device-mapping.status': one => one.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.Status),
  'block-device-mapping.volume-id': one => one.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.VolumeId),
  'client-token': one => one.ClientToken,
  'dns-name': one => one.PublicDnsName,
  'iam-instance-profile.arn': one => one.IamInstanceProfile?.Arn,
  'image-id': one => one.ImageId,
  'instance-id': one => one.InstanceId,
  'instance-lifecycle': one => one.InstanceLifecycle,
  'instance-state-code': one => String(one.State?.Code),
  'instance-state-name': one => one.State?.Name,
  'instance.group-id': one => one.SecurityGroups?.map(group => group.GroupId),
  'instance.group-name': one => one.SecurityGroups?.map(group => group.GroupName),
  'ip-address': one => one.PublicIpAddress,
  'key-name': one => one.KeyName,
  'launch-index': one => String(one.AmiLaunchIndex),
  'launch-time': one => one.LaunchTime?.toISOString(),
  'private-dns-name': one => one.PrivateDnsName,
  'private-ip-address': one => one.PrivateIpAddress,
  'reason': one => one.StateTransitionReason,
  'source-dest-check': one => String(one.SourceDestCheck),
  'spot-instance-request-id': one => one.SpotInstanceRequestId,
  'state-reason-code': one => one.StateReason?.Code,
  'state-reason-message': one => one.StateReason?.Message,
  'subnet-id': one => one.SubnetId,
  'vpc-id': one => one.VpcId,
};

const ofMachine: FilterFields<Instance> = {
  'architecture': one => one.Architecture,
  'boot-mode': one => one.BootMode,
  'current-instance-boot-mode': one => one.CurrentInstanceBootMode,
  'enclave-options.enabled': one => String(one.EnclaveOptions?.Enabled),
  'hibernation-options.configured': one => String(one.HibernationOptions?.Configured),
  'hypervisor': one => one.Hypervisor,
  'instance-type': one => one.InstanceType,
  'maintenance-options.auto-recovery': one => one.MaintenanceOptions?.AutoRecovery,
  'metadata-options.http-endpoint': one => one.MetadataOptions?.HttpEndpoint,
  'metadata-options.http-put-response-hop-limit': one => String(one.MetadataOptions?.HttpPutResponseHopLimit),
  'metadata-options.http-tokens': one => one.MetadataOptions?.HttpTokens,
  'metadata-options.instance-metadata-tags': one => one.MetadataOptions?.InstanceMetadataTags,
  'monitoring-state': one => one.Monitoring?.State,
  'platform': one => one.Platform,
  'platform-details': one => one.PlatformDetails,
  'product-code': one => one.ProductCodes?.map(code => code.ProductCodeId),
  'product-code.type': one => one.ProductCodes?.map(code => code.ProductCodeType),
  'root-device-name': one => one.RootDeviceName,
  'root-device-type': one => one.RootDeviceType,
  'tenancy': one => one.Placement?.Tenancy,
  'tpm-support': one => one.TpmSupport,
  'usage-operation': one => one.UsageOperation,
  'virtualization-type': one => one.VirtualizationType,
};

const ofInterface: Readonly<Record<string, (one: InstanceNetworkInterface) => (string | undefined)[]>> = {
  'addresses.primary': one => (one.PrivateIpAddresses ?? []).map(address => String(address.Primary)),
  'addresses.private-ip-address': one => (one.PrivateIpAddresses ?? []).map(address => address.PrivateIpAddress),
  'attachment.attach-time': one => [one.Attachment?.AttachTime?.toISOString()],
  'attachment.attachment-id': one => [one.Attachment?.AttachmentId],
  'attachment.delete-on-termination': one => [String(one.Attachment?.DeleteOnTermination)],
  'attachment.device-index': one => [String(one.Attachment?.DeviceIndex)],
  'attachment.status': one => [one.Attachment?.Status],
  'description': one => [one.Description],
  'group-id': one => (one.Groups ?? []).map(group => group.GroupId),
  'group-name': one => (one.Groups ?? []).map(group => group.GroupName),
  'mac-address': one => [one.MacAddress],
  'network-interface-id': one => [one.NetworkInterfaceId],
  'owner-id': one => [one.OwnerId],
  'private-dns-name': one => [one.PrivateDnsName],
  'source-dest-check': one => [String(one.SourceDestCheck)],
  'status': one => [one.Status],
  'subnet-id': one => [one.SubnetId],
  'vpc-id': one => [one.VpcId],
};
