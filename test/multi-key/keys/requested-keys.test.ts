import { Image } from '@aws-sdk/client-ec2';
import { requestedKeys } from '../../../lambda/multi-key/verify-build';
import { AmiBuildMethod, MultiKeyAmiProperties, VolumeOrigin } from '../../../src/contract';

/** Which device of the image must have which key, by what the construct was given alone. */

const properties: MultiKeyAmiProperties = {
  GeneratedNamePrefix: 'Images', TimeoutSeconds: 3600, SourceImageId: 'ami-1', BuildMethod: AmiBuildMethod.LAUNCH_INSTANCE, AssociatePublicIpAddress: false,
};
const image = (rootDeviceName: string, ...names: string[]): Image => ({
  ImageId: 'ami-1', RootDeviceName: rootDeviceName, BlockDeviceMappings: names.map(DeviceName => ({ DeviceName, Ebs: {} })),
});

test.each([
  ['/dev/xvda', '/dev/xvda'],
  ['/dev/sda1', '/dev/sda'],
  ['/dev/xvda', '/dev/sda1'],
])('the root %s has the key of rootVolume, also where the mapping calls it %s', (root, mapped) => {
  expect(requestedKeys({ ...properties, RootVolume: { EncryptionKeyArn: 'root' } }, image(root, '/dev/sdb', mapped))).toEqual([{ device: mapped, label: 'the `encryptionKey` of `rootVolume`', keyArn: 'root' }]);
});

test('devices of the source and new volumes have theirs, and those without one are left out', () => {
  const volume = { VolumeType: 'gp3', DeleteOnTermination: true };
  expect(requestedKeys({
    ...properties,
    BlockDevices: [
      { DeviceName: 'xvdb', Volume: VolumeOrigin.SOURCE, EncryptionKeyArn: 'one' },
      { DeviceName: '/dev/sdc', Volume: VolumeOrigin.SOURCE, DeleteOnTermination: true },
      { ...volume, DeviceName: '/dev/sdf', Volume: VolumeOrigin.EBS, EncryptionKeyArn: 'two' },
    ],
  }, image('/dev/xvda', '/dev/xvda', '/dev/sdb', '/dev/sdc', '/dev/sdf'))).toEqual([
    { device: '/dev/sdb', label: 'the `encryptionKey` of xvdb', keyArn: 'one' }, { device: '/dev/sdf', label: 'the `encryptionKey` of /dev/sdf', keyArn: 'two' },
  ]);
});

test('a key whose device is not there is a failure', () => {
  expect(() => requestedKeys({ ...properties, RootVolume: { EncryptionKeyArn: 'root' } }, image('/dev/xvda', '/dev/sdb')))
    .toThrow('The `encryptionKey` of `rootVolume` is root, but the AMI ami-1 has no device /dev/xvda. Contact AWS Support.');
});
