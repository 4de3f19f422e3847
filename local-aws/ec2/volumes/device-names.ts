import { BlockDeviceMapping } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';

/** The device names that EBS accepts for HVM instances, Linux and Windows. */
const deviceName = /^(\/dev\/)?(sd[a-z]|xvd[a-z]|xvd[a-c][a-z]|xvdd[a-x]|sda[12])$/;

export function checkDeviceName(name: string): void {
  if (!deviceName.test(name)) {
    throw new AwsError('InvalidParameterValue', `Value (${name}) for parameter device is invalid. ${name} is not a valid EBS device name.`);
  }
}

/** Refuses a mapping that names one device twice. */
export function checkDevicesAreUnique(mappings: readonly BlockDeviceMapping[]): void {
  const names = mappings.map(one => one.DeviceName ?? '');
  const duplicate = names.find((name, index) => names.slice(0, index).some(other => isSameDevice(other, name)));
  if (duplicate !== undefined) {
    throw new AwsError('InvalidBlockDeviceMapping', `${duplicate} is being assigned to multiple times.`);
  }
}

/** `/dev/sdf` and `xvdf` name the same device. */
export function isSameDevice(one: string, other: string): boolean {
  return kernelName(one) === kernelName(other);
}

function kernelName(name: string): string {
  return name.replace('/dev/', '').replace(/^xvd/, 'sd').replace(/^sda1$/, 'sda');
}
