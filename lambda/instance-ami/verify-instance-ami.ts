import { Image, Instance } from '@aws-sdk/client-ec2';
import { InstanceSource } from './describe-source-instance';
import { InstanceAmiProperties } from '../../src/contract';
import { describeCompletedSnapshots, verifyKey } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { devicesOf } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** What an instance tells of what an image is besides its disks. */
const ATTRIBUTES_FROM_INSTANCE = [
  'Architecture', 'VirtualizationType', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'EnaSupport', 'SriovNetSupport',
  'Platform', 'PlatformDetails', 'UsageOperation', 'KernelId', 'RamdiskId',
] as const satisfies readonly (keyof Image & keyof Instance)[];

/** An image is done when it is proven: each snapshot read back and compared with its volume, each attribute with the instance's. */
export async function verifyInstanceImage(aws: AwsClients, properties: InstanceAmiProperties, source: InstanceSource, image: Image): Promise<void> {
  const { instance, devices } = source;
  const expected = { ...instance, BootMode: properties.BootModeOverride ?? instance.BootMode };
  for (const name of ATTRIBUTES_FROM_INSTANCE) {
    // an instance does not tell all of them
    if (expected[name] !== undefined && expected[name] !== image[name]) {
      throw new DeploymentError(
        `the image ${image.ImageId} has the ${name} ${image[name] ?? '(none)'}, but the instance ${instance.InstanceId} has ${expected[name]}: EC2 did not carry it over, ` +
        'and an instance of the image could start differently or not at all; tell AWS support',
      );
    }
  }
  const made = devicesOf(image);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  if (names(made) !== names(devices)) {
    throw new DeploymentError(
      `the image ${image.ImageId} has the devices ${names(made)}, but the instance ${instance.InstanceId} has ${names(devices)}: was a volume attached or ` +
      'detached while the image was made? Deploy again',
    );
  }
  const snapshots = await describeCompletedSnapshots(aws, image);
  for (const { name, ebs } of made) {
    const { volume, deleteOnTermination } = devices.find(device => device.name === name)!;
    for (const [attribute, got, wanted] of [
      ['VolumeSize', ebs.VolumeSize, volume.Size], ['VolumeType', ebs.VolumeType, volume.VolumeType], ['DeleteOnTermination', ebs.DeleteOnTermination, deleteOnTermination],
    ]) {
      if (got !== wanted) {
        throw new DeploymentError(`${name} of the image ${image.ImageId} has the ${attribute} ${got}, but should have ${wanted}: was the volume changed while the image was made? Deploy again`);
      }
    }
    verifyKey(image, name, snapshots.get(name)!, [volume.Encrypted ? volume.KmsKeyId : undefined]);
  }
}
