import {
  AttachVolumeCommand, CreateImageCommand, CreateSnapshotCommand, CreateVolumeCommand, CreateVolumeCommandInput, DeleteVolumeCommand,
  DescribeVolumesCommand, DetachVolumeCommand, EbsBlockDevice, RegisterImageCommand, Volume,
} from '@aws-sdk/client-ec2';
import { arnOf } from '../../../../local-aws/kms/key';
import { describedImage, run, volumesOf } from '../calls';
import { client, aws } from '../each-test';
import { account, region } from '../test-aws';

async function createVolume(input: Partial<CreateVolumeCommandInput> = {}): Promise<Volume> {
  return client.send(new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 5, VolumeType: 'gp3', ...input }));
}

describe('volumes', () => {
  test('are described like in EC2, which returns fewer members on creation', async () => {
    aws.clock.advance(123);
    const { Attachments, ...created } = await createVolume({ Encrypted: true });
    expect(Attachments ?? []).toEqual([]);
    expect(created).toMatchObject({
      State: 'creating', Encrypted: true, SnapshotId: '', AvailabilityZoneId: 'use1-az1', MultiAttachEnabled: false, Iops: 3000, Throughput: 125, Tags: [],
    });
    expect(created.CreateTime!.getMilliseconds()).toBe(0);
    for (const name of ['KmsKeyId', 'OwnerId', 'VolumeArn', 'Operator']) {
      expect(created).not.toHaveProperty(name);
    }
    const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [created.VolumeId!] }));
    expect(Volumes).toMatchObject([{
      KmsKeyId: arnOf(aws.kms.ebsKey()),
      OwnerId: account,
      VolumeArn: `arn:aws:ec2:${region}:${account}:volume/${created.VolumeId}`,
      AvailabilityZoneId: 'use1-az1',
      Operator: { Managed: false },
      Attachments: [],
    }]);
    expect(Volumes![0]).not.toHaveProperty('Tags');
  });

  test('show their key at once when the request named it', async () => {
    const KmsKeyId = arnOf(aws.kms.addKey());
    expect(await createVolume({ Encrypted: true, KmsKeyId })).toMatchObject({ KmsKeyId });
  });

  test('are found by filters', async () => {
    const { VolumeId } = await createVolume();
    await createVolume({ AvailabilityZone: `${region}b` });
    const found = await client.send(new DescribeVolumesCommand({
      Filters: [{ Name: 'availability-zone-id', Values: ['use1-az1'] }, { Name: 'multi-attach-enabled', Values: ['false'] }],
    }));
    expect(found.Volumes!.map(one => one.VolumeId)).toEqual([VolumeId]);
    expect((await client.send(new DescribeVolumesCommand({ Filters: [{ Name: 'attachment.attach-time', Values: ['*'] }] }))).Volumes).toEqual([]);
  });

  test('are created, attached, detached and deleted', async () => {
    const { InstanceId, Placement } = await run();
    aws.pass(1);
    const { VolumeId, State } = await createVolume({ AvailabilityZone: Placement!.AvailabilityZone, TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }] });
    expect(State).toBe('creating');
    const attach = new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' });
    await expect(client.send(attach)).rejects.toMatchObject({ name: 'IncorrectState' });
    aws.pass(1);
    expect(await client.send(attach)).toMatchObject({ State: 'attaching', Device: '/dev/sdf', DeleteOnTermination: false });
    await expect(client.send(attach)).rejects.toMatchObject({ name: 'VolumeInUse' });
    await expect(client.send(new DeleteVolumeCommand({ VolumeId }))).rejects.toMatchObject({ name: 'VolumeInUse' });
    aws.pass(1);
    const { Volumes } = await client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }));
    expect(Volumes).toMatchObject([{ State: 'in-use', Attachments: [{ State: 'attached' }], Tags: [{ Key: 'a', Value: 'b' }], Iops: 3000 }]);
    expect(await client.send(new DetachVolumeCommand({ VolumeId }))).toMatchObject({ State: 'detaching' });
    aws.pass(1);
    await client.send(new DeleteVolumeCommand({ VolumeId }));
    aws.pass(1);
    await expect(client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] })))
      .rejects.toMatchObject({ name: 'InvalidVolume.NotFound', message: `The volume '${VolumeId}' does not exist.` });
  });

  test('with an unusable key disappear without an error, and their client token reports it', async () => {
    const input = { Encrypted: true, KmsKeyId: arnOf(aws.kms.addKey({ state: 'Disabled' })), ClientToken: 'once' };
    const { VolumeId } = await createVolume(input);
    expect((await createVolume(input)).VolumeId).toBe(VolumeId);
    aws.pass(1);
    await expect(client.send(new DescribeVolumesCommand({ VolumeIds: [VolumeId!] }))).rejects.toMatchObject({ name: 'InvalidVolume.NotFound' });
    await expect(createVolume(input)).rejects.toMatchObject({
      name: 'IdempotentParameterMismatch',
      message: 'The client token you have provided is associated with a resource that is already deleted. Please use a different client token.',
    });
  });

  test('cannot be attached after their key was disabled, nor without a grant', async () => {
    const key = aws.kms.addKey();
    const { InstanceId, Placement } = await run();
    const { VolumeId } = await createVolume({ AvailabilityZone: Placement!.AvailabilityZone, Encrypted: true, KmsKeyId: arnOf(key) });
    aws.pass(1);
    const attach = new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdf' });
    const revoked = { name: 'CustomerKeyHasBeenRevoked', message: `Volume ${VolumeId} cannot be attached. The encrypted volume was unable to access the KMS (master) key.` };
    await expect(aws.clientOfRole([{ Effect: 'Allow', Action: 'ec2:AttachVolume', Resource: '*' }]).send(attach)).rejects.toMatchObject(revoked);
    key.state = 'PendingDeletion';
    await expect(client.send(attach)).rejects.toMatchObject(revoked);
  });

  test('can be attached in their own zone, to a free device name', async () => {
    const { InstanceId } = await run({ Placement: { AvailabilityZone: `${region}b` } });
    const { VolumeId: elsewhere } = await createVolume();
    const { VolumeId } = await createVolume({ AvailabilityZone: `${region}b` });
    aws.pass(1);
    await expect(client.send(new AttachVolumeCommand({ VolumeId: elsewhere, InstanceId, Device: '/dev/sdf' }))).rejects.toMatchObject({ name: 'InvalidVolume.ZoneMismatch' });
    await expect(client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sda1' }))).rejects.toThrow('Attachment point /dev/sda1 is already in use');
    await expect(client.send(new AttachVolumeCommand({ VolumeId, InstanceId, Device: '/dev/sdk1' }))).rejects.toThrow('/dev/sdk1 is not a valid EBS device name.');
    const { Attachments } = (await volumesOf(InstanceId!))[0];
    await expect(client.send(new DetachVolumeCommand({ VolumeId: Attachments![0].VolumeId }))).rejects.toMatchObject({ name: 'OperationNotPermitted' });
  });

  test.each<[string, Partial<CreateVolumeCommandInput>, string, string]>([
    ['a zone that there is not', { AvailabilityZone: 'eu-west-1a' }, 'InvalidZone.NotFound', "The zone 'eu-west-1a' does not exist."],
    ['neither size nor snapshot', { Size: undefined }, 'MissingParameter', 'The request must contain the parameter size/snapshot'],
    ['a snapshot that there is not', { SnapshotId: 'snap-00000000000000001' }, 'InvalidSnapshot.NotFound', "The snapshot 'snap-00000000000000001' does not exist."],
    ['a key without encryption', { KmsKeyId: 'x' }, 'InvalidParameterDependency', 'The parameter [KmsKeyId] requires the parameter Encrypted to be set.'],
  ])('refuse %s', async (_name, input, name, message) => {
    await expect(createVolume(input)).rejects.toMatchObject({ name, message });
    expect(aws.ec2.counts().volumes).toBe(0);
  });

  test('cannot have two snapshots within seconds', async () => {
    const [{ VolumeId }, other] = [await createVolume(), await createVolume()];
    const snapshot = (id = VolumeId) => client.send(new CreateSnapshotCommand({ VolumeId: id }));
    await snapshot();
    await expect(snapshot()).rejects.toMatchObject({
      name: 'SnapshotCreationPerVolumeRateExceeded',
      message: 'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.',
    });
    await snapshot(other.VolumeId);
    aws.clock.advance(15_000);
    await snapshot();
    expect(aws.ec2.counts().snapshots).toBe(3);
  });

  test('of an encrypted snapshot are encrypted', async () => {
    const { id: SnapshotId } = aws.ec2.addSnapshot({ kmsKeyId: arnOf(aws.kms.addKey()) });
    await expect(createVolume({ SnapshotId, Size: undefined, Encrypted: false })).rejects.toMatchObject({
      name: 'InvalidParameterCombination', message: 'EncryptedVolume parameter [false] is inconsistent with snapshot encryption state [true]',
    });
  });
});

/** Each code and message is what CreateVolume was recorded to answer. */
describe('the configuration of a volume', () => {
  test.each<[Partial<CreateVolumeCommandInput>, string, string]>([
    [{ VolumeType: 'zz9' as 'gp3' }, 'UnknownVolumeType', "Unsupported volume type 'zz9' for volume creation. "],
    [{ VolumeType: 'gp2', Iops: 0 }, 'InvalidParameterCombination', 'The parameter iops is not supported for gp2 volumes.'],
    [{ VolumeType: undefined, Iops: 3000 }, 'InvalidParameterCombination', 'The parameter iops is not supported for gp2 volumes.'],
    [{ VolumeType: 'standard', Throughput: 0 }, 'InvalidParameterCombination', 'The throughput parameter is not supported for standard volumes.'],
    [{ VolumeType: 'io2', Iops: 100, Throughput: 125 }, 'InvalidParameterCombination', 'The throughput parameter is not supported for io2 volumes.'],
    [{ VolumeType: 'io1' }, 'InvalidParameterCombination', 'The parameter iops must be specified for io1 volumes.'],
    [{ VolumeType: 'io2' }, 'InvalidParameterCombination', 'The parameter iops must be specified for io2 volumes.'],
    [{ Iops: -1 }, 'InvalidParameterValue', 'Value (-1) for parameter iops is invalid. Value must be a positive integer.'],
    [{ Throughput: -1 }, 'InvalidParameterValue', 'Value (-1) for parameter throughput is invalid. Value must be a positive integer.'],
    [{ Iops: 1 }, 'InvalidParameterValue', 'Volume iops of 1 is too low; minimum is 100.'],
    [{ Iops: 80_001, Size: 1000 }, 'InvalidParameterValue', 'Volume iops of 80001 is too high; maximum is 80000.'],
    [{ VolumeType: 'io1', Size: 4, Iops: 64_001 }, 'InvalidParameterValue', 'Volume iops of 64001 is too high; maximum is 64000.'],
    [{ VolumeType: 'io2', Size: 4, Iops: 256_001 }, 'InvalidParameterValue', 'Volume iops of 256001 is too high; maximum is 256000.'],
    [{ Size: 1, Iops: 501 }, 'InvalidParameterValue', 'Iops to volume size ratio of 501.000000 is too high; maximum is 500'],
    [{ VolumeType: 'io2', Size: 4, Iops: 4001 }, 'InvalidParameterValue', 'Iops to volume size ratio of 1000.250000 is too high; maximum is 1000'],
    [{ Iops: 500, Throughput: 751 }, 'InvalidParameterValue', 'Throughput (MiBps) to iops ratio of 0.250333 is too high; maximum is 0.250000 MiBps per iops'],
    [{ Size: 100, Iops: 20_000, Throughput: 2001 }, 'InvalidParameterValue', 'Volume throughput of 2001 is too high; maximum is 2000.'],
    [{ VolumeType: 'st1', Size: 1 }, 'InvalidParameterValue', 'The volume size is invalid for st1 volumes: 1 GiB. st1 volumes must be at least 125 GiB in size. Please specify a volume size above the minimum limit.'],
    [{ Size: 99_999 }, 'InvalidParameterValue', 'Volume of 99999GiB is too large for volume type gp3; maximum is 65536GiB'],
    [{ VolumeType: 'gp2', Size: 16_385 }, 'InvalidParameterValue', 'Volume of 16385GiB is too large for volume type gp2; maximum is 16384GiB'],
  ])('%j fails with %s', async (input, name, message) => {
    await expect(createVolume(input)).rejects.toMatchObject({ name, message });
    // before IAM is asked, and before a dry run ends
    await expect(createVolume({ ...input, DryRun: true })).rejects.toMatchObject({ name, message });
    expect(aws.ec2.counts().volumes).toBe(0);
  });

  test.each<[Partial<CreateVolumeCommandInput>, { Iops?: number; Throughput?: number }]>([
    [{ VolumeType: 'gp2', Size: 5 }, { Iops: 100 }],
    [{ VolumeType: 'gp2', Size: 100 }, { Iops: 300 }],
    [{ VolumeType: 'gp2', Size: 16_384 }, { Iops: 16_000 }],
    [{ Size: 1 }, { Iops: 3000, Throughput: 125 }],
    [{ Size: 1, Iops: 3000 }, { Iops: 3000, Throughput: 125 }],
    [{ Size: 1, Iops: 500 }, { Iops: 3000, Throughput: 125 }],
    [{ Size: 1, Throughput: 1 }, { Iops: 3000, Throughput: 125 }],
    [{ Size: 65_536, Iops: 80_000, Throughput: 2000 }, { Iops: 80_000, Throughput: 2000 }],
    [{ VolumeType: 'io2', Size: 256, Iops: 256_000 }, { Iops: 256_000 }],
    [{ VolumeType: 'st1', Size: 125 }, {}],
    [{ VolumeType: 'standard', Size: 1024 }, {}],
  ])('%j results in %j', async (input, expected) => {
    const { Iops, Throughput } = await createVolume(input);
    expect({ Iops, Throughput }).toEqual({ Iops: undefined, Throughput: undefined, ...expected });
  });

  test("is checked by RegisterImage, and the image's mapping has the values of the request", async () => {
    const { id: SnapshotId } = aws.ec2.addSnapshot();
    const register = (Ebs: EbsBlockDevice) => client.send(new RegisterImageCommand({
      Name: 'registered', RootDeviceName: '/dev/xvda', BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId, ...Ebs } }],
    }));
    await expect(register({ VolumeType: 'gp2', Iops: 100 })).rejects.toMatchObject({ name: 'InvalidParameterCombination', message: 'The parameter iops is not supported for gp2 volumes.' });
    await expect(register({ VolumeType: 'io2' })).rejects.toMatchObject({ name: 'InvalidParameterCombination', message: 'The parameter iops must be specified for io2 volumes.' });
    const { ImageId } = await register({ VolumeType: 'gp3' });
    const { Ebs } = (await describedImage(ImageId!)).BlockDeviceMappings![0];
    expect(Ebs).toMatchObject({ VolumeType: 'gp3', VolumeSize: 8 });
    expect(Ebs).not.toHaveProperty('Iops');
    expect(Ebs).not.toHaveProperty('Throughput');
  });

  test("has IOPS in an image's mapping only for types with configurable IOPS", async () => {
    const { InstanceId } = await run({
      BlockDeviceMappings: [
        { DeviceName: '/dev/sdf', Ebs: { VolumeType: 'gp2', VolumeSize: 100 } },
        { DeviceName: '/dev/sdg', Ebs: { VolumeType: 'io1', VolumeSize: 8, Iops: 200 } },
      ],
    });
    aws.pass(1);
    const { ImageId } = await client.send(new CreateImageCommand({ InstanceId, Name: 'of an instance' }));
    aws.pass();
    expect((await describedImage(ImageId!)).BlockDeviceMappings!.map(({ Ebs }) => [Ebs!.VolumeType, Ebs!.Iops])).toEqual([
      ['gp3', 3000], ['gp2', undefined], ['io1', 200],
    ]);
    const golden = await describedImage(aws.ec2.seedImage('golden').id);
    expect(golden.BlockDeviceMappings!.map(({ Ebs }) => [Ebs!.VolumeType, Ebs!.Iops])).toEqual([['gp3', 3000], ['gp3', 3000], ['io2', 3000]]);
  });
});
