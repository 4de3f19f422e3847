import { CreateFleetCommand, CreateFleetCommandInput, CreateLaunchTemplateCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { describedInstance } from '../calls';
import { aws, client } from '../each-test';
import { account, region } from '../test-aws';

beforeEach(async () => {
  await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'node', LaunchTemplateData: { ImageId: aws.ec2.seedImage('al2023-x86_64').id } }));
});

const fleet = (input: Partial<CreateFleetCommandInput> = {}, by = client) => by.send(new CreateFleetCommand({
  Type: 'instant',
  LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName: 'node', Version: '$Latest' }, Overrides: [{ InstanceType: 't3.micro' }, { InstanceType: 't3.small' }] }],
  TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'on-demand' },
  ...input,
}));

test('launches its capacity, spread over the overrides', async () => {
  const { FleetId, Instances, Errors } = await fleet({ TargetCapacitySpecification: { TotalTargetCapacity: 2, SpotTargetCapacity: 1, DefaultTargetCapacityType: 'on-demand' } });
  expect(FleetId).toMatch(/^fleet-/);
  expect(Errors ?? []).toEqual([]);
  expect(Instances!.map(({ InstanceType, Lifecycle }) => [InstanceType, Lifecycle])).toEqual([['t3.micro', 'spot'], ['t3.small', 'on-demand']]);
  expect(await describedInstance(Instances![0].InstanceIds![0])).toMatchObject({ InstanceLifecycle: 'spot' });
  const ImageId = aws.ec2.addImage({ name: 'other' }).id;
  const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
  const { SubnetId } = Subnets![2];
  const other = await fleet({ LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName: 'node' }, Overrides: [{ InstanceType: 't3.micro', ImageId, SubnetId }] }] });
  expect(await describedInstance(other.Instances![0].InstanceIds![0])).toMatchObject({ ImageId, SubnetId });
});

test('takes the next override where EC2 has no capacity', async () => {
  aws.ec2.capacity.add({ instanceType: 't3.micro' });
  const { Instances, Errors } = await fleet();
  expect(Instances!.map(({ InstanceType }) => InstanceType)).toEqual(['t3.small']);
  expect(Errors).toMatchObject([{ ErrorCode: 'InsufficientInstanceCapacity', Lifecycle: 'on-demand' }]);
});

test('succeeds without instances where the caller may not launch', async () => {
  const own = (type: string) => `arn:aws:ec2:${region}:${account}:${type}/*`;
  const { Instances, Errors } = await fleet({}, aws.clientOfRole([{ Effect: 'Allow', Action: 'ec2:CreateFleet', Resource: ['fleet', 'launch-template'].map(own) }]));
  expect(Instances ?? []).toEqual([]);
  expect(Errors).toMatchObject([{ ErrorCode: 'UnauthorizedOperation' }, { ErrorCode: 'UnauthorizedOperation' }]);
  await expect(fleet({}, aws.clientOfRole([{ Effect: 'Allow', Action: 'ec2:RunInstances', Resource: '*' }]))).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});

test('knows no other types', async () => {
  await expect(fleet({ Type: 'maintain' })).rejects.toThrow("no fleets of the type 'maintain'");
});
