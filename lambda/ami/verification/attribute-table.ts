/**
 * The decision about an attribute of a new AMI that differs from its source. The deployment fails only where instances would run with another system,
 * license or protection. The table is in docs/how-it-works.md too.
 */
export type Decision = 'fatal' | 'corrected' | 'warning';

/** Attributes of DescribeImages. For none of them EC2 documents that a new AMI keeps it. */
export const IMAGE_ATTRIBUTES = {
  Architecture: 'fatal',
  RootDeviceName: 'fatal',
  RootDeviceType: 'fatal',
  BootMode: 'fatal',
  TpmSupport: 'fatal',
  Platform: 'fatal',
  PlatformDetails: 'fatal',
  UsageOperation: 'fatal',
  ProductCodes: 'fatal',
  // the only one of them that ModifyImageAttribute sets
  ImdsSupport: 'corrected',
  VirtualizationType: 'warning',
  EnaSupport: 'warning',
  SriovNetSupport: 'warning',
  KernelId: 'warning',
  RamdiskId: 'warning',
} as const satisfies Record<string, Decision>;

export type ImageAttribute = keyof typeof IMAGE_ATTRIBUTES;

/** Attributes of a device in the block device mapping. A size or a type that a property of MultiKeyAmiBuilder requests is fatal (`verifyBuild`). */
export const DEVICE_ATTRIBUTES = {
  VolumeSize: 'warning',
  VolumeType: 'warning',
  Iops: 'warning',
  Throughput: 'warning',
  DeleteOnTermination: 'warning',
} as const satisfies Record<string, Decision>;

export type DeviceAttribute = keyof typeof DEVICE_ATTRIBUTES;

/** The location of a snapshot: requested of a copy. Elsewhere the location of an instance can decide. */
export const SNAPSHOT_LOCATION = { copy: 'fatal', other: 'warning' } as const satisfies Record<string, Decision>;

/**
 * The digest of the UEFI data, which DescribeImageAttribute returns to the owner of an image only. An instance that has booted can have written
 * variables: there only their loss is fatal.
 */
export const UEFI_DATA = { lost: 'fatal', changed: 'fatal', changedByBoot: 'warning' } as const satisfies Record<string, Decision>;
