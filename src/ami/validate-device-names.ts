import { Token } from 'aws-cdk-lib';
import { normalizeDeviceName } from '../contract/device-name';

/** The names that EC2 takes for volumes. See the page "Device names for volumes on Amazon EC2 instances" of the Amazon EC2 User Guide. */
const LINUX = /^(\/dev\/sd[a-z]|\/dev\/sda[12]|(\/dev\/)?xvd[a-z]|(\/dev\/)?xvd[a-c][a-z]|(\/dev\/)?xvdd[a-x])$/;
const WINDOWS = /^(\/dev\/sda1|xvd[a-z]|xvd[a-c][a-z]|xvdd[a-x])$/;

/** Refuses names of volumes that EC2 or the operating system does not allow. */
export function checkDeviceName(deviceName: string, windows: boolean): void {
  if (Token.isUnresolved(deviceName) || (windows ? WINDOWS : LINUX).test(deviceName)) {
    return;
  }
  throw new Error(
    `\`deviceName\` must be a device name of EC2, but is ${JSON.stringify(deviceName)}. Use ` +
    (windows ? 'xvdb to xvdz, or xvdba to xvddx (on Windows).' : '/dev/sdf to /dev/sdp, which are free on every instance type.'),
  );
}

/** Refuses two entries for one device. */
export function checkDistinct(deviceNames: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const deviceName of deviceNames.filter(name => !Token.isUnresolved(name))) {
    const other = taken.get(normalizeDeviceName(deviceName));
    if (other !== undefined) {
      throw new Error(
        `\`blockDevices\` has ${other} and ${deviceName}` +
        `${other === deviceName ? '' : ', which are two names of one device'}. Give one of them another \`deviceName\`, or remove it.`,
      );
    }
    taken.set(normalizeDeviceName(deviceName), deviceName);
  }
}
