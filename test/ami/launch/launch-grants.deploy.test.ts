import {
  CreateKeyPairCommand, CreateLaunchTemplateCommand, CreateSecurityGroupCommand, CreateSubnetCommand, CreateTagsCommand,
  CreateVpcCommand, DescribeInstancesCommand, EC2Client,
  LaunchTemplateTagSpecificationRequest, RunInstancesCommand, RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { EncryptedAmiCopy, MultiKeyAmiBuilder } from '../../../src';
import { Deployment, imageWithId, Template } from '../../helpers/deployment';
import { Statement } from '../../helpers/stacks';

/** A role that may launch an AMI, at EC2: what it can do with the AMI, and what it cannot. */

const OWNER = '210987654321';
const TAGS = ['instance', 'volume', 'network-interface'].map(ResourceType => ({ ResourceType, Tags: [{ Key: 'team', Value: 'web' }] })) as RunInstancesCommandInput['TagSpecifications'];

type Edit = (statement: Statement & { Resource: unknown[] }) => void;

let account: Deployment;
const clients: EC2Client[] = [];
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => {
  clients.splice(0).forEach(client => client.destroy());
  return account.reset();
});
afterAll(() => account.stop());

/** A subnet and a security group of another account, which shares them with AWS RAM. */
async function sharedNetwork(): Promise<{ vpcId: string; subnetId: string; groupId: string }> {
  const { aws } = account;
  const owner = keep(new EC2Client(aws.clientOptions({ account: OWNER })));
  const vpcId = (await owner.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc!.VpcId!;
  const subnetId = (await owner.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' }))).Subnet!.SubnetId!;
  const groupId = (await owner.send(new CreateSecurityGroupCommand({ VpcId: vpcId, GroupName: 'shared', Description: 'shared' }))).GroupId!;
  [vpcId, subnetId, groupId].forEach(id => aws.ec2.shareNetworkResource(id, aws.account));
  return { vpcId, subnetId, groupId };
}

/** Deploys a copy and a role that may launch it; `edit` changes the statement of the role that is about an action. */
async function deployLauncher(edit: Edit = () => undefined): Promise<{ ImageId: string; launcher: EC2Client }> {
  const sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const { failures, outputs } = await account.deploy(stack => {
    const role = new iam.Role(stack, 'Launcher', { assumedBy: new iam.AccountRootPrincipal() });
    const copy = new EncryptedAmiCopy(stack, 'Golden', { sourceImage: imageWithId(sourceId), encryptionKey: new kms.Key(stack, 'Key') });
    copy.grantLaunch(role);
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
  }, 'Images', (template: Template) => {
    for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
      if (Type === 'AWS::IAM::Policy' && id.startsWith('Launcher')) {
        (Properties.PolicyDocument as { Statement: (Statement & { Resource: unknown[] })[] }).Statement.forEach(edit);
      }
    }
  });
  expect(failures).toEqual([]);
  const { aws } = account;
  return { ImageId: outputs.ImageId, launcher: keep(new EC2Client({ ...aws.clientOptions(), credentials: aws.iam.credentials(outputs.RoleArn, 'launcher') })) };
}

async function launch(launcher: EC2Client, input: Partial<RunInstancesCommandInput>): Promise<string> {
  const { Instances } = await launcher.send(new RunInstancesCommand({ InstanceType: 't3.micro', MinCount: 1, MaxCount: 1, ...input }));
  return Instances![0].InstanceId!;
}

async function stateOf(instanceId: string): Promise<string | undefined> {
  const { aws } = account;
  aws.clock.advance(60_000);
  const { Reservations } = await keep(new EC2Client(aws.clientOptions())).send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return Reservations![0].Instances![0].State!.Name;
}

test('launches the AMI with tags, a key pair, and a subnet and a security group of another account, and only that', async () => {
  const { ImageId, launcher } = await deployLauncher();
  const { aws } = account;
  const administrator = keep(new EC2Client(aws.clientOptions()));
  await administrator.send(new CreateKeyPairCommand({ KeyName: 'admin', KeyType: 'ed25519' }));
  const { subnetId, groupId } = await sharedNetwork();
  const instanceId = await launch(launcher, { ImageId, KeyName: 'admin', TagSpecifications: TAGS, SubnetId: subnetId, SecurityGroupIds: [groupId] });
  expect(await stateOf(instanceId)).toBe('running');
  expect(await stateOf(await launch(launcher, { ImageId }))).toBe('running');

  await expect(launch(launcher, { ImageId: aws.ec2.seedImage('al2023-x86_64').id })).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  await expect(launcher.send(new CreateTagsCommand({ Resources: [instanceId], Tags: [{ Key: 'team', Value: 'theirs' }] })))
    .rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});

test('launches by a launch template, with its tags', async () => {
  const { ImageId, launcher } = await deployLauncher();
  await keep(new EC2Client(account.aws.clientOptions())).send(new CreateLaunchTemplateCommand({
    LaunchTemplateName: 'web', LaunchTemplateData: { ImageId, InstanceType: 't3.micro', TagSpecifications: TAGS as LaunchTemplateTagSpecificationRequest[] },
  }));
  const instanceId = await launch(launcher, { InstanceType: undefined, LaunchTemplate: { LaunchTemplateName: 'web' } });
  expect(await stateOf(instanceId)).toBe('running');
});

const without = (type: string) => (statement: { Resource: unknown[] }) => {
  if (Array.isArray(statement.Resource)) {
    statement.Resource = statement.Resource.filter(arn => !JSON.stringify(arn).includes(type));
  }
};
const NEEDED: [string, Edit, string][] = [
  ...['instance', 'volume', 'network-interface', 'key-pair', 'subnet', 'security-group']
    .map((type): [string, Edit, string] => [`the resource ${type}`, without(`:${type}/`), 'ec2:RunInstances on resource: arn:aws:ec2:us-east-1:']),
  ['the tags', statement => Object.assign(statement, statement.Action === 'ec2:CreateTags' ? { Effect: 'Deny' } : {}), 'ec2:CreateTags on resource: '],
];
test.each(NEEDED)('a launch fails without %s', async (_name, edit, message) => {
  const { ImageId, launcher } = await deployLauncher(edit);
  await keep(new EC2Client(account.aws.clientOptions())).send(new CreateKeyPairCommand({ KeyName: 'admin', KeyType: 'ed25519' }));
  await expect(launch(launcher, { ImageId, KeyName: 'admin', TagSpecifications: TAGS })).rejects.toThrow(message);
});

test('a builder runs in a subnet and with a security group that another account shares', async () => {
  const { vpcId, subnetId, groupId } = await sharedNetwork();
  const sourceId = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id;
  const { failures } = await account.deploy((stack: Stack) => {
    new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: imageWithId(sourceId),
      rootVolume: { encryptionKey: new kms.Key(stack, 'Key') },
      vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId, availabilityZones: ['us-east-1a'], privateSubnetIds: [subnetId] }),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', groupId)],
    });
  });
  expect(failures).toEqual([]);
  expect(account.aws.log.of('ec2:RunInstances')[0].input).toMatchObject({ NetworkInterfaces: [{ SubnetId: subnetId }] });
});

function keep(client: EC2Client): EC2Client {
  clients.push(client);
  return client;
}
