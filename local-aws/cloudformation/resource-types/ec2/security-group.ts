import {
  AuthorizeSecurityGroupEgressCommand, AuthorizeSecurityGroupIngressCommand, AuthorizeSecurityGroupIngressResult, CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand, DescribeSecurityGroupsCommand, EC2Client, IpPermission,
  RevokeSecurityGroupEgressCommand, RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { TypeContext } from '../context';
import { callEc2, deleteUnlessGone, tagSpecifications } from './calls';
import { JsonObject, sameJson } from '../../template/template';
import { number, objects, requiredText, text } from '../properties';
import { ResourceFailure, ResourceType } from '../resource-type';

type Direction = 'Ingress' | 'Egress';

/** The name of the peer's group, and of its prefix list, in a rule. */
const PEERS = {
  Ingress: { group: 'SourceSecurityGroupId', prefixList: 'SourcePrefixListId' },
  Egress: { group: 'DestinationSecurityGroupId', prefixList: 'DestinationPrefixListId' },
} as const;

/** Security groups, with the rules that they declare, and rules by themselves. */
export function securityGroupTypes(context: TypeContext): Record<string, ResourceType> {
  return {
    'AWS::EC2::SecurityGroup': securityGroupType(context),
    'AWS::EC2::SecurityGroupIngress': ruleType(context, 'Ingress'),
    'AWS::EC2::SecurityGroupEgress': ruleType(context, 'Egress'),
  };
}

function securityGroupType(context: TypeContext): ResourceType {
  return {
    replacementProperties: ['GroupName', 'GroupDescription', 'VpcId'],
    create: request => callEc2(context, request, async ec2 => {
      const { properties } = request;
      const VpcId = text(properties, 'VpcId');
      if (VpcId === undefined && properties.SecurityGroupEgress !== undefined) {
        throw new ResourceFailure('SecurityGroupEgress cannot be specified without VpcId');
      }
      const { GroupId = '' } = await ec2.send(new CreateSecurityGroupCommand({
        GroupName: text(properties, 'GroupName') ?? request.name(255),
        Description: requiredText(properties, 'GroupDescription'),
        VpcId,
        TagSpecifications: tagSpecifications(properties, 'security-group'),
      }));
      request.initiated(GroupId);
      await changeRules(ec2, GroupId, {}, properties);
      const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
      return { physicalId: GroupId, attributes: { GroupId, Id: GroupId, VpcId: SecurityGroups[0].VpcId! } };
    }),
    update: request => callEc2(context, request, async ec2 => {
      await changeRules(ec2, request.physicalId, request.oldProperties, request.properties);
      return { physicalId: request.physicalId };
    }),
    delete: request => deleteUnlessGone(
      context, request, ['InvalidGroup.NotFound'], ec2 => ec2.send(new DeleteSecurityGroupCommand({ GroupId: request.physicalId }))),
  };
}

/** Only the rules that differ: rules of other resources stay. */
async function changeRules(ec2: EC2Client, GroupId: string, old: JsonObject, properties: JsonObject): Promise<void> {
  for (const direction of ['Ingress', 'Egress'] as const) {
    const [before, after] = [declaredRules(old, direction), declaredRules(properties, direction)];
    const removed = before.filter(rule => !contains(after, rule));
    const added = after.filter(rule => !contains(before, rule));
    if (removed.length > 0) {
      await revoke(ec2, direction, { GroupId, IpPermissions: removed });
    }
    if (added.length > 0) {
      await authorize(ec2, direction, { GroupId, IpPermissions: added });
    }
  }
}

/** A new group has a rule that allows all outbound traffic, which CloudFormation removes if the template has rules of its own. */
const ALLOW_ALL: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

function declaredRules(properties: JsonObject, direction: Direction): IpPermission[] {
  const rules = objects(properties, `SecurityGroup${direction}`).map(rule => permissionOf(rule, direction));
  return direction === 'Egress' && rules.length === 0 ? [ALLOW_ALL] : rules;
}

function contains(rules: readonly IpPermission[], rule: IpPermission): boolean {
  return rules.some(one => JSON.stringify(one) === JSON.stringify(rule));
}

/** `AWS::EC2::SecurityGroupIngress` and `AWS::EC2::SecurityGroupEgress`. */
function ruleType(context: TypeContext, direction: Direction): ResourceType {
  const peers = PEERS[direction];
  const replacementProperties = ['GroupId', 'IpProtocol', 'FromPort', 'ToPort', 'CidrIp', 'CidrIpv6', peers.group, peers.prefixList];
  return {
    replacementProperties,
    updateError: (before, after) => replacementProperties.every(name => sameJson(before[name], after[name]))
      ? 'the local AWS has no ec2:ModifySecurityGroupRules, so it does not change the description of a rule'
      : undefined,
    create: request => callEc2(context, request, async ec2 => {
      const { SecurityGroupRules = [] } = await authorize(ec2, direction, ruleOf(request.properties, direction));
      const Id = SecurityGroupRules[0].SecurityGroupRuleId!;
      return { physicalId: Id, attributes: { Id } };
    }),
    delete: request => deleteUnlessGone(context, request, ['InvalidGroup.NotFound', 'InvalidPermission.NotFound'],
      ec2 => revoke(ec2, direction, ruleOf(request.properties, direction))),
  };
}

interface Rules {
  readonly GroupId: string;
  readonly IpPermissions: IpPermission[];
}

function ruleOf(properties: JsonObject, direction: Direction): Rules {
  return { GroupId: requiredText(properties, 'GroupId'), IpPermissions: [permissionOf(properties, direction)] };
}

function authorize(ec2: EC2Client, direction: Direction, rules: Rules): Promise<AuthorizeSecurityGroupIngressResult> {
  return direction === 'Ingress' ? ec2.send(new AuthorizeSecurityGroupIngressCommand(rules)) : ec2.send(new AuthorizeSecurityGroupEgressCommand(rules));
}

async function revoke(ec2: EC2Client, direction: Direction, rules: Rules): Promise<void> {
  await (direction === 'Ingress' ? ec2.send(new RevokeSecurityGroupIngressCommand(rules)) : ec2.send(new RevokeSecurityGroupEgressCommand(rules)));
}

function permissionOf(rule: JsonObject, direction: Direction): IpPermission {
  const [cidr, cidrIpv6] = [text(rule, 'CidrIp'), text(rule, 'CidrIpv6')];
  const [group, prefixList] = [text(rule, PEERS[direction].group), text(rule, PEERS[direction].prefixList)];
  const Description = text(rule, 'Description');
  return {
    IpProtocol: requiredText(rule, 'IpProtocol'),
    FromPort: number(rule, 'FromPort'),
    ToPort: number(rule, 'ToPort'),
    ...cidr !== undefined && { IpRanges: [{ CidrIp: cidr, Description }] },
    ...cidrIpv6 !== undefined && { Ipv6Ranges: [{ CidrIpv6: cidrIpv6, Description }] },
    ...group !== undefined && { UserIdGroupPairs: [{ GroupId: group, Description }] },
    ...prefixList !== undefined && { PrefixListIds: [{ PrefixListId: prefixList, Description }] },
  };
}
