import { CreateSecurityGroupCommand, CreateTagsCommand, DeleteTagsCommand, DescribeTagsCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2';
import { run, volumesOf } from '../calls';
import { client, aws } from '../each-test';

const Tags = [{ Key: 'team', Value: 'platform' }];

describe('DescribeTags', () => {
  test('returns every kind of tagged resource', async () => {
    const { InstanceId, VpcId, SubnetId } = await run();
    const [{ VolumeId }] = await volumesOf(InstanceId!);
    const { GroupId } = await client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }));
    const resources = {
      'image': aws.ec2.addImage({ name: 'i' }).id,
      'instance': InstanceId!,
      'security-group': GroupId!,
      'snapshot': aws.ec2.addSnapshot().id,
      'subnet': SubnetId!,
      'volume': VolumeId!,
      'vpc': VpcId!,
    };
    await client.send(new CreateTagsCommand({ Resources: Object.values(resources), Tags }));
    const described = await client.send(new DescribeTagsCommand({ Filters: [{ Name: 'key', Values: ['team'] }, { Name: 'value', Values: ['platform'] }] }));
    const own = described.Tags!.filter(({ ResourceId }) => Object.values(resources).includes(ResourceId!));
    expect(Object.fromEntries(own.map(({ ResourceType, ResourceId }) => [ResourceType, ResourceId]))).toEqual(resources);
    const { Tags: found } = await client.send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [VpcId!] }] }));
    expect(found).toEqual([{ Key: 'team', Value: 'platform', ResourceId: VpcId, ResourceType: 'vpc' }]);
    expect((await client.send(new DescribeVpcsCommand({ Filters: [{ Name: 'tag:team', Values: ['*'] }] }))).Vpcs).toMatchObject([{ VpcId, Tags }]);
  });

  test("returns the caller's tags only, in the Region of the call", async () => {
    const { InstanceId } = await run({ TagSpecifications: [{ ResourceType: 'instance', Tags }] });
    const ask = new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [InstanceId!] }] });
    expect((await client.send(ask)).Tags).toHaveLength(1);
    expect((await aws.client('210987654321').send(ask)).Tags).toEqual([]);
    expect((await aws.client(undefined, 'us-west-2').send(ask)).Tags).toEqual([]);
  });
});

test.each([
  ['CreateTags', () => client.send(new CreateTagsCommand({ Resources: undefined, Tags }))],
  ['DeleteTags', () => client.send(new DeleteTagsCommand({ Resources: undefined, Tags }))],
])('%s needs resources', async (_name, send) => {
  await expect(send()).rejects.toMatchObject({
    name: 'MissingParameter', message: 'The request must contain the parameter resourceIdSet',
  });
});
