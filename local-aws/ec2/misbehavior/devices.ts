import { Misbehavior } from './misbehavior';
import { Device, Image } from '../state/records';

type Volume = NonNullable<Device['ebs']>;

/** Block device mappings that are not those of the request. */
export const deviceMisbehaviors = {
  deviceMissing: { complete: (_ec2, image) => setDevices(image, devices => devices.slice(0, -1)) },
  deviceAdded: { complete: (_ec2, image) => setDevices(image, devices => [...devices, { ...devices.at(-1)!, deviceName: '/dev/sdz' }]) },
  deviceRenamed: { complete: (_ec2, image) => setDevices(image, devices => changeLast(devices, device => ({ ...device, deviceName: '/dev/sdz' }))) },
  size: changeVolume(({ size }) => ({ size: size + 1 })),
  type: changeVolume(() => ({ type: 'st1' })),
  iops: changeVolume(({ iops = 0 }) => ({ iops: iops + 1 })),
  iopsDropped: changeVolume(() => ({ iops: undefined })),
  throughput: changeVolume(() => ({ throughput: 999 })),
  deleteOnTermination: changeVolume(({ deleteOnTermination }) => ({ deleteOnTermination: !deleteOnTermination })),
} as const satisfies Record<string, Misbehavior>;

function setDevices(image: Image, change: (devices: readonly Device[]) => Device[]): void {
  Object.assign(image, { devices: change(image.devices) });
}

/** The last device is never the root. */
function changeLast(devices: readonly Device[], change: (device: Device) => Device): Device[] {
  return [...devices.slice(0, -1), change(devices.at(-1)!)];
}

function changeVolume(change: (ebs: Volume) => Partial<Volume>): Misbehavior {
  const changed = ({ ebs, ...device }: Device): Device => ({ ...device, ebs: { ...ebs!, ...change(ebs!) } });
  return { complete: (_ec2, image) => setDevices(image, devices => changeLast(devices, changed)) };
}
