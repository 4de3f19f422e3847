import { Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';

/**
 * What becomes of a device that the source has. A change replaces the AMI.
 */
export interface KeyedDevice {
  /**
   * The name of the device in the source, such as `/dev/sdb`.
   */
  readonly deviceName: string;

  /**
   * The key that the device's snapshot is encrypted with in the AMI: symmetric, of this Region.
   *
   * @default - its encryption stays as it is
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Whether the volume goes when an instance that was launched from the AMI is terminated.
   *
   * @default - as in the source
   */
  readonly deleteOnTermination?: boolean;
}

/**
 * A volume that the source does not have. A change replaces the AMI.
 *
 * @see the page "Amazon EBS volume types" in the Amazon EBS User Guide, for the limits of each type
 */
export interface KeyedVolume {
  /**
   * The name of the device: `/dev/sdf` to `/dev/sdp` are free on every instance type; on Windows `xvdb` to `xvdz`. `/dev/sdf` and `xvdf`
   * are one place.
   */
  readonly deviceName: string;

  /**
   * The key that the volume's snapshot is encrypted with: symmetric, of this Region.
   */
  readonly encryptionKey: kms.IKey;

  /**
   * The size, in whole GiB, within the limits of the volume's type, and no smaller than the snapshot it is made from.
   *
   * @default - the size of the snapshot it is made from; without one, the size must be given
   */
  readonly size?: Size;

  /**
   * The id of a snapshot that the volume is made from, of this account or shared with it. If it is under a customer managed key, that key
   * belongs into `sourceKeys`.
   *
   * @default - the volume is empty
   */
  readonly snapshotId?: string;

  /**
   * The type of the volume.
   *
   * @default ec2.EbsDeviceVolumeType.GP3
   */
  readonly volumeType?: ec2.EbsDeviceVolumeType;

  /**
   * The I/O operations a second that are provisioned, for the types gp3, io1 and io2.
   *
   * @default - 3000 for gp3; must be given for io1 and io2
   */
  readonly iops?: number;

  /**
   * The throughput that is provisioned, in MiB/s, for the type gp3.
   *
   * @default - 125 for gp3
   */
  readonly throughput?: number;

  /**
   * Whether the volume goes when an instance that was launched from the AMI is terminated.
   *
   * @default true
   */
  readonly deleteOnTermination?: boolean;
}
