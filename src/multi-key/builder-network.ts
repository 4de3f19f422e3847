import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/** Where a builder runs, as its construct was told. */
export interface BuilderNetworkOptions {
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
  /** Whether what the builder runs may reach the network. */
  readonly networkAccess: boolean;
}

export interface BuilderNetwork {
  /** None: those of the default VPC. */
  readonly subnetIds?: string[];
  readonly securityGroupIds: string[];
  readonly publicAddress: boolean;
}

/** The subnets and the security group of a builder. Nothing reaches it, and it reaches nothing, unless it is allowed to. */
export function builderNetwork(scope: Construct, place: BuilderNetworkOptions): BuilderNetwork {
  const selected = place.vpc?.selectSubnets(place.vpcSubnets);
  return {
    subnetIds: selected?.subnetIds,
    securityGroupIds: place.securityGroups?.map(({ securityGroupId }) => securityGroupId) ?? [createClosedSecurityGroup(scope, place)],
    // the default VPC has public subnets only, and from a public subnet nothing is reached without an address
    publicAddress: place.networkAccess && (selected?.hasPublic ?? true),
  };
}

function createClosedSecurityGroup(scope: Construct, { vpc, networkAccess }: BuilderNetworkOptions): string {
  const description = 'Builder of an AMI: nothing in' + (networkAccess ? '' : ', nothing out');
  if (vpc) {
    return new ec2.SecurityGroup(scope, 'SecurityGroup', { vpc, description, allowAllOutbound: networkAccess }).securityGroupId;
  }
  // without a VPC it is the default one's, which is known only when the stack deploys
  if (networkAccess) {
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
