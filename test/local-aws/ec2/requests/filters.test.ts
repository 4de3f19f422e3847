import { DescribeImagesCommand, DescribeInstancesCommand, DescribeSnapshotsCommand, DescribeVolumesCommand, Filter } from '@aws-sdk/client-ec2';
import { run } from '../calls';
import { aws, client } from '../each-test';

/** Filters by a member of the description: each finds the resource by its value, and does not find it by another one. */

/** The places of a value in a description: `Ebs[].VolumeSize` of each element of a list. */
function valuesAt(described: unknown, path: string): string[] {
  const found = path.split('.').reduce<unknown[]>((all, name) => all.flatMap(one => (one as Record<string, unknown> | undefined)?.[name]), [described]);
  return found.filter(value => value !== undefined).map(value => value instanceof Date ? value.toISOString() : String(value));
}

async function expectFilters(
  described: unknown, filters: Readonly<Record<string, string>>, find: (filter: Filter[]) => Promise<number>,
): Promise<void> {
  const answers: Record<string, (number | string)[]> = {};
  for (const [Name, path] of Object.entries(filters)) {
    const [value = 'no value'] = valuesAt(described, path);
    answers[Name] = [value, await find([{ Name, Values: [value] }]), await find([{ Name, Values: ['another'] }])];
  }
  expect(answers).toEqual(Object.fromEntries(Object.entries(filters).map(([name, path]) => [name, [valuesAt(described, path)[0], 1, 0]])));
}

test('of DescribeImages', async () => {
  const { id } = aws.ec2.seedImage('uefi-tpm');
  const described = (await client.send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0];
  await expectFilters(described, {
    'architecture': 'Architecture',
    'block-device-mapping.delete-on-termination': 'BlockDeviceMappings.Ebs.DeleteOnTermination',
    'block-device-mapping.device-name': 'BlockDeviceMappings.DeviceName',
    'block-device-mapping.snapshot-id': 'BlockDeviceMappings.Ebs.SnapshotId',
    'block-device-mapping.volume-size': 'BlockDeviceMappings.Ebs.VolumeSize',
    'block-device-mapping.volume-type': 'BlockDeviceMappings.Ebs.VolumeType',
    'block-device-mapping.encrypted': 'BlockDeviceMappings.Ebs.Encrypted',
    'boot-mode': 'BootMode',
    'creation-date': 'CreationDate',
    'ena-support': 'EnaSupport',
    'hypervisor': 'Hypervisor',
    'image-type': 'ImageType',
    'is-public': 'Public',
    'manifest-location': 'ImageLocation',
    'name': 'Name',
    'owner-id': 'OwnerId',
    'root-device-name': 'RootDeviceName',
    'root-device-type': 'RootDeviceType',
    'sriov-net-support': 'SriovNetSupport',
    'state': 'State',
    'virtualization-type': 'VirtualizationType',
  }, async Filters => (await client.send(new DescribeImagesCommand({ ImageIds: [id], Filters }))).Images!.length);
});

test('of DescribeSnapshots', async () => {
  const { id } = aws.ec2.addSnapshot({ size: 8, description: 'one' });
  const described = (await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }))).Snapshots![0];
  await expectFilters(described, {
    'description': 'Description',
    'encrypted': 'Encrypted',
    'owner-id': 'OwnerId',
    'progress': 'Progress',
    'snapshot-id': 'SnapshotId',
    'start-time': 'StartTime',
    'status': 'State',
    'storage-tier': 'StorageTier',
    'volume-id': 'VolumeId',
    'volume-size': 'VolumeSize',
  }, async Filters => (await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id], Filters }))).Snapshots!.length);
});

test('of DescribeInstances and DescribeVolumes', async () => {
  const { InstanceId } = await run();
  aws.clock.advance(120_000);
  const instances = async (Filters?: Filter[]) =>
    (await client.send(new DescribeInstancesCommand({ InstanceIds: [InstanceId!], Filters }))).Reservations!.flatMap(one => one.Instances!);
  const [instance] = await instances();
  await expectFilters(instance, {
    'architecture': 'Architecture',
    'availability-zone': 'Placement.AvailabilityZone',
    'block-device-mapping.delete-on-termination': 'BlockDeviceMappings.Ebs.DeleteOnTermination',
    'block-device-mapping.device-name': 'BlockDeviceMappings.DeviceName',
    'block-device-mapping.status': 'BlockDeviceMappings.Ebs.Status',
    'block-device-mapping.volume-id': 'BlockDeviceMappings.Ebs.VolumeId',
    'hypervisor': 'Hypervisor',
    'image-id': 'ImageId',
    'instance-id': 'InstanceId',
    'instance-state-code': 'State.Code',
    'instance-state-name': 'State.Name',
    'instance.group-id': 'SecurityGroups.GroupId',
    'instance.group-name': 'SecurityGroups.GroupName',
    'instance-type': 'InstanceType',
    'launch-index': 'AmiLaunchIndex',
    'launch-time': 'LaunchTime',
    'metadata-options.http-tokens': 'MetadataOptions.HttpTokens',
    'monitoring-state': 'Monitoring.State',
    'network-interface.subnet-id': 'NetworkInterfaces.SubnetId',
    'private-dns-name': 'PrivateDnsName',
    'private-ip-address': 'PrivateIpAddress',
    'root-device-name': 'RootDeviceName',
    'root-device-type': 'RootDeviceType',
    'subnet-id': 'SubnetId',
    'tenancy': 'Placement.Tenancy',
    'virtualization-type': 'VirtualizationType',
    'vpc-id': 'VpcId',
  }, async Filters => (await instances(Filters)).length);

  const [volumeId] = valuesAt(instance, 'BlockDeviceMappings.Ebs.VolumeId');
  const volumes = async (Filters?: Filter[]) => (await client.send(new DescribeVolumesCommand({ VolumeIds: [volumeId], Filters }))).Volumes!;
  await expectFilters((await volumes())[0], {
    'attachment.attach-time': 'Attachments.AttachTime',
    'attachment.delete-on-termination': 'Attachments.DeleteOnTermination',
    'attachment.device': 'Attachments.Device',
    'attachment.instance-id': 'Attachments.InstanceId',
    'attachment.status': 'Attachments.State',
    'availability-zone': 'AvailabilityZone',
    'create-time': 'CreateTime',
    'encrypted': 'Encrypted',
    'size': 'Size',
    'snapshot-id': 'SnapshotId',
    'status': 'State',
    'volume-id': 'VolumeId',
    'volume-type': 'VolumeType',
  }, async Filters => (await volumes(Filters)).length);
});
