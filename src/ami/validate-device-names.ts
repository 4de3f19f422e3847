import { Token } from 'aws-cdk-lib';
import * as messages from './messages';
import { normalizeDeviceName } from '../contract/device-name';

/** The names that EC2 takes for volumes. See the page "Device names for volumes on Amazon EC2 instances" of the Amazon EC2 User Guide. */
const LINUX = /^(\/dev\/sd[a-z]|\/dev\/sda[12]|(\/dev\/)?xvd[a-z]|(\/dev\/)?xvd[a-c][a-z]|(\/dev\/)?xvdd[a-x])$/;
const WINDOWS = /^(\/dev\/sda1|xvd[a-z]|xvd[a-c][a-z]|xvdd[a-x])$/;

/** Refuses names of volumes that EC2 or the operating system does not allow. */
export function validateDeviceName(deviceName: string, windows: boolean): void {
  if (Token.isUnresolved(deviceName) || (windows ? WINDOWS : LINUX).test(deviceName)) {
    return;
  }
  throw new Error(messages.deviceNameNotAllowed(deviceName, windows));
}

/** Refuses two entries for one device. */
export function validateDistinct(deviceNames: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const deviceName of deviceNames.filter(name => !Token.isUnresolved(name))) {
    const other = taken.get(normalizeDeviceName(deviceName));
    if (other !== undefined) {
      throw new Error(messages.deviceNamedTwice(deviceName, other));
    }
    taken.set(normalizeDeviceName(deviceName), deviceName);
  }
}
