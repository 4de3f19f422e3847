import { DescribeInstancesCommand, EC2Client, Instance } from '@aws-sdk/client-ec2';
import { StackResult } from '../../../local-aws/deployment';
import { arnOf } from '../../../local-aws/kms/key';
import { LocalAws } from '../../../local-aws/local-aws';

/** Auto Scaling groups that CloudFormation creates: what they launch, as whom, and what a group says that launches nothing. */

const ROLE = 'arn:aws:iam::123456789012:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling';
let aws: LocalAws;
let ec2: EC2Client;
beforeAll(async () => {
  aws = await LocalAws.start({ speed: 600 });
  ec2 = new EC2Client(aws.clientOptions());
});
afterAll(async () => {
  ec2.destroy();
  await aws.stop();
});
beforeEach(() => aws.reset());

const deploy = (Resources: object): Promise<StackResult> => aws.deploy({ stackName: 'Fleet', template: { Resources } });
const template = (data: object = {}) => ({
  Type: 'AWS::EC2::LaunchTemplate',
  Properties: { LaunchTemplateData: { ImageId: aws.ec2.addImage({ name: 'image' }).id, InstanceType: 't3.micro', ...data } },
});
const latest = { LaunchTemplateId: { Ref: 'Template' }, Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] } };
const group = (properties: object, size = 1) => ({
  Type: 'AWS::AutoScaling::AutoScalingGroup', Properties: { MinSize: String(size), MaxSize: '4', ...properties },
});

async function instances(): Promise<Instance[]> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] }));
  return Reservations!.flatMap(one => one.Instances!);
}

test('launches by a template as the service-linked role, which the first group of the account creates', async () => {
  const result = await deploy({ Template: template(), Group: group({ LaunchTemplate: latest, Tags: [{ Key: 'team', Value: 'web', PropagateAtLaunch: true }] }, 2) });
  expect(result.failures).toEqual([]);
  expect(await instances()).toMatchObject([1, 2].map(() => ({
    InstanceType: 't3.micro', Tags: expect.arrayContaining([{ Key: 'team', Value: 'web' }, { Key: 'aws:ec2launchtemplate:version', Value: '1' }]),
  })));
  expect(aws.iam.roleArns()).toEqual([ROLE]);
  expect(aws.log.of('ec2:RunInstances').map(call => call.principalArn)).toEqual(Array(2).fill('arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling'));

  expect((await aws.destroy('Fleet')).failures).toEqual([]);
  expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  // like in AWS, the role stays
  expect(aws.iam.roleArns()).toEqual([ROLE]);
});

test('an update changes its size, and what new instances are', async () => {
  await deploy({ Template: template(), Group: group({ LaunchTemplate: latest }) });
  await deploy({ Template: template({ InstanceType: 't3.large' }), Group: group({ LaunchTemplate: latest }, 2) });
  expect((await instances()).map(one => one.InstanceType).sort()).toEqual(['t3.large', 't3.micro']);
  await deploy({ Template: template({ InstanceType: 't3.large' }), Group: group({ LaunchTemplate: latest }) });
  expect(await instances()).toHaveLength(1);
});

test('launches mixed instances with a fleet', async () => {
  const MixedInstancesPolicy = {
    LaunchTemplate: { LaunchTemplateSpecification: latest, Overrides: [{ InstanceType: 't3.small' }, { InstanceType: 't3.large' }] },
    InstancesDistribution: { OnDemandBaseCapacity: 1, OnDemandPercentageAboveBaseCapacity: 50 },
  };
  const { failures } = await deploy({ Template: template(), Group: group({ MixedInstancesPolicy }, 3) });
  expect(failures).toEqual([]);
  expect((await instances()).map(one => one.InstanceLifecycle)).toEqual([undefined, undefined, 'spot']);
  expect(aws.log.of('ec2:CreateFleet')).toHaveLength(3);
});

test('launches by a launch configuration, into its subnets', async () => {
  const configuration = (IamInstanceProfile: object) => ({
    Type: 'AWS::AutoScaling::LaunchConfiguration',
    Properties: {
      ImageId: aws.ec2.addImage({ name: 'image' }).id,
      InstanceType: 't3.micro',
      IamInstanceProfile,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { DeleteOnTermination: true } }],
    },
  });
  const { failures } = await deploy({
    Profile: { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [] } },
    Configuration: configuration({ 'Fn::GetAtt': ['Profile', 'Arn'] }),
    Named: configuration({ Ref: 'Profile' }),
    Other: group({ LaunchConfigurationName: { Ref: 'Named' } }),
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/24' } },
    Group: group({ LaunchConfigurationName: { Ref: 'Configuration' }, VPCZoneIdentifier: [{ Ref: 'Subnet' }] }),
  });
  expect(failures).toEqual([]);
  const launched = await instances();
  expect(launched.map(({ IamInstanceProfile }) => IamInstanceProfile!.Arn)).toEqual(Array(2).fill(expect.stringContaining(':instance-profile/Fleet-Profile-')));
  expect(launched.map(({ VpcId }) => typeof VpcId)).toEqual(['string', 'string']);
  expect((await aws.destroy('Fleet')).failures).toEqual([]);
  expect((await deploy({ Group: group({ LaunchConfigurationName: 'none' }) })).failures.join()).toContain('Launch configuration none not found');
});

test("puts its subnet into the template's network interface", async () => {
  const NetworkInterfaces = [{ DeviceIndex: 0, AssociatePublicIpAddress: true }];
  const { failures } = await deploy({
    Template: template({ NetworkInterfaces }),
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/24' } },
    Group: group({ LaunchTemplate: latest, VPCZoneIdentifier: [{ Ref: 'Subnet' }] }),
  });
  expect(failures).toEqual([]);
  expect((await instances())[0].PrivateIpAddress).toMatch(/^10\.0\.0\./);
});

test.each([
  ['a template', () => ({ LaunchTemplate: latest })],
  ['mixed instances', () => ({ MixedInstancesPolicy: { LaunchTemplate: { LaunchTemplateSpecification: latest } } })],
])('with %s and a key that its role may not use, does not stabilize', async (_what, properties) => {
  const image = aws.ec2.addImage({ name: 'encrypted', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(aws.kms.addKey()) }] });
  const { status, failures } = await deploy({ Template: template({ ImageId: image.id }), Group: group({ ...properties() }) });
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toEqual([expect.stringMatching(
    /^Group: Group did not stabilize\. \{current\/minSize\/maxSize\} group size = \{0\/1\/4\}\. Failed Scaling Activity: Instance became unhealthy .* Termination Reason: Client\./,
  )]);
  expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
});

test.each([['On-Demand', 100], ['Spot', 0]])('says what EC2 says of an image that does not exist, for %s Instances', async (kind, onDemand) => {
  const InstancesDistribution = { OnDemandPercentageAboveBaseCapacity: onDemand };
  const MixedInstancesPolicy = { LaunchTemplate: { LaunchTemplateSpecification: latest }, InstancesDistribution };
  const { failures } = await deploy({ Template: template({ ImageId: 'ami-0123456789abcdef0' }), Group: group({ MixedInstancesPolicy }) });
  expect(failures.join()).toContain(
    `Could not launch ${kind} Instances. InvalidAMIID.NotFound - The image id '[ami-0123456789abcdef0]' does not exist Launching EC2 instance failed.`);
});

test('is canceled, as an instance is, when another resource fails before its instances run', async () => {
  aws.ec2.settings.timing.instanceStart = 10 * 60_000;
  const { status, events } = await deploy({
    Template: template(),
    Group: group({ LaunchTemplate: latest }),
    Instance: { Type: 'AWS::EC2::Instance', Properties: { ImageId: aws.ec2.addImage({ name: 'other' }).id, InstanceType: 't3.micro' } },
    Failing: { Type: 'AWS::KMS::Alias', DependsOn: 'Template', Properties: { AliasName: 'wrong', TargetKeyId: 'none' } },
  });
  expect(status).toBe('ROLLBACK_COMPLETE');
  const canceled = events.filter(({ ResourceStatusReason }) => ResourceStatusReason === 'Resource creation cancelled');
  expect(canceled.map(({ LogicalResourceId }) => LogicalResourceId).sort()).toEqual(['Group', 'Instance']);
  expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
});

test('has the service-linked role that it names, which cannot be deleted before it', async () => {
  const Role = { Type: 'AWS::IAM::ServiceLinkedRole', Properties: { AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'web' } };
  const { failures } = await deploy({ Role, Template: template(), Group: group({ LaunchTemplate: latest, ServiceLinkedRoleARN: `${ROLE}_web` }) });
  expect(failures).toEqual([]);
  expect(aws.iam.roleArns()).toEqual([`${ROLE}_web`]);
  expect(aws.log.of('ec2:RunInstances')[0].principalArn).toContain('AWSServiceRoleForAutoScaling_web');
  const removed = await deploy({ Template: template(), Group: group({ LaunchTemplate: latest, ServiceLinkedRoleARN: `${ROLE}_web` }) });
  expect(removed.events.map(event => event.ResourceStatusReason ?? '').join()).toContain('because Auto Scaling groups use it');
});
