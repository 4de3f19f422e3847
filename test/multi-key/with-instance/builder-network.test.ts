import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { builderNetwork } from '../../../src/multi-key/builder-network';
import { readable } from '../../helpers/policy-lines';
import { newStack } from '../../helpers/stacks';

/** The subnets, security groups and public address of the builder instance, which nothing can connect to. */

const { PUBLIC, PRIVATE_ISOLATED } = ec2.SubnetType;
const [PUBLIC_SUBNET, ISOLATED_SUBNET] = ['subnet-00000000000000001', 'subnet-00000000000000002'];
const NOTHING_OUT = [{ CidrIp: '255.255.255.255/32', IpProtocol: 'icmp', FromPort: 252, ToPort: 86, Description: 'Disallow all traffic' }];
const ALL_OUT = [{ CidrIp: '0.0.0.0/0', IpProtocol: '-1', Description: 'Allow all outbound traffic by default' }];
const [CLOSED, OPEN] = ['Builder of an AMI: nothing in, nothing out', 'Builder of an AMI: nothing in'];

interface Options {
  readonly allowAllOutbound: boolean;
  /** Undefined: without a VPC. */
  readonly subnetType?: ec2.SubnetType;
  readonly securityGroupIds?: string[];
}
interface Network {
  readonly subnetIds?: string[];
  /** Undefined: the one that is created. */
  readonly securityGroupIds?: string[];
  readonly associatePublicIpAddress: boolean;
  /** The properties of each group that is created. */
  readonly groups: Record<string, object>;
}
const DEFAULT_VPC = { GroupDescription: 'Builder of an AMI: tells which VPC is the default one' };

const NETWORKS: Record<string, [Options, Network]> = {
  'the default VPC, which is known only by a group in it': [
    { allowAllOutbound: false },
    {
      associatePublicIpAddress: false,
      groups: { DefaultVpc: DEFAULT_VPC, SecurityGroup: { GroupDescription: CLOSED, VpcId: '<DefaultVpc.VpcId>', SecurityGroupEgress: NOTHING_OUT } },
    },
  ],
  // EC2 gives it a rule that lets everything out
  'the default VPC, with the network': [{ allowAllOutbound: true }, { associatePublicIpAddress: true, groups: { SecurityGroup: { GroupDescription: OPEN } } }],
  'public subnets, without the network': [
    { subnetType: PUBLIC, allowAllOutbound: false },
    { subnetIds: [PUBLIC_SUBNET], associatePublicIpAddress: false, groups: { SecurityGroup: { GroupDescription: CLOSED, VpcId: 'vpc-1', SecurityGroupEgress: NOTHING_OUT } } },
  ],
  'public subnets, with the network': [
    { subnetType: PUBLIC, allowAllOutbound: true },
    { subnetIds: [PUBLIC_SUBNET], associatePublicIpAddress: true, groups: { SecurityGroup: { GroupDescription: OPEN, VpcId: 'vpc-1', SecurityGroupEgress: ALL_OUT } } },
  ],
  'isolated subnets, with the network, where a public address is of no use': [
    { subnetType: PRIVATE_ISOLATED, allowAllOutbound: true },
    { subnetIds: [ISOLATED_SUBNET], associatePublicIpAddress: false, groups: { SecurityGroup: { GroupDescription: OPEN, VpcId: 'vpc-1', SecurityGroupEgress: ALL_OUT } } },
  ],
  'security groups of the user': [
    { subnetType: PRIVATE_ISOLATED, securityGroupIds: ['sg-1', 'sg-2'], allowAllOutbound: false },
    { subnetIds: [ISOLATED_SUBNET], securityGroupIds: ['sg-1', 'sg-2'], associatePublicIpAddress: false, groups: {} },
  ],
};

test.each(Object.entries(NETWORKS))('%s', (_title, [options, { groups, ...network }]) => {
  const stack = newStack();
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], publicSubnetIds: [PUBLIC_SUBNET], isolatedSubnetIds: [ISOLATED_SUBNET],
  });
  const securityGroups = options.securityGroupIds?.map(id => ec2.SecurityGroup.fromSecurityGroupId(stack, id, id));
  const { allowAllOutbound, subnetType } = options;
  const found = builderNetwork(stack, { allowAllOutbound, securityGroups, ...subnetType ? { vpc, vpcSubnets: { subnetType } } : {} });
  expect(readable(stack.resolve(found))).toEqual({ securityGroupIds: ['<SecurityGroup.GroupId>'], ...network });
  const created = Object.entries(Template.fromStack(stack).findResources('AWS::EC2::SecurityGroup'));
  expect(Object.fromEntries(created.map(([id, { Properties }]) => [id.replace(/[0-9A-F]{8}$/, ''), readable(Properties)]))).toEqual(groups);
});
