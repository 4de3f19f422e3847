import {
  CopySnapshotCommand, CreateImageCommand, CreateImageCommandInput, CreateSnapshotCommand, CreateSnapshotsCommand, CreateTagsCommand,
  CreateVolumeCommand, DeregisterImageCommand, DescribeImagesCommand, DescribeSnapshotsCommand, DescribeSnapshotsCommandInput,
  RegisterImageCommand, RunInstancesCommand, StopInstancesCommand, TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { client, aws } from '../each-test';
import { region, otherAccount } from '../test-aws';

async function list(input: DescribeSnapshotsCommandInput, by = client): Promise<string[]> {
  const { Snapshots } = await by.send(new DescribeSnapshotsCommand(input));
  return Snapshots!.map(snapshot => snapshot.SnapshotId!);
}

async function one(id: string) {
  const { Snapshots } = await client.send(new DescribeSnapshotsCommand({ SnapshotIds: [id] }));
  return Snapshots![0];
}

describe('DescribeSnapshots', () => {
  test('finds snapshots by owner, by RestorableByUserIds and by filters', async () => {
    const golden = aws.ec2.seedImage('golden').devices.map(device => device.ebs!.snapshotId!);
    const [tagged] = [aws.ec2.addSnapshot({ tags: { a: 'b' } }).id];
    expect(await list({ OwnerIds: ['self'] })).toEqual(expect.arrayContaining([...golden, tagged]));
    expect(await list({ OwnerIds: ['self'] }, aws.client(otherAccount))).toEqual([]);
    expect(await list({ OwnerIds: ['amazon'], RestorableByUserIds: ['all'] })).toHaveLength(3);
    expect(await list({ Filters: [{ Name: 'tag:a', Values: ['b'] }] })).toEqual([tagged]);
    expect(await list({ OwnerIds: ['self'], Filters: [{ Name: 'encrypted', Values: ['true'] }] })).toEqual([golden[1], golden[2]]);
    expect(await list({ Filters: [{ Name: 'description', Values: [`*${aws.ec2.seedImage('golden').id}*`] }] })).toEqual(golden);
    await expect(list({ SnapshotIds: [golden[0]] }, aws.client(otherAccount))).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound' });
  });

  test('returns a completed snapshot with its size in bytes, storage tier and transfer type, and no Tags element without tags', async () => {
    const { id } = aws.ec2.addSnapshot({ used: 1.6 });
    expect(await one(id)).toMatchObject({
      State: 'completed', FullSnapshotSizeInBytes: Math.round(1.6 * 1024 ** 3), StorageTier: 'standard', TransferType: 'standard', CompletionTime: expect.any(Date),
    });
    expect((await one(id)).Tags).toBeUndefined();
    const { BlockDeviceMappings } = (await client.send(new DescribeImagesCommand({ ImageIds: [aws.ec2.seedImage('al2023-x86_64').id] }))).Images![0];
    expect(Number.isInteger((await one(BlockDeviceMappings![0].Ebs!.SnapshotId!)).FullSnapshotSizeInBytes)).toBe(true);
  });

  test('can find a new snapshot by lists and filters later than by its ID', async () => {
    aws.ec2.settings.consistency.listsLag = 1_000;
    const { SnapshotId } = await client.send(new CopySnapshotCommand({ SourceRegion: region, SourceSnapshotId: aws.ec2.addSnapshot().id, Description: 'new' }));
    const asked: DescribeSnapshotsCommandInput[] = [
      { OwnerIds: ['self'], Filters: [{ Name: 'description', Values: ['new'] }] }, { Filters: [{ Name: 'snapshot-id', Values: [SnapshotId!] }] },
    ];
    for (const input of asked) {
      expect(await list(input)).toEqual([]);
    }
    expect(await list({ SnapshotIds: [SnapshotId!] })).toEqual([SnapshotId]);
    aws.clock.advance(1_000);
    for (const input of asked) {
      expect(await list(input)).toEqual([SnapshotId]);
    }
  });
});

describe('images of instances and of snapshots', () => {
  const launch = async (ImageId = aws.ec2.seedImage('golden').id) => {
    const { Instances } = await client.send(new RunInstancesCommand({ ImageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
    aws.pass(1);
    return Instances![0].InstanceId!;
  };
  const createImage = async (input: CreateImageCommandInput) => (await client.send(new CreateImageCommand(input))).ImageId!;
  const image = async (id: string) => (await client.send(new DescribeImagesCommand({ ImageIds: [id] }))).Images![0];

  test('have snapshots with the keys of the volumes', async () => {
    const key = aws.kms.addKey();
    const { Instances } = await client.send(new RunInstancesCommand({
      ImageId: aws.ec2.seedImage('golden').id,
      InstanceType: 't3.micro',
      MinCount: 1,
      MaxCount: 1,
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true, KmsKeyId: arnOf(key) } }],
    }));
    aws.pass(1);
    await client.send(new StopInstancesCommand({ InstanceIds: [Instances![0].InstanceId!] }));
    await expect(createImage({ InstanceId: Instances![0].InstanceId, Name: 'mine' })).rejects.toMatchObject({ name: 'IncorrectInstanceState' });
    aws.pass(1);

    const id = await createImage({
      InstanceId: Instances![0].InstanceId,
      Name: 'mine',
      BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { DeleteOnTermination: true } }],
      TagSpecifications: [{ ResourceType: 'image', Tags: [{ Key: 'a', Value: 'b' }] }, { ResourceType: 'snapshot', Tags: [{ Key: 'c', Value: 'd' }] }],
    });
    expect(await image(id)).toMatchObject({ State: 'pending', SourceInstanceId: Instances![0].InstanceId, Tags: [{ Key: 'a', Value: 'b' }] });
    aws.pass();

    const made = await image(id);
    expect(made).toMatchObject({ State: 'available', BootMode: 'uefi-preferred', ImdsSupport: 'v2.0' });
    expect(made.BlockDeviceMappings!.map(device => device.Ebs!.DeleteOnTermination)).toEqual([true, true, false]);
    const [, ebs, customer] = aws.ec2.seedImage('golden').devices.map(device => aws.ec2.snapshot(device.ebs!.snapshotId!)!);
    const keys = await Promise.all(made.BlockDeviceMappings!.map(device => one(device.Ebs!.SnapshotId!)));
    expect(keys).toMatchObject([{ KmsKeyId: arnOf(key), Tags: [{ Key: 'c', Value: 'd' }] }, { KmsKeyId: ebs.kmsKeyId }, { KmsKeyId: customer.kmsKeyId }]);
    await expect(createImage({ InstanceId: Instances![0].InstanceId, Name: 'mine' })).rejects.toMatchObject({ name: 'InvalidAMIName.Duplicate' });
  });

  test('cannot have other keys or changed devices, but removed and added devices', async () => {
    const InstanceId = await launch();
    await expect(createImage({ InstanceId, Name: 'x-x', BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { KmsKeyId: 'k', Encrypted: true } }] }))
      .rejects.toMatchObject({ name: 'UnknownParameter', message: 'The parameter KmsKeyId is not recognized' });
    await expect(createImage({ InstanceId, Name: 'x-x', BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 100 } }] }))
      .rejects.toMatchObject({ name: 'InvalidBlockDeviceMapping' });
    const id = await createImage({
      InstanceId, Name: 'x-x', BlockDeviceMappings: [{ DeviceName: '/dev/sdb', NoDevice: '' }, { DeviceName: '/dev/sdx', Ebs: { VolumeSize: 1, Encrypted: true } }],
    });
    expect((await image(id)).BlockDeviceMappings!.map(device => [device.DeviceName, device.Ebs!.Encrypted])).toEqual([['/dev/xvda', false], ['/dev/sdc', true], ['/dev/sdx', true]]);
  });

  test('fail when a key is disabled meanwhile', async () => {
    const key = aws.kms.addKey();
    const source = aws.ec2.addImage({ name: 's', devices: [{ deviceName: '/dev/xvda', kmsKeyId: arnOf(key) }] });
    const InstanceId = await launch(source.id);
    key.state = 'Disabled';
    const id = await createImage({ InstanceId, Name: 'late' });
    aws.pass();
    expect((await image(id)).State).toBe('failed');
  });

  test('CreateSnapshot and CreateSnapshots snapshot one volume or all of an instance', async () => {
    const InstanceId = await launch();
    const { Snapshots } = await client.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId, ExcludeBootVolume: true } }));
    expect(Snapshots).toHaveLength(2);
    const Tags = [{ Key: 'disk', Value: 'second' }];
    await client.send(new CreateTagsCommand({ Resources: [Snapshots![1].VolumeId!], Tags }));
    const { Snapshots: tagged } = await client.send(new CreateSnapshotsCommand({
      InstanceSpecification: { InstanceId, ExcludeBootVolume: true, ExcludeDataVolumeIds: [Snapshots![0].VolumeId!] }, CopyTagsFromSource: 'volume',
    }));
    expect(tagged).toMatchObject([{ VolumeId: Snapshots![1].VolumeId, Tags }]);
    const created = await client.send(new CreateSnapshotCommand({ VolumeId: Snapshots![0].VolumeId, Description: 'd' }));
    expect(created).toMatchObject({ Progress: '', Tags: [] });
    const { SnapshotId } = created;
    expect((await one(SnapshotId!)).FullSnapshotSizeInBytes).toBeUndefined();
    expect(await one(SnapshotId!)).toMatchObject({ State: 'pending', Description: 'd', VolumeId: Snapshots![0].VolumeId, Encrypted: true });
    aws.pass();
    expect(await one(SnapshotId!)).toMatchObject({ State: 'completed' });
    await client.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
  });

  test('CreateSnapshot refuses too many pending snapshots of a volume', async () => {
    const InstanceId = await launch(aws.ec2.seedImage('al2023-x86_64').id);
    for (let count = 0; count < 5; count++) {
      await client.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId } }));
    }
    await expect(client.send(new CreateSnapshotsCommand({ InstanceSpecification: { InstanceId } }))).rejects.toMatchObject({ name: 'ConcurrentSnapshotLimitExceeded' });
    const { VolumeId } = await client.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 125, VolumeType: 'st1' }));
    await client.send(new CreateSnapshotCommand({ VolumeId }));
    await expect(client.send(new CreateSnapshotCommand({ VolumeId }))).rejects.toMatchObject({ name: 'ConcurrentSnapshotLimitExceeded' });
  });

  test.each([true, false])('registered from copied snapshots keep the license: %s', async keeps => {
    aws.ec2.switches.copiedSnapshotKeepsLicense = keeps;
    const source = aws.ec2.seedImage('windows-2025').devices[0].ebs!.snapshotId!;
    const { SnapshotId } = await client.send(new CopySnapshotCommand({ SourceRegion: region, SourceSnapshotId: source, Encrypted: true }));
    const register = new RegisterImageCommand({
      Name: 'registered',
      Architecture: 'x86_64',
      VirtualizationType: 'hvm',
      RootDeviceName: '/dev/sda1',
      EnaSupport: true,
      BootMode: 'uefi',
      BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }],
    });
    await expect(client.send(register)).rejects.toMatchObject({ name: 'IncorrectState' });
    aws.pass();
    const { ImageId } = await client.send(register);
    aws.pass();
    expect(await image(ImageId!)).toMatchObject({
      State: 'available', Architecture: 'x86_64', BootMode: 'uefi', PlatformDetails: keeps ? 'Windows' : 'Linux/UNIX',
    });
    await expect(client.send(new RegisterImageCommand({ Name: 'other', RootDeviceName: '/dev/sda1', BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId, Encrypted: true } }] })))
      .rejects.toMatchObject({ name: 'InvalidParameter' });
    await expect(client.send(new RegisterImageCommand({ Name: 'other', RootDeviceName: '/dev/sdz', BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }] })))
      .rejects.toMatchObject({ name: 'InvalidBlockDeviceMapping' });
    await client.send(new DeregisterImageCommand({ ImageId }));
  });

  test("have EC2's defaults for members that RegisterImage omits", async () => {
    const { id: SnapshotId } = aws.ec2.addSnapshot();
    const { ImageId } = await client.send(new RegisterImageCommand({ Name: 'bare', RootDeviceName: '/dev/sda1', BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }] }));
    expect(await image(ImageId!)).toMatchObject({ Architecture: 'i386', VirtualizationType: 'paravirtual' });
  });
});
