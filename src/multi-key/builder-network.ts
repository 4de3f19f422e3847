import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** The props of the construct that decide where the builder instance runs. */
export interface BuilderNetworkOptions {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
  /** Whether the user data may connect to the network. */
  readonly allowAllOutbound: boolean;
}

export interface BuilderNetwork {
  /** Undefined: the subnets of the default VPC. */
  readonly subnetIds?: string[];
  readonly securityGroupIds: string[];
  readonly associatePublicIpAddress: boolean;
}

/** The subnets and security groups of the builder instance. It accepts no connections, and opens none unless `allowAllOutbound` is set. */
export function builderNetwork(scope: Construct, options: BuilderNetworkOptions): BuilderNetwork {
  const selected = options.vpc?.selectSubnets(options.vpcSubnets);
  return {
    subnetIds: selected?.subnetIds,
    securityGroupIds: options.securityGroups?.map(({ securityGroupId }) => securityGroupId) ?? [createClosedSecurityGroup(scope, options)],
    // the default VPC has public subnets only, and in a public subnet an instance needs a public address to connect to the network
    associatePublicIpAddress: options.allowAllOutbound && (selected?.hasPublic ?? true),
  };
}

function createClosedSecurityGroup(scope: Construct, { vpc, allowAllOutbound }: BuilderNetworkOptions): string {
  const description = 'Builder of an AMI: nothing in' + (allowAllOutbound ? '' : ', nothing out');
  if (vpc) {
    return new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description, allowAllOutbound }).securityGroupId;
  }
  // without `vpc` it is in the default VPC, which is known only when the stack deploys
  if (allowAllOutbound) {
    // EC2 adds an outbound rule that allows everything to a group without outbound rules
    return new ec2.CfnSecurityGroup(scope, 'SecurityGroup', { groupDescription: description }).attrGroupId;
  }
  // "SecurityGroupEgress cannot be specified without VpcId", and only another group of the default VPC has its ID as an attribute
  const { attrVpcId: vpcId } = new ec2.CfnSecurityGroup(scope, 'DefaultVpc', { groupDescription: 'Builder of an AMI: tells which VPC is the default one' });
  return new ec2.CfnSecurityGroup(scope, 'SecurityGroup', {
    groupDescription: description,
    vpcId,
    securityGroupEgress: [{ cidrIp: '255.255.255.255/32', ipProtocol: 'icmp', fromPort: 252, toPort: 86, description: 'Disallow all traffic' }],
  }).attrGroupId;
}
