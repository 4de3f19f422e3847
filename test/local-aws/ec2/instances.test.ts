import {
  DescribeInstancesCommand, DescribeVolumesCommand, ModifyInstanceAttributeCommand, StartInstancesCommand, StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describedInstance, run } from './calls';
import { client, world } from './each-test';
import { arnOf } from '../../../local-aws/kms/key';

describe('an instance', () => {
  test('is described as EC2 does', async () => {
    world.clock.advance(123);
    const { InstanceId, Placement, SubnetId, VpcId } = await run({ Monitoring: { Enabled: true }, EbsOptimized: true });
    world.pass(1);
    const { NetworkInterfaces, LaunchTime, ...rest } = await describedInstance(InstanceId!);
    expect(rest).toMatchObject({
      AmiLaunchIndex: 0,
      Placement: { AvailabilityZone: Placement!.AvailabilityZone, AvailabilityZoneId: 'use1-az1', GroupName: '', Tenancy: 'default' },
      Monitoring: { State: 'enabled' },
      EbsOptimized: true,
      ProductCodes: [],
      SourceDestCheck: true,
      CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
      CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
      HibernationOptions: { Configured: false },
      EnclaveOptions: { Enabled: false },
      MaintenanceOptions: { AutoRecovery: 'default' },
      PrivateDnsNameOptions: { HostnameType: 'ip-name', EnableResourceNameDnsARecord: false, EnableResourceNameDnsAAAARecord: false },
      UsageOperation: 'RunInstances',
      UsageOperationUpdateTime: LaunchTime,
      MetadataOptions: { HttpProtocolIpv6: 'disabled', InstanceMetadataTags: 'disabled' },
    });
    expect(rest).not.toHaveProperty('StateReason');
    expect(LaunchTime!.getMilliseconds()).toBe(0);
    expect(NetworkInterfaces).toMatchObject([{
      Attachment: { AttachmentId: expect.stringMatching(/^eni-attach-/), DeviceIndex: 0, NetworkCardIndex: 0, Status: 'attached', DeleteOnTermination: true },
      MacAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      SourceDestCheck: true,
      InterfaceType: 'interface',
      SubnetId,
      VpcId,
    }]);
  });

  test('has no Tags where it has no tag', async () => {
    const { InstanceId } = await run();
    expect(await describedInstance(InstanceId!)).not.toHaveProperty('Tags');
    const { Volumes } = await client.send(new DescribeVolumesCommand({}));
    expect(Volumes).toHaveLength(1);
    expect(Volumes![0]).not.toHaveProperty('Tags');
  });
});

describe('the states of an instance', () => {
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
