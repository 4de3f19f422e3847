import {
  CreateSecurityGroupCommand, DescribeInstanceAttributeCommand, DescribeInstancesCommand, DescribeInstanceStatusCommand, DescribeVolumesCommand,
  InstanceAttributeName, ModifyInstanceAttributeCommand, ModifyInstanceAttributeCommandInput, StartInstancesCommand, StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { describedInstance, run } from '../calls';
import { client, aws } from '../each-test';
import { account } from '../test-aws';

describe('an instance', () => {
  test('is described like in EC2', async () => {
    aws.clock.advance(123);
    const { InstanceId, Placement, SubnetId, VpcId } = await run({ Monitoring: { Enabled: true }, EbsOptimized: true });
    aws.pass(1);
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

  test('has no Tags element without tags', async () => {
    const { InstanceId } = await run();
    expect(await describedInstance(InstanceId!)).not.toHaveProperty('Tags');
    const { Volumes } = await client.send(new DescribeVolumesCommand({}));
    expect(Volumes).toHaveLength(1);
    expect(Volumes![0]).not.toHaveProperty('Tags');
  });
});

describe('the states of an instance', () => {
  test('include stopped, after which it can be started', async () => {
    const { InstanceId } = await run();
    const ids = { InstanceIds: [InstanceId!] };
    await expect(client.send(new StopInstancesCommand(ids))).rejects.toMatchObject({ name: 'IncorrectInstanceState' });
    aws.pass(1);
    expect(await client.send(new StopInstancesCommand(ids))).toMatchObject({
      StoppingInstances: [{ InstanceId, PreviousState: { Name: 'running' }, CurrentState: { Name: 'stopping' } }],
    });
    aws.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Code: 80, Name: 'stopped' } });
    await client.send(new StartInstancesCommand(ids));
    aws.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'running' } });
  });

  test('do not change to running while its key is disabled', async () => {
    const key = aws.kms.addKey();
    const { InstanceId } = await run({ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }] });
    aws.pass(1);
    await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
    aws.pass(1);
    key.state = 'Disabled';
    await client.send(new StartInstancesCommand({ InstanceIds: [InstanceId!] }));
    aws.pass(1);
    expect(await describedInstance(InstanceId!)).toMatchObject({ State: { Name: 'stopped' }, StateReason: { Code: 'Client.InternalError' } });
  });

  test('include terminated, which deletes volumes with DeleteOnTermination', async () => {
    const { InstanceId } = await run({ ImageId: aws.ec2.seedImage('golden').id });
    aws.pass(1);
    await client.send(new ModifyInstanceAttributeCommand({ InstanceId, BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { DeleteOnTermination: true } }] }));
    await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId!] }));
    aws.pass(1);
    expect(aws.ec2.counts()).toMatchObject({ instances: 0, volumes: 1 });
    const { Volumes } = await client.send(new DescribeVolumesCommand({}));
    expect(Volumes).toMatchObject([{ Size: 50, State: 'available', Attachments: [] }]);
  });

  test('do not change to terminated while termination protection is on', async () => {
    const { InstanceId } = await run({ DisableApiTermination: true });
    const terminate = new TerminateInstancesCommand({ InstanceIds: [InstanceId!] });
    await expect(client.send(terminate)).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await client.send(new ModifyInstanceAttributeCommand({ InstanceId, DisableApiTermination: { Value: false } }));
    await client.send(terminate);
  });

  test('cannot be requested for an ID that does not exist', async () => {
    const InstanceIds = ['i-00000000000000001', 'i-00000000000000002'];
    await expect(client.send(new TerminateInstancesCommand({ InstanceIds }))).rejects.toMatchObject({
      name: 'InvalidInstanceID.NotFound', message: "The instance IDs 'i-00000000000000001, i-00000000000000002' do not exist",
    });
    await expect(client.send(new DescribeInstancesCommand({ InstanceIds }))).rejects.toThrow("The instance IDs 'i-00000000000000001, i-00000000000000002' do not exist");
    await expect(client.send(new DescribeInstancesCommand({ InstanceIds: ['i-x'] }))).rejects.toMatchObject({ name: 'InvalidInstanceID.Malformed' });
  });
});

describe('filters of DescribeInstances', () => {
  const found = async (Name: string, ...Values: string[]) => {
    const { Reservations } = await client.send(new DescribeInstancesCommand({ Filters: [{ Name, Values }] }));
    return Reservations!.flatMap(({ Instances }) => Instances!.map(one => one.InstanceId));
  };

  test("match the instance's fields", async () => {
    const { InstanceId } = await run({ TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'x' }] }] });
    await run({ InstanceType: 't3.small', Monitoring: { Enabled: true }, Placement: { AvailabilityZone: 'us-east-1b' } });
    aws.pass(1);
    const { Reservations } = await client.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId!] }));
    const { PrivateIpAddress, PrivateDnsName, SecurityGroups, NetworkInterfaces, LaunchTime } = Reservations![0].Instances![0];
    const [network] = NetworkInterfaces!;
    for (const [name, value] of [
      ['private-ip-address', PrivateIpAddress!], ['private-dns-name', PrivateDnsName!], ['reservation-id', Reservations![0].ReservationId!],
      ['network-interface.network-interface-id', network.NetworkInterfaceId!], ['network-interface.mac-address', network.MacAddress!],
      ['monitoring-state', 'disabled'], ['availability-zone-id', 'use1-az1'], ['tag-value', 'x'], ['instance-type', 't3.micro'],
    ]) {
      expect([name, await found(name, value)]).toEqual([name, [InstanceId]]);
    }
    for (const [name, value] of [
      ['instance.group-id', SecurityGroups![0].GroupId!], ['launch-time', LaunchTime!.toISOString()], ['owner-id', account], ['tenancy', 'default'],
      ['network-interface.attachment.status', 'attached'], ['metadata-options.http-tokens', 'required'], ['block-device-mapping.status', 'attached'],
    ]) {
      expect([name, (await found(name, value)).length]).toEqual([name, 2]);
    }
    expect(await found('key-name', '*')).toEqual([]);
    expect(await found('iam-instance-profile.arn', '*')).toEqual([]);
  });

  test('are refused when they are unknown', async () => {
    await expect(found('no-such-filter', 'x')).rejects.toMatchObject({ name: 'InvalidParameterValue', message: "The filter 'no-such-filter' is invalid" });
  });
});

describe('DescribeInstanceStatus', () => {
  test('supports filters', async () => {
    const { InstanceId } = await run();
    await run();
    aws.pass(1);
    await client.send(new StopInstancesCommand({ InstanceIds: [InstanceId!] }));
    aws.pass(1);
    const found = async (Name: string, ...Values: string[]) => {
      const { InstanceStatuses } = await client.send(new DescribeInstanceStatusCommand({ IncludeAllInstances: true, Filters: [{ Name, Values }] }));
      return InstanceStatuses!.map(one => one.InstanceId);
    };
    expect(await found('instance-state-name', 'stopped')).toEqual([InstanceId]);
    expect(await found('instance-status.status', 'not-applicable')).toEqual([InstanceId]);
    expect(await found('instance-state-name', 'running')).toHaveLength(1);
    expect(await found('instance-status.reachability', 'passed')).toHaveLength(1);
    const { InstanceStatuses } = await client.send(new DescribeInstanceStatusCommand({ IncludeAllInstances: true, InstanceIds: [InstanceId!] }));
    expect(InstanceStatuses).toMatchObject([{ InstanceId, InstanceState: { Name: 'stopped' } }]);
  });
});

describe('ModifyInstanceAttribute', () => {
  let id: string;
  beforeEach(async () => {
    id = (await run()).InstanceId!;
    aws.pass(1);
  });
  const stop = async () => {
    await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
    aws.pass(1);
  };
  const modify = (input: Partial<ModifyInstanceAttributeCommandInput>) =>
    client.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...input }));
  const attribute = (Attribute: InstanceAttributeName) => client.send(new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute }));

  test.each<[string, Partial<ModifyInstanceAttributeCommandInput>]>([
    ['the type', { InstanceType: { Value: 't3.large' } }],
    ['user data', { UserData: { Value: Buffer.from('#!/bin/sh') } }],
    ['EBS optimization', { EbsOptimized: { Value: true } }],
    ['the type, by name', { Attribute: 'instanceType', Value: 't3.large' }],
  ])('changes %s of a stopped instance only', async (_name, input) => {
    await expect(modify(input)).rejects.toMatchObject({ name: 'IncorrectInstanceState', message: `The instance '${id}' is not in the 'stopped' state.` });
    await stop();
    await modify(input);
  });

  test('changes attributes that DescribeInstanceAttribute returns', async () => {
    await stop();
    await modify({ InstanceType: { Value: 't3.large' } });
    await modify({ UserData: { Value: Buffer.from('#!/bin/sh') } });
    await modify({ EbsOptimized: { Value: true } });
    await modify({ SourceDestCheck: { Value: false } });
    await modify({ InstanceInitiatedShutdownBehavior: { Value: 'terminate' } });
    expect(await describedInstance(id)).toMatchObject({ InstanceType: 't3.large', EbsOptimized: true, SourceDestCheck: false });
    expect((await attribute('instanceType')).InstanceType).toEqual({ Value: 't3.large' });
    expect((await attribute('userData')).UserData).toEqual({ Value: Buffer.from('#!/bin/sh').toString('base64') });
    expect((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior).toEqual({ Value: 'terminate' });
    expect((await attribute('sourceDestCheck')).SourceDestCheck).toEqual({ Value: false });
  });

  test('accepts an attribute by its name', async () => {
    await modify({ Attribute: 'disableApiTermination', Value: 'true' });
    expect((await attribute('disableApiTermination')).DisableApiTermination).toEqual({ Value: true });
    await expect(client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    await expect(modify({ Attribute: 'kernel', Value: 'aki-1' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    await expect(modify({ Attribute: 'disableApiTermination', Value: 'perhaps' })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  test('changes the security groups', async () => {
    const { GroupId } = await client.send(new CreateSecurityGroupCommand({ GroupName: 'g', Description: 'd' }));
    await modify({ Groups: [GroupId!] });
    expect((await attribute('groupSet')).Groups).toEqual([{ GroupId, GroupName: 'g' }]);
    await expect(modify({ Groups: ['sg-1'] })).rejects.toMatchObject({ name: 'InvalidGroup.NotFound' });
  });

  test.each<[string, Partial<ModifyInstanceAttributeCommandInput>, string]>([
    ['nothing', {}, 'InvalidParameterCombination'],
    ['two attributes at once', { SourceDestCheck: { Value: true }, DisableApiTermination: { Value: true } }, 'InvalidParameterCombination'],
    ['a type that there is not', { InstanceType: { Value: 'z9.huge' } }, 'InvalidParameterValue'],
    ['another behavior than the two', { InstanceInitiatedShutdownBehavior: { Value: 'hibernate' } }, 'InvalidParameterValue'],
    ['a device that there is not', { BlockDeviceMappings: [{ DeviceName: '/dev/sdz' }] }, 'InvalidInstanceAttributeValue'],
  ])('refuses %s', async (_name, input, name) => {
    await expect(modify(input)).rejects.toMatchObject({ name });
  });

  test('refuses a type of another architecture', async () => {
    await stop();
    await expect(modify({ InstanceType: { Value: 't4g.large' } })).rejects.toMatchObject({ name: 'InvalidInstanceAttributeValue' });
  });
});
