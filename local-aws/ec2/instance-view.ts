import { Instance as InstanceDescription, InstanceState } from '@aws-sdk/client-ec2';
import { Ec2Context } from './context';
import { bootModeOf } from './image-view';
import { Instance } from './records';

const stateCodes = { 'pending': 0, 'running': 16, 'shutting-down': 32, 'terminated': 48, 'stopping': 64, 'stopped': 80 } as const;

export function stateOf(state: Instance['state']): InstanceState {
  return { Code: stateCodes[state], Name: state };
}

/** An instance as DescribeInstances tells it to its owner. */
export function describedInstance(ec2: Ec2Context, instance: Instance): InstanceDescription {
  const { networks } = ec2.world;
  const gone = instance.state === 'terminated';
  const groups = instance.securityGroupIds.map(GroupId => ({ GroupId, GroupName: networks.securityGroups.get(GroupId)?.name }));
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    State: stateOf(instance.state),
    StateReason: instance.stateReason,
    StateTransitionReason: instance.stateTransitionReason,
    InstanceType: instance.instanceType as InstanceDescription['InstanceType'],
    LaunchTime: new Date(instance.createdAt),
    Placement: { AvailabilityZone: instance.availabilityZone, Tenancy: 'default', GroupName: '' },
    SubnetId: gone ? undefined : instance.subnetId,
    VpcId: gone ? undefined : instance.vpcId,
    PrivateIpAddress: gone ? undefined : instance.privateIpAddress,
    PrivateDnsName: gone ? '' : `ip-${instance.privateIpAddress.replaceAll('.', '-')}.ec2.internal`,
    PublicDnsName: '',
    PublicIpAddress: gone ? undefined : instance.publicIpAddress,
    KeyName: instance.keyName,
    Architecture: instance.attributes.architecture,
    Platform: instance.attributes.platform as InstanceDescription['Platform'],
    PlatformDetails: instance.attributes.platformDetails,
    UsageOperation: instance.attributes.usageOperation,
    RootDeviceName: instance.attributes.rootDeviceName,
    RootDeviceType: instance.attributes.rootDeviceType,
    VirtualizationType: instance.attributes.virtualizationType,
    Hypervisor: 'xen',
    EnaSupport: instance.attributes.enaSupport,
    BootMode: instance.attributes.bootMode,
    CurrentInstanceBootMode: bootModeOf(instance) as InstanceDescription['CurrentInstanceBootMode'],
    TpmSupport: instance.attributes.tpmSupport,
    ClientToken: instance.clientToken ?? '',
    EbsOptimized: false,
    IamInstanceProfile: instance.profileArn === undefined ? undefined : { Arn: instance.profileArn },
    MetadataOptions: instance.metadataOptions,
    SecurityGroups: gone ? [] : groups,
    NetworkInterfaces: gone ? [] : [{
      NetworkInterfaceId: instance.networkInterfaceId,
      SubnetId: instance.subnetId,
      VpcId: instance.vpcId,
      OwnerId: instance.account,
      PrivateIpAddress: instance.privateIpAddress,
      Status: 'in-use',
      Groups: groups,
    }],
    BlockDeviceMappings: ec2.world.volumesOf(instance.id).map(({ id, attachment }) => ({
      DeviceName: attachment?.device,
      Ebs: {
        VolumeId: id,
        Status: attachment?.state,
        AttachTime: new Date(attachment?.attachedAt ?? 0),
        DeleteOnTermination: attachment?.deleteOnTermination,
      },
    })),
    Tags: ec2.world.tags.list(instance.account, instance.id),
  };
}
