import { Image } from '@aws-sdk/client-ec2';
import { devicesOf } from '../../aws/find-images';
import { DeploymentError } from '../../outcomes';

interface Named {
  readonly name: string;
}

/** Fails with the message unless the image has exactly the devices that are expected. */
export function verifyDeviceNames(image: Image, expected: readonly Named[], message: (names: { devices: string; expected: string }) => string): void {
  const names = { devices: sortedNames(devicesOf(image)), expected: sortedNames(expected) };
  if (names.devices !== names.expected) {
    throw new DeploymentError(message(names));
  }
}

function sortedNames(devices: readonly Named[]): string {
  return devices.map(({ name }) => name).sort().join(', ');
}
