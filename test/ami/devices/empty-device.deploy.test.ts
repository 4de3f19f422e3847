import { CfnOutput, Fn, Size, Stack } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBlockDevice, AmiBuildMethod, AmiVolume, EncryptedAmiCopy } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../../helpers/deployment';

/** Images with a volume that a launch creates empty: the mapping has no snapshot for it. */

let account: Deployment;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  const image = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 2 }] });
  Object.assign(image, { devices: [...image.devices, { deviceName: '/dev/sdb', ebs: { ...image.devices[0].ebs!, snapshotId: undefined } }] });
  source = image.id;
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

/** The names of the devices of an image, and whether each has a snapshot. */
const devicesOf = (imageId: string) =>
  account.aws.ec2.image(imageId)!.devices.map(({ deviceName, ebs }) => [deviceName, ebs?.snapshotId !== undefined]);
const build = (buildMethod: AmiBuildMethod, blockDevices: (stack: Stack) => AmiBlockDevice[]) => buildOf(stack => ({
  sourceImage: imageWithId(source), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, key) }, blockDevices: blockDevices(stack),
}));

test.each([['KEY', true], ['PRESERVE', false]])('a copy has it too, with the encryption %s', async (_, isKeyed) => {
  const { status, failures, outputs } = await account.deploy(stack => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', {
      sourceImage: imageWithId(source), ...isKeyed ? { encryptionKey: keyWithArn(stack, key) } : { preserveEncryption: true },
    });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    new CfnOutput(stack, 'SnapshotIds', { value: Fn.join(',', copy.imageSnapshotIds) });
  });
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  expect(devicesOf(outputs.ImageId)).toEqual([['/dev/xvda', true], ['/dev/sdb', false]]);
  expect(outputs.SnapshotIds).toBe(account.aws.ec2.image(outputs.ImageId)!.devices[0].ebs!.snapshotId);
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

describe.each([[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]])('a build by %s', buildMethod => {
  test.each(['/dev/sdb', 'xvdb'])('leaves it out, as %s', async deviceName => {
    const { status, failures, outputs } = await account.deploy(build(buildMethod, () => [{ deviceName, mappingEnabled: false }]));
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(devicesOf(outputs.ImageId)).toEqual([['/dev/xvda', true]]);
  });

  test.each([undefined, false])('keeps it empty, with deleteOnTermination %s', async deleteOnTermination => {
    const { status, failures, outputs } = await account.deploy(build(buildMethod, stack => [
      { deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) },
      ...deleteOnTermination === undefined ? [] : [{ deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ deleteOnTermination }) }],
    ]));
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(new Map(devicesOf(outputs.ImageId) as [string, boolean][])).toEqual(new Map([['/dev/xvda', true], ['/dev/sdf', true], ['/dev/sdb', false]]));
    expect(account.aws.ec2.image(outputs.ImageId)!.devices.find(({ deviceName }) => deviceName === '/dev/sdb')!.ebs).toMatchObject({
      size: 2, type: 'gp3', iops: 3000, throughput: 125, deleteOnTermination: deleteOnTermination ?? true,
    });
    expect(account.aws.ec2.counts()).toEqual({ images: 1, snapshots: 2, volumes: 0, instances: 0 });
    expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
    expect(account.aws.ec2.counts()).toEqual(NOTHING);
  });
});

const withKey = (buildMethod: AmiBuildMethod) =>
  build(buildMethod, stack => [{ deviceName: 'xvdb', volume: AmiVolume.fromSource({ encryptionKey: keyWithArn(stack, key) }) }]);

test('with a key, the instance has the volume, and the AMI its snapshot', async () => {
  const { status, failures, outputs } = await account.deploy(withKey(AmiBuildMethod.LAUNCH_INSTANCE));
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  const { ebs } = account.aws.ec2.image(outputs.ImageId)!.devices.find(({ deviceName }) => deviceName === '/dev/sdb')!;
  expect(account.aws.ec2.snapshot(ebs!.snapshotId!)).toMatchObject({ encrypted: true, kmsKeyId: key });
});

test('with a key, and without an instance, nothing can be encrypted with it', async () => {
  const { status, failures } = await account.deploy(withKey(AmiBuildMethod.COPY_SNAPSHOTS));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.map(reasonIn)).toEqual([`The source image ${source} has no snapshot for /dev/sdb, so \`AmiBuildMethod.COPY_SNAPSHOTS\` has nothing to encrypt ` +
    'with the key. Use `AmiBuildMethod.LAUNCH_INSTANCE`, or leave the device out with `mappingEnabled: false` and add a volume of your own.']);
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});
