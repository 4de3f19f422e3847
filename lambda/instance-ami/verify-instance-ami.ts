import { Image, Instance } from '@aws-sdk/client-ec2';
import { InstanceSource } from './describe-source-instance';
import { deviceAttributeDiffers, devicesDiffer } from './messages';
import { InstanceAmiProperties } from '../../src/contract';
import { attributeNotKept } from '../ami/messages';
import { verifyDeviceNames } from '../ami/verify-device-names';
import { describeCompletedSnapshots, verifyKey } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { devicesOf } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** Attributes that an instance and its AMI have in common, beside their block devices. */
const ATTRIBUTES_FROM_INSTANCE = [
  'Architecture', 'VirtualizationType', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'EnaSupport', 'SriovNetSupport',
  'Platform', 'PlatformDetails', 'UsageOperation', 'KernelId', 'RamdiskId',
] as const satisfies readonly (keyof Image & keyof Instance)[];

/** Verifies an AMI before it is reported as complete: compares each snapshot with its volume, and each attribute with that of the instance. */
export async function verifyInstanceImage(aws: AwsClients, properties: InstanceAmiProperties, source: InstanceSource, image: Image): Promise<void> {
  const { instance, devices } = source;
  const expected = { ...instance, BootMode: properties.BootModeOverride ?? instance.BootMode };
  for (const name of ATTRIBUTES_FROM_INSTANCE) {
    // DescribeInstances does not return all of them
    if (expected[name] !== undefined && expected[name] !== image[name]) {
      throw new DeploymentError(attributeNotKept({
        name, imageId: image.ImageId, value: image[name], sourceId: instance.InstanceId, sourceValue: expected[name],
      }));
    }
  }
  verifyDeviceNames(image, devices, names => devicesDiffer({ imageId: image.ImageId, instanceId: instance.InstanceId, ...names }));
  const snapshots = await describeCompletedSnapshots(aws, image);
  for (const { name, ebs } of devicesOf(image)) {
    const { volume, deleteOnTermination } = devices.find(device => device.name === name)!;
    for (const [attribute, value, wanted] of [
      ['VolumeSize', ebs.VolumeSize, volume.Size], ['VolumeType', ebs.VolumeType, volume.VolumeType], ['DeleteOnTermination', ebs.DeleteOnTermination, deleteOnTermination],
    ] as const) {
      if (value !== wanted) {
        throw new DeploymentError(deviceAttributeDiffers({ device: name, name: attribute, imageId: image.ImageId, value, expected: wanted }));
      }
    }
    verifyKey(image, name, snapshots.get(name)!, [volume.Encrypted ? volume.KmsKeyId : undefined]);
  }
}
