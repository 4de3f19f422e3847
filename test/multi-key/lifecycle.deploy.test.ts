import { EC2Client } from '@aws-sdk/client-ec2';
import { Size, Stack, Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { describeDevicesOfInstance } from '../../local-aws/device-report';
import { arnOf } from '../../local-aws/kms/key';
import { EncryptedAmiCopy, MultiKeyAmiBuilder, AmiVolume, AmiBuildMethod } from '../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING } from '../helpers/deployment';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const keyArns = (count: number) => Array.from({ length: count }, () => arnOf(account.aws.kms.addKey()));

/** Device, key and whether it goes with the instance, of an image. */
function devicesOf(imageId: string): Record<string, { key?: string; size: number; deleteOnTermination: boolean }> {
  const { ec2: own } = account.aws;
  return Object.fromEntries(own.image(imageId)!.devices.filter(({ ebs }) => ebs).map(({ deviceName, ebs }) => {
    const snapshot = own.snapshot(ebs!.snapshotId!)!;
    return [deviceName, { key: snapshot.encrypted ? snapshot.kmsKeyId : undefined, size: ebs!.size, deleteOnTermination: ebs!.deleteOnTermination }];
  }));
}

describe.each([[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]])('by %s', buildMethod => {
  test('six of one stack, from an image that the stack makes, are made, and removed one by one', async () => {
    const keys = keyArns(6);
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 1 }] });
    const several = (count: number) => (stack: Stack) => {
      const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source.id), useDefaultKey: true });
      keys.slice(0, count).forEach((arn, index) => {
        const encryptionKey = keyWithArn(stack, arn);
        new MultiKeyAmiBuilder(stack, `Ami${index}`, {
          sourceImage: copy, buildMethod, rootVolume: { encryptionKey }, blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey }) }],
        });
      });
    };
    // all policies of a role together have no more than 10,240 characters
    expect(await account.deploy(several(6))).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toMatchObject({ images: 7, snapshots: 13 });
    expect(await account.deploy(several(1))).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
    expect(account.aws.ec2.counts()).toMatchObject({ images: 2, snapshots: 3 });
  });

  test('every snapshot has its own key, and what it took to build them is gone', async () => {
    const [one, two, three] = keyArns(3);
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: one }] });
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source.id),
      sourceEncryptionKeys: [keyWithArn(stack, one)],
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: keyWithArn(stack, two) }) },
        { deviceName: '/dev/sdg', volume: AmiVolume.ebs(Size.gibibytes(20), { encryptionKey: keyWithArn(stack, three), volumeType: ec2.EbsDeviceVolumeType.GP3, deleteOnTermination: false }) },
      ],
    })));
    expect({ status: result.status, failures: result.failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(devicesOf(result.outputs.ImageId)).toEqual({
      '/dev/xvda': { key: one, size: 4, deleteOnTermination: true },
      '/dev/sdf': { key: two, size: 10, deleteOnTermination: true },
      '/dev/sdg': { key: three, size: 20, deleteOnTermination: false },
    });
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 3, volumes: 0, instances: 0 });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });

  test("re-keys the source's own devices one by one, keeps what is not named, and drops what is not wanted", async () => {
    const [one, two, three] = keyArns(3);
    const source = account.aws.ec2.addImage({
      name: 'source',
      devices: [
        { deviceName: '/dev/xvda', size: 4 },
        { deviceName: '/dev/sdb', size: 5, kmsKeyId: one, deleteOnTermination: false },
        { deviceName: '/dev/sdc', size: 6, kmsKeyId: one },
        { deviceName: '/dev/sdd', size: 7 },
        { deviceName: '/dev/sde', size: 8, kmsKeyId: arnOf(account.aws.kms.ebsKey()) },
      ],
    });
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source.id),
      sourceEncryptionKeys: [keyWithArn(stack, one)],
      buildMethod,
      rootVolume: { encryptionKey: keyWithArn(stack, two) },
      blockDevices: [
        { deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: keyWithArn(stack, three) }) },
        { deviceName: 'xvdc', volume: AmiVolume.fromSource({ deleteOnTermination: false }) },
        { deviceName: '/dev/sdd', mappingEnabled: false },
      ],
    })));
    expect({ status: result.status, failures: result.failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(devicesOf(result.outputs.ImageId)).toEqual({
      '/dev/xvda': { key: two, size: 4, deleteOnTermination: true },
      '/dev/sdb': { key: three, size: 5, deleteOnTermination: false },
      '/dev/sdc': { key: one, size: 6, deleteOnTermination: false },
      '/dev/sde': { key: arnOf(account.aws.kms.ebsKey()), size: 8, deleteOnTermination: true },
    });
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 4, volumes: 0, instances: 0 });
  });

  test("keeps the devices' types, and the IOPS of those whose IOPS are chosen, unless others are declared", async () => {
    const [one] = keyArns(1);
    const source = account.aws.ec2.addImage({
      name: 'source',
      devices: [
        { deviceName: '/dev/xvda', size: 4 },
        { deviceName: '/dev/sdb', size: 5, type: 'gp2', iops: 100 },
        { deviceName: '/dev/sdc', size: 6, type: 'io2', iops: 600 },
        { deviceName: '/dev/sdd', size: 7, type: 'standard' },
        { deviceName: '/dev/sde', size: 8, type: 'io2', iops: 600 },
        { deviceName: '/dev/sdf', size: 9, type: 'io2', iops: 600 },
        { deviceName: '/dev/sdg', size: 10, type: 'gp2' },
      ],
    });
    const { GP3, IO2 } = ec2.EbsDeviceVolumeType;
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source.id),
      buildMethod,
      rootVolume: { encryptionKey: keyWithArn(stack, one), size: Size.gibibytes(10) },
      blockDevices: [
        { deviceName: '/dev/sde', volume: AmiVolume.fromSource({ volumeType: GP3 }) },
        { deviceName: 'xvdf', volume: AmiVolume.fromSource({ volumeType: IO2, iops: 900, size: Size.gibibytes(12) }) },
        { deviceName: '/dev/sdg', volume: AmiVolume.fromSource({ volumeType: GP3, iops: 4000, throughput: 500, size: Size.gibibytes(10) }) },
      ],
    })));
    // EC2: "The parameter iops is not supported for gp2 volumes.", "The parameter iops must be specified for io2 volumes."
    expect(result).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
    const { devices } = account.aws.ec2.image(result.outputs.ImageId)!;
    // without IOPS in the mapping, a gp3 volume has its baseline
    const iopsOf = ({ type, iops }: { type: string; iops?: number }) => iops ?? (type === 'gp3' ? 3000 : undefined);
    expect(devices.map(({ deviceName, ebs }) => [deviceName, ebs!.size, ebs!.type, iopsOf(ebs!)])).toEqual([
      ['/dev/xvda', 10, 'gp3', 3000], ['/dev/sdb', 5, 'gp2', undefined], ['/dev/sdc', 6, 'io2', 600], ['/dev/sdd', 7, 'standard', undefined],
      ['/dev/sde', 8, 'gp3', 3000], ['/dev/sdf', 12, 'io2', 900], ['/dev/sdg', 10, 'gp3', 4000],
    ]);
    expect(devices.at(-1)!.ebs!.throughput).toBe(500);
  });

  test('carries over what an arm64 image with UEFI and TPM is besides its disks', async () => {
    const [one] = keyArns(1);
    const source = account.aws.ec2.addImage({
      name: 'secure', architecture: 'arm64', bootMode: 'uefi', tpmSupport: 'v2.0', imdsSupport: 'v2.0', uefiData: 'QU1aTlVFRkk=', devices: [{ deviceName: '/dev/xvda', size: 4 }],
    });
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source.id), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, one) },
    })));
    expect(result.failures).toEqual([]);
    const { attributes } = account.aws.ec2.image(result.outputs.ImageId)!;
    expect(attributes).toMatchObject({ architecture: 'arm64', bootMode: 'uefi', tpmSupport: 'v2.0', imdsSupport: 'v2.0', uefiData: 'QU1aTlVFRkk=' });
  });

  test("starts from another account's image, whose key it shares", async () => {
    const [one] = keyArns(1);
    const other = '210987654321';
    const allow = (id: string) => ({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${id}:root` }, Action: 'kms:*', Resource: '*' });
    const foreign = arnOf(account.aws.kms.addKey({
      account: other, policy: JSON.stringify({ Version: '2012-10-17', Statement: [allow(other), allow(account.aws.account)] }),
    }));
    const shared = account.aws.ec2.addImage({ account: other, name: 'shared', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: foreign }] });
    account.aws.ec2.shareImage(shared, account.aws.account);
    account.aws.ec2.shareSnapshots(shared, account.aws.account);
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(shared.id),
      sourceEncryptionKeys: [keyWithArn(stack, foreign)],
      buildMethod,
      rootVolume: { encryptionKey: keyWithArn(stack, one) },
    })));
    expect(result.failures).toEqual([]);
    expect(devicesOf(result.outputs.ImageId)).toMatchObject({ '/dev/xvda': { key: one } });
  });

  test('makes a volume from a snapshot', async () => {
    const [one, two] = keyArns(2);
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] });
    const data = account.aws.ec2.addSnapshot({ size: 9, kmsKeyId: one });
    const result = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source.id),
      sourceEncryptionKeys: [keyWithArn(stack, one)],
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebsFromSnapshot(data.id, { encryptionKey: keyWithArn(stack, two) }) },
        { deviceName: '/dev/sdg', volume: AmiVolume.ebsFromSnapshot(data.id, { size: Size.gibibytes(12), encryptionKey: keyWithArn(stack, two) }) },
      ],
    })));
    expect(result.failures).toEqual([]);
    expect(devicesOf(result.outputs.ImageId)).toMatchObject({ '/dev/xvda': { key: undefined }, '/dev/sdf': { key: two, size: 9 }, '/dev/sdg': { key: two, size: 12 } });
  });

  test('changes in place what is no part of the image, and replaces it when a key changes', async () => {
    const [one, two] = keyArns(2);
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4 }] });
    const keyed = (arn: string, tag: string) => (stack: Stack) => {
      buildOf(() => ({ sourceImage: imageWithId(source.id), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, arn) } }))(stack);
      Tags.of(stack).add('tag', tag);
    };
    const created = await account.deploy(keyed(one, 'a'));
    const changed = await account.deploy(keyed(one, 'b'));
    expect(changed).toMatchObject({ status: 'UPDATE_COMPLETE', outputs: created.outputs });
    const replaced = await account.deploy(keyed(two, 'b'));
    expect(replaced.status).toBe('UPDATE_COMPLETE');
    expect(replaced.outputs.ImageId).not.toBe(created.outputs.ImageId);
    expect(devicesOf(replaced.outputs.ImageId)['/dev/xvda'].key).toBe(two);
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 1, volumes: 0, instances: 0 });
  });

  test('what was cancelled because another resource failed leaves nothing', async () => {
    const [one] = keyArns(1);
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 100, used: 60 }] });
    const { status } = await account.deploy(stack => {
      buildOf(() => ({ sourceImage: imageWithId(source.id), buildMethod, blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: keyWithArn(stack, one) }) }] }))(stack);
      const quick = new EncryptedAmiCopy(stack, 'Quick', { sourceImage: imageWithId(account.aws.ec2.seedImage('uefi-tpm').id), useDefaultKey: true });
      new EncryptedAmiCopy(stack, 'Failing', { sourceImage: imageWithId(account.aws.ec2.seedImage('instance-store').id), useDefaultKey: true }).node.addDependency(quick);
    });
    expect(status).toBe('ROLLBACK_COMPLETE');
    account.aws.clock.advance(6 * 60 * 60_000);
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

test('Windows is built by an instance, because EC2 bills its license', async () => {
  const [one] = keyArns(1);
  const windows = (buildMethod: AmiBuildMethod, osType?: ec2.OperatingSystemType) => buildOf(stack => ({
    sourceImage: imageWithId(account.aws.ec2.seedImage('windows-2025').id, osType),
    buildMethod,
    rootVolume: { encryptionKey: keyWithArn(stack, one) },
    blockDevices: [{ deviceName: 'xvdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: keyWithArn(stack, one) }) }],
  }));
  // synthesis refuses an image that says that it is one of Windows
  const refused = await account.deploy(windows(AmiBuildMethod.COPY_SNAPSHOTS));
  expect(refused.failures.join()).toMatch(
    /The source image ami-\w+ has a billed license \(Windows.*, RunInstances:0002\)\. RegisterImage may not keep it\. Use `AmiBuildMethod\.LAUNCH_INSTANCE`\./);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  const built = await account.deploy(windows(AmiBuildMethod.LAUNCH_INSTANCE, ec2.OperatingSystemType.WINDOWS));
  expect(built.failures).toEqual([]);
  expect(account.aws.ec2.image(built.outputs.ImageId)!.attributes).toMatchObject({ platform: 'windows', usageOperation: 'RunInstances:0002' });
  expect(devicesOf(built.outputs.ImageId)).toMatchObject({ '/dev/sda1': { key: one }, 'xvdf': { key: one } });
});

test('an instance that was launched from it has a volume encrypted with each key', async () => {
  const [one, two, three] = keyArns(3);
  const { failures, resources } = await account.deploy(stack => {
    const vpc = new ec2.Vpc(stack, 'Vpc', { natGateways: 0, subnetConfiguration: [{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] });
    const source = new EncryptedAmiCopy(stack, 'Source', { sourceImage: ec2.MachineImage.latestAmazonLinux2023(), encryptionKey: keyWithArn(stack, one) });
    const ami = new MultiKeyAmiBuilder(stack, 'Ami', {
      sourceImage: source,
      sourceEncryptionKeys: [keyWithArn(stack, one)],
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      blockDevices: [
        { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(10), { encryptionKey: keyWithArn(stack, two) }) },
        { deviceName: '/dev/sdg', volume: AmiVolume.ebs(Size.gibibytes(20), { encryptionKey: keyWithArn(stack, three) }) },
      ],
    });
    new ec2.Instance(stack, 'Server', { vpc, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED }, machineImage: ami, instanceType: new ec2.InstanceType('t3.micro') });
  });
  expect(failures).toEqual([]);
  const [server] = Object.values(resources).filter(({ type }) => type === 'AWS::EC2::Instance');
  const disks = await describeDevicesOfInstance(new EC2Client(account.aws.clientOptions()), server.physicalId!);
  expect(Object.fromEntries(disks.map(({ device, key }) => [device, key]))).toEqual({ '/dev/xvda': one, '/dev/sdf': two, '/dev/sdg': three });
});
