import {
  AuthorizeSecurityGroupIngressRequest, CreateSecurityGroupRequest, DeleteSecurityGroupRequest, DescribeSecurityGroupRulesRequest,
  DescribeSecurityGroupsRequest, SecurityGroup as SecurityGroupDescription, SecurityGroupRule as RuleDescription,
} from '@aws-sdk/client-ec2';
import { findOwned, findUsable, listUsable, authorizeCreation, checkNotInUse } from './network-access';
import { SecurityGroup } from './networks';
import { addRules, allowAllEgress, describedPermissions, describedRule, removeRules, rulesOf, SecurityGroupRule, SimpleRule } from './security-group-rules';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { ownArn } from '../authorization/iam-resources';
import { FilterFields, filtered, page } from '../requests/filters-and-pages';
import { Ec2Context, Ec2Operation, Ec2Operations } from '../state/ec2-context';

export const securityGroupOperations: Ec2Operations = {
  DescribeSecurityGroups: (ec2, call) => {
    const input = call.input as DescribeSecurityGroupsRequest;
    const all = listUsable(ec2, call, ec2.state.networks.securityGroups, input.GroupIds, 'InvalidGroup.NotFound', 'security group')
      .filter(one => !input.GroupNames?.length || input.GroupNames.includes(one.name));
    const described = all.map(one => describedGroup(ec2, call, one));
    const { items, NextToken } = page(filtered(described, input.Filters, fields, one => one.Tags ?? []), input, 5);
    return { SecurityGroups: items, NextToken };
  },
  DescribeSecurityGroupRules: (ec2, call) => {
    const input = call.input as DescribeSecurityGroupRulesRequest;
    const groups = listUsable(ec2, call, ec2.state.networks.securityGroups, undefined, 'InvalidGroup.NotFound', 'security group');
    const all = groups.flatMap(group => [
      ...group.ingress.map(rule => describedRule(group, rule, false)), ...group.egress.map(rule => describedRule(group, rule, true)),
    ]).filter(({ SecurityGroupRuleId = '' }) => !input.SecurityGroupRuleIds?.length || input.SecurityGroupRuleIds.includes(SecurityGroupRuleId));
    const { items, NextToken } = page(filtered(all, input.Filters, ruleFields, () => []), input, 5);
    return { SecurityGroupRules: items, NextToken };
  },
  CreateSecurityGroup: (ec2, call) => {
    const { GroupName: name = '', Description: description = '', VpcId, TagSpecifications } = call.input as unknown as CreateSecurityGroupRequest;
    const id = authorizeCreation(ec2, call, 'security-group', TagSpecifications);
    const { networks } = ec2.state;
    const vpcId = VpcId === undefined ? defaultVpcId(ec2, call) : findUsable(ec2, call, networks.vpcs, VpcId, 'InvalidVpcID.NotFound', 'vpc ID').id;
    if ([...networks.securityGroups.values()].some(group => group.vpcId === vpcId && group.name === name)) {
      throw new AwsError('InvalidGroup.Duplicate', `The security group '${name}' already exists for VPC '${vpcId}'`);
    }
    networks.addSecurityGroup({ ...accountAndRegionOf(call), id, vpcId, name, description, ingress: [], egress: allowAllEgress() });
    return { GroupId: id, Tags: ec2.state.tags.list(call.principal.account, id) };
  },
  AuthorizeSecurityGroupIngress: changeRules('ingress', addRules),
  AuthorizeSecurityGroupEgress: changeRules('egress', addRules),
  RevokeSecurityGroupIngress: changeRules('ingress', removeRules),
  RevokeSecurityGroupEgress: changeRules('egress', removeRules),
  DeleteSecurityGroup: (ec2, call) => {
    const { GroupId: id = '' } = call.input as DeleteSecurityGroupRequest;
    ec2.permissions.require(call, [{ resource: { arn: ownArn(accountAndRegionOf(call), 'security-group', id), context: {} } }]);
    findOwned(ec2, call, ec2.state.networks.securityGroups, id, 'InvalidGroup.NotFound', 'security group');
    checkNotInUse(ec2, 'resource', id, instance => instance.securityGroupIds.includes(id));
    ec2.state.networks.securityGroups.delete(id);
    return { Return: true, GroupId: id };
  },
};

function changeRules(direction: 'ingress' | 'egress', change: (existing: SecurityGroupRule[], rules: readonly SecurityGroupRule[]) => void): Ec2Operation {
  return (ec2, call) => {
    const { GroupId: id = '', IpPermissions, ...simple } = call.input as AuthorizeSecurityGroupIngressRequest;
    ec2.permissions.require(call, [{ resource: { arn: ownArn(accountAndRegionOf(call), 'security-group', id), context: {} } }]);
    const group = findOwned(ec2, call, ec2.state.networks.securityGroups, id, 'InvalidGroup.NotFound', 'security group');
    const rules = rulesOf(IpPermissions, simple as SimpleRule);
    change(group[direction], rules);
    const SecurityGroupRules = change === addRules ? rules.map(rule => describedRule(group, rule, direction === 'egress')) : undefined;
    return { Return: true, SecurityGroupRules };
  };
}

function defaultVpcId(ec2: Ec2Context, call: Call): string {
  const vpc = ec2.state.networks.defaultVpc(accountAndRegionOf(call));
  if (!vpc) {
    throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
  }
  return vpc.id;
}

const fields: FilterFields<SecurityGroupDescription> = {
  'description': one => one.Description,
  'group-id': one => one.GroupId,
  'group-name': one => one.GroupName,
  'owner-id': one => one.OwnerId,
  'vpc-id': one => one.VpcId,
};

const ruleFields: FilterFields<RuleDescription> = {
  'group-id': one => one.GroupId,
  'security-group-rule-id': one => one.SecurityGroupRuleId,
};

function describedGroup(ec2: Ec2Context, call: Call, one: SecurityGroup): SecurityGroupDescription {
  return {
    GroupId: one.id,
    GroupName: one.name,
    Description: one.description,
    VpcId: one.vpcId,
    OwnerId: one.account,
    SecurityGroupArn: ownArn(one, 'security-group', one.id),
    IpPermissions: describedPermissions(one, one.ingress),
    IpPermissionsEgress: describedPermissions(one, one.egress),
    Tags: ec2.state.tags.described(call.principal.account, one.id),
  };
}
