import { Image } from '@aws-sdk/client-ec2';
import { MultiKeyRequest, Plan } from './device-plan';
import { MultiKeyAmiProperties } from '../../src/contract';
import { checkKey } from '../ami/check-key';
import { SourceImage } from '../ami/describe-source-image';
import { declaredKey } from '../ami/key-reference';
import { expectedKeysWhenPreserved } from '../ami/preserved-encryption';
import { describeCompletedSnapshots, verifyAttributes, verifyKey } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { devicesOf, findDevice } from '../aws/find-images';
import { DeploymentError } from '../outcomes';

/** A build is done when it is proven: each snapshot read back under its own key, each attribute that must survive compared. */
export async function verifyBuild(aws: AwsClients, request: MultiKeyRequest, source: SourceImage, plan: Plan, image: Image): Promise<void> {
  await verifyAttributes(aws, request.account, source.image, image);
  const devices = devicesOf(image);
  const names = (list: readonly { name: string }[]) => list.map(({ name }) => name).sort().join(', ');
  if (names(devices) !== names(plan.devices)) {
    throw new DeploymentError(`the image ${image.ImageId} has the devices ${names(devices)}, but should have ${names(plan.devices)}: tell AWS support`);
  }
  const unkeyed = plan.devices.flatMap(({ source: device, keyArn }) => device && !keyArn ? [device] : []);
  const asBefore = unkeyed.length > 0 ? await expectedKeysWhenPreserved(aws, request.account, unkeyed) : undefined;
  const snapshots = await describeCompletedSnapshots(aws, image);
  await Promise.all(plan.devices.map(async planned => {
    const device = devices.find(({ name }) => name === planned.name)!;
    if (device.ebs.DeleteOnTermination !== planned.deleteOnTermination) {
      throw new DeploymentError(
        `${planned.name} of the image ${image.ImageId} has the DeleteOnTermination ${device.ebs.DeleteOnTermination}, but should have ${planned.deleteOnTermination}: tell AWS support`,
      );
    }
    if (!planned.keyArn) {
      verifyKey(image, planned.name, snapshots.get(planned.name)!, asBefore!.get(planned.source!.name)!);
    }
  }));
  await Promise.all(keysAskedFor(request.properties, image).map(async asked => {
    const arn = await checkKey(aws, declaredKey(asked.keyArn, asked.role));
    verifyKey(image, asked.device, snapshots.get(asked.device)!, [arn]);
  }));
}

/** A key that the construct was given, and the device of the image that must have it. */
export interface KeyAskedFor {
  readonly device: string;
  readonly role: string;
  readonly keyArn: string;
}

/** Read from the properties and not from the plan: a key that the plan had lost would be missed by nobody else. */
export function keysAskedFor({ RootVolume, BlockDevices = [] }: MultiKeyAmiProperties, image: Image): KeyAskedFor[] {
  const devices = devicesOf(image);
  const asked = (role: string, keyArn: string, name: string | undefined): KeyAskedFor => {
    const device = findDevice(name, devices)?.name;
    if (device === undefined) {
      throw new DeploymentError(`${role} is ${keyArn}, but the image ${image.ImageId} has no device ${name}: tell AWS support`);
    }
    return { device, role, keyArn };
  };
  return [
    ...RootVolume?.EncryptionKeyArn ? [asked('the encryptionKey of rootVolume', RootVolume.EncryptionKeyArn, image.RootDeviceName)] : [],
    ...BlockDevices.flatMap(({ DeviceName, EncryptionKeyArn }) =>
      EncryptionKeyArn ? [asked(`the encryptionKey of ${DeviceName}`, EncryptionKeyArn, DeviceName)] : []),
  ];
}
