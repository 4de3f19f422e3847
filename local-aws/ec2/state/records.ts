import {
  ArchitectureValues, BootModeValues, ImdsSupportValues, InstanceMetadataOptionsResponse, ProductCode, StateReason, TpmSupportValues, VolumeType,
} from '@aws-sdk/client-ec2';
import { AccountAndRegion } from '../../kms/arns';

/** A key pair; its private half is with whoever created it. */
export interface KeyPair extends AccountAndRegion {
  readonly id: string;
  readonly name: string;
  readonly fingerprint: string;
}

/** What every resource of EC2 has. `account` is its owner. */
export interface Resource extends AccountAndRegion {
  readonly id: string;
  readonly createdAt: number;
  /** From the start, not made by anybody's request. */
  readonly seeded: boolean;
  /** How many Describe calls have asked for it. */
  reads: number;
}

/** What is charged for besides the instance; snapshots of a root volume carry it. */
export interface License {
  readonly platform?: 'windows';
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly productCodes: readonly ProductCode[];
  /** Codes such as `bp-6ba54002` that make EC2 charge for a licence. */
  readonly billingProducts: readonly string[];
}

/** What a copy of an image has in common with it. */
export interface ImageAttributes extends License {
  readonly architecture: ArchitectureValues;
  readonly rootDeviceName: string;
  readonly rootDeviceType: 'ebs' | 'instance-store';
  readonly virtualizationType: 'hvm' | 'paravirtual';
  readonly enaSupport?: boolean;
  readonly sriovNetSupport?: string;
  readonly bootMode?: BootModeValues;
  readonly tpmSupport?: TpmSupportValues;
  readonly uefiData?: string;
  readonly imdsSupport?: ImdsSupportValues;
}

/** One entry of an image's block device mapping. */
export interface Device {
  readonly deviceName: string;
  /** `ephemeral0`, for an instance store volume. */
  readonly virtualName?: string;
  readonly ebs?: DeviceVolume;
}

interface DeviceVolume {
  /** None for a volume that starts empty. */
  readonly snapshotId?: string;
  readonly size: number;
  readonly type: VolumeType;
  readonly deleteOnTermination: boolean;
  readonly iops?: number;
  readonly throughput?: number;
  /** Whether a volume that starts empty is to be encrypted. */
  readonly encrypted?: boolean;
}

export interface Image extends Resource {
  /** Empty for some that are old. */
  name: string;
  description: string;
  readonly ownerAlias?: string;
  readonly attributes: ImageAttributes;
  readonly devices: readonly Device[];
  state: 'pending' | 'available' | 'failed' | 'disabled' | 'deregistered';
  stateReason?: StateReason;
  readonly sourceImage?: { readonly id: string; readonly region: string };
  readonly sourceInstanceId?: string;
  /** Where an image is that is backed by S3. */
  readonly bucket?: string;
  /** Nobody knows since when some old images exist. */
  readonly undated?: boolean;
  /** The public parameter of Systems Manager that names an image of Amazon. */
  readonly publicParameter?: string;
  /** Whether it is a copy that is still under way or was one. */
  readonly copied: boolean;
  readonly launchPermissions: Permissions;
  deprecationTime?: number;
  protection: 'disabled' | 'enabled-without-cooldown' | 'enabled-with-cooldown';
  /** With a cool-down, until when it stays protected after protection was taken away. */
  protectedUntil?: number;
  lastLaunched?: number;
  deregisteredAt?: number;
  imdsSupport?: ImdsSupportValues;
}

/** Who else may use an image or a snapshot. */
export interface Permissions {
  readonly users: Set<string>;
  readonly groups: Set<string>;
  readonly organizations: Set<string>;
  readonly organizationalUnits: Set<string>;
}

export interface Snapshot extends Resource {
  description: string;
  readonly ownerAlias?: string;
  readonly volumeId: string;
  readonly volumeSize: number;
  /** How much of the volume is really used, and so has to be copied. */
  readonly dataBytes: number;
  readonly encrypted: boolean;
  /** The ARN; what the request said if there is no such key. */
  readonly kmsKeyId?: string;
  state: 'pending' | 'completed' | 'error';
  stateMessage?: string;
  completesAt: number;
  readonly completionDurationMinutes?: number;
  /** Of a time-based copy. */
  readonly mebibytesPerSecond?: number;
  readonly copySource?: { readonly snapshotId: string; readonly region: string };
  readonly copied: boolean;
  /** Made along with an image, by CopyImage or CreateImage. */
  readonly ofImage?: boolean;
  readonly createVolumePermissions: Permissions;
  /** Accounts that it was shared with so lately that their lists and filters do not find it. */
  readonly newReaders: Set<string>;
  /** Accounts that it is shared with no more, and that can read it all the same for a while. */
  readonly formerReaders: Set<string>;
  /** Of the root device of an image. */
  readonly license?: License;
  /** It was deleted while pending, and goes when it is complete. */
  deletionRequested?: boolean;
  /** Where it is, if not in its Region: one of the two. */
  readonly outpostArn?: string;
  /** By its name. */
  readonly localZone?: string;
  /** An image that was deregistered so lately that the snapshot still counts as used by it. */
  usedBy?: { readonly imageId: string; readonly until: number };
}

export interface Volume extends Resource {
  readonly availabilityZone: string;
  readonly size: number;
  readonly type: VolumeType;
  readonly iops?: number;
  readonly throughput?: number;
  readonly snapshotId?: string;
  readonly dataBytes: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  readonly license?: License;
  /** When CreateSnapshot last started a snapshot of it. */
  snapshotStartedAt?: number;
  state: 'creating' | 'available' | 'in-use' | 'deleting';
  attachment?: Attachment;
}

interface Attachment {
  readonly instanceId: string;
  readonly device: string;
  readonly attachedAt: number;
  state: 'attaching' | 'attached' | 'detaching';
  deleteOnTermination: boolean;
}

export interface Instance extends Resource {
  readonly reservationId: string;
  /** Its number within the launch. */
  readonly launchIndex: number;
  readonly imageId: string;
  readonly attributes: ImageAttributes;
  instanceType: string;
  readonly availabilityZone: string;
  readonly subnetId: string;
  readonly vpcId: string;
  securityGroupIds: readonly string[];
  readonly networkInterfaceId: string;
  readonly privateIpAddress: string;
  readonly keyName?: string;
  readonly profileArn?: string;
  readonly clientToken?: string;
  readonly metadataOptions: InstanceMetadataOptionsResponse;
  readonly monitored: boolean;
  ebsOptimized: boolean;
  sourceDestCheck: boolean;
  shutdownBehavior: 'stop' | 'terminate';
  /** Decoded. */
  userData?: string;
  readonly publicIpAddress?: string;
  /** When it first ran. */
  bootedAt?: number;
  /** The user data that ran. */
  preparation?: { readonly commands: readonly string[]; readonly startedAt: number; readonly endedAt?: number };
  protectedFromTermination: boolean;
  /** Its network interface is deleted, with the address and the groups. */
  networkReleased: boolean;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  stateReason?: StateReason;
  stateTransitionReason: string;
  readonly requester?: string;
}

export function noPermissions(): Permissions {
  return { users: new Set(), groups: new Set(), organizations: new Set(), organizationalUnits: new Set() };
}
