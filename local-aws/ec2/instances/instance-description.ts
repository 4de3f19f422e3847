import { Instance as InstanceDescription, InstanceNetworkInterface, InstanceState } from '@aws-sdk/client-ec2';
import { instanceType } from './instance-types';
import { bootModeOf } from '../images/image-description';
import { zoneId } from '../networks/zones';
import { dateInWholeSeconds } from '../requests/times';
import { Ec2Context } from '../state/ec2-context';
import { Instance } from '../state/records';

const stateCodes = { 'pending': 0, 'running': 16, 'shutting-down': 32, 'terminated': 48, 'stopping': 64, 'stopped': 80 } as const;

export function stateOf(state: Instance['state']): InstanceState {
  return { Code: stateCodes[state], Name: state };
}

/** The instance in the response of DescribeInstances. */
export function describedInstance(ec2: Ec2Context, instance: Instance): InstanceDescription {
  const { attributes, networkReleased } = instance;
  const groups = groupsOf(ec2, instance);
  return {
    AmiLaunchIndex: instance.launchIndex,
    InstanceId: instance.id,
    ImageId: instance.imageId,
    State: stateOf(instance.state),
    StateReason: instance.stateReason,
    StateTransitionReason: instance.stateTransitionReason,
    InstanceType: instance.instanceType as InstanceDescription['InstanceType'],
    LaunchTime: dateInWholeSeconds(instance.createdAt),
    Placement: {
      AvailabilityZone: instance.availabilityZone, AvailabilityZoneId: zoneId(instance.availabilityZone), Tenancy: 'default', GroupName: '',
    },
    Monitoring: { State: instance.monitored ? 'enabled' : 'disabled' },
    SubnetId: networkReleased ? undefined : instance.subnetId,
    VpcId: networkReleased ? undefined : instance.vpcId,
    PrivateIpAddress: networkReleased ? undefined : instance.privateIpAddress,
    PrivateDnsName: networkReleased ? '' : privateName(instance),
    PublicDnsName: '',
    PublicIpAddress: networkReleased ? undefined : instance.publicIpAddress,
    KeyName: instance.keyName,
    Architecture: attributes.architecture,
    Platform: attributes.platform as InstanceDescription['Platform'],
    PlatformDetails: attributes.platformDetails,
    UsageOperation: attributes.usageOperation,
    UsageOperationUpdateTime: dateInWholeSeconds(instance.createdAt),
    ProductCodes: [...attributes.productCodes],
    RootDeviceName: attributes.rootDeviceName,
    RootDeviceType: attributes.rootDeviceType,
    VirtualizationType: attributes.virtualizationType,
    Hypervisor: 'xen',
    EnaSupport: attributes.enaSupport,
    BootMode: attributes.bootMode,
    CurrentInstanceBootMode: bootModeOf(instance) as InstanceDescription['CurrentInstanceBootMode'],
    TpmSupport: attributes.tpmSupport,
    ClientToken: instance.clientToken ?? '',
    InstanceLifecycle: instance.spotRequestId === undefined ? undefined : 'spot',
    SpotInstanceRequestId: instance.spotRequestId,
    EbsOptimized: instance.ebsOptimized,
    SourceDestCheck: networkReleased ? undefined : instance.sourceDestCheck,
    IamInstanceProfile: instance.profileArn === undefined ? undefined : { Arn: instance.profileArn },
    MetadataOptions: instance.metadataOptions,
    CpuOptions: cpuOptions(instance),
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    HibernationOptions: { Configured: false },
    EnclaveOptions: { Enabled: false },
    MaintenanceOptions: { AutoRecovery: 'default', RebootMigration: 'default' },
    PrivateDnsNameOptions: networkReleased ? undefined : {
      HostnameType: 'ip-name', EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false,
    },
    NetworkPerformanceOptions: { BandwidthWeighting: 'default' },
    Operator: { Managed: false },
    SecurityGroups: networkReleased ? [] : groups,
    NetworkInterfaces: networkReleased ? [] : [networkInterface(instance, groups)],
    BlockDeviceMappings: ec2.state.volumesOf(instance.id).map(({ id, attachment }) => ({
      DeviceName: attachment?.device,
      Ebs: {
        VolumeId: id,
        Status: attachment?.state,
        AttachTime: dateInWholeSeconds(attachment?.attachedAt ?? 0),
        DeleteOnTermination: attachment?.deleteOnTermination,
      },
    })),
    Tags: ec2.state.tags.described(instance.account, instance.id),
  };
}

/** The instance in the response of RunInstances, which does not show volumes and attachments yet. */
export function launchedInstance(ec2: Ec2Context, instance: Instance): InstanceDescription {
  return { ...describedInstance(ec2, instance), BlockDeviceMappings: [] };
}

export function groupsOf({ state: { networks } }: Ec2Context, instance: Instance): { GroupId: string; GroupName?: string }[] {
  return instance.securityGroupIds.map(GroupId => ({ GroupId, GroupName: networks.securityGroups.get(GroupId)?.name }));
}

function privateName({ privateIpAddress, region }: Instance): string {
  const name = `ip-${privateIpAddress.replaceAll('.', '-')}`;
  return region === 'us-east-1' ? `${name}.ec2.internal` : `${name}.${region}.compute.internal`;
}

function cpuOptions(instance: Instance): InstanceDescription['CpuOptions'] {
  const { vcpus, threads } = instanceType(instance.instanceType);
  return { CoreCount: Math.max(1, vcpus / threads), ThreadsPerCore: threads };
}

function networkInterface(instance: Instance, groups: { GroupId: string; GroupName?: string }[]): InstanceNetworkInterface {
  const digits = instance.networkInterfaceId.slice(-10);
  return {
    NetworkInterfaceId: instance.networkInterfaceId,
    Attachment: {
      AttachmentId: instance.networkInterfaceId.replace('eni-', 'eni-attach-'),
      AttachTime: dateInWholeSeconds(instance.createdAt),
      DeleteOnTermination: true,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: instance.state === 'pending' ? 'attaching' : 'attached',
    },
    Description: '',
    MacAddress: ['0e', ...digits.match(/../g)!].join(':'),
    InterfaceType: 'interface',
    SourceDestCheck: instance.sourceDestCheck,
    SubnetId: instance.subnetId,
    VpcId: instance.vpcId,
    OwnerId: instance.account,
    PrivateIpAddress: instance.privateIpAddress,
    PrivateDnsName: privateName(instance),
    PrivateIpAddresses: [{ Primary: true, PrivateIpAddress: instance.privateIpAddress, PrivateDnsName: privateName(instance) }],
    Ipv6Addresses: [],
    Status: 'in-use',
    Groups: groups,
  };
}
