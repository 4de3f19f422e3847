/**
 * The type of a file system that the builder instance of a `MultiKeyAmiBuilder` makes.
 */
export enum FileSystemType {
  /** ext4, made by `mkfs.ext4`. */
  EXT4 = 'ext4',

  /** XFS, made by `mkfs.xfs`, which the source AMI must have: Debian needs the package xfsprogs. */
  XFS = 'xfs',
}

/**
 * The file system of a volume, and where it is mounted on the builder instance and on the instances of the AMI. Linux only, and refused with `COPY_SNAPSHOTS`.
 */
export interface FileSystemOptions {
  /**
   * The type of the file system. The builder instance makes one on a volume that has neither a file system nor a partition table. One that the volume has
   * stays, and grows with the volume if it is mounted; the build fails if it has another type.
   *
   * @default - the volume stays as it is
   */
  readonly fileSystem?: FileSystemType;

  /**
   * The label of the file system: letters, digits, and the characters `.`, `_` and `-`, at most 16 for ext4 and 12 for XFS. Another device of the instance must not have
   * it. Refused without `fileSystem`.
   *
   * @default - no label
   */
  readonly label?: string;

  /**
   * The directory that the file system is mounted at, such as `/data`. It is created, and has its line in `/etc/fstab`, by the label, or by the UUID if it has
   * none. Refused without `fileSystem`.
   *
   * @default - the file system is not mounted
   */
  readonly mountPoint?: string;

  /**
   * Options for mounting, such as `noatime`, in addition to `nofail`: with that an instance also starts without the volume. Refused without `mountPoint`.
   *
   * @default ['defaults']
   */
  readonly mountOptions?: string[];
}

/** The file system of a device, as the script makes it. */
export interface DeviceFileSystem extends FileSystemOptions {
  readonly deviceName: string;
  readonly fileSystem: FileSystemType;
}
