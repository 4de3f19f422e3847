import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DeviceFileSystem, FileSystemOptions, FileSystemType } from './file-system-options';
import { AmiBuildMethod } from '../../contract';
import * as messages from '../messages';

const MAX_LABEL_LENGTH: Record<FileSystemType, number> = { [FileSystemType.EXT4]: 16, [FileSystemType.XFS]: 12 };
const LABEL = /^[A-Za-z0-9._-]+$/;
const MOUNT_POINT = /^(\/[A-Za-z0-9._-]+)+$/;
const MOUNT_OPTION = /^[A-Za-z0-9._:=/@%+-]+$/;
/** Directories that an instance does not start without. */
const SYSTEM_DIRECTORIES = /^\/(bin|boot|dev|etc|lib|lib32|lib64|proc|root|run|sbin|sys|usr|var|var\/lib|var\/lib\/cloud)$|^\/(dev|proc|run|sys)\//;

type OfDevice = FileSystemOptions & { readonly deviceName: string };

/** The file systems among the options of devices, after checking the options. */
export function listFileSystems(
  devices: readonly OfDevice[], sourceImage: ec2.IMachineImage, osType: ec2.OperatingSystemType, buildMethod: AmiBuildMethod | undefined,
): DeviceFileSystem[] {
  devices.forEach(validateFileSystem);
  const fileSystems = devices.filter((device): device is DeviceFileSystem => device.fileSystem !== undefined);
  if (fileSystems.length > 0) {
    const names = fileSystems.map(({ deviceName }) => deviceName);
    if (buildMethod === AmiBuildMethod.COPY_SNAPSHOTS) {
      throw new Error(messages.fileSystemsWithCopySnapshots(names));
    }
    if (osType !== ec2.OperatingSystemType.LINUX) {
      throw new Error(messages.fileSystemsOnlyOnLinux(names));
    }
    // the AMI behind a lookup or a parameter is checked when the stack deploys
    if (/bottlerocket/i.test(sourceImage.constructor.name)) {
      throw new Error(messages.fileSystemsOnBottlerocket(names));
    }
  }
  validateUnique('label', fileSystems, ({ label }) => label);
  validateUnique('mountPoint', fileSystems, ({ mountPoint }) => mountPoint);
  return fileSystems;
}

function validateFileSystem({ deviceName, fileSystem, label, mountPoint, mountOptions }: OfDevice): void {
  if (fileSystem === undefined) {
    const given = Object.entries({ label, mountPoint, mountOptions }).find(([, value]) => value !== undefined);
    if (given) {
      throw new Error(messages.volumeOptionMissing(given[0], deviceName, 'fileSystem'));
    }
    return;
  }
  if (mountOptions !== undefined && mountPoint === undefined) {
    throw new Error(messages.volumeOptionMissing('mountOptions', deviceName, 'mountPoint'));
  }
  const maxLength = MAX_LABEL_LENGTH[fileSystem];
  if (isKnown(label) && (!LABEL.test(label) || label.length > maxLength)) {
    throw new Error(messages.labelNotAllowed(label, deviceName, maxLength));
  }
  if (isKnown(mountPoint) && (!MOUNT_POINT.test(mountPoint) || /\/\.\.?(\/|$)/.test(mountPoint) || SYSTEM_DIRECTORIES.test(mountPoint))) {
    throw new Error(messages.mountPointNotAllowed(mountPoint, deviceName));
  }
  const option = mountOptions?.find(one => isKnown(one) && !MOUNT_OPTION.test(one));
  if (option !== undefined) {
    throw new Error(messages.mountOptionNotAllowed(option, deviceName));
  }
}

function validateUnique(option: string, fileSystems: readonly DeviceFileSystem[], valueOf: (one: DeviceFileSystem) => string | undefined): void {
  for (const [index, one] of fileSystems.entries()) {
    const other = fileSystems.slice(0, index).find(earlier => isKnown(valueOf(one)) && valueOf(earlier) === valueOf(one));
    if (other) {
      throw new Error(messages.fileSystemOptionTwice(option, valueOf(one)!, other.deviceName, one.deviceName));
    }
  }
}

function isKnown(value: string | undefined): value is string {
  return value !== undefined && !Token.isUnresolved(value);
}
