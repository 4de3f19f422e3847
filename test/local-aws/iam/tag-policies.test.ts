import { CopyImageCommand, CreateTagsCommand, EC2Client, RunInstancesCommand, Tag } from '@aws-sdk/client-ec2';
import { LocalAws } from '../../../local-aws/local-aws';

let aws: LocalAws;
let ec2: EC2Client;
beforeAll(async () => {
  aws = await LocalAws.start();
  ec2 = new EC2Client(aws.clientOptions());
});
beforeEach(async () => {
  await aws.reset();
  aws.organization.attachTagPolicy('cost', {
    tags: { costcenter: { tag_key: { '@@assign': 'CostCenter' }, tag_value: { '@@assign': ['100', '2*'] }, enforced_for: { '@@assign': ['ec2:image', 'ec2:volume'] } } },
  });
});
afterAll(async () => {
  ec2.destroy();
  await aws.stop();
});

const copy = (...Tags: Tag[]) => ec2.send(new CopyImageCommand({
  Name: `copy ${Math.random()}`,
  SourceRegion: aws.region,
  SourceImageId: aws.ec2.seedImage('al2023-x86_64').id,
  TagSpecifications: Tags.length > 0 ? [{ ResourceType: 'image', Tags }] : undefined,
}));

test.each<[string, Tag[]]>([
  ['another value', [{ Key: 'CostCenter', Value: '300' }]],
  ['another spelling of the key', [{ Key: 'costcenter', Value: '100' }]],
])('refuses %s, when a resource is created and when it is tagged', async (_what, tags) => {
  const message = `The tag policy does not allow the specified value for the following tag key: '${tags[0].Key}'.`;
  await expect(copy(...tags)).rejects.toMatchObject({ name: 'TagPolicyViolation', message });
  const { ImageId } = await copy();
  await expect(ec2.send(new CreateTagsCommand({ Resources: [ImageId!], Tags: tags }))).rejects.toMatchObject({ name: 'TagPolicyViolation', message });
});

test('allows its values, other tags and no tags', async () => {
  await copy({ Key: 'CostCenter', Value: '100' });
  await copy({ Key: 'CostCenter', Value: '299' }, { Key: 'team', Value: 'web' });
  await copy();
});

test('is enforced for the resource types that it names only', async () => {
  const launch = (ResourceType: 'instance' | 'volume') => ec2.send(new RunInstancesCommand({
    ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, TagSpecifications: [{ ResourceType, Tags: [{ Key: 'CostCenter', Value: '300' }] }],
  }));
  await launch('instance');
  await expect(launch('volume')).rejects.toMatchObject({ name: 'TagPolicyViolation' });
});

test('is of the accounts to which it is attached', async () => {
  aws.organization.detach('cost');
  aws.organization.attachTagPolicy('other', { tags: { CostCenter: { tag_value: { '@@assign': [] }, enforced_for: { '@@assign': ['ec2:*'] } } } }, '210987654321');
  await copy({ Key: 'CostCenter', Value: '300' });
});
