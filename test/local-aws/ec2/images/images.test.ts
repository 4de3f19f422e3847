import {
  CopyImageCommand, DeleteSnapshotCommand, DeregisterImageCommand, DescribeImagesCommand, DescribeImagesCommandInput,
  DisableImageDeregistrationProtectionCommand, EnableImageDeregistrationProtectionCommand,
} from '@aws-sdk/client-ec2';
import { defaultSettings } from '../../../../local-aws/ec2/settings/settings';
import { client, aws } from '../each-test';
import { account, region, otherAccount } from '../test-aws';

async function list(input: DescribeImagesCommandInput = {}, by = client): Promise<string[]> {
  const { Images } = await by.send(new DescribeImagesCommand(input));
  return Images!.map(image => image.ImageId!);
}

async function copied(name = 'copy'): Promise<string> {
  const { ImageId } = await client.send(new CopyImageCommand({ Name: name, SourceRegion: region, SourceImageId: aws.ec2.seedImage('golden').id }));
  return ImageId!;
}

describe('DescribeImages', () => {
  test('finds images by owner', async () => {
    const own = [aws.ec2.seedImage('golden').id, aws.ec2.seedImage('uefi-tpm').id, aws.ec2.seedImage('instance-store').id];
    const amazons = [aws.ec2.seedImage('al2023-x86_64').id, aws.ec2.seedImage('al2023-arm64').id, aws.ec2.seedImage('windows-2025').id];
    expect((await list({ Owners: ['self'] })).sort()).toEqual([...own].sort());
    expect((await list({ Owners: [account] })).sort()).toEqual([...own].sort());
    expect((await list({ Owners: ['amazon'] })).sort()).toEqual([...amazons].sort());
    expect((await list()).sort()).toEqual([...own, ...amazons].sort());
    expect((await list({}, aws.client(otherAccount))).sort()).toEqual([...amazons].sort());
    expect((await list({ ExecutableUsers: ['all'] })).sort()).toEqual([...amazons].sort());
  });

  test('finds images by filters with wildcards', async () => {
    const golden = aws.ec2.seedImage('golden');
    const snapshot = golden.devices[1].ebs!.snapshotId!;
    expect(await list({ Filters: [{ Name: 'name', Values: ['gold*', 'nothing'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'name', Values: ['golden-2025-1?'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'name', Values: ['golden.2025-11'] }] })).toEqual([]);
    expect(await list({ Filters: [{ Name: 'tag:team', Values: ['platform'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'tag-key', Values: ['release'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'tag-value', Values: ['platform'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'boot-mode', Values: ['uefi'] }, { Name: 'tag-key', Values: ['*'] }] })).toEqual([]);
    expect(await list({ Filters: [{ Name: 'boot-mode', Values: ['uefi'] }, { Name: 'owner-id', Values: [account] }] })).toEqual([aws.ec2.seedImage('uefi-tpm').id]);
    expect(await list({ Filters: [{ Name: 'free-tier-eligible', Values: ['true'] }, { Name: 'name', Values: ['gold*'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'public-ssm-parameter-name', Values: ['/aws/service/*al2023*x86_64'] }] })).toEqual([aws.ec2.seedImage('al2023-x86_64').id]);
    expect(await list({ Filters: [{ Name: 'kernel-id', Values: ['*'] }] })).toEqual([]);
    expect(await list({ Filters: [{ Name: 'block-device-mapping.snapshot-id', Values: [snapshot] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'architecture', Values: ['arm64'] }] })).toEqual([aws.ec2.seedImage('al2023-arm64').id]);
    // the AMI lookup of the CDK command line has this filter
    expect(await list({ Filters: [{ Name: 'image-type', Values: ['machine'] }, { Name: 'name', Values: ['gold*'] }] })).toEqual([golden.id]);
    expect(await list({ Filters: [{ Name: 'is-public', Values: ['false'] }, { Name: 'root-device-type', Values: ['ebs'] }, { Name: 'state', Values: ['available'] }] }))
      .toEqual([golden.id, aws.ec2.seedImage('uefi-tpm').id]);
    await expect(list({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({ name: 'InvalidParameterValue', message: "The filter 'colour' is invalid" });
  });

  test('finds a copy by its source', async () => {
    const id = await copied();
    expect(await list({ Filters: [{ Name: 'source-image-id', Values: [aws.ec2.seedImage('golden').id] }] })).toEqual([id]);
  });

  test('returns pages', async () => {
    const pages: string[][] = [];
    let NextToken: string | undefined;
    do {
      const answer = await client.send(new DescribeImagesCommand({ MaxResults: 5, NextToken }));
      pages.push(answer.Images!.map(image => image.ImageId!));
      ({ NextToken } = answer);
    } while (NextToken);
    expect(pages.map(one => one.length)).toEqual([5, 1]);
    expect(pages.flat()).toEqual(await list());
    await expect(list({ MaxResults: 5, ImageIds: [pages[0][0]] })).rejects.toMatchObject({
      name: 'InvalidParameterCombination', message: 'The parameter imageIdsSet cannot be used with the parameter maxResults',
    });
    await expect(list({ MaxResults: 1 })).rejects.toMatchObject({
      name: 'InvalidParameterValue', message: "Invalid value '1' for maxResults. Expecting a value greater than 5.",
    });
    await expect(list({ NextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidNextToken' });
  });

  test('names all IDs that do not exist', async () => {
    const [a, b] = ['ami-00000000000000001', 'ami-00000000000000002'];
    await expect(list({ ImageIds: [a] })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound', message: `The image id '[${a}]' does not exist` });
    await expect(list({ ImageIds: [a, aws.ec2.seedImage('golden').id, b] })).rejects.toThrow(`The image ids '[${a}, ${b}]' do not exist`);
    await expect(list({ ImageIds: ['nonsense'] })).rejects.toMatchObject({ name: 'InvalidAMIID.Malformed' });
  });

  test('can miss a new image for some time', async () => {
    aws.ec2.settings.consistency.readsUntilVisible = 2;
    const id = await copied();
    await expect(list({ ImageIds: [id] })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    expect(await list({ Filters: [{ Name: 'name', Values: ['copy'] }] })).toEqual([]);
    expect(await list({ ImageIds: [id] })).toEqual([id]);

    Object.assign(aws.ec2.settings.consistency, { readsUntilVisible: 0, untilVisible: 5000 });
    const second = await copied('second');
    await expect(list({ ImageIds: [second] })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    aws.clock.advance(5000);
    expect(await list({ ImageIds: [second] })).toEqual([second]);
  });
});

describe('DeregisterImage', () => {
  test('removes the image at once, and its ID is unknown some time later', async () => {
    const id = await copied();
    expect(await client.send(new DeregisterImageCommand({ ImageId: id }))).toMatchObject({ Return: true, DeleteSnapshotResults: [] });
    expect(await list({ ImageIds: [id] })).toEqual([]);
    aws.clock.advance(60_000);
    await expect(list({ ImageIds: [id] })).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
    expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 3 });
  });

  test('can leave the image visible for some time', async () => {
    aws.ec2.settings.consistency.deregisteredShown = 1000;
    const id = await copied();
    await client.send(new DeregisterImageCommand({ ImageId: id }));

    const { Images } = await client.send(new DescribeImagesCommand({ ImageIds: [id] }));
    expect(Images).toMatchObject([{ ImageId: id, State: 'deregistered' }]);
    aws.clock.advance(1000);
    expect(await list({ ImageIds: [id] })).toEqual([]);
  });

  test('fails for a deregistered image: unavailable at first, later not found', async () => {
    const id = await copied();
    await client.send(new DeregisterImageCommand({ ImageId: id }));
    await expect(client.send(new DeregisterImageCommand({ ImageId: id }))).rejects.toMatchObject({ name: 'InvalidAMIID.Unavailable' });
    aws.pass();
    await expect(client.send(new DeregisterImageCommand({ ImageId: id }))).rejects.toMatchObject({ name: 'InvalidAMIID.NotFound' });
  });

  test('deletes snapshots on request, except those that another image uses', async () => {
    const id = await copied();
    aws.pass();
    const [first, second, third] = aws.ec2.image(id)!.devices.map(device => device.ebs!.snapshotId!);
    aws.ec2.addImage({ name: 'other', devices: [{ deviceName: '/dev/xvda', snapshotId: second }] });

    const answer = await client.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));

    expect(answer.Return).toBe(true);
    expect(answer.DeleteSnapshotResults).toEqual([
      { SnapshotId: first, ReturnCode: 'success' }, { SnapshotId: second, ReturnCode: 'skipped' }, { SnapshotId: third, ReturnCode: 'success' },
    ]);
    expect(aws.ec2.snapshot(first)).toBeUndefined();
    expect(aws.ec2.snapshot(second)).toBeDefined();
  });

  test('can succeed without deleting a snapshot', async () => {
    const id = await copied();
    aws.pass();
    const [first] = aws.ec2.image(id)!.devices.map(device => device.ebs!.snapshotId!);
    aws.ec2.deletionFailures.fail({ code: 'internal-error', snapshotId: first, times: 1 });

    const answer = await client.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));

    expect(answer.DeleteSnapshotResults!.map(one => one.ReturnCode)).toEqual(['internal-error', 'success', 'success']);
    expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 1 });
    await client.send(new DeleteSnapshotCommand({ SnapshotId: first }));
    expect(aws.ec2.counts().snapshots).toBe(0);
  });

  test('leaves the snapshots in use for a moment', async () => {
    const id = await copied();
    aws.pass();
    const [SnapshotId] = aws.ec2.image(id)!.devices.map(device => device.ebs!.snapshotId!);
    const inUse = { name: 'InvalidSnapshot.InUse', message: `The snapshot ${SnapshotId} is currently in use by ${id}` };
    await expect(client.send(new DeleteSnapshotCommand({ SnapshotId }))).rejects.toMatchObject(inUse);
    await client.send(new DeregisterImageCommand({ ImageId: id }));
    await expect(client.send(new DeleteSnapshotCommand({ SnapshotId }))).rejects.toMatchObject(inUse);
    const { id: second } = aws.ec2.addImage({ name: 'second', devices: [{ deviceName: '/dev/xvda', snapshotId: SnapshotId }] });
    const { id: third } = aws.ec2.addImage({ name: 'third', devices: [{ deviceName: '/dev/xvda', snapshotId: SnapshotId }] });
    await expect(client.send(new DeleteSnapshotCommand({ SnapshotId })))
      .rejects.toMatchObject({ name: 'InvalidSnapshot.InUse', message: `The snapshot ${SnapshotId} is currently in use by ${third}, ${second}, ${id}` });
    await client.send(new DeregisterImageCommand({ ImageId: second }));
    await client.send(new DeregisterImageCommand({ ImageId: third }));
    aws.clock.advance(3000);
    await client.send(new DeleteSnapshotCommand({ SnapshotId }));
    await expect(client.send(new DeleteSnapshotCommand({ SnapshotId }))).rejects.toMatchObject({ name: 'InvalidSnapshot.NotFound', message: `The snapshot '${SnapshotId}' does not exist.` });
  });

  test.each(['when-complete', 'at-once'] as const)('deletes the snapshots of a pending copy %s', async answer => {
    aws.ec2.switches.pendingSnapshotDeleted = answer;
    const id = await copied();
    await client.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
    expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: answer === 'at-once' ? 0 : 3 });
    aws.pass();
    expect(aws.ec2.counts()).toMatchObject({ images: 0, snapshots: 0 });
  });

  test.each(['kept', 'deleted'] as const)('without DeleteAssociatedSnapshots leaves the snapshots of a pending copy %s', async answer => {
    aws.ec2.switches.snapshotsOfCanceledCopy = answer;
    await client.send(new DeregisterImageCommand({ ImageId: await copied() }));
    aws.pass();
    expect(aws.ec2.counts().snapshots).toBe(answer === 'kept' ? 3 : 0);
  });

  test("refuses another account's image", async () => {
    const { id } = aws.ec2.seedImage('al2023-x86_64');
    await expect(client.send(new DeregisterImageCommand({ ImageId: id })))
      .rejects.toMatchObject({ name: 'AuthFailure', message: `Not authorized for image:${id}`, $metadata: { httpStatusCode: 400 } });
  });

  test('refuses a protected image, for another day with a cool-down', async () => {
    const ImageId = await copied();
    await client.send(new EnableImageDeregistrationProtectionCommand({ ImageId, WithCooldown: true }));
    await expect(client.send(new DeregisterImageCommand({ ImageId }))).rejects.toMatchObject({ name: 'OperationNotPermitted' });
    aws.ec2.switches.deregisterProtectedCode = 'InvalidRequest';
    await expect(client.send(new DeregisterImageCommand({ ImageId }))).rejects.toMatchObject({ name: 'InvalidRequest' });
    await client.send(new DisableImageDeregistrationProtectionCommand({ ImageId }));
    await expect(client.send(new DeregisterImageCommand({ ImageId }))).rejects.toMatchObject({ name: 'InvalidRequest' });
    aws.pass(24 * 60);
    await client.send(new DeregisterImageCommand({ ImageId }));
  });
});

describe('an image that does not exist', () => {
  test.each(['not-found', 'unauthorized'] as const)('is, for a role with a condition on tags: %s', async answer => {
    aws.ec2.switches.missingResource = answer;
    const role = aws.clientOfRole([{
      Effect: 'Allow', Action: ['ec2:DeregisterImage', 'ec2:DeleteSnapshot'], Resource: '*', Condition: { StringEquals: { 'aws:ResourceTag/a': 'b' } },
    }]);
    const name = answer === 'unauthorized' ? 'UnauthorizedOperation' : undefined;
    await expect(role.send(new DeregisterImageCommand({ ImageId: 'ami-00000000000000001' }))).rejects.toMatchObject({ name: name ?? 'InvalidAMIID.NotFound' });
    await expect(role.send(new DeleteSnapshotCommand({ SnapshotId: 'snap-00000000000000001' }))).rejects.toMatchObject({ name: name ?? 'InvalidSnapshot.NotFound' });
  });
});

test('the images of the public SSM parameters exist in every Region that has some', async () => {
  for (const at of ['us-east-1', 'eu-central-1']) {
    const parameters = aws.ec2.publicParameters(at);
    expect(parameters['/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64']).toBe(aws.ec2.seedImage('al2023-x86_64', at).id);
    const { Images } = await aws.client(account, at).send(new DescribeImagesCommand({ ImageIds: [...new Set(Object.values(parameters))] }));
    expect(Images!.every(image => image.ImageOwnerAlias === 'amazon' && image.Public)).toBe(true);
  }
  expect(aws.ec2.publicParameters('ap-south-1')).toEqual({});
});

test('reset restores the seed images and the settings', async () => {
  await copied();
  aws.ec2.switches.copyNamesAreUnique = false;
  aws.ec2.settings.timing.copyStart = 1;
  aws.ec2.settings.userData.shutsDown = true;
  aws.ec2.settings.bundleBucket.account = account;
  aws.kms.reset();
  aws.ec2.reset();
  expect(aws.ec2.counts()).toEqual({ images: 0, snapshots: 0, volumes: 0, instances: 0 });
  expect(aws.ec2.switches.copyNamesAreUnique).toBe(true);
  expect(aws.ec2.settings).toEqual(defaultSettings());
  await copied();
});
