import {
  CreateSecurityGroupRequest, CreateSubnetRequest, CreateVpcRequest, DeleteSecurityGroupRequest,
  DescribeSecurityGroupsRequest, DescribeSubnetsRequest, DescribeVpcsRequest, SecurityGroup as SecurityGroupDescription,
  Subnet as SubnetDescription, TagSpecification, Vpc as VpcDescription,
} from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context, Ec2Operations, placeOf } from './context';
import { FilterFields, filtered, page } from './filters';
import { ownArn } from './iam-resources';
import { freeAddresses, SecurityGroup, Subnet, Vpc } from './networks';
import { creation, specifiedTags } from './permissions';
import { newId } from './world';
import { zoneId } from './zones';
import { Place } from '../kms/arns';

export const networkOperations: Ec2Operations = {
  DescribeVpcs: (ec2, call) => {
    const input = call.input as DescribeVpcsRequest;
    const all = listed(ec2, call, ec2.world.networks.vpcs, input.VpcIds, 'InvalidVpcID.NotFound', 'vpc ID');
    const described = all.map(one => describedVpc(ec2, call, one));
    const { items, NextToken } = page(filtered(described, input.Filters, vpcFields, one => one.Tags ?? []), input, 5);
    return { Vpcs: items, NextToken };
  },
  DescribeSubnets: (ec2, call) => {
    const input = call.input as DescribeSubnetsRequest;
    const all = listed(ec2, call, ec2.world.networks.subnets, input.SubnetIds, 'InvalidSubnetID.NotFound', 'subnet ID');
    const described = all.map(one => describedSubnet(ec2, call, one));
    const { items, NextToken } = page(filtered(described, input.Filters, subnetFields, one => one.Tags ?? []), input, 5);
    return { Subnets: items, NextToken };
  },
  DescribeSecurityGroups: (ec2, call) => {
    const input = call.input as DescribeSecurityGroupsRequest;
    const all = listed(ec2, call, ec2.world.networks.securityGroups, input.GroupIds, 'InvalidGroup.NotFound', 'security group')
      .filter(one => !input.GroupNames?.length || input.GroupNames.includes(one.name));
    const described = all.map(one => describedGroup(ec2, call, one));
    const { items, NextToken } = page(filtered(described, input.Filters, groupFields, one => one.Tags ?? []), input, 5);
    return { SecurityGroups: items, NextToken };
  },
  CreateVpc: (ec2, call) => {
    const { CidrBlock = '10.0.0.0/16', TagSpecifications } = call.input as CreateVpcRequest;
    const id = made(ec2, call, 'vpc', TagSpecifications);
    ec2.world.networks.addVpc({ ...placeOf(call), id, cidr: CidrBlock, isDefault: false });
    return { Vpc: describedVpc(ec2, call, ec2.world.networks.vpcs.get(id)!) };
  },
  CreateSubnet: (ec2, call) => {
    const { VpcId = '', CidrBlock = '', AvailabilityZone, TagSpecifications } = call.input as unknown as CreateSubnetRequest;
    const id = made(ec2, call, 'subnet', TagSpecifications);
    const vpc = find(ec2, call, ec2.world.networks.vpcs, VpcId, 'InvalidVpcID.NotFound', 'vpc ID');
    const availabilityZone = AvailabilityZone ?? ec2.world.networks.zonesOf(call.region)[0];
    ec2.world.networks.addSubnet({ ...placeOf(call), id, vpcId: vpc.id, cidr: CidrBlock, availabilityZone, isDefault: false });
    return { Subnet: describedSubnet(ec2, call, ec2.world.networks.subnets.get(id)!) };
  },
  CreateSecurityGroup: (ec2, call) => {
    const { GroupName: name = '', Description: description = '', VpcId, TagSpecifications } = call.input as unknown as CreateSecurityGroupRequest;
    const id = made(ec2, call, 'security-group', TagSpecifications);
    const { networks } = ec2.world;
    const vpcId = VpcId === undefined ? defaultVpcId(ec2, call) : find(ec2, call, networks.vpcs, VpcId, 'InvalidVpcID.NotFound', 'vpc ID').id;
    if ([...networks.securityGroups.values()].some(group => group.vpcId === vpcId && group.name === name)) {
      throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
    }
    networks.addSecurityGroup({ ...placeOf(call), id, vpcId, name, description });
    return { GroupId: id, Tags: ec2.world.tags.list(call.principal.account, id) };
  },
  // rules let traffic pass, and there is none
  AuthorizeSecurityGroupIngress: acceptRules,
  AuthorizeSecurityGroupEgress: acceptRules,
  RevokeSecurityGroupIngress: acceptRules,
  RevokeSecurityGroupEgress: acceptRules,
  DeleteVpc: (ec2, call) => {
    const id = String(call.input.VpcId);
    ec2.permissions.require(call, [{ resource: { arn: ownArn(placeOf(call), 'vpc', id), context: {} } }]);
    find(ec2, call, ec2.world.networks.vpcs, id, 'InvalidVpcID.NotFound', 'vpc ID');
    const { subnets, securityGroups, vpcs } = ec2.world.networks;
    const dependents = [...subnets.values(), ...[...securityGroups.values()].filter(group => group.name !== 'default')];
    refuseUsed('vpc', id, dependents.some(one => one.vpcId === id));
    vpcs.delete(id);
    [...securityGroups.values()].filter(group => group.vpcId === id).forEach(group => securityGroups.delete(group.id));
  },
  DeleteSubnet: (ec2, call) => {
    const id = String(call.input.SubnetId);
    ec2.permissions.require(call, [{ resource: { arn: ownArn(placeOf(call), 'subnet', id), context: {} } }]);
    find(ec2, call, ec2.world.networks.subnets, id, 'InvalidSubnetID.NotFound', 'subnet ID');
    refuseUsed('subnet', id, alive(ec2).some(instance => instance.subnetId === id));
    ec2.world.networks.subnets.delete(id);
  },
  DeleteSecurityGroup: (ec2, call) => {
    const { GroupId: id = '' } = call.input as DeleteSecurityGroupRequest;
    ec2.permissions.require(call, [{ resource: { arn: ownArn(placeOf(call), 'security-group', id), context: {} } }]);
    find(ec2, call, ec2.world.networks.securityGroups, id, 'InvalidGroup.NotFound', 'security group');
    refuseUsed('resource', id, alive(ec2).some(instance => instance.securityGroupIds.includes(id)));
    ec2.world.networks.securityGroups.delete(id);
    return { Return: true, GroupId: id };
  },
};

/** Something of the network by its id. */
export function find<T extends Place>(ec2: Ec2Context, call: Call, all: Map<string, T>, id: string, code: string, noun: string): T {
  ec2.world.networks.defaultVpc(placeOf(call));
  const found = all.get(id);
  if (!found || found.account !== call.principal.account || found.region !== call.region) {
    throw new AwsError(code, `The ${noun} '${id}' does not exist`);
  }
  return found;
}

function listed<T extends Place>(
  ec2: Ec2Context, call: Call, all: Map<string, T>, ids: readonly string[] | undefined, code: string, noun: string,
): T[] {
  ec2.permissions.require(call);
  ec2.world.networks.defaultVpc(placeOf(call));
  if (ids && ids.length > 0) {
    return ids.map(id => find(ec2, call, all, id, code, noun));
  }
  return [...all.values()].filter(one => one.account === call.principal.account && one.region === call.region);
}

function made(ec2: Ec2Context, call: Call, type: string, specifications: readonly TagSpecification[] | undefined): string {
  const tags = specifiedTags(specifications, type);
  ec2.permissions.require(call, creation(call, { arn: ownArn(placeOf(call), type, '*'), context: {} }, tags));
  const id = newId(type === 'security-group' ? 'sg' : type);
  ec2.world.tags.put(call.principal.account, id, tags);
  return id;
}

function defaultVpcId(ec2: Ec2Context, call: Call): string {
  const vpc = ec2.world.networks.defaultVpc(placeOf(call));
  if (!vpc) {
    throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
  }
  return vpc.id;
}

function acceptRules(ec2: Ec2Context, call: Call): object {
  const id = String(call.input.GroupId);
  ec2.permissions.require(call, [{ resource: { arn: ownArn(placeOf(call), 'security-group', id), context: {} } }]);
  find(ec2, call, ec2.world.networks.securityGroups, id, 'InvalidGroup.NotFound', 'security group');
  return { Return: true };
}

function refuseUsed(type: string, id: string, used: boolean): void {
  if (used) {
    throw new AwsError('DependencyViolation', `The ${type} '${id}' has dependencies and cannot be deleted.`);
  }
}

function alive({ world }: Ec2Context) {
  return [...world.instances.values()].filter(instance => instance.state !== 'terminated');
}

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

const groupFields: FilterFields<SecurityGroupDescription> = {
  'vpc-id': one => one.VpcId,
  'group-id': one => one.GroupId,
  'group-name': one => one.GroupName,
};

function describedVpc(ec2: Ec2Context, call: Call, one: Vpc): VpcDescription {
  return {
    VpcId: one.id,
    CidrBlock: one.cidr,
    IsDefault: one.isDefault,
    State: 'available',
    OwnerId: one.account,
    InstanceTenancy: 'default',
    Tags: ec2.world.tags.list(call.principal.account, one.id),
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
    AvailableIpAddressCount: freeAddresses(one, [...ec2.world.instances.values()]),
    Tags: ec2.world.tags.list(call.principal.account, one.id),
  };
}

function describedGroup(ec2: Ec2Context, call: Call, one: SecurityGroup): SecurityGroupDescription {
  return {
    GroupId: one.id,
    GroupName: one.name,
    Description: one.description,
    VpcId: one.vpcId,
    OwnerId: one.account,
    IpPermissions: [],
    IpPermissionsEgress: [],
    Tags: ec2.world.tags.list(call.principal.account, one.id),
  };
}
