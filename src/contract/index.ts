/**
 * What passes between the constructs and the handler: the properties of each custom resource, as typed in the template,
 * and the attributes that it gives back. Written down here, once, for both sides.
 */

/** The custom resource types. A changed name would replace every AMI that is deployed. */
export const RESOURCE_TYPES = {
  encryptedAmiCopy: 'Custom::EncryptedAmiCopy',
  multiKeyAmi: 'Custom::MultiKeyAmi',
  instanceAmi: 'Custom::InstanceAmi',
  amiSharing: 'Custom::AmiSharing',
} as const;

/** The tag that everything made carries from birth: `<stack id>/<physical id>`. */
export const OWNER_TAG = 'cdk-encrypted-ami:owner';

/** On what is only a step on the way to the image, and is removed when the image is there. */
export const STEP_TAG = 'cdk-encrypted-ami:step';

/** The tag that says which device of the image a volume or a snapshot is for. */
export const DEVICE_TAG = 'cdk-encrypted-ami:device';

/**
 * The id of the resource that carries it. A copy of our tags by any tool carries the id of another resource, so this tag tells the tags that the
 * handler wrote from copied ones.
 */
export const ID_TAG = 'cdk-encrypted-ami:id';

/** On a builder instance: CloudFormation's id of the request, from which its client token follows. */
export const REQUEST_TAG = 'cdk-encrypted-ami:request';

/** On a finished AMI: the removal policy of its resource. An AMI without it was never returned to CloudFormation. */
export const REMOVAL_POLICY_TAG = 'cdk-encrypted-ami:removal-policy';

/** On a finished AMI that replaces another: the physical id of that one, which a rollback may ask for. */
export const REPLACES_TAG = 'cdk-encrypted-ami:replaces';

/** Tags that begin so are the library's own. */
export const RESERVED_TAG_PREFIX = 'cdk-encrypted-ami:';

/** One tag, as CloudFormation writes it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** How the snapshots of a copy are encrypted. */
export enum CopyEncryption {
  /** Every snapshot is encrypted with the key `EncryptionKeyArn`. */
  KEY = 'KEY',
  /** Every snapshot is encrypted with the account's default key for EBS. */
  DEFAULT_KEY = 'DEFAULT_KEY',
  /** Each snapshot keeps its encryption, which is what CopyImage does without parameters for encryption. */
  PRESERVE = 'PRESERVE',
}

/** With whom an AMI is shared. */
export interface Sharing {
  /** The accounts get the snapshots too, which cannot be shared with organizations and organizational units. */
  readonly SharedAccountIds?: readonly string[];
  readonly SharedOrganizationArns?: readonly string[];
  readonly SharedOrganizationalUnitArns?: readonly string[];
}

/** The properties that every AMI of this library has. */
export interface ImageProperties extends Sharing {
  /** The whole name of the AMI. */
  readonly ImageName?: string;
  /** What the name of the AMI begins with, if the user chose it. */
  readonly ImageNamePrefix?: string;
  /** What the name of the AMI begins with, if the user chose neither a name nor a prefix. */
  readonly GeneratedNamePrefix: string;
  readonly Description?: string;
  /** A text of the user's; a new one creates a new AMI. */
  readonly ContentVersion?: string;
  readonly Tags?: readonly Tag[];
  /** How long the creation of the AMI may take. */
  readonly TimeoutSeconds: number;
  /** What CloudFormation does with the AMI when the resource goes or is replaced: `Delete`, or `Retain`. */
  readonly RemovalPolicy?: string;
}

/** The properties of `Custom::EncryptedAmiCopy`. */
export interface EncryptedAmiCopyProperties extends ImageProperties {
  readonly SourceImageId: string;
  readonly Encryption: CopyEncryption;
  /** With `Encryption: KEY`. */
  readonly EncryptionKeyArn?: string;
  readonly CopySourceTags: boolean;
  /** Where the source is, if not where the copy is made. */
  readonly SourceRegion?: string;
  /** With a time-based copy. */
  readonly CompletionDurationMinutes?: number;
  /** Where the copy goes, if not into the Region: an Outpost, or a Local Zone by its name or its id. */
  readonly OutpostArn?: string;
  readonly LocalZone?: string;
  /** The keys that the role may decrypt the source with. */
  readonly SourceEncryptionKeyArns?: readonly string[];
  /** The bucket of a source that is backed by S3: the role may copy from it. */
  readonly SourceBucketName?: string;
}

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
  readonly DeleteOnTermination?: boolean;
}

/** One device of a multi-key AMI. */
export interface AmiBlockDeviceProperties extends SourceVolumeProperties {
  readonly DeviceName: string;
  readonly Volume: VolumeOrigin;
  /** The other properties are those of new volumes. */
  readonly SizeGibibytes?: number;
  readonly SnapshotId?: string;
  readonly VolumeType?: string;
  readonly Iops?: number;
  readonly Throughput?: number;
}

/** The properties of `Custom::MultiKeyAmi`. */
export interface MultiKeyAmiProperties extends ImageProperties {
  readonly SourceImageId: string;
  /** The keys that the role may decrypt the source with. */
  readonly SourceEncryptionKeyArns?: readonly string[];
  readonly RootVolume?: SourceVolumeProperties;
  readonly BlockDevices?: readonly AmiBlockDeviceProperties[];
  /** What the builder instance runs before EC2 creates the AMI from its volumes, in base64. */
  readonly UserData?: string;
  readonly BuildMethod: AmiBuildMethod;
  readonly UserDataTimeoutSeconds?: number;
  readonly AssociatePublicIpAddress: boolean;
  readonly InstanceTypes?: readonly string[];
  readonly SubnetIds?: readonly string[];
  readonly SecurityGroupIds?: readonly string[];
}

/** One device of an instance. */
export interface InstanceBlockDeviceProperties {
  readonly DeviceName: string;
  readonly DeleteOnTermination?: boolean;
  /** `false`: the AMI does not have this device. */
  readonly MappingEnabled: boolean;
}

/** The properties of `Custom::InstanceAmi`. */
export interface InstanceAmiProperties extends ImageProperties {
  readonly InstanceId: string;
  readonly Reboot: boolean;
  readonly BlockDevices?: readonly InstanceBlockDeviceProperties[];
  readonly BootModeOverride?: string;
  /** The AMI of the instance is copied with this key; without one, each snapshot has the key of its volume. */
  readonly EncryptionKeyArn?: string;
}

/** The properties of `Custom::AmiSharing`: an AMI that exists already, and with whom it is shared. */
export interface AmiSharingProperties extends Sharing {
  readonly ImageId: string;
}

/** The attributes of every image of this library, for `Fn::GetAtt`. */
export interface ImageAttributes {
  readonly ImageId: string;
  readonly ImageName: string;
  readonly Architecture: string;
  readonly RootDeviceName: string;
  readonly RootSnapshotId: string;
  /** In the order of the devices, separated by commas: an attribute of a custom resource is best a plain string. */
  readonly SnapshotIds: string;
}

/** The attributes of a copy. */
export interface EncryptedAmiCopyAttributes extends ImageAttributes {
  /** `true` or `false`, of a time-based copy; else empty. */
  readonly CompletionDurationMet: string;
}

/** How a value arrives. */
export interface ValueRule {
  readonly type: 'string' | 'boolean' | 'integer' | 'strings' | 'structure' | 'structures';
  readonly required: boolean;
  /** The members of the structure, or of each of the structures. */
  readonly of?: Readonly<Record<string, ValueRule>>;
}

/** How one property arrives, and what becomes of the image when it changes. */
export interface PropertyRule extends ValueRule {
  /**
   * `replace`: the image is made of it. The value is part of the physical id, so a new value is a new image, and a rollback
   * to the old value finds the old image. `in place`: an attribute that an image can change while it lives.
   */
  readonly change: 'replace' | 'in place';
}

/** A rule for each property of `P`; a property without one does not compile. */
export type PropertyRules<P> = { readonly [K in keyof Required<P>]: PropertyRule };
type ValueRules<P> = { readonly [K in keyof Required<P>]: ValueRule };

const tagRules: ValueRules<Tag> = {
  Key: { type: 'string', required: true },
  Value: { type: 'string', required: true },
};

const sharingRules: PropertyRules<Sharing> = {
  SharedAccountIds: { type: 'strings', required: false, change: 'in place' },
  SharedOrganizationArns: { type: 'strings', required: false, change: 'in place' },
  SharedOrganizationalUnitArns: { type: 'strings', required: false, change: 'in place' },
};

const imageRules: PropertyRules<ImageProperties> = {
  ...sharingRules,
  ImageName: { type: 'string', required: false, change: 'replace' },
  ImageNamePrefix: { type: 'string', required: false, change: 'replace' },
  GeneratedNamePrefix: { type: 'string', required: true, change: 'in place' },
  Description: { type: 'string', required: false, change: 'in place' },
  ContentVersion: { type: 'string', required: false, change: 'replace' },
  Tags: { type: 'structures', of: tagRules, required: false, change: 'in place' },
  TimeoutSeconds: { type: 'integer', required: true, change: 'in place' },
  RemovalPolicy: { type: 'string', required: false, change: 'in place' },
};

export const AMI_SHARING_RULES: PropertyRules<AmiSharingProperties> = {
  ...sharingRules,
  ImageId: { type: 'string', required: true, change: 'replace' },
};

export const ENCRYPTED_AMI_COPY_RULES: PropertyRules<EncryptedAmiCopyProperties> = {
  ...imageRules,
  SourceImageId: { type: 'string', required: true, change: 'replace' },
  SourceRegion: { type: 'string', required: false, change: 'replace' },
  Encryption: { type: 'string', required: true, change: 'replace' },
  EncryptionKeyArn: { type: 'string', required: false, change: 'replace' },
  CopySourceTags: { type: 'boolean', required: true, change: 'replace' },
  // no effect on an existing AMI: how fast the next one is copied
  CompletionDurationMinutes: { type: 'integer', required: false, change: 'in place' },
  OutpostArn: { type: 'string', required: false, change: 'replace' },
  LocalZone: { type: 'string', required: false, change: 'replace' },
  SourceEncryptionKeyArns: { type: 'strings', required: false, change: 'in place' },
  SourceBucketName: { type: 'string', required: false, change: 'in place' },
};

const sourceVolumeRules: ValueRules<SourceVolumeProperties> = {
  EncryptionKeyArn: { type: 'string', required: false },
  DeleteOnTermination: { type: 'boolean', required: false },
};

const amiBlockDeviceRules: ValueRules<AmiBlockDeviceProperties> = {
  ...sourceVolumeRules,
  DeviceName: { type: 'string', required: true },
  Volume: { type: 'string', required: true },
  SizeGibibytes: { type: 'integer', required: false },
  SnapshotId: { type: 'string', required: false },
  VolumeType: { type: 'string', required: false },
  Iops: { type: 'integer', required: false },
  Throughput: { type: 'integer', required: false },
};

export const MULTI_KEY_AMI_RULES: PropertyRules<MultiKeyAmiProperties> = {
  ...imageRules,
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
  SubnetIds: { type: 'strings', required: false, change: 'in place' },
  SecurityGroupIds: { type: 'strings', required: false, change: 'in place' },
};

const instanceBlockDeviceRules: ValueRules<InstanceBlockDeviceProperties> = {
  DeviceName: { type: 'string', required: true },
  DeleteOnTermination: { type: 'boolean', required: false },
  MappingEnabled: { type: 'boolean', required: true },
};

export const INSTANCE_AMI_RULES: PropertyRules<InstanceAmiProperties> = {
  ...imageRules,
  InstanceId: { type: 'string', required: true, change: 'replace' },
  // no effect on an existing AMI: how the next one is created
  Reboot: { type: 'boolean', required: true, change: 'in place' },
  BlockDevices: { type: 'structures', of: instanceBlockDeviceRules, required: false, change: 'replace' },
  BootModeOverride: { type: 'string', required: false, change: 'replace' },
  EncryptionKeyArn: { type: 'string', required: false, change: 'replace' },
};
