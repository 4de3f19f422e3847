import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { arnOf } from '../../local-aws/kms/key';
import { MultiKeyAmiBuilder, MultiKeyAmiBuilderProps, MultiKeyMethod } from '../../src';
import { Deployment, imageWithId, NOTHING } from '../deployment';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterEach(() => account.reset());
afterAll(() => account.stop());

const keyArns = (count: number) => Array.from({ length: count }, () => arnOf(account.aws.kms.addKey()));
const keyOf = (stack: Stack, arn: string) => kms.Key.fromKeyArn(stack, `Key${arn.slice(-12)}`, arn);

/** A build whose id is an output. */
function build(props: (stack: Stack) => MultiKeyAmiBuilderProps) {
  return (stack: Stack) => {
    const ami = new MultiKeyAmiBuilder(stack, 'Ami', props(stack));
    new CfnOutput(stack, 'ImageId', { value: ami.imageId });
  };
}

/** Device, key and whether it goes with the instance, of an image. */
function devicesOf(imageId: string): Record<string, { key?: string; size: number; deleteOnTermination: boolean }> {
  const { ec2: own } = account.aws;
  return Object.fromEntries(own.image(imageId)!.devices.filter(({ ebs }) => ebs).map(({ deviceName, ebs }) => {
    const snapshot = own.snapshot(ebs!.snapshotId!)!;
    return [deviceName, { key: snapshot.encrypted ? snapshot.kmsKeyId : undefined, size: ebs!.size, deleteOnTermination: ebs!.deleteOnTermination }];
  }));
}

describe.each([[MultiKeyMethod.INSTANCE], [MultiKeyMethod.SNAPSHOTS]])('by %s', method => {
  test('every snapshot has its own key, and what it took to build them is gone', async () => {
    const [one, two, three] = keyArns(3);
    const source = account.aws.ec2.addImage({ name: 'source', devices: [{ deviceName: '/dev/xvda', size: 4, kmsKeyId: one }] });
    const result = await account.deploy(build(stack => ({
      source: imageWithId(source.id),
      sourceKeys: [keyOf(stack, one)],
      method,
      volumes: [
        { deviceName: '/dev/sdf', size: Size.gibibytes(10), encryptionKey: keyOf(stack, two) },
        { deviceName: '/dev/sdg', size: Size.gibibytes(20), encryptionKey: keyOf(stack, three), volumeType: ec2.EbsDeviceVolumeType.GP3, deleteOnTermination: false },
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
});
