import {
  CreateSecurityGroupCommand, DescribeInstancesCommand, DescribeInstanceStatusCommand, DescribeInstanceTypesCommand, DisableImageCommand,
  EnableEbsEncryptionByDefaultCommand, RunInstancesCommand, RunInstancesCommandInput, TerminateInstancesCommand, waitUntilInstanceRunning,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { describedInstance, run, volumesOf } from '../calls';
import { client, aws } from '../each-test';
import { account, otherAccount } from '../test-aws';

describe('a launch', () => {
  test('is pending, then running, with a volume for each device of the image', async () => {
    const launched = await run({ ImageId: aws.ec2.seedImage('golden').id, TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'x' }] }] });
    expect(launched).toMatchObject({
      State: { Code: 0, Name: 'pending' },
      StateReason: { Code: 'pending', Message: 'pending' },
      BlockDeviceMappings: [],
      Architecture: 'x86_64',
      RootDeviceName: '/dev/xvda',
      Tags: [{ Key: 'Name', Value: 'x' }],
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      SecurityGroups: [{ GroupName: 'default' }],
    });
    aws.pass(1);
    expect(await describedInstance(launched.InstanceId!)).toMatchObject({ State: { Code: 16, Name: 'running' }, CurrentInstanceBootMode: 'uefi' });
    const volumes = await volumesOf(launched.InstanceId!);
    const [root, ebs, customer] = aws.ec2.seedImage('golden').devices.map(device => aws.ec2.snapshot(device.ebs!.snapshotId!)!);
    expect(volumes).toMatchObject([
      { Encrypted: false, Size: 8, SnapshotId: root.id, State: 'in-use', Attachments: [{ Device: '/dev/xvda', State: 'attached', DeleteOnTermination: true }] },
      { Encrypted: true, Size: 20, KmsKeyId: ebs.kmsKeyId, Attachments: [{ Device: '/dev/sdb', DeleteOnTermination: false }] },
      { Encrypted: true, Size: 50, KmsKeyId: customer.kmsKeyId, VolumeType: 'io2' },
    ]);
    expect(aws.ec2.counts()).toMatchObject({ instances: 1, volumes: 3 });
  });

  test("completes for the SDK's waiter", async () => {
    const { InstanceId } = await run();
    aws.pass(1);
    const { state } = await waitUntilInstanceRunning({ client, maxWaitTime: 30 }, { InstanceIds: [InstanceId!] });
    expect(state).toBe('SUCCESS');
    expect((await client.send(new DescribeInstanceStatusCommand({}))).InstanceStatuses).toMatchObject([{ InstanceId, InstanceStatus: { Status: 'ok' } }]);
  });

  test('can encrypt each device with its own key, remove and add devices', async () => {
    const [one, two] = [aws.kms.addKey(), aws.kms.addKey()];
    const { InstanceId } = await run({
      ImageId: aws.ec2.seedImage('golden').id,
      BlockDeviceMappings: [
        { DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(one) } },
        { DeviceName: '/dev/sdb', NoDevice: '' },
        { DeviceName: '/dev/sdc', Ebs: { Encrypted: true, KmsKeyId: arnOf(two), VolumeSize: 60 } },
        { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 3, VolumeType: 'gp3', Encrypted: true } },
      ],
    });
    aws.pass(1);
    expect(await volumesOf(InstanceId!)).toMatchObject([
      { KmsKeyId: arnOf(one), Size: 8 }, { KmsKeyId: arnOf(two), Size: 60 }, { KmsKeyId: arnOf(aws.kms.ebsKey()), Size: 3, SnapshotId: '' },
    ]);
  });

  test('applies encryption by default', async () => {
    await client.send(new EnableEbsEncryptionByDefaultCommand({}));
    const { InstanceId } = await run();
    expect(await volumesOf(InstanceId!)).toMatchObject([{ Encrypted: true, KmsKeyId: arnOf(aws.kms.ebsKey()) }]);
  });

  test('is accepted with an unusable key, and fails later', async () => {
    const key = aws.kms.addKey({ state: 'Disabled' });
    const Tags = [{ Key: 'Name', Value: 'x' }];
    const { InstanceId } = await run({
      ClientToken: 'once',
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }],
    });
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'pending' }, BlockDeviceMappings: [{ Ebs: { Status: 'attaching' } }] });
    aws.clock.advance(10_000);
    const failing = await describedInstance(InstanceId!);
    expect(failing).toMatchObject({
      State: { Code: 32, Name: 'shutting-down' },
      StateReason: {
        Code: 'Client.InvalidKMSKey.InvalidState',
        Message: 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
      },
      StateTransitionReason: 'Client.InternalError',
      ClientToken: 'once',
      Tags,
    });
    for (const name of ['VpcId', 'SubnetId', 'PrivateIpAddress'] as const) {
      expect(failing).not.toHaveProperty(name);
    }
    expect([failing.BlockDeviceMappings, failing.NetworkInterfaces, failing.SecurityGroups].map(list => list?.length ?? 0)).toEqual([0, 0, 0]);
    aws.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'terminated' }, StateReason: failing.StateReason, Tags });
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
    aws.pass(61);
    await expect(describedInstance(InstanceId!)).rejects.toMatchObject({ name: 'InvalidInstanceID.NotFound' });
  });

  test('can fail with the message of the EC2 User Guide', async () => {
    aws.ec2.switches.launchFailureReason = 'Client.InternalError: Client error on launch';
    const key = aws.kms.addKey({ state: 'Disabled' });
    const { InstanceId } = await run({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }] });
    aws.clock.advance(10_000);
    expect(await describedInstance(InstanceId!)).toMatchObject({
      State: { Name: 'shutting-down' }, StateReason: { Code: 'Client.InternalError', Message: 'Client.InternalError: Client error on launch' },
    });
  });

  test('may not be visible at once', async () => {
    aws.ec2.settings.consistency.readsUntilVisible = 1;
    const { InstanceId } = await run();
    await expect(describedInstance(InstanceId!)).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound', message: `The instance ID '${InstanceId}' does not exist`,
    });
    expect(await describedInstance(InstanceId!)).toMatchObject({ InstanceId });
  });

  test.each([['m1.small', 'xen'], ['c6i.4xlarge', 'nitro'], ['x2iedn.xlarge', 'nitro'], ['m7i.metal-24xl', 'nitro']])('can have the instance type %s', async (InstanceType, Hypervisor) => {
    const type = InstanceType as 't3.micro';
    const { InstanceTypes } = await client.send(new DescribeInstanceTypesCommand({ InstanceTypes: [type] }));
    expect(InstanceTypes).toMatchObject([{ InstanceType, Hypervisor, ProcessorInfo: { SupportedArchitectures: ['x86_64'] } }]);
    expect(await run({ InstanceType: type })).toMatchObject({ InstanceType });
  });

  test.each([['c6gn.medium'], ['a1.large'], ['im4gn.xlarge'], ['t4g.nano']])('can have a Graviton type: %s', async InstanceType => {
    const type = InstanceType as 't4g.nano';
    expect(await run({ InstanceType: type, ImageId: aws.ec2.seedImage('al2023-arm64').id })).toMatchObject({ InstanceType, Architecture: 'arm64' });
    await expect(run({ InstanceType: type })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test("without a type has EC2's default type", async () => {
    expect(await run({ InstanceType: undefined })).toMatchObject({ InstanceType: 'm1.small' });
  });

  test("of another account's image needs permission for its key, not for its snapshots", async () => {
    const key = aws.kms.addKey({ account: otherAccount });
    const image = aws.ec2.addImage({ name: 's', account: otherAccount, devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    aws.ec2.shareImage(image, account);
    const denied = await run({ ImageId: image.id });
    aws.pass(1);
    expect((await describedInstance(denied.InstanceId!)).State!.Name).toBe('terminated');
    key.policy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }] });
    const allowed = await run({ ImageId: image.id });
    aws.pass(1);
    expect((await describedInstance(allowed.InstanceId!)).State!.Name).toBe('running');
    expect(await volumesOf(allowed.InstanceId!)).toMatchObject([{ KmsKeyId: arnOf(aws.kms.ebsKey()) }]);
  });

  test.each<[string, () => Partial<RunInstancesCommandInput>, string, string]>([
    ['an image of another architecture', () => ({ ImageId: aws.ec2.seedImage('al2023-arm64').id }), 'InvalidParameterValue', "The architecture 'x86_64' of the specified instance type does not match the architecture 'arm64'"],
    ['a type that there is not', () => ({ InstanceType: 'z9.huge' as 't3.micro' }), 'InvalidParameterValue', "Invalid value 'z9.huge' for InstanceType."],
    ['an image that there is not', () => ({ ImageId: 'ami-00000000000000001' }), 'InvalidAMIID.NotFound', 'does not exist'],
    ['UEFI on a type without it', () => ({ ImageId: aws.ec2.seedImage('uefi-tpm').id, InstanceType: 't2.micro' }), 'InvalidParameterCombination', 'uefi'],
    ['a root device in an instance store', () => ({ ImageId: aws.ec2.seedImage('instance-store').id }), 'InvalidParameterCombination', 'instance store'],
    ['a key without encryption', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { KmsKeyId: 'x' } }] }), 'InvalidParameterDependency', 'The parameter [KmsKeyId] requires the parameter Encrypted to be set.'],
    ['IOPS for gp2', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', Iops: 100 } }] }), 'InvalidParameterCombination', 'The parameter iops is not supported for gp2 volumes.'],
    ['io2 without IOPS', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/sdf', Ebs: { VolumeType: 'io2', VolumeSize: 8 } }] }), 'InvalidParameterCombination', 'The parameter iops must be specified for io2 volumes.'],
    ['throughput for gp2', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'gp2', Throughput: 300 } }] }), 'InvalidBlockDeviceMapping', "throughput cannot be specified with the volumeType of device '/dev/xvda'"],
    ['a volume type that there is not', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeType: 'io3' as 'io2' } }] }), 'UnknownVolumeType', "Unsupported volume type 'io3' for volume creation. "],
    ['a volume smaller than its snapshot', () => ({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 4 } }] }), 'InvalidBlockDeviceMapping', 'expect size >= 8GB'],
    ['a subnet that there is not', () => ({ SubnetId: 'subnet-1' }), 'InvalidSubnetID.NotFound', "The subnet ID 'subnet-1' does not exist"],
    ['a group that there is not', () => ({ SecurityGroupIds: ['sg-1'] }), 'InvalidGroup.NotFound', "The security group 'sg-1' does not exist"],
  ])('refuses %s', async (_name, input, name, message) => {
    await expect(run(input())).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 0 });
  });

  test('can name security groups in the default VPC, and a private address', async () => {
    const { GroupId } = await client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }));
    const { InstanceId } = await run({ SecurityGroups: ['g'], PrivateIpAddress: '172.31.0.77' });
    expect(await describedInstance(InstanceId!)).toMatchObject({
      SecurityGroups: [{ GroupId, GroupName: 'g' }], PrivateIpAddress: '172.31.0.77', PrivateDnsName: 'ip-172-31-0-77.ec2.internal',
    });
    await expect(run({ PrivateIpAddress: '172.31.0.77' })).rejects.toMatchObject({ name: 'InvalidIPAddress.InUse', message: 'Address 172.31.0.77 is in use.' });
    await expect(run({ PrivateIpAddress: '10.0.0.1' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(run({ SecurityGroups: ['none'] })).rejects.toMatchObject({
      name: 'InvalidGroup.NotFound', message: expect.stringMatching(/^The security group 'none' does not exist in default VPC 'vpc-\w+'$/),
    });
  });

  test.each<[string, () => Promise<Partial<RunInstancesCommandInput>>, string]>([
    ['a subnet beside a network interface', async () => ({ SubnetId: (await run()).SubnetId, NetworkInterfaces: [{ DeviceIndex: 0 }] }), 'Network interfaces and an instance-level subnet ID may not be specified on the same request'],
    ['groups beside a network interface', async () => ({ SecurityGroups: ['default'], NetworkInterfaces: [{ DeviceIndex: 0 }] }), 'Network interfaces and an instance-level security groups may not be specified on the same request'],
    ['an address beside a network interface', async () => ({ PrivateIpAddress: '172.31.0.9', NetworkInterfaces: [{ DeviceIndex: 0 }] }), 'Network interfaces and an instance-level private IP address may not be specified on the same request'],
    ['names of groups beside a subnet', async () => ({ SubnetId: (await run()).SubnetId, SecurityGroups: ['default'] }), 'The parameter groupName cannot be used with the parameter subnet'],
  ])('refuses %s', async (_name, input, message) => {
    await expect(run(await input())).rejects.toMatchObject({ name: 'InvalidParameterCombination', message });
  });

  test('refuses a disabled image', async () => {
    await client.send(new DisableImageCommand({ ImageId: aws.ec2.seedImage('golden').id }));
    await expect(run({ ImageId: aws.ec2.seedImage('golden').id })).rejects.toMatchObject({ name: 'InvalidAMIID.Unavailable' });
  });

  test('with the same client token returns the same instance until it is terminated', async () => {
    const { InstanceId } = await run({ ClientToken: 'once' });
    expect((await run({ ClientToken: 'once' })).InstanceId).toBe(InstanceId);
    await expect(run({ ClientToken: 'once', InstanceType: 't3.small' })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
    aws.pass(1);
    await expect(run({ ClientToken: 'once' })).rejects.toMatchObject({ name: 'IdempotentInstanceTerminated' });
  });

  test('creates between MinCount and MaxCount instances', async () => {
    const { Instances } = await client.send(new RunInstancesCommand({ ImageId: aws.ec2.seedImage('al2023-x86_64').id, InstanceType: 't3.micro', MinCount: 3, MaxCount: 3 }));
    expect(Instances).toHaveLength(3);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'instance-state-name', Values: ['pending'] }] }));
    expect(Reservations).toHaveLength(1);
    expect(Reservations![0].Instances!.map(one => one.AmiLaunchIndex)).toEqual([0, 1, 2]);
  });
});
