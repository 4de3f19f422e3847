import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBuildMethod, AmiSharing, AmiVolume, EncryptedAmiCopy, InstanceAmi, MultiKeyAmiBuilder } from '../../src';
import { Deployment, imageWithId, NOTHING } from '../helpers/deployment';

/** Every construct in China and in GovCloud, where ARNs and, in China, the names of services are others: created, updated, replaced and deleted. */

const CONSUMER = '210987654321';
const IMAGES = ['Copy', 'ByInstance', 'BySnapshots', 'Instance'];

let account: Deployment;
afterEach(() => account.stop());

interface Version {
  readonly description: string;
  readonly imageName: string;
  readonly shared: string;
}

function everyConstruct(sourceId: string, instanceId: string, { shared, ...version }: Version) {
  return (stack: Stack) => {
    const [key, other] = ['Key', 'Other'].map(id => new kms.Key(stack, id));
    const named = (id: string) => ({ ...version, imageName: `${id}-${version.imageName}` });
    const source = imageWithId(sourceId);
    const blockDevices = [{ deviceName: '/dev/sdf', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: other }) }];
    const images = [
      new EncryptedAmiCopy(stack, 'Copy', { ...named('Copy'), sourceImage: source, encryptionKey: key }),
      new MultiKeyAmiBuilder(stack, 'ByInstance', { ...named('ByInstance'), sourceImage: source, rootVolume: { encryptionKey: key }, blockDevices, buildMethod: AmiBuildMethod.LAUNCH_INSTANCE }),
      new MultiKeyAmiBuilder(stack, 'BySnapshots', { ...named('BySnapshots'), sourceImage: source, rootVolume: { encryptionKey: key }, blockDevices, buildMethod: AmiBuildMethod.COPY_SNAPSHOTS }),
      new InstanceAmi(stack, 'Instance', { ...named('Instance'), instance: ec2.CfnInstance.fromInstanceId(stack, 'Server', instanceId), encryptionKey: key }),
    ];
    images.forEach((image, index) => new CfnOutput(stack, `${IMAGES[index]}Id`, { value: image.imageId }));
    new AmiSharing(stack, 'Sharing', { imageId: shared, accountIds: [CONSUMER] });
  };
}

/** The aliases by which what is in the account was encrypted are of no interest here: that each snapshot was, and with a key of the partition, is. */
function keysOf(imageId: string): string[] {
  const { ec2: own } = account.aws;
  return own.image(imageId)!.devices.map(({ ebs }) => own.snapshot(ebs!.snapshotId!)!.kmsKeyId ?? 'none');
}

const isShared = (imageId: string) => account.aws.ec2.image(imageId)!.launchPermissions.users.has(CONSUMER);

test.each([
  ['cn-north-1', 'aws-cn'],
  ['us-gov-west-1', 'aws-us-gov'],
])('in %s, every construct is created, updated, replaced and deleted', async (region, partition) => {
  // GIVEN
  account = await Deployment.start({ region });
  const [source, one, two] = ['source', 'one', 'two'].map(name => account.aws.ec2.addImage({ name, devices: [{ deviceName: '/dev/xvda', size: 1 }] }).id);
  const client = new EC2Client(account.aws.clientOptions());
  const { Instances } = await client.send(new RunInstancesCommand({ ImageId: source, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 }));
  client.destroy();
  account.aws.clock.advance(60_000);
  const before = account.aws.ec2.counts();
  const deploy = (version: Version) => account.deploy(everyConstruct(source, Instances![0].InstanceId!, version));

  const created = await deploy({ description: 'one', imageName: 'one', shared: one });
  expect(created).toMatchObject({ status: 'CREATE_COMPLETE', failures: [] });
  const keyOfPartition = new RegExp(`^arn:${partition}:kms:${region}:${account.aws.account}:key/`);
  for (const id of IMAGES) {
    expect(keysOf(created.outputs[`${id}Id`])).toEqual(keysOf(created.outputs[`${id}Id`]).map(() => expect.stringMatching(keyOfPartition)));
  }
  expect([isShared(one), isShared(two)]).toEqual([true, false]);

  const updated = await deploy({ description: 'two', imageName: 'one', shared: one });
  expect(updated).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [], outputs: created.outputs });
  expect(IMAGES.map(id => account.aws.ec2.image(updated.outputs[`${id}Id`])!.description)).toEqual(IMAGES.map(() => 'two'));

  const replaced = await deploy({ description: 'two', imageName: 'two', shared: two });
  expect(replaced).toMatchObject({ status: 'UPDATE_COMPLETE', failures: [] });
  expect(IMAGES.filter(id => replaced.outputs[`${id}Id`] === created.outputs[`${id}Id`])).toEqual([]);
  expect([isShared(one), isShared(two)]).toEqual([false, true]);

  expect(await account.destroy()).toMatchObject({ status: 'DELETE_COMPLETE', failures: [] });
  expect(account.aws.ec2.counts()).toEqual({ ...NOTHING, instances: before.instances, volumes: before.volumes });
  expect(isShared(two)).toBe(false);

  // every name of the stack's resources that tells a partition tells this one
  const arns = JSON.stringify([created, updated, replaced, account.aws.log.calls]).match(/arn:aws[a-z-]*:/g) ?? [];
  expect([...new Set(arns)]).toEqual([`arn:${partition}:`]);
});
