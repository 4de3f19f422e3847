import { Size, Stack } from 'aws-cdk-lib';
import { Image } from '../../../../local-aws/ec2/state/records';
import { arnOf } from '../../../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume } from '../../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn, NOTHING, reasonIn } from '../../../helpers/deployment';

/** Images of other accounts that may be launched from and not copied: all of AWS Marketplace, and those that are shared without their snapshots. */

const SELLER = '679593333241';
let account: Deployment;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => { key = arnOf(account.aws.kms.addKey()); });
afterEach(() => account.reset());
afterAll(() => account.stop());

/** An image of the seller that this account may launch; its second device is encrypted where there is a key. */
function imageOfSeller(sourceKey?: string): Image {
  const image = account.aws.ec2.addImage({
    account: SELLER,
    name: 'product',
    productCodes: [{ ProductCodeId: 'aw0evgkw8e5c1q413zgy5pjce', ProductCodeType: 'marketplace' }],
    devices: [{ deviceName: '/dev/xvda', size: 2 }, { deviceName: '/dev/sdb', size: 3, kmsKeyId: sourceKey }],
  });
  account.aws.ec2.shareImage(image, account.aws.account);
  return image;
}

const build = (image: Image, buildMethod = AmiBuildMethod.LAUNCH_INSTANCE, sourceKeys: string[] = []) => buildOf(stack => ({
  sourceImage: imageWithId(image.id),
  buildMethod,
  rootVolume: { encryptionKey: keyWithArn(stack, key) },
  sourceEncryptionKeys: sourceKeys.map(arn => keyWithArn(stack, arn)),
  blockDevices: [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: keyWithArn(stack, key) }) }],
}));

async function reasonOf(define: (stack: Stack) => void): Promise<string> {
  const { status, failures } = await account.deploy(define);
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
  return failures.map(reasonIn).join();
}

/** The keys of an image's snapshots by device; `false` where one is not encrypted. */
const keysOf = (imageId: string) => Object.fromEntries(account.aws.ec2.image(imageId)!.devices.map(({ deviceName, ebs }) => {
  const { encrypted, kmsKeyId } = account.aws.ec2.snapshot(ebs!.snapshotId!)!;
  return [deviceName, encrypted && kmsKeyId];
}));

test('an instance builds from it, and what has no key of its own is as it was', async () => {
  const { status, failures, outputs } = await account.deploy(build(imageOfSeller()));
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  expect(keysOf(outputs.ImageId)).toEqual({ '/dev/xvda': key, '/dev/sdb': false, '/dev/sdf': key });
  expect((await account.destroy()).status).toBe('DELETE_COMPLETE');
  expect(account.aws.ec2.counts()).toEqual(NOTHING);
});

test('an encrypted one, whose key the account may use, gets the default key', async () => {
  const sourceKey = arnOf(account.aws.kms.addKey({
    account: SELLER,
    policy: JSON.stringify({
      Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }],
    }),
  }));
  const { status, failures, outputs } = await account.deploy(build(imageOfSeller(sourceKey), undefined, [sourceKey]));
  expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
  const byDefault = arnOf(account.aws.kms.ebsKey({ account: account.aws.account, region: account.aws.region }));
  expect(keysOf(outputs.ImageId)).toEqual({ '/dev/xvda': key, '/dev/sdb': byDefault, '/dev/sdf': key });
});

test('an encrypted one, whose key the account may not use', async () => {
  const image = imageOfSeller(arnOf(account.aws.kms.addKey({ account: SELLER })));
  expect(await reasonOf(build(image))).toContain(
    ' was terminated during launch. The source has encrypted snapshots that EC2 does not show to this account ' +
    `(${image.devices[1].ebs!.snapshotId}), so their keys could not be checked. Ask the owner of the image for the keys, have their policies allow this account, ` +
    'and pass them in `sourceEncryptionKeys`.');
});

test('EC2 may refuse a launch with other keys', async () => {
  account.aws.ec2.switches.launchWithKeyReadsSnapshots = true;
  const image = imageOfSeller();
  expect(await reasonOf(build(image))).toBe(
    `EC2 does not launch the builder instance from ${image.id} with other keys, because the snapshots of that image are not shared with account ${account.aws.account}. ` +
    'Ask its owner to share them, or launch an instance of the image yourself and use `InstanceAmi`. ' +
    '(EC2 InvalidRequest: You do not have permission to access the storage of this ami)');
});

test('without an instance, the snapshots must be shared', async () => {
  const image = imageOfSeller();
  Object.assign(image.attributes, { productCodes: [] });
  expect(await reasonOf(build(image, AmiBuildMethod.COPY_SNAPSHOTS))).toContain(
    `The source image ${image.id} is visible to this account, but its snapshot ${image.devices[0].ebs!.snapshotId} (/dev/xvda) is not, or it was deleted.`);
});
