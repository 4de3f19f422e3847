import {
  AuthorizeSecurityGroupIngressCommand, CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand, DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand, DescribeVpcsCommand, IpPermission,
  RevokeSecurityGroupEgressCommand, RevokeSecurityGroupIngressCommand, SecurityGroup,
} from '@aws-sdk/client-ec2';
import { client } from '../each-test';
import { account } from '../test-aws';

async function group(id: string): Promise<SecurityGroup> {
  const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }));
  return SecurityGroups![0];
}

const everything: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], Ipv6Ranges: [], PrefixListIds: [], UserIdGroupPairs: [] };
const https: IpPermission = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }] };

describe('a security group', () => {
  let id: string;
  beforeEach(async () => {
    id = (await client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }))).GroupId!;
  });

  test('allows all egress and no ingress when it is new', async () => {
    expect(await group(id)).toMatchObject({ IpPermissions: [], IpPermissionsEgress: [everything] });
    expect((await group(id)).IpPermissionsEgress![0]).not.toHaveProperty('FromPort');
  });

  test('allows ingress from its members when it is the default of its VPC', async () => {
    const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'group-name', Values: ['default'] }] }));
    expect(SecurityGroups).toMatchObject([{
      IpPermissions: [{ IpProtocol: '-1', IpRanges: [], UserIdGroupPairs: [{ GroupId: SecurityGroups![0].GroupId, UserId: account }] }],
      IpPermissionsEgress: [everything],
    }]);
  });

  test('has the authorized rules, without the revoked ones', async () => {
    const { SecurityGroupRules } = await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [https] }));
    expect(SecurityGroupRules).toMatchObject([{ GroupId: id, IsEgress: false, IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIpv4: '10.0.0.0/8' }]);
    await client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpProtocol: '6', FromPort: 443, ToPort: 443, CidrIp: '172.16.0.0/12' }));
    expect((await group(id)).IpPermissions).toMatchObject([{ ...https, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'inside' }, { CidrIp: '172.16.0.0/12' }] }]);
    const { SecurityGroupRules: rules } = await client.send(new DescribeSecurityGroupRulesCommand({ Filters: [{ Name: 'group-id', Values: [id] }] }));
    const byId = await client.send(new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [rules![1].SecurityGroupRuleId!] }));
    expect(byId.SecurityGroupRules).toEqual([rules![1]]);
    expect((await client.send(new DescribeSecurityGroupsCommand({ GroupNames: ['g'] }))).SecurityGroups).toMatchObject([{ GroupId: id }]);
    expect(rules!.map(({ IsEgress, CidrIpv4 }) => [IsEgress, CidrIpv4])).toEqual([[false, '10.0.0.0/8'], [false, '172.16.0.0/12'], [true, '0.0.0.0/0']]);
    await client.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [https] }));
    await client.send(new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: [everything] }));
    expect(await group(id)).toMatchObject({ IpPermissions: [{ IpRanges: [{ CidrIp: '172.16.0.0/12' }] }], IpPermissionsEgress: [] });
  });

  test('refuses a duplicate rule, and to revoke a rule that does not exist', async () => {
    const authorize = new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [https] });
    await client.send(authorize);
    await expect(client.send(authorize)).rejects.toMatchObject({
      name: 'InvalidPermission.Duplicate', message: 'the specified rule "peer: 10.0.0.0/8, TCP, from port: 443, to port: 443, ALLOW" already exists',
    });
    await expect(client.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [everything] }))).rejects.toMatchObject({
      name: 'InvalidPermission.NotFound', message: 'The specified rule does not exist in this security group.',
    });
  });

  test('can be deleted', async () => {
    await client.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    await expect(group(id)).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  });
});

describe('tags of a network', () => {
  test('are absent without tags', async () => {
    const { Vpcs } = await client.send(new DescribeVpcsCommand({}));
    const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
    const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({}));
    const all = [...Vpcs!, ...Subnets!, ...SecurityGroups!];
    expect(all).toHaveLength(5);
    all.forEach(one => expect(one).not.toHaveProperty('Tags'));
  });

  test('are refused for other resource types', async () => {
    const TagSpecifications = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'a', Value: 'b' }] }];
    const refused = { name: 'InvalidParameterValue', message: "'instance' is not a valid taggable resource type for this operation." };
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
    await expect(client.send(new CreateVpcCommand({ CidrBlock: '10.1.0.0/16', TagSpecifications }))).rejects.toMatchObject(refused);
    await expect(client.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock: '10.0.0.0/24', TagSpecifications }))).rejects.toMatchObject(refused);
    await expect(client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd', TagSpecifications }))).rejects.toMatchObject(refused);
  });
});
