import {
  CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand, DeleteSecurityGroupCommand, DeleteSubnetCommand, DeleteVpcCommand,
  DescribeSecurityGroupsCommand, EC2Client, ResourceType as Taggable, TagSpecification,
} from '@aws-sdk/client-ec2';
import { TypeContext } from './context';
import { generatedId } from './in-memory';
import { requiredText, serviceFailure, tags, text } from './properties';
import { ResourceFailure, ResourceRequest, ResourceType } from './resource-type';
import { Json, JsonObject } from '../template/template';

/** The resource types of networks. EC2 creates VPCs, subnets and security groups; the other types only get an ID. */
export function networkTypes(context: TypeContext): Record<string, ResourceType> {
  return { ...ec2Types(context), ...idTypes() };
}

function ec2Types(context: TypeContext): Record<string, ResourceType> {
  const callEc2 = async <T>(request: { environment: ResourceRequest['environment'] }, use: (ec2: EC2Client) => Promise<T>): Promise<T> => {
    try {
      return await use(context.ec2(request.environment));
    } catch (error) {
      throw serviceFailure(error, 'Ec2');
    }
  };
  const deleteUnlessGone = async (
    request: { environment: ResourceRequest['environment'] }, code: string, use: (ec2: EC2Client) => Promise<unknown>,
  ): Promise<void> => {
    await use(context.ec2(request.environment)).catch((error: unknown) => {
      if ((error as Error).name !== code) {
        throw serviceFailure(error, 'Ec2');
      }
    });
  };
  return {
    'AWS::EC2::VPC': {
      replacementProperties: ['CidrBlock'],
      create: request => callEc2(request, async ec2 => {
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
      delete: request => deleteUnlessGone(request, 'InvalidVpcID.NotFound', ec2 => ec2.send(new DeleteVpcCommand({ VpcId: request.physicalId }))),
    },
    'AWS::EC2::Subnet': {
      replacementProperties: ['VpcId', 'CidrBlock', 'AvailabilityZone'],
      create: request => callEc2(request, async ec2 => {
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
      delete: request => deleteUnlessGone(request, 'InvalidSubnetID.NotFound', ec2 => ec2.send(new DeleteSubnetCommand({ SubnetId: request.physicalId }))),
    },
    'AWS::EC2::SecurityGroup': {
      replacementProperties: ['GroupName', 'GroupDescription', 'VpcId'],
      create: request => callEc2(request, async ec2 => {
        const VpcId = text(request.properties, 'VpcId');
        if (VpcId === undefined && request.properties.SecurityGroupEgress !== undefined) {
          throw new ResourceFailure('SecurityGroupEgress cannot be specified without VpcId');
        }
        const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand({
          GroupName: text(request.properties, 'GroupName') ?? request.name(255),
          Description: requiredText(request.properties, 'GroupDescription'),
          VpcId,
          TagSpecifications: tagSpecifications(request.properties, 'security-group'),
        }));
        const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
        return { physicalId: GroupId, attributes: { GroupId, Id: GroupId, VpcId: SecurityGroups[0].VpcId! } };
      }),
      update: unchanged,
      delete: request => deleteUnlessGone(request, 'InvalidGroup.NotFound', ec2 => ec2.send(new DeleteSecurityGroupCommand({ GroupId: request.physicalId }))),
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

function tagSpecifications(properties: JsonObject, type: Taggable): TagSpecification[] | undefined {
  const Tags = Object.entries(tags(properties)).map(([Key, Value]) => ({ Key, Value }));
  return Tags.length === 0 ? undefined : [{ ResourceType: type, Tags }];
}
