import { CreateSubnetCommand, CreateVpcCommand, DeleteSubnetCommand, DeleteVpcCommand, DescribeSecurityGroupsCommand } from '@aws-sdk/client-ec2';
import { TypeContext } from '../context';
import { callEc2, deleteUnlessGone, tagSpecifications } from './calls';
import { Json } from '../../template/template';
import { generatedId } from '../in-memory';
import { requiredText, text } from '../properties';
import { ResourceType } from '../resource-type';

/** The resource types of networks. EC2 creates VPCs and subnets; the other types only get an ID. */
export function networkTypes(context: TypeContext): Record<string, ResourceType> {
  return { ...ec2Types(context), ...idTypes() };
}

function ec2Types(context: TypeContext): Record<string, ResourceType> {
  return {
    'AWS::EC2::VPC': {
      replacementProperties: ['CidrBlock'],
      create: request => callEc2(context, request, async ec2 => {
        const { Vpc } = await ec2.send(new CreateVpcCommand({
          CidrBlock: text(request.properties, 'CidrBlock'), TagSpecifications: tagSpecifications(request.properties, 'vpc'),
        }));
        const id = Vpc!.VpcId!;
        request.initiated(id);
        const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [id] }] }));
        return {
          physicalId: id,
          attributes: {
            VpcId: id,
            CidrBlock: Vpc!.CidrBlock,
            CidrBlockAssociations: [generatedId('vpc-cidr-assoc')],
            DefaultNetworkAcl: generatedId('acl'),
            DefaultSecurityGroup: SecurityGroups?.[0]?.GroupId ?? generatedId('sg'),
            Ipv6CidrBlocks: [],
          },
        };
      }),
      update: unchanged,
      delete: request => deleteUnlessGone(
        context, request, ['InvalidVpcID.NotFound'], ec2 => ec2.send(new DeleteVpcCommand({ VpcId: request.physicalId }))),
    },
    'AWS::EC2::Subnet': {
      replacementProperties: ['VpcId', 'CidrBlock', 'AvailabilityZone'],
      create: request => callEc2(context, request, async ec2 => {
        const { Subnet } = await ec2.send(new CreateSubnetCommand({
          VpcId: requiredText(request.properties, 'VpcId'),
          CidrBlock: text(request.properties, 'CidrBlock'),
          AvailabilityZone: text(request.properties, 'AvailabilityZone'),
          TagSpecifications: tagSpecifications(request.properties, 'subnet'),
        }));
        const { SubnetId = '', VpcId, CidrBlock, AvailabilityZone } = Subnet!;
        return {
          physicalId: SubnetId,
          attributes: { SubnetId, VpcId, CidrBlock, AvailabilityZone, Ipv6CidrBlocks: [], NetworkAclAssociationId: generatedId('aclassoc') },
        };
      }),
      update: unchanged,
      delete: request => deleteUnlessGone(
        context, request, ['InvalidSubnetID.NotFound'], ec2 => ec2.send(new DeleteSubnetCommand({ SubnetId: request.physicalId }))),
    },
  };
}

function idTypes(): Record<string, ResourceType> {
  const type = (prefix: string, attributes: (id: string) => Record<string, Json>, replacementProperties: string[] = []): ResourceType => ({
    replacementProperties,
    create: () => {
      const id = generatedId(prefix);
      return { physicalId: id, attributes: attributes(id) };
    },
    update: unchanged,
  });
  return {
    'AWS::EC2::RouteTable': type('rtb', id => ({ RouteTableId: id }), ['VpcId']),
    'AWS::EC2::InternetGateway': type('igw', id => ({ InternetGatewayId: id })),
    'AWS::EC2::NatGateway': type('nat', id => ({ NatGatewayId: id }), ['SubnetId', 'AllocationId']),
    'AWS::EC2::SubnetRouteTableAssociation': type('rtbassoc', id => ({ Id: id }), ['SubnetId']),
    'AWS::EC2::EIP': {
      create: () => ({ physicalId: '203.0.113.25', attributes: { AllocationId: generatedId('eipalloc'), PublicIp: '203.0.113.25' } }),
      update: unchanged,
    },
    'AWS::EC2::Route': {
      replacementProperties: ['RouteTableId', 'DestinationCidrBlock'],
      create: ({ properties }) => ({ physicalId: `${requiredText(properties, 'RouteTableId')}|${text(properties, 'DestinationCidrBlock') ?? ''}` }),
      update: unchanged,
    },
    'AWS::EC2::VPCGatewayAttachment': {
      create: ({ properties }) => ({ physicalId: `IGW|${requiredText(properties, 'VpcId')}` }),
      update: unchanged,
    },
  };
}

function unchanged(request: { readonly physicalId: string }): { physicalId: string } {
  return { physicalId: request.physicalId };
}
