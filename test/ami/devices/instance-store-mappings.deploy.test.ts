import { CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { arnOf } from '../../../local-aws/kms/key';
import { AmiBuildMethod, AmiVolume, MultiKeyAmiBuilder } from '../../../src';
import { Deployment, imageWithId, keyWithArn } from '../../helpers/deployment';

let account: Deployment;
beforeAll(async () => { account = await Deployment.start(); });
afterAll(() => account.stop());

test('mappings of instance store volumes stay, once; they can be left out, and a new volume can take their place', async () => {
  const source = account.aws.ec2.addImage({
    name: 'source',
    devices: [
      { deviceName: '/dev/xvda', size: 2 },
      { deviceName: '/dev/sdb', virtualName: 'ephemeral0' },
      { deviceName: '/dev/sdc', virtualName: 'ephemeral1' },
      { deviceName: 'xvdca', virtualName: 'ephemeral2' },
    ],
  });
  const methods = [AmiBuildMethod.LAUNCH_INSTANCE, AmiBuildMethod.COPY_SNAPSHOTS];
  const define = (stack: Stack) => methods.forEach((buildMethod, index) => {
    const key = keyWithArn(stack, arnOf(account.aws.kms.addKey()));
    const ami = new MultiKeyAmiBuilder(stack, buildMethod, {
      sourceImage: imageWithId(source.id),
      buildMethod,
      blockDevices: [
        { deviceName: 'xvdb', mappingEnabled: false },
        { deviceName: '/dev/xvdc', volume: AmiVolume.ebs(Size.gibibytes(1), { encryptionKey: key }) },
      ],
    });
    new CfnOutput(stack, `Id${index}`, { value: ami.imageId });
  });
  const { failures, outputs } = await account.deploy(define);
  expect(failures).toEqual([]);
  for (const index of methods.keys()) {
    const devices = account.aws.ec2.image(outputs[`Id${index}`])!.devices.map(({ deviceName, virtualName }) => [deviceName, virtualName ?? 'ebs']);
    expect(devices.sort()).toEqual([['/dev/xvda', 'ebs'], ['/dev/xvdc', 'ebs'], ['xvdca', 'ephemeral2']]);
  }
});
