import {
  AttachVolumeCommand, AuthorizeSecurityGroupEgressCommand, AuthorizeSecurityGroupIngressCommand, CreateImageCommand, CreateImageCommandInput,
  CreateLaunchTemplateCommand, CreateSecurityGroupCommand, CreateSnapshotCommand, CreateSnapshotsCommand, CreateTagsCommand, CreateVolumeCommand,
  CreateVolumeCommandInput, DeleteLaunchTemplateCommand, DeleteVolumeCommand, DescribeImagesCommand, DescribeInstanceAttributeCommand,
  DescribeInstancesCommand, DescribeInstanceStatusCommand, DescribeVolumesCommand, DetachVolumeCommand, DisableImageCommand,
  EnableImageDeprecationCommand, GetConsoleOutputCommand, ModifyImageAttributeCommand, ModifyImageAttributeCommandInput, RegisterImageCommand,
  RegisterImageCommandInput, RunInstancesCommand, StartInstancesCommand, StopInstancesCommand, TagSpecification, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { copy, run, volumesOf } from '../calls';
import { aws, client } from '../each-test';

/** Calls that EC2 refuses: what is called, the error code, and a part of the message. */
type Refused = [name: string, send: () => Promise<unknown>, code: string, message: string];

async function expectRefused(calls: readonly Refused[]): Promise<void> {
  const answers: Refused[0][][] = [];
  for (const [name, send] of calls) {
    const error = await send().then(() => new Error('was not refused'), (refused: unknown) => refused as Error);
    answers.push([name, error.name, error.message]);
  }
  expect(answers).toEqual(calls.map(([name, , code, message]) => [name, code, expect.stringContaining(message)]));
}

const MISSING = 'i-00000000000000001';

test('of volumes and attachments', async () => {
  const volume = async (input: Partial<CreateVolumeCommandInput> = {}) =>
    (await client.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', ...input }))).VolumeId!;
  const { InstanceId } = await run();
  const { InstanceId: other } = await run();
  const VolumeId = await volume({ Size: 5 });
  const SnapshotId = aws.ec2.addSnapshot({ size: 8 }).id;
  const remove = new DeleteVolumeCommand({ VolumeId });
  await expect(client.send(remove)).rejects.toMatchObject({ name: 'IncorrectState', message: `The volume '${VolumeId}' is 'creating'` });
  aws.clock.advance(aws.ec2.settings.timing.volumeCreation);
  await expect(client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' }))).rejects.toMatchObject({
    name: 'IncorrectState', message: `Instance '${InstanceId}' is not 'running'.`,
  });
  aws.pass(1);
  const [root] = await volumesOf(InstanceId!);
  const { SnapshotId: pending } = await client.send(new CreateSnapshotCommand({ VolumeId: root.VolumeId }));
  await expectRefused([
    ['no such volume', () => client.send(new AttachVolumeCommand({ VolumeId: 'vol-00000000000000001', InstanceId, Device: '/dev/sdf' })), 'InvalidVolume.NotFound', "The volume 'vol-00000000000000001' does not exist."],
    ['no such instance', () => client.send(new AttachVolumeCommand({ VolumeId, InstanceId: MISSING, Device: '/dev/sdf' })), 'InvalidInstanceID.NotFound', `The instance ID '${MISSING}' does not exist`],
    ['a volume that is not attached', () => client.send(new DetachVolumeCommand({ VolumeId })), 'IncorrectState', `Volume '${VolumeId}' is in the 'available' state.`],
    [
      'a volume of another instance', () => client.send(new DetachVolumeCommand({ VolumeId: root.VolumeId, InstanceId: other })),
      'InvalidAttachment.NotFound', `The volume '${root.VolumeId}' is not attached to instance '${other}' as device '/dev/xvda'`,
    ],
    ['malformed', () => client.send(new DescribeVolumesCommand({ VolumeIds: ['vol-x'] })), 'InvalidVolumeID.Malformed', 'vol-x'],
    ['a snapshot that is not complete', () => volume({ SnapshotId: pending }), 'IncorrectState', 'pending'],
    ['smaller than its snapshot', () => volume({ SnapshotId, Size: 7 }), 'InvalidParameterValue', '8'],
    ['no such zone', () => volume({ Size: 1, AvailabilityZone: 'us-east-1z' }), 'InvalidZone.NotFound', "The zone 'us-east-1z' does not exist."],
    ['a snapshot of no volume', () => client.send(new CreateSnapshotCommand({ VolumeId: 'vol-00000000000000001' })), 'InvalidVolume.NotFound', 'vol-00000000000000001'],
    ['snapshots of no instance', () => client.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId: MISSING } })), 'InvalidInstanceID.NotFound', MISSING],
  ]);
});

test('of instances', async () => {
  const ImageId = aws.ec2.seedImage('al2023-x86_64').id;
  const encrypted = aws.ec2.addSnapshot({ size: 8, kmsKeyId: arnOf(aws.kms.addKey()) }).id;
  const Ebs = (ebs: object) => ({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: ebs }] });
  const { InstanceId } = await run();
  const ids = { InstanceIds: [InstanceId!] };
  aws.pass(1);
  await client.send(new StartInstancesCommand(ids));
  await client.send(new StopInstancesCommand(ids));
  await client.send(new StopInstancesCommand(ids));
  await client.send(new TerminateInstancesCommand(ids));
  const states: [string, () => Promise<unknown>][] = [['started', () => client.send(new StartInstancesCommand(ids))], ['stopped', () => client.send(new StopInstancesCommand(ids))]];
  await expectRefused([
    ...states.map(([participle, send]): Refused => [participle, send, 'IncorrectInstanceState', `The instance '${InstanceId}' is not in a state from which it can be ${participle}.`]),
    ['no image', () => client.send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 })), 'MissingParameter', 'The request must contain the parameter ImageId'],
    ['more than the most', () => client.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 2, MaxCount: 1 })), 'InvalidParameterValue', 'maxCount'],
    ['neither a size nor a snapshot', () => run(Ebs({ VolumeType: 'gp3' })), 'MissingParameter', 'size or snapshotId'],
    ['no such snapshot', () => run(Ebs({ SnapshotId: 'snap-ffffffff' })), 'InvalidSnapshot.NotFound', "The snapshot 'snap-ffffffff' does not exist."],
    ['unencrypted of an encrypted snapshot', () => run(Ebs({ SnapshotId: encrypted, Encrypted: false })), 'InvalidBlockDeviceMapping', encrypted],
    ['no such status', () => client.send(new DescribeInstanceStatusCommand({ InstanceIds: [MISSING] })), 'InvalidInstanceID.NotFound', MISSING],
  ]);
  await run(Ebs({ SnapshotId: encrypted }));
});

test('of images', async () => {
  const KmsKeyId = arnOf(aws.kms.addKey());
  const { InstanceId } = await run();
  const { InstanceId: legacy } = await run({ ImageId: aws.ec2.addImage({ name: 'legacy' }).id });
  aws.pass(1);
  const pending = await copy();
  const everybodys = aws.ec2.addImage({ name: 'public', public: true }).id;
  const SnapshotId = aws.ec2.addSnapshot().id;
  const create = (input: Partial<CreateImageCommandInput>) => client.send(new CreateImageCommand({ InstanceId, Name: 'image', ...input }));
  const register = (Ebs: object) => client.send(new RegisterImageCommand({
    Name: 'registered', Architecture: 'x86_64', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs }],
  } satisfies RegisterImageCommandInput));
  const share = (input: Partial<ModifyImageAttributeCommandInput>) => client.send(new ModifyImageAttributeCommand({ ImageId: aws.ec2.seedImage('uefi-tpm').id, ...input }));
  const deprecate = (years: number) =>
    new EnableImageDeprecationCommand({ ImageId: everybodys, DeprecateAt: new Date(aws.clock.now() + years * 365 * 86_400_000) });
  await expectRefused([
    ['another boot mode', () => create({ InstanceId: legacy, BootModeOverride: 'uefi' }), 'InvalidParameterValue', 'uefi'],
    ['a new device of no snapshot', () => create({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId: 'snap-ffffffff' } }] }), 'InvalidSnapshot.NotFound', 'snap-ffffffff'],
    [
      'encrypted, of a snapshot', () => create({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId, Encrypted: true } }] }),
      'InvalidParameter', 'You cannot specify the encrypted flag if specifying a snapshot id in a block device mapping.',
    ],
    ['a key', () => register({ SnapshotId, KmsKeyId }), 'UnknownParameter', 'KmsKeyId'],
    ['neither a snapshot nor a size', () => register({ VolumeType: 'gp3' }), 'InvalidBlockDeviceMapping', '/dev/xvda'],
    ['pending', () => client.send(new DisableImageCommand({ ImageId: pending })), 'IncorrectState', pending],
    ['deprecated after three years, public', () => client.send(deprecate(3)), 'InvalidParameterValue', '2 years'],
    ['no group', () => share({ Attribute: 'launchPermission', OperationType: 'add', UserGroups: ['some'] }), 'InvalidAMIAttributeItemValue', 'Invalid attribute item value "some " for group item type.'],
    ['no unit', () => share({ LaunchPermission: { Add: [{ OrganizationalUnitArn: 'ou' }] } }), 'InvalidAMIAttributeItemValue', 'for organizationalUnitArn item type.'],
  ]);
  await client.send(deprecate(1));
  await create({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { SnapshotId } }] });
});

test('of security groups, launch templates, tags and filters', async () => {
  const createGroup = new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' });
  const { GroupId } = await client.send(createGroup);
  const list = { IpPermissions: [{ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }] };
  await client.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, ...list }));
  const tag = { Key: 'a', Value: 'b' };
  const tagged = (...TagSpecifications: TagSpecification[]) => run({ TagSpecifications });
  const filter = (...Values: string[]) => () => client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-type', Values }] }));
  const { LaunchTemplate } = await client.send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'web', LaunchTemplateData: { InstanceType: 't3.micro' } }));
  await expectRefused([
    ['the same name', () => client.send(createGroup), 'InvalidGroup.Duplicate', "The security group 'g' already exists for VPC 'vpc-"],
    ['no rules', () => client.send(new AuthorizeSecurityGroupIngressCommand({ GroupId })), 'MissingParameter', 'ipPermissions'],
    ['the same rule', () => client.send(new AuthorizeSecurityGroupEgressCommand({ GroupId, ...list })), 'InvalidPermission.Duplicate', 'the specified rule "peer: pl-1, ALL, ALLOW" already exists'],
    ['no template', () => client.send(new DeleteLaunchTemplateCommand({})), 'MissingParameter', 'Either a launch template ID or a launch template name must be specified'],
    [
      'a template by both', () => client.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: LaunchTemplate!.LaunchTemplateId, LaunchTemplateName: 'web' })),
      'InvalidParameterCombination', 'Either provide launch template ID or launch template name',
    ],
    ['a long value', () => client.send(new CreateTagsCommand({ Resources: [aws.ec2.seedImage('golden').id], Tags: [{ Key: 'a', Value: 'b'.repeat(256) }] })), 'InvalidParameterValue', 'Tag value exceeds the maximum length'],
    ['no tags', () => tagged({ ResourceType: 'instance', Tags: [] }), 'InvalidParameterValue', 'Tag specification must have at least one tag'],
    ['the same type twice', () => tagged({ ResourceType: 'instance', Tags: [tag] }, { ResourceType: 'instance', Tags: [tag] }), 'InvalidParameterValue', 'Duplicate tag specification'],
    ['no values', filter(), 'InvalidParameterValue', 'instance-type'],
    ['201 values', filter(...Array.from({ length: 201 }, (_one, index) => `t${index}`)), 'FilterLimitExceeded', 'The maximum number of filter values specified on a single call is 200'],
    ['more than a page', () => client.send(new DescribeImagesCommand({ MaxResults: 1001 })), 'InvalidParameterValue', '1001'],
  ]);
});

test('for what does not exist, also where EC2 authorizes them first', async () => {
  aws.ec2.switches.missingResource = 'unauthorized';
  const VolumeId = 'vol-00000000000000001';
  await expectRefused([
    ['DeleteVolume', () => client.send(new DeleteVolumeCommand({ VolumeId })), 'InvalidVolume.NotFound', VolumeId],
    ['CreateImage', () => client.send(new CreateImageCommand({ InstanceId: MISSING, Name: 'image' })), 'InvalidInstanceID.NotFound', MISSING],
    ['GetConsoleOutput', () => client.send(new GetConsoleOutputCommand({ InstanceId: MISSING })), 'InvalidInstanceID.NotFound', MISSING],
    ['DescribeInstanceAttribute', () => client.send(new DescribeInstanceAttributeCommand({ InstanceId: MISSING, Attribute: 'userData' })), 'InvalidInstanceID.NotFound', MISSING],
    ['StopInstances', () => client.send(new StopInstancesCommand({ InstanceIds: [MISSING] })), 'InvalidInstanceID.NotFound', MISSING],
    ['DisableImage', () => client.send(new DisableImageCommand({ ImageId: 'ami-ffffffff' })), 'InvalidAMIID.NotFound', 'ami-ffffffff'],
  ]);
});
