import { DeviceFileSystem } from './file-system-options';
import { normalizeDeviceName } from '../../contract/device-name';

/** A device appears when the handler has attached its volume, which it does as soon as the instance runs. */
const DEVICE_TIMEOUT_SECONDS = 600;

/**
 * Reads the name that an EBS volume has in the block device mapping from its NVMe device: the first 32 bytes of the vendor specific part of "identify
 * controller", as Amazon's `ebsnvme-id` does. Python is there wherever cloud-init is.
 */
function identifyDevice(): string[] {
  return [
    'import ctypes, fcntl, struct, sys',
    'data = ctypes.create_string_buffer(4096)',
    'command = struct.pack("=BBHIQQQIIIIIIIIQ", 6, 0, 0, 0, 0, 0, ctypes.addressof(data), 0, 4096, 1, 0, 0, 0, 0, 0, 0)',
    'fcntl.ioctl(open(sys.argv[1], "rb"), 0xC0484E41, command)',
    'if data.raw[24:64].startswith(b"Amazon Elastic Block Store"):',
    '    print(data.raw[3072:3104].decode("ascii").strip(" \\0").replace("/dev/", "", 1))',
  ];
}

/**
 * `$1` is the name of the device without `sd` or `xvd`: on Nitro instances the NVMe device that says so, because their order is not fixed; on Xen `/dev/xvd$1`,
 * and no link.
 */
function findDevice(): string[] {
  return [
    'for python in python3 /usr/libexec/platform-python python2 python; do',
    '  if command -v "$python" > /dev/null; then break; fi',
    'done',
    `identify='\n${identifyDevice().join('\n')}\n'`,
    'find_device() {',
    '  for device in /dev/nvme*n1; do',
    '    [ -b "$device" ] || continue',
    '    name="$("$python" -c "$identify" "$device")" || true',
    '    name="${name#sd}"',
    '    if [ "${name#xvd}" = "$1" ]; then return 0; fi',
    '  done',
    '  for device in "/dev/xvd$1" "/dev/sd$1"; do',
    '    if [ -b "$device" ] && [ ! -L "$device" ]; then return 0; fi',
    '  done',
    '  return 1',
    '}',
    'wait_for_device() {',
    '  until find_device "$2"; do',
    '    if [ "$SECONDS" -ge "$seconds_to_wait" ]; then fail "the device $1 did not appear within $seconds_to_wait seconds"; fi',
    '    sleep 2',
    '  done',
    '  echo "$1 is $device"',
    '}',
  ];
}

/** The volume can have a file system already: it is made from a snapshot, or the source AMI has it. */
function makeFileSystem(): string[] {
  return [
    'probe() { blkid -p -o value "$@" "$device"; }',
    'make_file_system() {',
    '  local found status=0',
    '  grow=true',
    '  found="$(probe -s TYPE -s PTTYPE)" || status=$?',
    '  if [ "$status" = 2 ]; then',
    '    grow=false',
    '    if ! command -v "mkfs.$type" > /dev/null; then fail "mkfs.$type, which $1 needs, is not installed in the source AMI"; fi',
    '    if [ -n "$label" ]; then "mkfs.$type" -q -L "$label" "$device"; else "mkfs.$type" -q "$device"; fi',
    '  elif [ "$status" != 0 ] || [ "$found" != "$type" ]; then',
    '    fail "$1 has ${found:-unknown content} and no $type: it is not overwritten"',
    '  elif [ -n "$label" ] && [ "$(probe -s LABEL)" != "$label" ]; then',
    '    if [ "$type" = xfs ]; then xfs_admin -L "$label" "$device"; else e2label "$device" "$label"; fi',
    '  fi',
    '}',
  ];
}

/** By `/etc/fstab` and not with the device, so that the build fails if the line does not work. A line of the source AMI for the mount point is replaced. */
function mountFileSystem(): string[] {
  return [
    'mount_file_system() {',
    '  local tag="LABEL=$label"',
    '  if [ -z "$label" ]; then tag="UUID=$(probe -s UUID)"; fi',
    '  if [ "$(blkid -c /dev/null -o device -t "$tag" | sort -u | wc -l)" != 1 ]; then fail "$tag is not only on $1"; fi',
    '  touch /etc/fstab',
    '  awk -v mount_point="$2" \'/^[ \\t]*#/ || $2 != mount_point\' /etc/fstab > "$self.fstab"',
    '  echo "$tag $2 $type $3 0 2" >> "$self.fstab"',
    '  cat "$self.fstab" > /etc/fstab',
    '  systemctl daemon-reload',
    '  mkdir -p "$2"',
    '  if ! mountpoint -q "$2"; then mount "$2" || fail "$2 cannot be mounted with the options $3"; fi',
    '  if [ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$2")")" != "$(readlink -f "$device")" ]; then fail "$2 is not on $1"; fi',
    '  if ! "$grow"; then true; elif [ "$type" = xfs ]; then xfs_growfs "$2"; else resize2fs "$device"; fi',
    '  if command -v restorecon > /dev/null; then restorecon "$2" || true; fi',
    '}',
    'prepare() {',
    '  device=\'\' type="$3" label="$4"',
    '  wait_for_device "$1" "$2"',
    '  make_file_system "$1"',
    '  if [ -n "$5" ]; then mount_file_system "$1" "$5" "$6"; fi',
    '}',
  ];
}

/** The commands that make and mount file systems. `fail` must be defined. */
export function renderFileSystems(fileSystems: readonly DeviceFileSystem[]): string[] {
  // a directory is mounted before those in it
  const sorted = [...fileSystems].sort((one, other) => depthOf(one) - depthOf(other));
  return fileSystems.length === 0 ? [] : [
    `seconds_to_wait=${DEVICE_TIMEOUT_SECONDS}`,
    ...findDevice(), ...makeFileSystem(), ...mountFileSystem(),
    ...sorted.map(({ deviceName, fileSystem, label = '', mountPoint = '', mountOptions = ['defaults'] }) => {
      const options = [...mountOptions.filter(option => option !== 'nofail'), 'nofail'].join(',');
      return `prepare ${[deviceName, normalizeDeviceName(deviceName), fileSystem, label, mountPoint, options].map(word => `'${word}'`).join(' ')}`;
    }),
  ];
}

function depthOf({ mountPoint = '' }: DeviceFileSystem): number {
  return mountPoint.split('/').length;
}
