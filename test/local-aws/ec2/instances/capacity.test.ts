import {
  CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand, DeleteSubnetCommand, DeleteVpcCommand, DescribeSubnetsCommand,
  DescribeVpcsCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describedInstance, run } from '../calls';
import { client, aws } from '../each-test';
import { region } from '../test-aws';

async function subnetWithElevenAddresses(): Promise<string> {
  const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }));
  const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock: '10.0.0.0/28', AvailabilityZone: `${region}b` }));
  return Subnet!.SubnetId!;
}

describe('an instance type without capacity', () => {
  test('is refused in the zone of the shortage, and launched in another', async () => {
    const subnet = await subnetWithElevenAddresses();
    aws.ec2.capacity.add({ instanceType: 't3.micro', availabilityZone: `${region}b` });
    await expect(run({ SubnetId: subnet })).rejects.toMatchObject({
      name: 'InsufficientInstanceCapacity', message: expect.stringContaining('sufficient t3.micro capacity'), $metadata: { httpStatusCode: 500 },
    });
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
    await run({ SubnetId: subnet, InstanceType: 't3.small' });
    aws.ec2.capacity.clear();
    await run({ SubnetId: subnet });
  });

  test('is launched in another zone of the default VPC, unless the request names the zone', async () => {
    aws.ec2.capacity.add({ availabilityZone: `${region}a` });
    expect((await run()).Placement?.AvailabilityZone).toBe(`${region}b`);
    await expect(run({ Placement: { AvailabilityZone: `${region}a` } })).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
  });

  test('is refused in every zone, and the client token can be used again', async () => {
    aws.ec2.capacity.add();
    await expect(run({ ClientToken: 'once' })).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
    aws.ec2.capacity.clear();
    expect((await run({ ClientToken: 'once' })).State?.Name).toBe('pending');
  });

  test('can be accepted, and the pending instance terminated', async () => {
    aws.ec2.capacity.add({ instanceType: 't3.micro', whilePending: true });
    const { InstanceId, State } = await run();
    expect(State?.Name).toBe('pending');
    aws.clock.advance(10_000);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'shutting-down' } });
    aws.pass(1);
    const ended = await describedInstance(InstanceId!);
    expect(ended).toMatchObject({ State: { Name: 'terminated' }, StateReason: { Code: 'Server.InsufficientInstanceCapacity' } });
    expect(ended.SubnetId).toBeUndefined();
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });
});

describe('a subnet', () => {
  test('without free addresses accepts no instance until one is terminated', async () => {
    const subnet = await subnetWithElevenAddresses();
    const free = async () => (await client.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] }))).Subnets![0].AvailableIpAddressCount;
    expect(await free()).toBe(11);
    const { InstanceId } = await run({ SubnetId: subnet, MinCount: 11, MaxCount: 11 });
    expect(await free()).toBe(0);
    await expect(run({ SubnetId: subnet })).rejects.toMatchObject({ name: 'InsufficientFreeAddressesInSubnet' });
    await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
    aws.pass(1);
    expect(await free()).toBe(1);
    await run({ SubnetId: subnet });
  });
});

describe('the default VPC', () => {
  const defaults = async () => (await client.send(new DescribeSubnetsCommand({}))).Subnets!;

  test('without subnets refuses a launch without a subnet', async () => {
    for (const { SubnetId } of await defaults()) {
      await client.send(new DeleteSubnetCommand({ SubnetId }));
    }
    await expect(run()).rejects.toMatchObject({ name: 'MissingInput', message: expect.stringMatching(/^No subnets found for the default VPC 'vpc-\w+'/) });
  });

  test('no longer exists after its deletion', async () => {
    const [{ VpcId }] = await defaults();
    for (const { SubnetId } of await defaults()) {
      await client.send(new DeleteSubnetCommand({ SubnetId }));
    }
    await client.send(new DeleteVpcCommand({ VpcId }));
    expect((await client.send(new DescribeVpcsCommand({}))).Vpcs).toEqual([]);
    await expect(run()).rejects.toMatchObject({ name: 'VPCIdNotSpecified', message: expect.stringContaining('No default VPC for this user') });
    await expect(client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }))).rejects.toMatchObject({ name: 'VPCIdNotSpecified' });
  });
});

test('assigns a public IP address on request', async () => {
  const [subnet] = (await client.send(new DescribeSubnetsCommand({}))).Subnets!;
  const asking = await run({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet.SubnetId, AssociatePublicIpAddress: true }] });
  const not = await run({ NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnet.SubnetId, AssociatePublicIpAddress: false }] });
  expect(asking.PublicIpAddress).toMatch(/^203\.0\.113\.\d+$/);
  expect(not.PublicIpAddress).toBeUndefined();
});
