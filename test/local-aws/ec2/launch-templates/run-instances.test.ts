import { CreateLaunchTemplateCommand, CreateLaunchTemplateVersionCommand, RequestLaunchTemplateData, RunInstancesCommand, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { describedInstance, volumesOf } from '../calls';
import { aws, client } from '../each-test';
import { account, region } from '../test-aws';

/** RunInstances with a launch template, and with an image that an SSM parameter names. */

const image = () => aws.ec2.seedImage('al2023-x86_64').id;
const PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';
let id: string;

async function template(data: RequestLaunchTemplateData = {}): Promise<void> {
  const { LaunchTemplate } = await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData: { ImageId: image(), InstanceType: 't3.micro', ...data } }));
  id = LaunchTemplate!.LaunchTemplateId!;
}

async function launch(input: Partial<RunInstancesCommandInput> = {}, by = client) {
  const { Instances } = await by.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1, LaunchTemplate: { LaunchTemplateName: 'web' }, ...input }));
  return Instances![0];
}

test('has the parameters of the template, and its tags', async () => {
  await template({ UserData: Buffer.from('#!/bin/sh').toString('base64'), MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 3 } });
  const { InstanceId } = await launch({ MetadataOptions: { InstanceMetadataTags: 'enabled' } });
  expect(await describedInstance(InstanceId!)).toMatchObject({
    ImageId: image(),
    InstanceType: 't3.micro',
    MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 3, InstanceMetadataTags: 'enabled' },
    Tags: [{ Key: 'aws:ec2launchtemplate:id', Value: id }, { Key: 'aws:ec2launchtemplate:version', Value: '1' }],
  });
});

test('the request wins, tag by tag and device by device', async () => {
  await template({
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'suite', Value: 'template' }, { Key: 'original', Value: 'template' }] }],
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20 } }, { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 5 } }],
  });
  const { InstanceId, InstanceType } = await launch({
    InstanceType: 't3.small',
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'original', Value: 'request' }] }],
    BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeSize: 7 } }],
  });
  expect(InstanceType).toBe('t3.small');
  expect((await describedInstance(InstanceId!)).Tags).toEqual(expect.arrayContaining([{ Key: 'suite', Value: 'template' }, { Key: 'original', Value: 'request' }]));
  expect((await volumesOf(InstanceId!)).map(volume => volume.Size).sort()).toEqual([20, 7]);
});

test('is of the default version, or of the one that the request names', async () => {
  await template();
  await client.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateName: 'web', SourceVersion: '1', LaunchTemplateData: { InstanceType: 't3.large' } }));
  expect((await launch()).InstanceType).toBe('t3.micro');
  expect((await launch({ LaunchTemplate: { LaunchTemplateId: id, Version: '$Latest' } })).InstanceType).toBe('t3.large');
  expect((await launch({ LaunchTemplate: { LaunchTemplateId: id, Version: '2' } })).InstanceType).toBe('t3.large');
  await expect(launch({ LaunchTemplate: { LaunchTemplateId: id, Version: '3' } })).rejects.toMatchObject({ name: 'InvalidLaunchTemplateId.VersionNotFound' });
  await expect(launch({ LaunchTemplate: { LaunchTemplateName: 'none' } })).rejects.toMatchObject({ name: 'InvalidLaunchTemplateName.NotFoundException' });
});

test('cannot have a subnet beside the network interfaces of the template', async () => {
  await template({ NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: true }] });
  await expect(launch({ SubnetId: 'subnet-1' })).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
});

const own = (type: string) => `arn:aws:ec2:${region}:${account}:${type}/*`;
const MAY_LAUNCH = {
  Effect: 'Allow', Action: 'ec2:RunInstances', Resource: [`arn:aws:ec2:${region}::image/*`, ...['instance', 'volume', 'network-interface', 'subnet', 'security-group'].map(own)],
};

test('needs the template as a resource', async () => {
  await template();
  await expect(launch({}, aws.clientOfRole([MAY_LAUNCH]))).rejects.toMatchObject({
    name: 'UnauthorizedOperation', message: expect.stringContaining(`launch-template/${id}`),
  });
  await launch({}, aws.clientOfRole([MAY_LAUNCH, { Effect: 'Allow', Action: 'ec2:RunInstances', Resource: own('launch-template') }]));
  // the tags of EC2 itself need no CreateTags, those of the template do
  await client.send(new CreateLaunchTemplateVersionCommand({
    LaunchTemplateName: 'web', SourceVersion: '1', LaunchTemplateData: { TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'team', Value: 'web' }] }] },
  }));
  await expect(launch({ LaunchTemplate: { LaunchTemplateId: id, Version: '2' } }, aws.clientOfRole([{ ...MAY_LAUNCH, Resource: '*' }])))
    .rejects.toMatchObject({ message: expect.stringContaining('ec2:CreateTags on resource: ') });
});

describe('an image ID in an SSM parameter', () => {
  test('is resolved at each launch, of a template or of the request', async () => {
    await template({ ImageId: `resolve:ssm:${PARAMETER}` });
    expect((await launch()).ImageId).toBe(image());
    expect((await launch({ LaunchTemplate: undefined, InstanceType: 't3.micro', ImageId: `resolve:ssm:${PARAMETER}` })).ImageId).toBe(image());
    await expect(launch({ ImageId: 'resolve:ssm:none' })).rejects.toMatchObject({ name: 'SsmInvalidParameter' });
  });

  test('needs the permission of the caller to read it', async () => {
    const request = { LaunchTemplate: undefined, InstanceType: 't3.micro' as const, ImageId: `resolve:ssm:${PARAMETER}` };
    await expect(launch(request, aws.clientOfRole([MAY_LAUNCH]))).rejects.toMatchObject({ message: expect.stringContaining(`ssm:GetParameters on resource: arn:aws:ssm:${region}::parameter${PARAMETER}`) });
    await launch(request, aws.clientOfRole([MAY_LAUNCH, { Effect: 'Allow', Action: 'ssm:GetParameters', Resource: `arn:aws:ssm:${region}::parameter/aws/service/*` }]));
  });
});
