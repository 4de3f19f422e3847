import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { CommonAmiProps } from '../ami/common-ami-props';

/**
 * How instances of an AMI boot, if not as the instance that it was created from.
 */
export enum BootModeOverride {
  /**
   * With UEFI. Only for an instance that was booted with UEFI itself.
   */
  UEFI = 'uefi',
}

/**
 * One device of the instance. Devices without an entry stay as they are. Changing an entry requires replacement.
 */
export interface InstanceBlockDevice {
  /**
   * The name of the device on the instance, such as `/dev/sdb`.
   */
  readonly deviceName: string;

  /**
   * Whether EC2 deletes the volume when it terminates an instance that was launched from the AMI.
   *
   * @default - as for this instance
   */
  readonly deleteOnTermination?: boolean;

  /**
   * `false`: the AMI does not have this device. Not for the root device. Excludes `deleteOnTermination`.
   *
   * @default true
   */
  readonly mappingEnabled?: boolean;
}

/**
 * Properties of `InstanceAmi`.
 */
export interface InstanceAmiProps extends CommonAmiProps {
  /**
   * The instance: one of the stack, or an existing one by its ID, `ec2.CfnInstance.fromInstanceId(this, 'Server', 'i-…')`. It must be running or stopped
   * (one that is starting or stopping is waited for), of this account and Region, with an EBS volume as its root.
   *
   * Changing it requires replacement; a change on the disks of the same instance does not: change `contentVersion`. An instance of the stack is waited
   * for, with its signals. Make the AMI depend on volumes that the stack attaches to it.
   */
  readonly instance: ec2.IInstanceRef;

  /**
   * Whether EC2 reboots the instance, so that its file systems are consistent when the snapshots are taken. Without a reboot the snapshots are what a loss of
   * power would leave. See NoReboot of CreateImage in the Amazon EC2 API Reference.
   *
   * Changing it has no effect on an existing AMI.
   *
   * @default true
   */
  readonly reboot?: boolean;

  /**
   * One entry for each device of the instance that the AMI does not have, or has with another `deleteOnTermination`. Changing it requires replacement.
   *
   * @default - the AMI has the devices of the instance
   */
  readonly blockDevices?: InstanceBlockDevice[];

  /**
   * How instances of the AMI boot. Changing it requires replacement.
   *
   * @default - as the instance
   */
  readonly bootModeOverride?: BootModeOverride;

  /**
   * The key that every snapshot of the AMI is encrypted with: symmetric, of this Region, of this account or another. EC2 first creates an AMI with the keys
   * of the volumes, which the handler copies with this key and deletes.
   *
   * Changing it requires replacement.
   *
   * @default - each snapshot has the key of its volume, and the snapshot of an unencrypted volume is not encrypted
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The customer managed keys that the volumes of the instance are encrypted with. Required with `encryptionKey`, to decrypt the snapshots; without
   * it, only to find out before the AMI is created that such a key cannot be used.
   *
   * Changing it updates the AMI in place.
   *
   * @default - no volume is encrypted with a customer managed key, or nothing has to be decrypted
   */
  readonly sourceEncryptionKeys?: kms.IKey[];

  /**
   * The operating system of the instance, which decides the form of the user data of instances of the AMI.
   *
   * @default - that of an instance of the app; Linux for an imported instance
   */
  readonly osType?: ec2.OperatingSystemType;
}
