import {
  ArchitectureValues, BootModeValues, ImdsSupportValues, InstanceMetadataOptionsResponse, ProductCode, StateReason, TpmSupportValues, VolumeType,
} from '@aws-sdk/client-ec2';
import { AccountAndRegion } from '../../aws-call';

/** A key pair. Only its creator has the private key. */
export interface KeyPair extends AccountAndRegion {
  readonly id: string;
  readonly name: string;
  readonly fingerprint: string;
}

/** Common fields of EC2's resources. `account` is the owner. */
export interface Resource extends AccountAndRegion {
  readonly id: string;
  readonly createdAt: number;
  /** True for seed resources, which no request created. */
  readonly seeded: boolean;
  /** The number of Describe calls that have requested it. */
  reads: number;
}

/** Billing details of an image. Snapshots of a root volume have them, too. */
export interface License {
  readonly platform?: 'windows';
  readonly platformDetails: string;
  readonly usageOperation: string;
  readonly productCodes: readonly ProductCode[];
  /** Codes such as `bp-6ba54002`, for which EC2 bills a license. */
  readonly billingProducts: readonly string[];
}

/** Attributes that a copy has in common with its source image. */
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
  readonly instanceTypes?: InstanceTypePatterns;
}

/** The types and patterns, such as `t3.*`, of an image's InstanceTypeSpecification. */
export interface InstanceTypePatterns {
  /** All types if there is none. */
  readonly supported?: readonly string[];
  readonly unsupported?: readonly string[];
}

/** One entry of an image's block device mapping. */
export interface Device {
  readonly deviceName: string;
  /** The name of an instance store volume, such as `ephemeral0`. */
  readonly virtualName?: string;
  readonly ebs?: DeviceVolume;
}

interface DeviceVolume {
  /** None for an empty volume. */
  readonly snapshotId?: string;
  readonly size: number;
  readonly type: VolumeType;
  readonly deleteOnTermination: boolean;
  readonly iops?: number;
  readonly throughput?: number;
  /** True if an empty volume will be encrypted. */
  readonly encrypted?: boolean;
}

export interface Image extends Resource {
  /** Empty for some old images. */
  name: string;
  description: string;
  readonly ownerAlias?: string;
  readonly attributes: ImageAttributes;
  readonly devices: readonly Device[];
  state: 'pending' | 'available' | 'failed' | 'disabled' | 'deregistered';
  stateReason?: StateReason;
  readonly sourceImage?: { readonly id: string; readonly region: string };
  readonly sourceInstanceId?: string;
  /** The bucket and manifest of an S3-backed image. */
  readonly bucket?: string;
  /** Some old images have no creation date. */
  readonly undated?: boolean;
  /** The public SSM parameter of an image of Amazon. */
  readonly publicParameter?: string;
  /** True for a pending or completed copy. */
  readonly copied: boolean;
  readonly launchPermissions: Permissions;
  deprecationTime?: number;
  protection: 'disabled' | 'enabled-without-cooldown' | 'enabled-with-cooldown';
  /** The end of the cool-down after deregistration protection was disabled. */
  protectedUntil?: number;
  lastLaunched?: number;
  deregisteredAt?: number;
  imdsSupport?: ImdsSupportValues;
}

/** The other accounts that are allowed to use an image or a snapshot. */
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
  /** The used part of the volume, which determines the duration of a copy. */
  readonly dataBytes: number;
  readonly encrypted: boolean;
  /** The ARN of the key, or the value in the request if there is no such key. */
  readonly kmsKeyId?: string;
  state: 'pending' | 'completed' | 'error';
  stateMessage?: string;
  completesAt: number;
  readonly completionDurationMinutes?: number;
  /** The throughput of a time-based copy. */
  readonly mebibytesPerSecond?: number;
  readonly copySource?: { readonly snapshotId: string; readonly region: string };
  readonly copied: boolean;
  /** CopyImage or CreateImage created it together with an image. */
  readonly ofImage?: boolean;
  readonly createVolumePermissions: Permissions;
  /** Accounts with which it was shared so recently that their lists and filters do not find it. */
  readonly newReaders: Set<string>;
  /** Accounts with which it is no longer shared, and that can still read it for some time. */
  readonly formerReaders: Set<string>;
  /** The billing details of a root device's snapshot. */
  readonly license?: License;
  /** A request deleted the pending snapshot. It disappears when it is complete. */
  deletionRequested?: boolean;
  /** The location, if it is not the Region: an Outpost or a Local Zone. */
  readonly outpostArn?: string;
  /** The name of a Local Zone. */
  readonly localZone?: string;
  /** An image that was deregistered so recently that the snapshot is still in use. */
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
  /** The start of the last CreateSnapshot. */
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
  /** The index within the launch. */
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
  /** Decoded user data. */
  userData?: string;
  readonly publicIpAddress?: string;
  /** The time of the first boot. */
  bootedAt?: number;
  /** The user data of the first boot. */
  preparation?: {
    readonly commands: readonly string[];
    /** On the console, in place of the commands. */
    readonly output?: readonly { readonly at: number; readonly text: string }[];
    readonly startedAt: number;
    readonly endedAt?: number;
  };
  protectedFromTermination: boolean;
  /** DescribeInstances no longer shows the network interface, the addresses and the groups. */
  networkReleased: boolean;
  state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  stateReason?: StateReason;
  stateTransitionReason: string;
  readonly requester?: string;
  /** The request of a Spot Instance. */
  readonly spotRequestId?: string;
}

export interface SpotRequest extends Resource {
  readonly type: 'one-time' | 'persistent';
  readonly interruptionBehavior: 'stop' | 'terminate' | 'hibernate';
  /** Until then a persistent request launches another instance for one that is terminated; without, until it is canceled. */
  readonly validUntil?: number;
  readonly imageId: string;
  readonly instanceType: string;
  readonly availabilityZone: string;
  /** Launches an instance for the request. */
  readonly launch: () => Instance;
  state: 'open' | 'active' | 'disabled' | 'closed' | 'cancelled';
  /** The status code, such as `fulfilled`, and since when. */
  status: { readonly code: string; readonly since: number };
  /** The last instance of the request. */
  instanceId?: string;
}

export function noPermissions(): Permissions {
  return { users: new Set(), groups: new Set(), organizations: new Set(), organizationalUnits: new Set() };
}
