import { Image, Instance } from '@aws-sdk/client-ec2';
import { InstanceSource } from './describe-source-instance';
import { devicesDiffer } from './messages';
import { InstanceAmiProperties } from '../../src/contract';
import { compareDevice, compareImage, compareLocation, ExpectedAttributes } from '../ami/verification/compare-attributes';
import { correctOrWarn, throwIfFatal } from '../ami/verification/settle-differences';
import { verifyDeviceNames } from '../ami/verification/verify-device-names';
import { describeCompletedSnapshots, verifyKey } from '../ami/verification/verify-snapshots';
import { AwsClients } from '../aws/clients';
import { devicesOf } from '../aws/find-images';
import { ImageRequest } from '../request/image-request';

/** Attributes that an instance and its AMI have in common, beside their block devices. */
const ATTRIBUTES_FROM_INSTANCE = [
  'Architecture', 'VirtualizationType', 'RootDeviceName', 'RootDeviceType', 'BootMode', 'TpmSupport', 'EnaSupport', 'SriovNetSupport',
  'Platform', 'PlatformDetails', 'UsageOperation', 'ProductCodes', 'KernelId', 'RamdiskId',
] as const satisfies readonly (keyof ExpectedAttributes & keyof Instance)[];

/** Verifies an AMI before it is reported as complete: compares each snapshot with its volume, and each attribute with that of the instance. */
export async function verifyInstanceImage(
  aws: AwsClients, request: ImageRequest<InstanceAmiProperties>, source: InstanceSource, image: Image,
): Promise<void> {
  const { instance, devices } = source;
  const verified = { image, sourceId: instance.InstanceId };
  const differences = compareImage(image, expectedAttributes(instance, request.properties));
  throwIfFatal(verified, differences);
  verifyDeviceNames(image, devices, names => devicesDiffer({ imageId: image.ImageId, instanceId: instance.InstanceId, ...names }));
  const snapshots = await describeCompletedSnapshots(aws, image);
  for (const { name, ebs } of devicesOf(image)) {
    const { volume, deleteOnTermination } = devices.find(device => device.name === name)!;
    const { Size: VolumeSize, VolumeType, Iops, Throughput, Encrypted, KmsKeyId } = volume;
    differences.push(...compareDevice(name, ebs, { VolumeSize, VolumeType, Iops, Throughput, DeleteOnTermination: deleteOnTermination }));
    differences.push(...compareLocation(name, snapshots.get(name)!, instance));
    verifyKey(image, name, snapshots.get(name)!, [Encrypted ? KmsKeyId : undefined]);
  }
  await correctOrWarn(aws, request, verified, differences);
}

/** DescribeInstances does not return all of them: what it leaves out is not known, but for a platform that is not Windows, and product codes. */
function expectedAttributes(instance: Instance, { BootModeOverride }: InstanceAmiProperties): ExpectedAttributes {
  const expected = { ...instance, BootMode: BootModeOverride ?? instance.BootMode };
  return Object.fromEntries(ATTRIBUTES_FROM_INSTANCE.flatMap(name => expected[name] === undefined && name !== 'Platform' && name !== 'ProductCodes' ? [] : [[name, expected[name]]]));
}
