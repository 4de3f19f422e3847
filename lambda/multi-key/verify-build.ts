import { EbsBlockDevice, Image } from '@aws-sdk/client-ec2';
import { isKeptEmpty, MultiKeyRequest, Plan, PlannedDevice } from './device-plan';
import { deleteOnTerminationDiffers, deviceKeyLabel, devicesDiffer, requestedDeviceMissing, rootKeyLabel, volumeDiffers } from './messages';
import { MultiKeyAmiProperties } from '../../src/contract';
import { checkKeyOrContinue } from '../ami/keys/check-key';
import { declaredKey } from '../ami/keys/key-reference';
import { expectedKeysWhenPreserved } from '../ami/keys/preserved-encryption';
import { devicesKeptEmpty } from '../ami/messages';
import { RememberedSource } from '../ami/remembered-source';
import { verifyDeviceNames } from '../ami/verify-device-names';
import { describeCompletedSnapshots, verifyAttributes, verifyKey } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { devicesOf, findDevice } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** Verifies an AMI before it is reported as complete: the key of each snapshot, and each attribute that it must share with its source. */
export async function verifyBuild(aws: AwsClients, request: MultiKeyRequest, source: RememberedSource, plan: Plan, image: Image): Promise<void> {
  await verifyAttributes(aws, source, image);
  const devices = devicesOf(image);
  verifyDeviceNames(image, plan.devices, names => devicesDiffer({ imageId: image.ImageId, ...names }));
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const asBefore = unkeyed.length > 0 ? await expectedKeysWhenPreserved(aws, request.account, unkeyed) : undefined;
  const keptEmpty = plan.devices.filter(isKeptEmpty).flatMap(({ empty }) => empty ?? []);
  if (keptEmpty.length > 0) {
    console.warn({ message: devicesKeptEmpty(), imageId: image.ImageId, devices: keptEmpty.map(({ name }) => name).join(', ') });
  }
  const snapshots = await describeCompletedSnapshots(aws, image, keptEmpty);
  await Promise.all(plan.devices.map(async planned => {
    const device = devices.find(({ name }) => name === planned.name)!;
    if (device.ebs.DeleteOnTermination !== planned.deleteOnTermination) {
      throw new DeploymentError(deleteOnTerminationDiffers({
        device: planned.name, imageId: image.ImageId, value: device.ebs.DeleteOnTermination, expected: planned.deleteOnTermination,
      }));
    }
    verifyVolume(image, planned, device.ebs);
    if (planned.source && !planned.keyArn) {
      verifyKey(image, planned.name, snapshots.get(planned.name)!, asBefore!.get(planned.source.name)!);
    }
  }));
  await Promise.all(requestedKeys(request.properties, image).map(async asked => {
    const arn = await checkKeyOrContinue(aws, declaredKey(asked.keyArn, asked.label, { account: request.account, regions: [aws.region] }), 0);
    verifyKey(image, asked.device, snapshots.get(asked.device)!, [arn]);
  }));
}

function verifyVolume(image: Image, { name, volume, changes }: PlannedDevice, { VolumeSize, VolumeType }: EbsBlockDevice): void {
  const expected = volume ?? changes;
  const [size, type] = [expected?.SizeGibibytes ?? VolumeSize, expected?.VolumeType ?? VolumeType];
  if (size !== VolumeSize || type !== VolumeType) {
    throw new DeploymentError(volumeDiffers({ device: name, imageId: image.ImageId, value: `${VolumeSize} GiB (${VolumeType})`, expected: `${size} GiB (${type})` }));
  }
}

/** A key that a property of the construct names, and the device of the image that must have it. */
export interface RequestedKey {
  readonly device: string;
  readonly label: string;
  readonly keyArn: string;
}

/** From the properties and not from the plan, so that a key that is missing from the plan by mistake is noticed. */
export function requestedKeys({ RootVolume, BlockDevices = [] }: MultiKeyAmiProperties, image: Image): RequestedKey[] {
  const devices = devicesOf(image);
  const asked = (label: string, keyArn: string, name: string | undefined): RequestedKey => {
    const device = findDevice(name, devices)?.name;
    if (device === undefined) {
      throw new DeploymentError(requestedDeviceMissing({ label, keyArn, imageId: image.ImageId, device: name }));
    }
    return { device, label, keyArn };
  };
  return [
    ...RootVolume?.EncryptionKeyArn ? [asked(rootKeyLabel(), RootVolume.EncryptionKeyArn, image.RootDeviceName)] : [],
    ...BlockDevices.flatMap(({ DeviceName, EncryptionKeyArn }) =>
      EncryptionKeyArn ? [asked(deviceKeyLabel(DeviceName), EncryptionKeyArn, DeviceName)] : []),
  ];
}
