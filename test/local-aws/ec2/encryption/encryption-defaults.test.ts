import {
  CopyImageCommand, CreateSecurityGroupCommand, CreateSubnetCommand, CreateTagsCommand, CreateVpcCommand, DeleteSecurityGroupCommand,
  DeleteSubnetCommand, DeleteTagsCommand, DeleteVpcCommand, DescribeAvailabilityZonesCommand, DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand, DescribeInstanceTypesCommand, DescribeSecurityGroupsCommand, DescribeSnapshotsCommand,
  DescribeSubnetsCommand, DescribeTagsCommand, DescribeVpcsCommand, DisableEbsEncryptionByDefaultCommand, EC2Client,
  EnableEbsEncryptionByDefaultCommand, GetEbsEncryptionByDefaultCommand, RunInstancesCommand, StartInstancesCommand,
} from '@aws-sdk/client-ec2';
import { ALTERNATIVES, defaultSwitches, nonDefaultAlternatives } from '../../../../local-aws/ec2/settings/undocumented-behavior';
import { client, aws } from '../each-test';
import { account, region, otherAccount, TestAws } from '../test-aws';

describe('encryption by default', () => {
  test('is off at first, and is a setting of one account in one Region', async () => {
    const get = async (by: EC2Client) => (await by.send(new GetEbsEncryptionByDefaultCommand({}))).EbsEncryptionByDefault;
    expect(await get(client)).toBe(false);
    await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    expect(await get(client)).toBe(true);
    expect(await get(aws.client(otherAccount))).toBe(false);
    expect(await get(aws.client(account, 'eu-west-1'))).toBe(false);
    await client.send(new DisableEbsEncryptionByDefaultCommand({}));
    expect(await get(client)).toBe(false);
  });
});

describe('tags', () => {
  test('are created, changed, listed and deleted', async () => {
    const { id } = aws.ec2.seedImage('uefi-tpm');
    const snapshot = aws.ec2.addSnapshot().id;
    await client.send(new CreateTagsCommand({ Resources: [id, snapshot], Tags: [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '' }] }));
    await client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: '2' }] }));
    expect((await client.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [id] }] }))).Tags).toEqual([
      { Key: 'a', Value: '2', ResourceId: id, ResourceType: 'image' }, { Key: 'b', Value: '', ResourceId: id, ResourceType: 'image' },
    ]);
    expect((await client.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-type', Values: ['snapshot'] }, { Name: 'key', Values: ['a'] }] }))).Tags)
      .toEqual([{ Key: 'a', Value: '1', ResourceId: snapshot, ResourceType: 'snapshot' }]);
    await client.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }] }));
    expect((await client.send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0].Tags).toEqual([{ Key: 'a', Value: '2' }]);
    await client.send(new DeleteTagsCommand({ Resources: [id, snapshot] }));
    expect((await client.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [id, snapshot] }] }))).Tags).toEqual([]);
  });

  test("on another account's image are visible only to the account that created them", async () => {
    const { id } = aws.ec2.seedImage('al2023-x86_64');
    await client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'mine', Value: '1' }] }));
    const tagsOf = async (by: EC2Client) => (await by.send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0].Tags;
    expect(await tagsOf(client)).toEqual([{ Key: 'mine', Value: '1' }]);
    expect(await tagsOf(aws.client(otherAccount))).toBeUndefined();
  });

  test('have quotas', async () => {
    const { id } = aws.ec2.seedImage('uefi-tpm');
    const put = (tags: Record<string, string>) =>
      client.send(new CreateTagsCommand({ Resources: [id], Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }));
    await expect(put({ 'aws:cloudformation:stack-id': 'x' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(put({ ['k'.repeat(128)]: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await put(Object.fromEntries(Array.from({ length: 50 }, (_one, index) => [`k${index}`, ''])));
    await expect(put({ more: 'x' })).rejects.toMatchObject({ name: 'TagLimitExceeded' });
    await put({ k1: 'changed' });
    await expect(client.send(new CreateTagsCommand({ Resources: ['ami-00000000000000001'], Tags: [{ Key: 'a', Value: 'b' }] }))).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    await expect(client.send(new CreateTagsCommand({ Resources: ['nonsense'], Tags: [{ Key: 'a', Value: 'b' }] }))).rejects.toMatchObject({ name: 'InvalidID' });
  });
});

describe('a VPC', () => {
  test('is the default in every account and Region', async () => {
    const { Vpcs } = await client.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }));
    expect(Vpcs).toHaveLength(1);
    const { Subnets } = await client.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [Vpcs![0].VpcId!] }] }));
    expect(Subnets!.map(subnet => subnet.AvailabilityZone)).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
    const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({}));
    expect(SecurityGroups).toMatchObject([{ GroupName: 'default', VpcId: Vpcs![0].VpcId }]);
    const { AvailabilityZones } = await client.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones!.map(zone => zone.ZoneId)).toEqual(['use1-az1', 'use1-az2', 'use1-az3']);
    const there = await aws.client(account, 'eu-west-1').send(new DescribeVpcsCommand({}));
    expect(there.Vpcs![0].VpcId).not.toBe(Vpcs![0].VpcId);
  });

  test('can be created, used and deleted', async () => {
    const { Vpc } = await client.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'a', Value: 'b' }] }] }));
    expect(Vpc!.Tags).toEqual([{ Key: 'a', Value: 'b' }]);
    const { Subnet } = await client.send(new CreateSubnetCommand({ VpcId: Vpc!.VpcId, CidrBlock: '10.0.1.0/24', AvailabilityZone: 'us-east-1b' }));
    const { GroupId } = await client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd', VpcId: Vpc!.VpcId }));
    const { Instances } = await client.send(new RunInstancesCommand({
      ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, SubnetId: Subnet!.SubnetId, SecurityGroupIds: [GroupId!],
    }));
    expect(Instances).toMatchObject([{ VpcId: Vpc!.VpcId, Placement: { AvailabilityZone: 'us-east-1b' }, SecurityGroups: [{ GroupId }] }]);
    await expect(client.send(new DeleteSubnetCommand({ SubnetId: Subnet!.SubnetId }))).rejects.toMatchObject({ name: 'DependencyViolation' });
    await expect(client.send(new DeleteVpcCommand({ VpcId: Vpc!.VpcId }))).rejects.toMatchObject({ name: 'DependencyViolation' });
    await expect(client.send(new DeleteSecurityGroupCommand({ GroupId }))).rejects.toMatchObject({ name: 'DependencyViolation' });
    aws.kms.reset();
    aws.ec2.reset();
    await expect(client.send(new DescribeVpcsCommand({ VpcIds: [Vpc!.VpcId!] }))).rejects.toMatchObject({ name: 'InvalidVpcID.NotFound' });
  });
});

describe('instance types', () => {
  test('are described, with their zones', async () => {
    const { InstanceTypes } = await client.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['t4g.nano'] }));
    expect(InstanceTypes).toMatchObject([{ ProcessorInfo: { SupportedArchitectures: ['arm64'] }, SupportedBootModes: ['uefi'] }]);
    await expect(client.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['z9.huge' as 't3.nano'] }))).rejects.toMatchObject({ name: 'InvalidInstanceType' });
    const { InstanceTypeOfferings } = await client.send(new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone', Filters: [{ Name: 'instance-type', Values: ['t3.nano'] }],
    }));
    expect(InstanceTypeOfferings!.map(one => one.Location)).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c']);
    const { InstanceTypeOfferings: all } = await client.send(new DescribeInstanceTypeOfferingsCommand({}));
    expect(all).toContainEqual({ InstanceType: 't3.nano', LocationType: 'region', Location: 'us-east-1' });
  });
});

test('an unknown access key is an AuthFailure in EC2', async () => {
  const nobody = new EC2Client({ endpoint: aws.url, region, credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'x' }, maxAttempts: 1 });
  await expect(nobody.send(new DescribeImagesCommand({}))).rejects.toMatchObject({
    name: 'AuthFailure', message: 'AWS was not able to validate the provided access credentials', $metadata: { httpStatusCode: 401 },
  });
  nobody.destroy();
});

describe('request quotas', () => {
  test('are token buckets that refill with time', async () => {
    aws.ec2.settings.limits.throttling = true;
    const copy = (index: number) => client.send(new CopyImageCommand({ Name: `copy-${index}`, SourceRegion: region, SourceImageId: aws.ec2.seedImage('al2023-x86_64').id }));
    for (let index = 0; index < 100; index++) {
      await copy(index);
    }
    await expect(copy(100)).rejects.toMatchObject({ name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } });
    await aws.client(otherAccount).send(new DescribeImagesCommand({}));
    aws.clock.advance(1000);
    await copy(100);
    await expect(copy(101)).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  });

  test('are lower for Describe calls without filters', async () => {
    aws.ec2.settings.limits.throttling = true;
    for (let index = 0; index < 50; index++) {
      await client.send(new DescribeSnapshotsCommand({}));
    }
    await expect(client.send(new DescribeSnapshotsCommand({}))).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    await client.send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
  });

  test('are different for launches, tags and other calls', async () => {
    aws.ec2.settings.limits.throttling = true;
    const refusedAfter = async (send: () => Promise<unknown>) => {
      let count = 0;
      for (let error: Error | undefined; error?.name !== 'RequestLimitExceeded'; count++) {
        error = await send().then(() => undefined, (refused: unknown) => refused as Error);
      }
      return count - 1;
    };
    expect(await refusedAfter(() => client.send(new StartInstancesCommand({ InstanceIds: ['i-1'] })))).toBe(5);
    expect(await refusedAfter(() => client.send(new EnableEbsEncryptionByDefaultCommand({})))).toBe(50);
    expect(await refusedAfter(() => client.send(new DeleteTagsCommand({ Resources: ['i-1'] })))).toBe(100);
  });
});

describe('undocumented behavior', () => {
  test('has each alternative as the default or among the others', () => {
    const defaults = Object.entries(defaultSwitches());
    const all = Object.entries(ALTERNATIVES).flatMap(([name, answers]) => answers.map(answer => `${name}=${String(answer)}`));
    expect([...defaults, ...nonDefaultAlternatives()].map(([name, answer]) => `${name}=${String(answer)}`).sort()).toEqual(all.sort());
    expect(Object.values(ALTERNATIVES).every(answers => answers.length > 1)).toBe(true);
  });

  test('can be chosen at the start', async () => {
    const other = await TestAws.start({ switches: { copyNamesAreUnique: false } });
    expect(other.ec2.switches.copyNamesAreUnique).toBe(false);
    other.ec2.switches.copyNamesAreUnique = true;
    other.ec2.reset();
    expect(other.ec2.switches.copyNamesAreUnique).toBe(false);
    await other.stop();
  });
});
