import { Size } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AmiBlockDeviceProperties, SourceVolumeProperties, VolumeOrigin } from '../contract';
import { FileSystemOptions } from './file-systems/file-system-options';
import { resolveKey } from '../provider/key-resource';

/**
 * Options for a volume that the source AMI has. At least one must be given.
 */
export interface SourceVolumeOptions {
  /**
   * The key that the snapshot of the volume is encrypted with in the AMI: symmetric, of the Region of the stack.
   *
   * @default - the encryption of the source snapshot
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * The size in whole GiB, at least that of the source AMI. The root file system of Linux grows at the first boot, if the source AMI has cloud-init.
   *
   * @default - as in the source AMI
   */
  readonly size?: Size;

  /**
   * The type of the volume.
   *
   * @default - as in the source AMI
   */
  readonly volumeType?: ec2.EbsDeviceVolumeType;

  /**
   * The provisioned I/O operations per second, for gp3, io1 and io2. Refused without `volumeType` and for other types, and required for io1 and io2.
   *
   * @default - as in the source AMI; for another type, 3000 for gp3
   */
  readonly iops?: number;

  /**
   * The provisioned throughput in MiB/s, for gp3. Refused without `volumeType` and for other types.
   *
   * @default - as in the source AMI; for another type, 125 for gp3
   */
  readonly throughput?: number;

  /**
   * Whether EC2 deletes the volume when it terminates an instance that was launched from the AMI.
   *
   * @default - as in the source AMI
   */
  readonly deleteOnTermination?: boolean;
}

/**
 * Options for a volume that the source AMI has for another device than the root. At least one must be given.
 */
export interface SourceDeviceOptions extends SourceVolumeOptions, FileSystemOptions {}

/**
 * Options for a new volume. See the page "Amazon EBS volume types" of the Amazon EBS User Guide for the limits of each type.
 */
export interface EbsVolumeOptions extends FileSystemOptions {
  /**
   * The key that the snapshot of the volume is encrypted with in the AMI: symmetric, of the Region of the stack.
   */
  readonly encryptionKey: kms.IKey;

  /**
   * The type of the volume.
   *
   * @default ec2.EbsDeviceVolumeType.GP3
   */
  readonly volumeType?: ec2.EbsDeviceVolumeType;

  /**
   * The provisioned I/O operations per second, for gp3, io1 and io2. Required for io1 and io2; refused for other types.
   *
   * @default - 3000 for gp3
   */
  readonly iops?: number;

  /**
   * The provisioned throughput in MiB/s, for gp3. Refused for other types.
   *
   * @default - 125 for gp3
   */
  readonly throughput?: number;

  /**
   * Whether EC2 deletes the volume when it terminates an instance that was launched from the AMI.
   *
   * @default true
   */
  readonly deleteOnTermination?: boolean;
}

/**
 * Options for a new volume that is created from a snapshot.
 */
export interface SnapshotVolumeOptions extends EbsVolumeOptions {
  /**
   * The size in whole GiB, within the limits of the volume type, and at least the size of the snapshot.
   *
   * @default - the size of the snapshot
   */
  readonly size?: Size;
}

interface VolumeDefinition extends Partial<SnapshotVolumeOptions> {
  readonly origin: VolumeOrigin;
  readonly snapshotId?: string;
}

/**
 * The volume of a device of a `MultiKeyAmiBuilder`.
 */
export class AmiVolume {
  /**
   * The volume that the source AMI has for this device, changed. Refused without options.
   */
  public static fromSource(options: SourceDeviceOptions): AmiVolume {
    return new AmiVolume({ ...options, origin: VolumeOrigin.SOURCE });
  }

  /**
   * A new, empty volume.
   *
   * @param size The size in whole GiB, within the limits of the volume type.
   */
  public static ebs(size: Size, options: EbsVolumeOptions): AmiVolume {
    return new AmiVolume({ ...options, size, origin: VolumeOrigin.EBS });
  }

  /**
   * A new volume that is created from a snapshot.
   *
   * @param snapshotId The ID of a snapshot of this account, or shared with it. If the snapshot is encrypted with a customer managed key, pass that key in `sourceEncryptionKeys`.
   */
  public static ebsFromSnapshot(snapshotId: string, options: SnapshotVolumeOptions): AmiVolume {
    return new AmiVolume({ ...options, snapshotId, origin: VolumeOrigin.SNAPSHOT });
  }

  /** @internal */
  public readonly _definition: VolumeDefinition;

  private constructor(definition: VolumeDefinition) {
    this._definition = definition;
  }
}

/**
 * One device of the AMI that a `MultiKeyAmiBuilder` builds.
 */
export interface AmiBlockDevice {
  /**
   * The name of the device. For a device of the source AMI, its name there, such as `/dev/sdb`. For a new volume, `/dev/sdf` to `/dev/sdp` are free on
   * every instance type; on Windows, `xvdb` to `xvdz`. `/dev/sdf` and `xvdf` are the same device.
   */
  readonly deviceName: string;

  /**
   * The volume of the device. Required unless `mappingEnabled` is `false`.
   *
   * @default - none
   */
  readonly volume?: AmiVolume;

  /**
   * `false`: the AMI does not have this device of the source AMI. Not for the root device. Excludes `volume`.
   *
   * @default true
   */
  readonly mappingEnabled?: boolean;
}

/** The volumes that the source does not have, with their device names. */
export function listNewVolumes(devices: readonly AmiBlockDevice[] = []): (VolumeDefinition & { readonly deviceName: string })[] {
  return devices.flatMap(({ deviceName, volume }) =>
    volume && volume._definition.origin !== VolumeOrigin.SOURCE ? [{ ...volume._definition, deviceName }] : []);
}

/** The options of all volumes with their device names. */
export function listVolumeOptions(devices: readonly AmiBlockDevice[] = []): (FileSystemOptions & { readonly deviceName: string })[] {
  return devices.flatMap(({ deviceName, volume }) => volume ? [{ ...volume._definition, deviceName }] : []);
}

/** The keys of the devices, as far as they are declared. */
export function listDeviceKeys(rootVolume: SourceVolumeOptions | undefined, devices: readonly AmiBlockDevice[] = []): kms.IKey[] {
  return [rootVolume, ...devices.map(({ volume }) => volume?._definition)].flatMap(volume => volume?.encryptionKey ?? []);
}

/** The keys of the volumes that the builder instance is launched with, as far as they are declared. New volumes are attached later. */
export function listLaunchKeys(rootVolume: SourceVolumeOptions | undefined, devices: readonly AmiBlockDevice[] = []): kms.IKey[] {
  return listDeviceKeys(rootVolume, devices.filter(({ volume }) => volume?._definition.origin === VolumeOrigin.SOURCE));
}

export function renderSourceVolume(options: SourceVolumeOptions): SourceVolumeProperties {
  const { encryptionKey, size, volumeType, iops, throughput, deleteOnTermination } = options;
  return {
    EncryptionKeyArn: encryptionKey && resolveKey(encryptionKey).keyArn,
    SizeGibibytes: size?.toGibibytes(),
    VolumeType: volumeType,
    Iops: iops,
    Throughput: throughput,
    DeleteOnTermination: deleteOnTermination,
  };
}

export function renderBlockDevice({ deviceName, volume }: AmiBlockDevice): AmiBlockDeviceProperties {
  if (!volume) {
    return { DeviceName: deviceName, Volume: VolumeOrigin.NONE };
  }
  const { origin, snapshotId, volumeType, deleteOnTermination } = volume._definition;
  const source = { DeviceName: deviceName, Volume: origin, ...renderSourceVolume(volume._definition) };
  return origin === VolumeOrigin.SOURCE ? source : {
    ...source,
    SnapshotId: snapshotId,
    VolumeType: volumeType ?? ec2.EbsDeviceVolumeType.GP3,
    DeleteOnTermination: deleteOnTermination ?? true,
  };
}
