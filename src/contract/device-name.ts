/*
 * Shared by the construct, which knows the devices that are declared, and the handler, which knows those of the source.
 */

/**
 * What the names of two devices must differ in: `/dev/sdf`, `xvdf` and `/dev/xvdf` are one place, and so are the root's names `/dev/sda1`
 * and `/dev/xvda`.
 */
export function normalizeDeviceName(deviceName: string): string {
  return deviceName.replace(/^\/dev\//, '').replace(/^(sd|xvd)/, '').replace(/^a[12]$/, 'a');
}
