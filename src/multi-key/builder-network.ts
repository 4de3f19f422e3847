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
  /** None: those of the default VPC. */
  readonly subnetIds?: string[];
  readonly securityGroupIds: string[];
  readonly associatePublicIpAddress: boolean;
}

/** The subnets and the security group of a builder. Nothing reaches it, and it reaches nothing, unless it is allowed to. */
export function builderNetwork(scope: Construct, options: BuilderNetworkOptions): BuilderNetwork {
  const selected = options.vpc?.selectSubnets(options.vpcSubnets);
  return {
    subnetIds: selected?.subnetIds,
    securityGroupIds: options.securityGroups?.map(({ securityGroupId }) => securityGroupId) ?? [createClosedSecurityGroup(scope, options)],
    // the default VPC has public subnets only, and from a public subnet nothing is reached without an address
    associatePublicIpAddress: options.allowAllOutbound && (selected?.hasPublic ?? true),
  };
}

function createClosedSecurityGroup(scope: Construct, { vpc, allowAllOutbound }: BuilderNetworkOptions): string {
  const description = 'Builder of an AMI: nothing in' + (allowAllOutbound ? '' : ', nothing out');
  if (vpc) {
    return new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description, allowAllOutbound }).securityGroupId;
  }
  // without a VPC it is the default one's, which is known only when the stack deploys
  if (allowAllOutbound) {
    // one without a rule for what goes out gets one that allows everything
    return new ec2.CfnSecurityGroup(scope, 'SecurityGroup', { groupDescription: description }).attrGroupId;
  }
  // "SecurityGroupEgress cannot be specified without VpcId", and of all resources only another group of the default VPC tells its id
  const { attrVpcId: vpcId } = new ec2.CfnSecurityGroup(scope, 'DefaultVpc', { groupDescription: 'Builder of an AMI: tells which VPC is the default one' });
  return new ec2.CfnSecurityGroup(scope, 'SecurityGroup', {
    groupDescription: description,
    vpcId,
    securityGroupEgress: [{ cidrIp: '255.255.255.255/32', ipProtocol: 'icmp', fromPort: 252, toPort: 86, description: 'Disallow all traffic' }],
  }).attrGroupId;
}
