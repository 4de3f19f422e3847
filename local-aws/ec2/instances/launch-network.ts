import { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { findUsable } from '../networks/network-access';
import { containsAddress, freeAddresses, SecurityGroup, Subnet } from '../networks/networks';
import { lifecycleOf } from '../spot/spot-market';
import { Ec2Context } from '../state/ec2-context';

/** The network of a launch. */
export interface LaunchNetwork {
  readonly subnet: Subnet;
  readonly groups: readonly SecurityGroup[];
  readonly privateIpAddress?: string;
}

/** Returns the subnet and groups of the request, or those of the default VPC. */
export function launchNetwork(ec2: Ec2Context, call: Call, input: RunInstancesRequest): LaunchNetwork {
  const { networks } = ec2.state;
  checkLevels(input);
  const [first] = input.NetworkInterfaces ?? [];
  const subnetId = input.SubnetId ?? first?.SubnetId;
  const subnet = subnetId === undefined ? defaultSubnet(ec2, call, input)
    : findUsable(ec2, call, networks.subnets, subnetId, 'InvalidSubnetID.NotFound', 'subnet ID');
  const ids = input.SecurityGroupIds ?? first?.Groups ?? [];
  const named = [
    ...ids.map(id => findUsable(ec2, call, networks.securityGroups, id, 'InvalidGroup.NotFound', 'security group')),
    ...(input.SecurityGroups ?? []).map(name => groupNamed(ec2, subnet.vpcId, name)),
  ];
  const fallback = networks.defaultSecurityGroup(subnet.vpcId);
  if (named.length === 0 && fallback && fallback.account !== call.principal.account) {
    // the default security group of a shared VPC is its owner's alone
    findUsable(ec2, call, networks.securityGroups, fallback.id, 'InvalidGroup.NotFound', 'security group');
  }
  const privateIpAddress = input.PrivateIpAddress ?? first?.PrivateIpAddress;
  if (privateIpAddress !== undefined) {
    checkAddress(ec2, subnet, privateIpAddress);
  }
  return { subnet, groups: named.length > 0 || !fallback ? named : [fallback], privateIpAddress };
}

/** Options of a network interface exclude the same options of the instance. Group names are allowed in the default VPC only. */
function checkLevels(input: RunInstancesRequest): void {
  const levels = [
    ['subnet ID', input.SubnetId],
    ['security groups', input.SecurityGroupIds?.[0] ?? input.SecurityGroups?.[0]],
    ['private IP address', input.PrivateIpAddress],
  ];
  const [both] = input.NetworkInterfaces?.length ? levels.filter(([, value]) => value !== undefined) : [];
  if (both) {
    throw new AwsError(
      'InvalidParameterCombination', `Network interfaces and an instance-level ${both[0]} may not be specified on the same request`,
    );
  }
  if (input.SubnetId !== undefined && input.SecurityGroups?.length) {
    throw new AwsError('InvalidParameterCombination', 'The parameter groupName cannot be used with the parameter subnet');
  }
}

function groupNamed({ state: { networks } }: Ec2Context, vpcId: string, name: string): SecurityGroup {
  const group = [...networks.securityGroups.values()].find(one => one.vpcId === vpcId && one.name === name);
  if (!group) {
    throw new AwsError('InvalidGroup.NotFound', `The security group '${name}' does not exist in default VPC '${vpcId}'`);
  }
  return group;
}

function checkAddress({ state: { instances } }: Ec2Context, subnet: Subnet, address: string): void {
  if (!containsAddress(subnet.cidr, address)) {
    throw new AwsError('InvalidParameterValue', 'Address does not fall within the subnet\'s address range');
  }
  if ([...instances.values()].some(one => one.subnetId === subnet.id && one.privateIpAddress === address && !one.networkReleased)) {
    throw new AwsError('InvalidIPAddress.InUse', `Address ${address} is in use.`);
  }
}

/** Checks the request against the subnet. EC2 finds a late capacity shortage only after it has accepted the launch. */
export function checkSubnetCapacity({ state, capacity }: Ec2Context, input: RunInstancesRequest, { subnet }: LaunchNetwork, count: number): void {
  const type = input.InstanceType ?? 'm1.small';
  if (freeAddresses(subnet, [...state.instances.values()]) < count) {
    throw new AwsError(
      'InsufficientFreeAddressesInSubnet', `The specified subnet does not have enough free addresses to satisfy the request. ${subnet.id} has too few for ${count}.`,
    );
  }
  const lifecycle = lifecycleOf(input);
  if (capacity.refusesLaunch(type, subnet.availabilityZone, lifecycle)) {
    throw lifecycle === 'spot' ? noSpotCapacity() : new AwsError(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${type} capacity in the Availability Zone you requested (${subnet.availabilityZone}). ` +
      'Our system will be working on provisioning additional capacity.',
      500,
    );
  }
}

function noSpotCapacity(): AwsError {
  return new AwsError('InsufficientInstanceCapacity', 'There is no Spot capacity available that matches your request.', 500);
}

/** Returns a subnet of the default VPC, in a zone with capacity if there is one. */
function defaultSubnet({ state: { networks, instances }, capacity }: Ec2Context, call: Call, input: RunInstancesRequest): Subnet {
  const vpc = networks.defaultVpc(accountAndRegionOf(call));
  if (!vpc) {
    throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.');
  }
  const zone = input.Placement?.AvailabilityZone;
  const subnets = [...networks.subnets.values()].filter(one => one.vpcId === vpc.id && (zone === undefined || one.availabilityZone === zone));
  const roomy = subnets.find(one => freeAddresses(one, [...instances.values()]) > 0
    && !capacity.refusesLaunch(input.InstanceType ?? 'm1.small', one.availabilityZone, lifecycleOf(input)));
  const subnet = roomy ?? subnets[0];
  if (!subnet) {
    throw new AwsError('MissingInput', `No subnets found for the default VPC '${vpc.id}'. Please specify a subnet.`);
  }
  return subnet;
}
