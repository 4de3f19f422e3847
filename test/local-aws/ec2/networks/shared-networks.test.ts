import {
  CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand, RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { run } from '../calls';
import { aws, client } from '../each-test';
import { account, otherAccount, region } from '../test-aws';

/** A VPC whose owner shares its subnets and security groups with AWS RAM. */

let vpcId: string, subnetId: string, groupId: string;
beforeEach(async () => {
  const owner = aws.client(otherAccount);
  vpcId = (await owner.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc!.VpcId!;
  subnetId = (await owner.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }))).Subnet!.SubnetId!;
  groupId = (await owner.send(new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: 'shared', Description: 'shared' }))).GroupId!;
});

const share = () => [vpcId, subnetId, groupId].forEach(id => aws.ec2.shareNetworkResource(id, account));

test('is not found before its owner shares it', async () => {
  await expect(run({ SubnetId: subnetId, SecurityGroupIds: [groupId] })).rejects.toMatchObject({ name: 'InvalidSubnetID.NotFound' });
  await expect(client.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }))).rejects.toMatchObject({ name: 'InvalidSubnetID.NotFound' });
});

test('is described with its owner, and can be launched into', async () => {
  share();
  expect((await client.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }))).Subnets).toMatchObject([{ OwnerId: otherAccount }]);
  expect((await client.send(new DescribeSubnetsCommand({}))).Subnets!.map(one => one.SubnetId)).toContain(subnetId);
  expect((await client.send(new DescribeSecurityGroupsCommand({ GroupIds: [groupId] }))).SecurityGroups).toMatchObject([{ OwnerId: otherAccount }]);
  expect(await run({ SubnetId: subnetId, SecurityGroupIds: [groupId] })).toMatchObject({ SubnetId: subnetId, VpcId: vpcId });
});

test('takes a security group of the participant, but its default group is its owner\'s alone', async () => {
  share();
  const { GroupId } = await client.send(new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: 'own', Description: 'own' }));
  await run({ SubnetId: subnetId, SecurityGroupIds: [GroupId!] });
  await expect(run({ SubnetId: subnetId })).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
});

test.each([
  ['its owner', otherAccount, true],
  ['the caller', account, false],
])('is authorized with the account of %s', async (_whose, owner, allowed) => {
  share();
  const own = `arn:aws:ec2:${region}:${account}`;
  const launcher = aws.clientOfRole([
    { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: [`arn:aws:ec2:${region}::image/*`, `${own}:instance/*`, `${own}:volume/*`, `${own}:network-interface/*`] },
    { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: ['subnet', 'security-group'].map(type => `arn:aws:ec2:${region}:${owner}:${type}/*`) },
  ]);
  const launched = launcher.send(new RunInstancesCommand({
    ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId: subnetId, SecurityGroupIds: [groupId],
  }));
  await (allowed ? expect(launched).resolves.toMatchObject({ OwnerId: account }) : expect(launched).rejects.toMatchObject({
    name: 'UnauthorizedOperation', message: expect.stringContaining(`arn:aws:ec2:${region}:${otherAccount}:subnet/${subnetId}`),
  }));
});
