import {
  AttachVolumeCommand, CreateVolumeCommand, CreateVolumeCommandInput, DeleteVolumeCommand, DescribeInstancesCommand, DescribeInstanceStatusCommand,
  DescribeVolumesCommand, DetachVolumeCommand, DisableImageCommand, EnableEbsEncryptionByDefaultCommand, ModifyInstanceAttributeCommand,
  RunInstancesCommand, RunInstancesCommandInput, StartInstancesCommand, StopInstancesCommand, TerminateInstancesCommand, Volume,
  waitUntilInstanceRunning,
} from '@aws-sdk/client-ec2';
import { describedInstance, run } from './calls';
import { client, world } from './each-test';
import { account, region, stranger } from './world';
import { arnOf } from '../../../local-aws/kms/key';

async function volumesOf(id: string): Promise<Volume[]> {
  const { Volumes } = await client.send(new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.instance-id', Values: [id] }] }));
  return Volumes!;
}

async function createVolume(input: Partial<CreateVolumeCommandInput> = {}): Promise<Volume> {
  return client.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 5, VolumeType: 'gp3', ...input }));
}

describe('a launch', () => {
  test('is pending, then runs, with a volume for each device of the image', async () => {
    const launched = await run({ ImageId: world.ec2.stock('golden').id, TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'x' }] }] });
    expect(launched).toMatchObject({
      State: { Code: 0, Name: 'pending' },
      Architecture: 'x86_64',
      RootDeviceName: '/dev/xvda',
      Tags: [{ Key: 'Name', Value: 'x' }],
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      SecurityGroups: [{ GroupName: 'default' }],
    });
    world.pass(1);
    expect(await describedInstance(launched.InstanceId!)).toMatchObject({ State: { Code: 16, Name: 'running' }, CurrentInstanceBootMode: 'uefi' });
    const volumes = await volumesOf(launched.InstanceId!);
    const [root, ebs, customer] = world.ec2.stock('golden').devices.map(device => world.ec2.snapshot(device.ebs!.snapshotId!)!);
    expect(volumes).toMatchObject([
      { Encrypted: false, Size: 8, SnapshotId: root.id, State: 'in-use', Attachments: [{ Device: '/dev/xvda', State: 'attached', DeleteOnTermination: true }] },
      { Encrypted: true, Size: 20, KmsKeyId: ebs.kmsKeyId, Attachments: [{ Device: '/dev/sdb', DeleteOnTermination: false }] },
      { Encrypted: true, Size: 50, KmsKeyId: customer.kmsKeyId, VolumeType: 'io2' },
    ]);
    expect(world.ec2.counts()).toMatchObject({ instances: 1, volumes: 3 });
  });

  test('the SDK can wait for it', async () => {
    const { InstanceId } = await run();
    world.pass(1);
    const { state } = await waitUntilInstanceRunning({ client, maxWaitTime: 30 }, { InstanceIds: [InstanceId!] });
    expect(state).toBe('SUCCESS');
    expect((await client.send(new DescribeInstanceStatusCommand({}))).InstanceStatuses).toMatchObject([{ InstanceId, InstanceStatus: { Status: 'ok' } }]);
  });

  test('each device can have a key of its own, be left out, or be added', async () => {
    const [one, two] = [world.kms.addKey(), world.kms.addKey()];
    const { InstanceId } = await run({
      ImageId: world.ec2.stock('golden').id,
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(one) } },
        { DeviceName: '/dev/sdb', NoDevice: '' },
        { DeviceName: '/dev/sdc', Ebs: { Encrypted: true, KmsKeyId: arnOf(two), VolumeSize: 60 } },
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 3, VolumeType: 'gp3', Encrypted: true } },
      ],
    });
    world.pass(1);
    expect(await volumesOf(InstanceId!)).toMatchObject([
      { KmsKeyId: arnOf(one), Size: 8 }, { KmsKeyId: arnOf(two), Size: 60 }, { KmsKeyId: arnOf(world.kms.ebsKey()), Size: 3, SnapshotId: '' },
    ]);
  });

  test('follows encryption by default', async () => {
    await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    const { InstanceId } = await run();
    expect(await volumesOf(InstanceId!)).toMatchObject([{ Encrypted: true, KmsKeyId: arnOf(world.kms.ebsKey()) }]);
  });

  test.each([
    ['Client.InternalError: Client error on launch', 'Client.InternalError'],
    ['Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state', 'Client.InvalidKMSKey.InvalidState'],
  ] as const)('with a key that cannot be used is accepted, and ends: %s', async (reason, Code) => {
    world.ec2.switches.launchFailureReason = reason;
    const key = world.kms.addKey({ state: 'Disabled' });
    const { InstanceId } = await run({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }] });
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'pending' } });
    world.clock.advance(10_000);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'shutting-down' }, StateReason: { Code, Message: reason } });
    world.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'terminated' }, StateReason: { Code } });
    expect(world.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
    world.pass(61);
    await expect(describedInstance(InstanceId!)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
  });

  test('an image that another account shares needs its key, not its snapshots', async () => {
    const key = world.kms.addKey({ account: stranger });
    const image = world.ec2.addImage({ name: 's', account: stranger, devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    world.ec2.shareImage(image, account);
    const denied = await run({ ImageId: image.id });
    world.pass(1);
    expect((await describedInstance(denied.InstanceId!)).State!.Name).toBe('terminated');
    key.policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] });
    const allowed = await run({ ImageId: image.id });
    world.pass(1);
    expect((await describedInstance(allowed.InstanceId!)).State!.Name).toBe('running');
    expect(await volumesOf(allowed.InstanceId!)).toMatchObject([{ KmsKeyId: arnOf(world.kms.ebsKey()) }]);
  });

  test.each<[string, () => Partial<RunInstancesCommandInput>, string, string]>([
    ['an image of another architecture', () => ({ ImageId: world.ec2.stock('al2023-arm64').id }), 'InvalidParameterValue', "The architecture 'x86_64' of the specified instance type does not match the architecture 'arm64'"],
    ['a type that there is not', () => ({ InstanceType: 'z9.huge' as 't3.micro' }), 'InvalidParameterValue', "Invalid value 'z9.huge' for InstanceType."],
    ['an image that there is not', () => ({ ImageId: 'ami-00000000000000001' }), 'InvalidAMIID.NotFound', 'does not exist'],
    ['UEFI on a type without it', () => ({ ImageId: world.ec2.stock('uefi-tpm').id, InstanceType: 't2.micro' }), 'InvalidParameterCombination', 'uefi'],
    ['a root device in an instance store', () => ({ ImageId: world.ec2.stock('instance-store').id }), 'InvalidParameterCombination', 'instance store'],
    ['a key without encryption', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { KmsKeyId: 'x' } }] }), 'InvalidParameterDependency', 'The parameter [KmsKeyId] requires the parameter Encrypted to be set.'],
    ['a volume smaller than its snapshot', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 4 } }] }), 'InvalidBlockDeviceMapping', 'expect size >= 8GB'],
    ['a subnet that there is not', () => ({ SubnetId: 'subnet-1' }), 'InvalidSubnetID.NotFound', "The subnet ID 'subnet-1' does not exist"],
    ['a group that there is not', () => ({ SecurityGroupIds: ['sg-1'] }), 'InvalidGroup.NotFound', "The security group 'sg-1' does not exist"],
  ])('refuses %s', async (_name, input, name, message) => {
    await expect(run(input())).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    expect(world.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test('refuses a disabled image', async () => {
    await client.send(new DisableImageCommand({ ImageId: world.ec2.stock('golden').id }));
    await expect(run({ ImageId: world.ec2.stock('golden').id })).rejects.toMatchObject({ name: 'InvalidAMIID.Unavailable' });
  });

  test('a token stands for one launch, until its instance is terminated', async () => {
    const { InstanceId } = await run({ ClientToken: 'once' });
    expect((await run({ ClientToken: 'once' })).InstanceId).toBe(InstanceId);
    await expect(run({ ClientToken: 'once', InstanceType: 't3.small' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
    world.pass(1);
    await expect(run({ ClientToken: 'once' })).rejects.toMatchObject({ name: 'IdempotentInstanceTerminated' });
  });

  test('counts are kept', async () => {
    const { Instances } = await client.send(new RunInstancesCommand({ ImageId: world.ec2.stock('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 3, MaxCount: 3 }));
    expect(Instances).toHaveLength(3);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['pending'] }] }));
    expect(Reservations).toHaveLength(1);
    expect(Reservations![0].Instances).toHaveLength(3);
  });
});

describe('the life of an instance', () => {
  test('stopped and started', async () => {
    const { InstanceId } = await run();
    const ids = { InstanceIds: [InstanceId!] };
    await expect(client.send(new StopInstancesCommand(ids))).rejects.toMatchObject({ name: 'IncorrectInstanceState' });
    world.pass(1);
    expect(await client.send(new StopInstancesCommand(ids))).toMatchObject({
      StoppingInstances: [{ InstanceId, PreviousState: { Name: 'running' }, CurrentState: { Name: 'stopping' } }],
    });
    world.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Code: 80, Name: 'stopped' } });
    await client.send(new StartInstancesCommand(ids));
    world.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'running' } });
  });

  test('it does not start again once its key is disabled', async () => {
    const key = world.kms.addKey();
    const { InstanceId } = await run({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }] });
    world.pass(1);
    await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
    world.pass(1);
    key.state = 'Disabled';
    await client.send(new StartInstancesCommand({ InstanceIds: [InstanceId!] }));
    world.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'stopped' }, StateReason: { Code: 'Client.InternalError' } });
  });

  test('terminated: volumes go or stay as they were told', async () => {
    const { InstanceId } = await run({ ImageId: world.ec2.stock('golden').id });
    world.pass(1);
    await client.send(new ModifyInstanceAttributeCommand({ InstanceId, BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { DeleteOnTermination: true } }] }));
    await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
    world.pass(1);
    expect(world.ec2.counts()).toMatchObject({ instances: 0, volumes: 1 });
    const { Volumes } = await client.send(new DescribeVolumesCommand({}));
    expect(Volumes).toMatchObject([{ Size: 50, State: 'available', Attachments: [] }]);
  });

  test('protection has to be taken away first', async () => {
    const { InstanceId } = await run({ DisableApiTermination: true });
    const terminate = new TerminateInstancesCommand({ InstanceIds: [InstanceId!] });
    await expect(client.send(terminate)).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await client.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    await client.send(terminate);
  });

  test('ids that are not there', async () => {
    const InstanceIds = ['i-00000000000000001', 'i-00000000000000002'];
    await expect(client.send(new TerminateInstancesCommand({ InstanceIds }))).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
    await expect(client.send(new DescribeInstancesCommand({ InstanceIds }))).rejects.toThrow("The instance IDs 'i-00000000000000001, i-00000000000000002' do not exist");
    await expect(client.send(new DescribeInstancesCommand({ InstanceIds: ['i-x'] }))).rejects.toMatchObject({ name: 'InvalidInstanceID.Malformed' });
  });
});

describe('volumes', () => {
  test('are created, attached, detached, deleted', async () => {
    const { InstanceId, Placement } = await run();
    world.pass(1);
    const { VolumeId, State } = await createVolume({ AvailabilityZone: Placement!.AvailabilityZone, TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect(State).toBe('creating');
    const attach = new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' });
    await expect(client.send(attach)).rejects.toMatchObject({ name: 'IncorrectState' });
    world.pass(1);
    expect(await client.send(attach)).toMatchObject({ State: 'attaching', Device: '/dev/sdf', DeleteOnTermination: false });
    await expect(client.send(attach)).rejects.toMatchObject({ name: 'VolumeInUse' });
    await expect(client.send(new DeleteVolumeCommand({ VolumeId }))).rejects.toMatchObject({ name: 'VolumeInUse' });
    world.pass(1);
    const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }));
    expect(Volumes).toMatchObject([{ State: 'in-use', Attachments: [{ State: 'attached' }], Tags: [{ Key: 'a', Value: 'b' }], Iops: 3000 }]);
    expect(await client.send(new DetachVolumeCommand({ VolumeId }))).toMatchObject({ State: 'detaching' });
    world.pass(1);
    await client.send(new DeleteVolumeCommand({ VolumeId }));
    world.pass(1);
    await expect(client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] })))
      .rejects.toMatchObject({ name: 'InvalidVolume.NotFound', message: `The volume '${VolumeId}' does not exist.` });
  });

  test('with a key that cannot be used silently vanish, and their token says so', async () => {
    const input = { Encrypted: true, KmsKeyId: arnOf(world.kms.addKey({ state: 'Disabled' })), ClientToken: 'once' };
    const { VolumeId } = await createVolume(input);
    expect((await createVolume(input)).VolumeId).toBe(VolumeId);
    world.pass(1);
    await expect(client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }))).rejects.toMatchObject({ name: 'InvalidVolume.NotFound' });
    await expect(createVolume(input)).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
      message: 'The client token you have provided is associated with a resource that is already deleted. Please use a different client token.',
    });
  });

  test('cannot be attached once their key is gone, nor without a grant', async () => {
    const key = world.kms.addKey();
    const { InstanceId, Placement } = await run();
    const { VolumeId } = await createVolume({ AvailabilityZone: Placement!.AvailabilityZone, Encrypted: true, KmsKeyId: arnOf(key) });
    world.pass(1);
    const attach = new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' });
    const revoked = { name: 'CustomerKeyHasBeenRevoked', message: `Volume ${VolumeId} cannot be attached. The encrypted volume was unable to access the KMS (master) key.` };
    await expect(world.clientOfRole([{ Effect: 'Allow', Action: 'ec2:AttachVolume', Resource: '*' }]).send(attach)).rejects.toMatchObject(revoked);
    key.state = 'PendingDeletion';
    await expect(client.send(attach)).rejects.toMatchObject(revoked);
  });

  test('attach where they are, and where nothing is', async () => {
    const { InstanceId } = await run({ Placement: { AvailabilityZone: `${region}b` } });
    const { VolumeId: elsewhere } = await createVolume();
    const { VolumeId } = await createVolume({ AvailabilityZone: `${region}b` });
    world.pass(1);
    await expect(client.send(new AttachVolumeCommand({ VolumeId: elsewhere, InstanceId, Device: '/dev/sdf' }))).rejects.toMatchObject({ name: 'InvalidVolume.ZoneMismatch' });
    await expect(client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sda1' }))).rejects.toThrow('Attachment point /dev/sda1 is already in use');
    await expect(client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdk1' }))).rejects.toThrow('/dev/sdk1 is not a valid EBS device name.');
    const { Attachments } = (await volumesOf(InstanceId!))[0];
    await expect(client.send(new DetachVolumeCommand({ VolumeId: Attachments![0].VolumeId }))).rejects.toMatchObject({ name: 'OperationNotPermitted' });
  });

  test.each<[string, Partial<CreateVolumeCommandInput>, string]>([
    ['a zone that there is not', { AvailabilityZone: 'eu-west-1a' }, 'InvalidZone.NotFound'],
    ['neither size nor snapshot', { Size: undefined }, 'MissingParameter'],
    ['a snapshot that there is not', { SnapshotId: 'snap-00000000000000001' }, 'InvalidSnapshot.NotFound'],
    ['a key without encryption', { KmsKeyId: 'x' }, 'InvalidParameterDependency'],
  ])('refuse %s', async (_name, input, name) => {
    await expect(createVolume(input)).rejects.toMatchObject({ name });
  });
});
