import {
  CreateSubnetRequest, CreateVpcRequest, DescribeSubnetsRequest, DescribeVpcsRequest, Subnet as SubnetDescription, Vpc as VpcDescription,
} from '@aws-sdk/client-ec2';
import { findOwned, listUsable, authorizeCreation, checkNotInUse } from './network-access';
import { freeAddresses, Subnet, Vpc } from './networks';
import { zoneId } from './zones';
import { accountAndRegionOf, Call } from '../../aws-call';
import { ownArn } from '../authorization/iam-resources';
import { FilterFields, filtered, page } from '../requests/filters-and-pages';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';

export const networkOperations: Ec2Operations = {
  DescribeVpcs: (ec2, call) => {
    const input = call.input as DescribeVpcsRequest;
    const all = listUsable(ec2, call, ec2.state.networks.vpcs, input.VpcIds, 'InvalidVpcID.NotFound', 'vpc ID');
    const described = all.map(one => describedVpc(ec2, call, one));
    const { items, NextToken } = page(filtered(described, input.Filters, vpcFields, one => one.Tags ?? []), input, 5);
    return { Vpcs: items, NextToken };
  },
  DescribeSubnets: (ec2, call) => {
    const input = call.input as DescribeSubnetsRequest;
    const all = listUsable(ec2, call, ec2.state.networks.subnets, input.SubnetIds, 'InvalidSubnetID.NotFound', 'subnet ID');
    const described = all.map(one => describedSubnet(ec2, call, one));
    const { items, NextToken } = page(filtered(described, input.Filters, subnetFields, one => one.Tags ?? []), input, 5);
    return { Subnets: items, NextToken };
  },
  CreateVpc: (ec2, call) => {
    const { CidrBlock = '10.0.0.0/16', TagSpecifications } = call.input as CreateVpcRequest;
    const id = authorizeCreation(ec2, call, 'vpc', TagSpecifications);
    ec2.state.networks.addVpc({ ...accountAndRegionOf(call), id, cidr: CidrBlock, isDefault: false });
    return { Vpc: describedVpc(ec2, call, ec2.state.networks.vpcs.get(id)!) };
  },
  CreateSubnet: (ec2, call) => {
    const { VpcId = '', CidrBlock = '', AvailabilityZone, TagSpecifications } = call.input as unknown as CreateSubnetRequest;
    const id = authorizeCreation(ec2, call, 'subnet', TagSpecifications);
    const vpc = findOwned(ec2, call, ec2.state.networks.vpcs, VpcId, 'InvalidVpcID.NotFound', 'vpc ID');
    const availabilityZone = AvailabilityZone ?? ec2.state.networks.zonesOf(call.region)[0];
    ec2.state.networks.addSubnet({ ...accountAndRegionOf(call), id, vpcId: vpc.id, cidr: CidrBlock, availabilityZone, isDefault: false });
    return { Subnet: describedSubnet(ec2, call, ec2.state.networks.subnets.get(id)!) };
  },
  DeleteVpc: (ec2, call) => {
    const id = String(call.input.VpcId);
    ec2.permissions.require(call, [{ resource: { arn: ownArn(accountAndRegionOf(call), 'vpc', id), context: {} } }]);
    findOwned(ec2, call, ec2.state.networks.vpcs, id, 'InvalidVpcID.NotFound', 'vpc ID');
    const { subnets, securityGroups, vpcs } = ec2.state.networks;
    const dependents = [...subnets.values(), ...[...securityGroups.values()].filter(group => group.name !== 'default')];
    checkNotInUse(ec2, 'vpc', id, instance => instance.vpcId === id, dependents.some(one => one.vpcId === id));
    vpcs.delete(id);
    [...securityGroups.values()].filter(group => group.vpcId === id).forEach(group => securityGroups.delete(group.id));
  },
  DeleteSubnet: (ec2, call) => {
    const id = String(call.input.SubnetId);
    ec2.permissions.require(call, [{ resource: { arn: ownArn(accountAndRegionOf(call), 'subnet', id), context: {} } }]);
    findOwned(ec2, call, ec2.state.networks.subnets, id, 'InvalidSubnetID.NotFound', 'subnet ID');
    checkNotInUse(ec2, 'subnet', id, instance => instance.subnetId === id);
    ec2.state.networks.subnets.delete(id);
  },
};

const vpcFields: FilterFields<VpcDescription> = {
  'vpc-id': one => one.VpcId,
  'is-default': one => String(one.IsDefault),
  'isDefault': one => String(one.IsDefault),
  'cidr': one => one.CidrBlock,
  'state': one => one.State,
  'owner-id': one => one.OwnerId,
};

const subnetFields: FilterFields<SubnetDescription> = {
  'vpc-id': one => one.VpcId,
  'subnet-id': one => one.SubnetId,
  'availability-zone': one => one.AvailabilityZone,
  'availabilityZone': one => one.AvailabilityZone,
  'default-for-az': one => String(one.DefaultForAz),
  'defaultForAz': one => String(one.DefaultForAz),
  'state': one => one.State,
};

function describedVpc(ec2: Ec2Context, call: Call, one: Vpc): VpcDescription {
  return {
    VpcId: one.id,
    CidrBlock: one.cidr,
    IsDefault: one.isDefault,
    State: 'available',
    OwnerId: one.account,
    InstanceTenancy: 'default',
    Tags: ec2.state.tags.described(call.principal.account, one.id),
  };
}

function describedSubnet(ec2: Ec2Context, call: Call, one: Subnet): SubnetDescription {
  return {
    SubnetId: one.id,
    VpcId: one.vpcId,
    CidrBlock: one.cidr,
    AvailabilityZone: one.availabilityZone,
    AvailabilityZoneId: zoneId(one.availabilityZone),
    DefaultForAz: one.isDefault,
    MapPublicIpOnLaunch: one.isDefault,
    State: 'available',
    OwnerId: one.account,
    SubnetArn: ownArn(one, 'subnet', one.id),
    AvailableIpAddressCount: freeAddresses(one, [...ec2.state.instances.values()]),
    Tags: ec2.state.tags.described(call.principal.account, one.id),
  };
}
