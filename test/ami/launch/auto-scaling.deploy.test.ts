import { CreateFleetCommand, CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy, ServiceLinkedRole } from '../../../src';
import { Deployment, imageWithId } from '../../helpers/deployment';

/** Launching with the service-linked role of Auto Scaling, which an account has only once somebody or something created it, and with a fleet. */

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const roleArn = (suffix = '') => `arn:aws:iam::${account.aws.account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling${suffix}`;
const hasRole = () => account.aws.iam.createServiceLinkedRole({ account: account.aws.account, partition: 'aws' }, 'autoscaling.amazonaws.com');

interface Recipe {
  readonly createRole?: boolean;
  readonly role?: ServiceLinkedRole | false;
  readonly group?: (stack: Stack, template: ec2.LaunchTemplate, vpc: ec2.IVpc) => autoscaling.AutoScalingGroup;
}

const byTemplate: Recipe['group'] = (stack, launchTemplate, vpc) => new autoscaling.AutoScalingGroup(stack, 'Fleet', { vpc, launchTemplate });
const mixed: Recipe['group'] = (stack, launchTemplate, vpc) => new autoscaling.AutoScalingGroup(stack, 'Fleet', {
  vpc,
  minCapacity: 2,
  maxCapacity: 2,
  mixedInstancesPolicy: {
    launchTemplate,
    launchTemplateOverrides: [{ instanceType: new ec2.InstanceType('t3.small') }, { instanceType: new ec2.InstanceType('t3.large') }],
    instancesDistribution: { onDemandPercentageAboveBaseCapacity: 50 },
  },
});

function recipe({ createRole = false, role = ServiceLinkedRole.AUTO_SCALING, group }: Recipe) {
  const sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  return (stack: Stack) => {
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: imageWithId(sourceId), encryptionKey: new kms.Key(stack, 'Key') });
    if (role) {
      copy.grantLaunchToServiceLinkedRole(role, { createRole });
    }
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    if (group) {
      const subnetConfiguration = [{ name: 'Private', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }];
      const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, maxAzs: 1, subnetConfiguration, restrictDefaultSecurityGroup: false });
      const launchTemplate = new ec2.LaunchTemplate(stack, 'Template', { machineImage: copy, instanceType: new ec2.InstanceType('t3.micro') });
      group(stack, launchTemplate, vpc);
    }
  };
}

const GROUPS: [string, NonNullable<Recipe['group']>, number][] = [['a launch template', byTemplate, 1], ['mixed instances', mixed, 2]];

describe.each(GROUPS)('a group with %s', (_name, group, size) => {
  test('launches the AMI, in a fresh account', async () => {
    const { failures } = await account.deploy(recipe({ createRole: true, group }));
    expect(failures).toEqual([]);
    expect(account.aws.ec2.counts().instances).toBe(size);
    expect(account.aws.iam.roleArns()).toContain(roleArn());
    // the role stays, because groups of other stacks may launch with it
    expect((await account.destroy()).failures).toEqual([]);
    expect(account.aws.iam.roleArns()).toEqual([roleArn()]);
  });

  test('does not stabilize without the grant', async () => {
    const { failures } = await account.deploy(recipe({ role: false, group }));
    expect(failures).toEqual([expect.stringMatching(/^Fleet.*: Group did not stabilize\. .* Termination Reason: Client\./)]);
  });
});

test('a group with a role of its own launches by the grant to that role, and not by one to the other', async () => {
  const group: Recipe['group'] = (stack, launchTemplate, vpc) => {
    const created = byTemplate(stack, launchTemplate, vpc);
    (created.node.defaultChild as autoscaling.CfnAutoScalingGroup).serviceLinkedRoleArn = roleArn('_web');
    return created;
  };
  expect((await account.deploy(recipe({ createRole: true, role: ServiceLinkedRole.autoScalingWithSuffix('web'), group }))).failures).toEqual([]);
  expect((await account.destroy()).failures).toEqual([]);
  hasRole();
  expect((await account.deploy(recipe({ group }))).failures.join()).toContain('Group did not stabilize.');
});

test('in a fresh account, the key cannot be created whose policy names the role', async () => {
  const { status, failures } = await account.deploy(recipe({}));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures).toEqual([expect.stringMatching(/^Key.*: Policy contains a statement with one or more invalid principals\. /)]);
});

test('in an account that has the role, it cannot be created again, and need not be', async () => {
  hasRole();
  expect((await account.deploy(recipe({ createRole: true }))).failures).toEqual([
    expect.stringContaining('Service role name AWSServiceRoleForAutoScaling has been taken in this account'),
  ]);
  await account.destroy();
  expect((await account.deploy(recipe({ group: byTemplate }))).failures).toEqual([]);
});

/** The statements of the policy that Karpenter's documentation gives its controller, as far as they are about launching. */
const KARPENTER = [
  { actions: ['ec2:RunInstances', 'ec2:CreateFleet'], types: ['image', 'snapshot', 'security-group', 'subnet', 'launch-template'] },
  { actions: ['ec2:RunInstances', 'ec2:CreateFleet', 'ec2:CreateLaunchTemplate', 'ec2:CreateTags'], types: ['fleet', 'instance', 'volume', 'network-interface', 'launch-template', 'spot-instances-request'] },
];

test.each([
  ['launches its nodes with the grant', true, 'running'],
  ['launches nodes that end without the grant', false, 'terminated'],
])('the controller of Karpenter %s', async (_what, grants, state) => {
  const sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const { aws } = account;
  const { failures, outputs } = await account.deploy(stack => {
    const role = new iam.Role(stack, 'Karpenter', { assumedBy: new iam.ServicePrincipal('pods.eks.amazonaws.com') });
    KARPENTER.forEach(({ actions, types }) => role.addToPolicy(new iam.PolicyStatement({ actions, resources: types.map(type => `arn:aws:ec2:us-east-1:*:${type}/*`) })));
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: imageWithId(sourceId), encryptionKey: new kms.Key(stack, 'Key') });
    if (grants) {
      copy.grantLaunch(role);
    }
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
  });
  expect(failures).toEqual([]);
  const karpenter = new EC2Client({ ...aws.clientOptions(), credentials: aws.iam.credentials(outputs.RoleArn, 'karpenter') });
  try {
    const tags = [{ Key: 'karpenter.sh/nodepool', Value: 'default' }];
    await karpenter.send(new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'karpenter.k8s.aws/1', LaunchTemplateData: { ImageId: outputs.ImageId }, TagSpecifications: [{ ResourceType: 'launch-template', Tags: tags }],
    }));
    const { Instances, Errors } = await karpenter.send(new CreateFleetCommand({
      Type: 'instant',
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName: 'karpenter.k8s.aws/1', Version: '$Latest' }, Overrides: [{ InstanceType: 't3.small' }] }],
      TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: 'spot' },
      TagSpecifications: (['fleet', 'instance', 'volume'] as const).map(ResourceType => ({ ResourceType, Tags: tags })),
    }));
    expect(Errors ?? []).toEqual([]);
    aws.clock.advance(120_000);
    expect(aws.ec2.instanceState(Instances![0].InstanceIds![0])).toBe(state);
  } finally {
    karpenter.destroy();
  }
});
