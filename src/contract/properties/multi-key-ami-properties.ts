import { IMAGE_RULES, ImageProperties } from './ami-properties';
import { PropertyRules, ValueRules } from './property-rules';

/**
 * How a `MultiKeyAmiBuilder` builds its AMI. Both methods create the same AMI.
 */
export enum AmiBuildMethod {
  /**
   * Launches an instance from the source AMI, attaches a volume for each new device, stops the instance, and creates the AMI from it. Works for
   * every source, because EC2 itself keeps licenses and billing.
   */
  LAUNCH_INSTANCE = 'LAUNCH_INSTANCE',

  /**
   * Launches no instance: copies each snapshot with its key, and registers the copies as an AMI. Refused for source AMIs with product codes or a
   * billed license, which RegisterImage can lose, and for UEFI AMIs of other accounts, whose Secure Boot keys only their owner can read.
   */
  COPY_SNAPSHOTS = 'COPY_SNAPSHOTS',
}

/** How EC2 bills the builder instance of a `MultiKeyAmiBuilder`. */
export enum BuilderCapacityType {
  /**
   * An On-Demand Instance.
   */
  ON_DEMAND = 'ON_DEMAND',

  /**
   * A Spot Instance, which costs less, and which EC2 can interrupt. Where EC2 launches none of the instance types in any of the subnets as a Spot Instance, the builder
   * instance is an On-Demand Instance.
   */
  SPOT = 'SPOT',
}

/** Where the volume of a device of a multi-key AMI comes from. */
export enum VolumeOrigin {
  /** The device of the source with this name. */
  SOURCE = 'SOURCE',
  /** A new, empty volume. */
  EBS = 'EBS',
  /** A new volume, created from a snapshot. */
  SNAPSHOT = 'SNAPSHOT',
  /** None: the AMI does not have this device of the source. */
  NONE = 'NONE',
}

/** The volume of a device of the source. */
export interface SourceVolumeProperties {
  readonly EncryptionKeyArn?: string;
  readonly SizeGibibytes?: number;
  readonly VolumeType?: string;
  readonly Iops?: number;
  readonly Throughput?: number;
  readonly DeleteOnTermination?: boolean;
}

/** One device of a multi-key AMI. */
export interface AmiBlockDeviceProperties extends SourceVolumeProperties {
  readonly DeviceName: string;
  readonly Volume: VolumeOrigin;
  /** Of a new volume. */
  readonly SnapshotId?: string;
}

/** The properties of `Custom::MultiKeyAmi`. */
export interface MultiKeyAmiProperties extends ImageProperties {
  readonly SourceImageId: string;
  /** The keys that the role may decrypt the source with. */
  readonly SourceEncryptionKeyArns?: readonly string[];
  readonly RootVolume?: SourceVolumeProperties;
  readonly BlockDevices?: readonly AmiBlockDeviceProperties[];
  /** The commands that the builder instance runs before EC2 creates the AMI from its volumes, in base64. */
  readonly UserData?: string;
  readonly BuildMethod: AmiBuildMethod;
  readonly UserDataTimeoutSeconds?: number;
  readonly AssociatePublicIpAddress: boolean;
  readonly InstanceTypes?: readonly string[];
  /** Only of Spot Instances. */
  readonly CapacityType?: BuilderCapacityType;
  readonly SubnetIds?: readonly string[];
  readonly SecurityGroupIds?: readonly string[];
}

const sourceVolumeRules: ValueRules<SourceVolumeProperties> = {
  EncryptionKeyArn: { type: 'string', required: false },
  SizeGibibytes: { type: 'integer', required: false },
  VolumeType: { type: 'string', required: false },
  Iops: { type: 'integer', required: false },
  Throughput: { type: 'integer', required: false },
  DeleteOnTermination: { type: 'boolean', required: false },
};

const amiBlockDeviceRules: ValueRules<AmiBlockDeviceProperties> = {
  ...sourceVolumeRules,
  DeviceName: { type: 'string', required: true },
  Volume: { type: 'string', required: true },
  SnapshotId: { type: 'string', required: false },
};

export const MULTI_KEY_AMI_RULES: PropertyRules<MultiKeyAmiProperties> = {
  ...IMAGE_RULES,
  SourceImageId: { type: 'string', required: true, change: 'replace' },
  SourceEncryptionKeyArns: { type: 'strings', required: false, change: 'in place' },
  RootVolume: { type: 'structure', of: sourceVolumeRules, required: false, change: 'replace' },
  BlockDevices: { type: 'structures', of: amiBlockDeviceRules, required: false, change: 'replace' },
  UserData: { type: 'string', required: false, change: 'replace' },
  // no effect on an existing AMI: how and where the next one is built
  BuildMethod: { type: 'string', required: true, change: 'in place' },
  UserDataTimeoutSeconds: { type: 'integer', required: false, change: 'in place' },
  AssociatePublicIpAddress: { type: 'boolean', required: true, change: 'in place' },
  InstanceTypes: { type: 'strings', required: false, change: 'in place' },
  CapacityType: { type: 'string', required: false, change: 'in place' },
  SubnetIds: { type: 'strings', required: false, change: 'in place' },
  SecurityGroupIds: { type: 'strings', required: false, change: 'in place' },
};
