import { CreateImageCommand, CreateImageCommandInput, RegisterImageCommand, RegisterImageCommandInput } from '@aws-sdk/client-ec2';
import { copy, describedImage, describedInstance, run } from '../calls';
import { client, aws } from '../each-test';
import { otherAccount } from '../test-aws';

/** The response of DescribeImages, as recorded. */

const shown = (device: string, image: Awaited<ReturnType<typeof describedImage>>) =>
  image.BlockDeviceMappings!.find(one => one.DeviceName === device)?.Ebs;

async function register(input: Partial<RegisterImageCommandInput> = {}): Promise<string> {
  return (await client.send(new RegisterImageCommand({ Name: 'registered', RootDeviceName: '/dev/sda1', ...input }))).ImageId!;
}

test('a registered image has no Tags, description and ImageAllowed, whole seconds, and no IOPS that the request did not name', async () => {
  aws.clock.advance(789);
  const { id: SnapshotId } = aws.ec2.addSnapshot({ size: 1 });
  const id = await register({ BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId, VolumeType: 'gp3' } }] });
  const image = await describedImage(id);
  expect(image).toMatchObject({ CreationDate: '2026-01-01T00:00:00.000Z', FreeTierEligible: true, DeregistrationProtection: 'disabled', Public: false });
  expect(Object.keys(image)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(Tags|Description|ImageAllowed|PublicSsmParameterName)$/)]));
  expect(shown('/dev/sda1', image)).toEqual({ SnapshotId, VolumeSize: 1, VolumeType: 'gp3', DeleteOnTermination: true, Encrypted: false });
});

test('shows its owner when it was launched last, and the product codes of a Marketplace image', async () => {
  const productCodes = [{ ProductCodeId: '8ez7vz0ml2k0a5qbdlc5gf8cz', ProductCodeType: 'marketplace' as const }];
  const { id } = aws.ec2.addImage({ name: 'marketplace', public: true, productCodes });
  expect(await describedImage(id)).toMatchObject({ ProductCodes: productCodes });
  await run({ ImageId: id });
  expect((await describedImage(id)).LastLaunchedTime).toBe('2026-01-01T00:00:00.000Z');
  expect((await describedImage(id, aws.client(otherAccount))).LastLaunchedTime).toBeUndefined();
});

test('returns ImageAllowed while Allowed AMIs is enabled', async () => {
  const { id } = aws.ec2.seedImage('golden');
  expect((await describedImage(id)).ImageAllowed).toBeUndefined();
  aws.ec2.settings.limits.allowedImageOwners = ['amazon'];
  expect((await describedImage(id)).ImageAllowed).toBe(true);
});

test("returns the SSM parameter of Amazon's images to every account", async () => {
  const { id } = aws.ec2.seedImage('al2023-arm64');
  expect(await describedImage(id, aws.client(otherAccount))).toMatchObject({
    PublicSsmParameterName: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64', FreeTierEligible: true,
  });
});

test('readers see the source image of an image, but not its source instance', async () => {
  const instance = await run();
  aws.pass(1);
  const { ImageId } = await client.send(new CreateImageCommand({ InstanceId: instance.InstanceId, Name: 'of an instance' }));
  const copied = await copy();
  aws.pass();
  const reader = aws.client(otherAccount);
  for (const id of [ImageId!, copied]) {
    aws.ec2.shareImage(aws.ec2.image(id)!, otherAccount);
  }
  expect((await describedImage(copied, reader)).SourceImageId).toBe(aws.ec2.seedImage('al2023-x86_64').id);
  expect((await describedImage(ImageId!)).SourceInstanceId).toBe(instance.InstanceId);
  expect((await describedImage(ImageId!, reader)).SourceInstanceId).toBeUndefined();
});

test('old images have no name or no creation date', async () => {
  const { id } = aws.ec2.addImage({ id: 'ami-ad43a4c4', undated: true, instanceStore: true });
  const image = await describedImage(id);
  expect(image).toMatchObject({ ImageId: 'ami-ad43a4c4', CreationDate: '', RootDeviceType: 'instance-store' });
  expect(image.Name).toBeUndefined();
});

test('images can have an empty device, another root than their first device, and IOPS', async () => {
  const { id } = aws.ec2.addImage({
    name: 'seeded',
    rootDeviceName: '/dev/sda1',
    devices: [{ deviceName: '/dev/sdb', size: 30, type: 'gp2', blank: true, deleteOnTermination: false }, { deviceName: '/dev/sda1', type: 'io2', iops: 500 }],
  });
  const image = await describedImage(id);
  expect(image.RootDeviceName).toBe('/dev/sda1');
  expect(shown('/dev/sdb', image)).toEqual({ VolumeSize: 30, VolumeType: 'gp2', DeleteOnTermination: false, Encrypted: false });
  expect(shown('/dev/sda1', image)).toMatchObject({ VolumeType: 'io2', Iops: 500, SnapshotId: expect.stringMatching(/^snap-/) });
});

describe('CreateImage', () => {
  const createImage = async (input: Omit<CreateImageCommandInput, 'Name'>) => (await client.send(new CreateImageCommand({ Name: 'created', ...input }))).ImageId!;
  const launched = async (source: string) => {
    const { InstanceId } = await run({ ImageId: source });
    aws.pass(1);
    return InstanceId!;
  };

  test('returns devices without snapshots and sizes while the image is pending', async () => {
    const id = await createImage({ InstanceId: await launched(aws.ec2.seedImage('al2023-x86_64').id) });
    const pending = await describedImage(id);
    expect(pending.State).toBe('pending');
    expect(shown('/dev/xvda', pending)).toEqual({ VolumeType: 'gp3', Iops: 3000, Throughput: 125, Encrypted: false, DeleteOnTermination: true });
    aws.pass();
    expect(shown('/dev/xvda', await describedImage(id))).toMatchObject({ SnapshotId: expect.stringMatching(/^snap-/), VolumeSize: 8 });
  });

  test('returns no IOPS for a gp2 volume, and no snapshot for an added device', async () => {
    const source = aws.ec2.addImage({ name: 'gp2', devices: [{ deviceName: '/dev/sda1', size: 40, type: 'gp2' }] });
    const id = await createImage({
      InstanceId: await launched(source.id),
      BlockDeviceMappings: [{ DeviceName: '/dev/sdb', Ebs: { VolumeSize: 30 } }],
    });
    aws.pass();
    const image = await describedImage(id);
    expect(shown('/dev/sda1', image)).toEqual({
      SnapshotId: expect.stringMatching(/^snap-/), VolumeSize: 40, VolumeType: 'gp2', DeleteOnTermination: true, Encrypted: false,
    });
    expect(shown('/dev/sdb', image)).toEqual({ VolumeSize: 30, VolumeType: 'gp2', DeleteOnTermination: false, Encrypted: false });
  });

  test('inherits the instance store volumes of the launched image, except those that the request removes', async () => {
    const source = aws.ec2.addImage({
      name: 'stores', devices: [{ deviceName: '/dev/sda1' }, { deviceName: 'xvdca', virtualName: 'ephemeral0' }, { deviceName: 'xvdcb', virtualName: 'ephemeral1' }],
    });
    const InstanceId = await launched(source.id);
    expect((await describedInstance(InstanceId)).BlockDeviceMappings).toHaveLength(1);
    const id = await createImage({ InstanceId, BlockDeviceMappings: [{ DeviceName: 'xvdcb', NoDevice: '' }] });
    aws.pass();
    expect((await describedImage(id)).BlockDeviceMappings!.map(one => [one.DeviceName, one.VirtualName])).toEqual([['/dev/sda1', undefined], ['xvdca', 'ephemeral0']]);
  });

  test('refuses a device that is named twice', async () => {
    const InstanceId = await launched(aws.ec2.seedImage('al2023-x86_64').id);
    await expect(createImage({ InstanceId, BlockDeviceMappings: ['/dev/sdb', 'xvdb'].map(DeviceName => ({ DeviceName, Ebs: { VolumeSize: 1 } })) }))
      .rejects.toMatchObject({ name: 'InvalidBlockDeviceMapping' });
  });
});

describe('RegisterImage refuses', () => {
  test.each(['/dev/sdz', undefined])('a root without a snapshot: %s', async RootDeviceName => {
    const { id: SnapshotId } = aws.ec2.addSnapshot();
    await expect(register({ RootDeviceName, BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }] }))
      .rejects.toMatchObject({ name: 'InvalidBlockDeviceMapping', message: 'No root snapshot specified in device mapping.' });
    await expect(register({ BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 1 } }] }))
      .rejects.toMatchObject({ name: 'InvalidBlockDeviceMapping', message: 'No root snapshot specified in device mapping.' });
  });

  test('a snapshot that does not exist, even by an ID that other operations consider malformed', async () => {
    const SnapshotId = 'snap-00000000000000000';
    await expect(register({ BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId } }] }))
      .rejects.toMatchObject({ name: 'InvalidSnapshotID.NotFound', message: `The snapshot ID '${SnapshotId}' does not exist` });
  });

  test('a snapshot that another account shares', async () => {
    const snapshot = aws.ec2.addSnapshot({ account: otherAccount });
    snapshot.createVolumePermissions.users.add('123456789012');
    await expect(register({ BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { SnapshotId: snapshot.id } }] })).rejects.toMatchObject({
      name: 'InvalidParameterValue', message: `Invalid value '${snapshot.id}' for snapshotId. Snapshot does not belong to 123456789012`,
    });
  });

  test('a device that is named twice', async () => {
    const { id: SnapshotId } = aws.ec2.addSnapshot();
    await expect(register({ BlockDeviceMappings: ['/dev/sda1', '/dev/sda1'].map(DeviceName => ({ DeviceName, Ebs: { SnapshotId } })) }))
      .rejects.toMatchObject({ name: 'InvalidBlockDeviceMapping' });
  });
});
