import { EbsBlockDevice, Image } from '@aws-sdk/client-ec2';
import { isKeptEmpty, MultiKeyRequest, Plan, PlannedDevice, volumeShapeOf } from './device-plan';
import { deviceKeyLabel, devicesDiffer, requestedDeviceMissing, rootKeyLabel, volumeDiffers } from './messages';
import { volumeParameters } from './volumes/create-volumes';
import { AmiBuildMethod, MultiKeyAmiProperties } from '../../src/contract';
import { checkKeyOrContinue } from '../ami/keys/check-key';
import { declaredKey } from '../ami/keys/key-reference';
import { expectedKeysWhenPreserved } from '../ami/keys/preserved-encryption';
import { devicesKeptEmpty } from '../ami/messages';
import { RememberedSource } from '../ami/remembered-source';
import { compareDevice, compareImage, compareLocation, ExpectedDevice, knownAttributesOf } from '../ami/verification/compare-attributes';
import { correctOrWarn, throwIfFatal } from '../ami/verification/settle-differences';
import { verifyUefiData } from '../ami/verification/uefi-data';
import { verifyDeviceNames } from '../ami/verification/verify-device-names';
import { describeCompletedSnapshots, verifyKey } from '../ami/verification/verify-snapshots';
import { AwsClients } from '../aws/clients';
import { devicesOf, findDevice } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** Verifies an AMI before it is reported as complete: the key of each snapshot, and each attribute that it must share with its source. */
export async function verifyBuild(aws: AwsClients, request: MultiKeyRequest, source: RememberedSource, plan: Plan, image: Image): Promise<void> {
  const verified = { image, sourceId: source.image.ImageId };
  const differences = compareImage(image, knownAttributesOf(source.image));
  throwIfFatal(verified, differences);
  const devices = devicesOf(image);
  verifyDeviceNames(image, plan.devices, names => devicesDiffer({ imageId: image.ImageId, ...names }));
  const hasBooted = request.properties.BuildMethod === AmiBuildMethod.LAUNCH_INSTANCE;
  await verifyUefiData(aws, request, verified, source.uefiDataDigest, { hasBooted });
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const asBefore = await expectedKeysWhenPreserved(aws, request.account, unkeyed);
  const keptEmpty = plan.devices.filter(isKeptEmpty);
  if (keptEmpty.length > 0) {
    console.warn({ message: devicesKeptEmpty(), imageId: image.ImageId, devices: keptEmpty.map(({ name }) => name).join(', ') });
  }
  const snapshots = await describeCompletedSnapshots(aws, image, keptEmpty);
  for (const planned of plan.devices) {
    const { name, keyArn, source: original } = planned;
    const { ebs } = devices.find(device => device.name === name)!;
    const snapshot = snapshots.get(name);
    verifyVolume(image, planned, ebs);
    differences.push(...compareDevice(name, ebs, expectedDevice(planned)), ...snapshot ? compareLocation(name, snapshot) : []);
    if (original && !keyArn) {
      verifyKey(image, name, snapshot!, asBefore.get(name)!);
    }
  }
  await Promise.all(requestedKeys(request.properties, image).map(async asked => {
    const arn = await checkKeyOrContinue(aws, declaredKey(asked.keyArn, asked.label, { account: request.account, regions: [aws.region] }), 0);
    verifyKey(image, asked.device, snapshots.get(asked.device)!, [arn]);
  }));
  await correctOrWarn(aws, request, verified, differences);
}

/** A new volume that is created from a snapshot has the size of that snapshot, unless a size was requested. */
function expectedDevice(device: PlannedDevice): ExpectedDevice {
  const { Size, ...shape } = device.volume ? volumeParameters(device.volume) : volumeShapeOf(device);
  return { ...shape, VolumeSize: Size, DeleteOnTermination: device.deleteOnTermination };
}

/** Size and type that a property requests. Those of the source's volume are compared with the others. */
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
