/* For the constructs, which know the devices that are declared, and for the handler, which knows those of the source. */

/** The same for every name of a device: `/dev/sdf`, `xvdf` and `/dev/xvdf` are one device, and so are `/dev/sda1` and `/dev/xvda`, the root. */
export function normalizeDeviceName(deviceName: string): string {
  return deviceName.replace(/^\/dev\//, '').replace(/^(sd|xvd)/, '').replace(/^a[12]$/, 'a');
}
