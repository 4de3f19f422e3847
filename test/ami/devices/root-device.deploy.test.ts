import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiVolume, EncryptedAmiCopy, InstanceAmi, AmiBuildMethod } from '../../../src';
import { buildOf, Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';

/** AMIs whose RootDeviceName is another name of the root than the one in the block device mapping, such as `/dev/sda1` and `/dev/sda`. */

const METHODS = [[AmiBuildMethod.LAUNCH_INSTANCE], [AmiBuildMethod.COPY_SNAPSHOTS]];
let account: Deployment;
let source: string;
let key: string;
beforeAll(async () => { account = await Deployment.start(); });
beforeEach(() => {
  source = sourceWith('/dev/sda1', '/dev/sda');
  key = arnOf(account.aws.kms.addKey());
});
afterEach(() => account.reset());
afterAll(() => account.stop());

function sourceWith(rootDeviceName: string, nameInMapping: string): string {
  const image = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: nameInMapping, size: 2 }, { deviceName: '/dev/sdb', size: 3 }] });
  Object.assign(image.attributes, { rootDeviceName });
  return image.id;
}

/** The key of each device's snapshot. */
function keysOf(imageId: string): Record<string, string | undefined> {
  const { devices } = account.aws.ec2.image(imageId)!;
  return Object.fromEntries(devices.map(({ deviceName, ebs }) => [deviceName, account.aws.ec2.snapshot(ebs!.snapshotId!)!.kmsKeyId]));
}

async function instanceFrom(imageId: string): Promise<string> {
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: imageId, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  account.aws.clock.advance(30_000);
  return Instances![0].InstanceId!;
}

describe.each(METHODS)('by %s', buildMethod => {
  test.each([
    ['/dev/sda1', '/dev/sda'], ['/dev/xvda', '/dev/sda1'], ['/dev/sda', 'xvda'],
  ])('rootVolume reaches the root %s, which the mapping calls %s', async (root, mapped) => {
    source = sourceWith(root, mapped);
    const define = buildOf(stack => ({ sourceImage: imageWithId(source), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, key) } }));
    const { status, failures, outputs } = await account.deploy(define);
    expect({ status, failures }).toEqual({ status: 'CREATE_COMPLETE', failures: [] });
    expect(keysOf(outputs.ImageId)).toEqual({ [mapped]: key, '/dev/sdb': undefined });
    await instanceFrom(outputs.ImageId);
  });

  test('the root is not dropped, whatever it is called', async () => {
    const { status, failures } = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source),
      buildMethod,
      blockDevices: [
        { deviceName: '/dev/sdb', volume: AmiVolume.fromSource({ encryptionKey: keyWithArn(stack, key) }) },
        { deviceName: '/dev/sda', mappingEnabled: false },
      ],
    })));
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(failures.join()).toContain(`The root device /dev/sda of ${source} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`);
  });

  test('the root is not given two keys, whatever it is called', async () => {
    const { status, failures } = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, key) }, blockDevices: [{ deviceName: '/dev/sda', volume: AmiVolume.fromSource({ encryptionKey: keyWithArn(stack, key) }) }],
    })));
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(failures.join()).toContain(`The root device /dev/sda of ${source} is given twice, by \`rootVolume\` and by \`blockDevices\`. Remove one of them.`);
  });

  test('rootVolume for an image that does not have its root is refused', async () => {
    source = sourceWith('/dev/xvdz', '/dev/sda');
    const { status, failures } = await account.deploy(buildOf(stack => ({
      sourceImage: imageWithId(source), buildMethod, rootVolume: { encryptionKey: keyWithArn(stack, key) },
    })));
    expect(status).toBe('ROLLBACK_COMPLETE');
    expect(failures.join()).toContain(`\`rootVolume\` is the volume of the root device /dev/xvdz, but the source image ${source} has /dev/sda, /dev/sdb. Use \`blockDevices\` instead.`);
  });
});

test('the snapshot of the root of a copy is known', async () => {
  const { outputs, failures } = await account.deploy(stack => {
    const copy = new EncryptedAmiCopy(stack, 'Copy', { sourceImage: imageWithId(source), encryptionKey: keyWithArn(stack, key) });
    new CfnOutput(stack, 'ImageId', { value: copy.imageId });
    new CfnOutput(stack, 'Root', { value: copy.imageRootSnapshotId });
  });
  expect(failures).toEqual([]);
  expect(outputs.Root).toBe(account.aws.ec2.image(outputs.ImageId)!.devices[0].ebs!.snapshotId);
});

test('an image of an instance keeps its root, whatever it is called', async () => {
  const instanceId = await instanceFrom(source);
  const imageOf = (excludedDevices: string[] = []) => (stack: Stack) => {
    const image = new InstanceAmi(stack, 'Snapshot', { instance: ec2.CfnInstance.fromInstanceId(stack, 'Existing', instanceId), blockDevices: excludedDevices.map(deviceName => ({ deviceName, mappingEnabled: false })) });
    new CfnOutput(stack, 'Root', { value: image.imageRootSnapshotId });
  };
  const { status, failures } = await account.deploy(imageOf(['/dev/sda']));
  expect(status).toBe('ROLLBACK_COMPLETE');
  expect(failures.join()).toContain(`The root device /dev/sda of the instance ${instanceId} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`);
  await account.destroy();
  const made = await account.deploy(imageOf());
  expect(made.failures).toEqual([]);
  expect(made.outputs.Root).toMatch(/^snap-/);
});
