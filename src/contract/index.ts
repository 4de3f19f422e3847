/**
 * What passes between the constructs and the handler: the properties of each custom resource, as typed in the template,
 * and the attributes that it gives back. Written down here, once, for both sides.
 */

/** The custom resource types. A changed name would replace people's images. */
export const RESOURCE_TYPES = {
  encryptedAmiCopy: 'Custom::EncryptedAmiCopy',
  multiKeyAmi: 'Custom::MultiKeyAmi',
  instanceAmi: 'Custom::InstanceAmi',
  imageSharing: 'Custom::ImageSharing',
} as const;

/** The tag that everything made carries from birth: `<stack id>/<physical id>`. */
export const OWNER_TAG = 'cdk-encrypted-ami:owner';

/** On what is only a step on the way to the image, and is removed when the image is there. */
export const STEP_TAG = 'cdk-encrypted-ami:step';

/** The tag that says which device of the image a volume or a snapshot is for. */
export const DEVICE_TAG = 'cdk-encrypted-ami:device';

/** Tags that begin so are the library's own. */
export const RESERVED_TAG_PREFIX = 'cdk-encrypted-ami:';

/** One tag, as CloudFormation writes it. */
export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** How the snapshots of a copy come out. */
export enum CopyEncryption {
  /** Every snapshot under the key of `KeyArn`. */
  KEY = 'KEY',
  /** Every snapshot under the account's default key for EBS. */
  DEFAULT_KEY = 'DEFAULT_KEY',
  /** As EC2 copies when it is told nothing: each snapshot as it is. */
  PRESERVE = 'PRESERVE',
}

/** With whom an image is shared. */
export interface Sharing {
  /** With them its snapshots too, which cannot be shared with the others. */
  readonly SharedAccounts?: readonly string[];
  /** ARNs. */
  readonly SharedOrganizations?: readonly string[];
  /** ARNs. */
  readonly SharedOrganizationalUnits?: readonly string[];
}

/** The properties that every image of this library has. */
export interface ImageProperties extends Sharing {
  /** The user's own name for the image. */
  readonly ImageName?: string;
  /** What the name begins with where the user gave none. */
  readonly ImageNamePrefix: string;
  readonly Description?: string;
  readonly Tags?: readonly Tag[];
  /** How long the image may take, in seconds. */
  readonly TimeoutSeconds: number;
}

/** The properties of `Custom::EncryptedAmiCopy`. */
export interface EncryptedAmiCopyProperties extends ImageProperties {
  readonly SourceImageId: string;
  readonly Encryption: CopyEncryption;
  /** With `Encryption: KEY`. */
  readonly KeyArn?: string;
  readonly CopySourceTags: boolean;
  /** Where the source is, if not where the copy is made. */
  readonly SourceRegion?: string;
  /** With a time-based copy. */
  readonly CompletionMinutes?: number;
  /** Where the copy goes, if not into the Region: an Outpost, or a Local Zone by its name or its id. */
  readonly OutpostArn?: string;
  readonly LocalZone?: string;
  /** The keys that the role may decrypt the source with. */
  readonly SourceKeyArns?: readonly string[];
  /** Whether the role may do what the copy of an image that is backed by S3 takes. */
  readonly S3Backed?: boolean;
}

/**
 * How an AMI with several keys is built. Both ways end with the same AMI.
 */
export enum MultiKeyMethod {
  /**
   * By an instance that is launched from the source, gets a volume for each key, is stopped, and becomes the AMI. Works for every source,
   * because EC2 itself carries licences and billing over.
   */
  INSTANCE = 'INSTANCE',

  /**
   * Without any instance: each snapshot is copied to its key, and the copies are registered as an AMI. Nothing of the source ever runs.
   * Refused for sources with product codes or with a licence that is billed by EC2, which a registration can lose, and
   * for AMIs of other accounts that start by UEFI, whose Secure Boot keys only their owner may read.
   */
  SNAPSHOTS = 'SNAPSHOTS',
}

/** What is asked of a device that the source has. */
interface SourceDeviceProperties {
  readonly DeviceName: string;
  readonly KeyArn?: string;
  readonly DeleteOnTermination?: boolean;
}

/** A volume that the source does not have. */
export interface NewVolumeProperties {
  readonly DeviceName: string;
  readonly KeyArn: string;
  readonly SizeGibibytes?: number;
  readonly SnapshotId?: string;
  readonly VolumeType: string;
  readonly Iops?: number;
  readonly Throughput?: number;
  readonly DeleteOnTermination: boolean;
}

/** The properties of `Custom::MultiKeyAmi`. */
export interface MultiKeyAmiProperties extends ImageProperties {
  readonly SourceImageId: string;
  /** The keys that the source's snapshots are said to be encrypted with. */
  readonly SourceKeyArns?: readonly string[];
  readonly RootKeyArn?: string;
  readonly SourceDevices?: readonly SourceDeviceProperties[];
  readonly DroppedDevices?: readonly string[];
  readonly Volumes?: readonly NewVolumeProperties[];
  /** What the builder runs before its volumes become the image, in base64. */
  readonly UserData?: string;
  readonly Method: MultiKeyMethod;
  readonly PrepareTimeoutSeconds?: number;
  readonly PublicAddress: boolean;
  readonly InstanceTypes?: readonly string[];
  readonly SubnetIds?: readonly string[];
  readonly SecurityGroupIds?: readonly string[];
}

/** What is asked of a volume of an instance. */
interface InstanceDeviceProperties {
  readonly DeviceName: string;
  readonly DeleteOnTermination: boolean;
}

/** The properties of `Custom::InstanceAmi`. */
export interface InstanceAmiProperties extends ImageProperties {
  readonly InstanceId: string;
  readonly Reboot: boolean;
  readonly Version?: string;
  readonly ExcludedDevices?: readonly string[];
  readonly Devices?: readonly InstanceDeviceProperties[];
  readonly BootMode?: string;
  /** The key that the image is copied on to; without one, each snapshot has the key of its volume. */
  readonly KeyArn?: string;
}

/** The properties of `Custom::ImageSharing`: an image that was there before, and nothing of what is made. */
export interface ImageSharingProperties extends ImageProperties {
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
  readonly CompletionTargetMet: string;
}

/** How a value arrives. */
export interface ValueRule {
  readonly type: 'string' | 'boolean' | 'integer' | 'strings' | 'structures';
  readonly required: boolean;
  /** What each of the structures is made of. */
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

const imageRules: PropertyRules<ImageProperties> = {
  ImageName: { type: 'string', required: false, change: 'replace' },
  ImageNamePrefix: { type: 'string', required: true, change: 'in place' },
  Description: { type: 'string', required: false, change: 'in place' },
  Tags: { type: 'structures', of: tagRules, required: false, change: 'in place' },
  TimeoutSeconds: { type: 'integer', required: true, change: 'in place' },
  SharedAccounts: { type: 'strings', required: false, change: 'in place' },
  SharedOrganizations: { type: 'strings', required: false, change: 'in place' },
  SharedOrganizationalUnits: { type: 'strings', required: false, change: 'in place' },
};

export const IMAGE_SHARING_RULES: PropertyRules<ImageSharingProperties> = {
  ...imageRules,
  ImageId: { type: 'string', required: true, change: 'replace' },
};

export const ENCRYPTED_AMI_COPY_RULES: PropertyRules<EncryptedAmiCopyProperties> = {
  ...imageRules,
  SourceImageId: { type: 'string', required: true, change: 'replace' },
  Encryption: { type: 'string', required: true, change: 'replace' },
  KeyArn: { type: 'string', required: false, change: 'replace' },
  CopySourceTags: { type: 'boolean', required: true, change: 'replace' },
  SourceRegion: { type: 'string', required: false, change: 'replace' },
  // how fast it is made: the image that exists stays
  CompletionMinutes: { type: 'integer', required: false, change: 'in place' },
  OutpostArn: { type: 'string', required: false, change: 'replace' },
  LocalZone: { type: 'string', required: false, change: 'replace' },
  SourceKeyArns: { type: 'strings', required: false, change: 'in place' },
  S3Backed: { type: 'boolean', required: false, change: 'in place' },
};

const sourceDeviceRules: ValueRules<SourceDeviceProperties> = {
  DeviceName: { type: 'string', required: true },
  KeyArn: { type: 'string', required: false },
  DeleteOnTermination: { type: 'boolean', required: false },
};

const newVolumeRules: ValueRules<NewVolumeProperties> = {
  DeviceName: { type: 'string', required: true },
  KeyArn: { type: 'string', required: true },
  SizeGibibytes: { type: 'integer', required: false },
  SnapshotId: { type: 'string', required: false },
  VolumeType: { type: 'string', required: true },
  Iops: { type: 'integer', required: false },
  Throughput: { type: 'integer', required: false },
  DeleteOnTermination: { type: 'boolean', required: true },
};

export const MULTI_KEY_AMI_RULES: PropertyRules<MultiKeyAmiProperties> = {
  ...imageRules,
  SourceImageId: { type: 'string', required: true, change: 'replace' },
  SourceKeyArns: { type: 'strings', required: false, change: 'in place' },
  RootKeyArn: { type: 'string', required: false, change: 'replace' },
  SourceDevices: { type: 'structures', of: sourceDeviceRules, required: false, change: 'replace' },
  DroppedDevices: { type: 'strings', required: false, change: 'replace' },
  Volumes: { type: 'structures', of: newVolumeRules, required: false, change: 'replace' },
  UserData: { type: 'string', required: false, change: 'replace' },
  // how and where it is built: the image that exists stays, the next one is built so
  Method: { type: 'string', required: true, change: 'in place' },
  PrepareTimeoutSeconds: { type: 'integer', required: false, change: 'in place' },
  PublicAddress: { type: 'boolean', required: true, change: 'in place' },
  InstanceTypes: { type: 'strings', required: false, change: 'in place' },
  SubnetIds: { type: 'strings', required: false, change: 'in place' },
  SecurityGroupIds: { type: 'strings', required: false, change: 'in place' },
};

const instanceDeviceRules: ValueRules<InstanceDeviceProperties> = {
  DeviceName: { type: 'string', required: true },
  DeleteOnTermination: { type: 'boolean', required: true },
};

export const INSTANCE_AMI_RULES: PropertyRules<InstanceAmiProperties> = {
  ...imageRules,
  InstanceId: { type: 'string', required: true, change: 'replace' },
  // how the next image is made: the one that exists stays
  Reboot: { type: 'boolean', required: true, change: 'in place' },
  Version: { type: 'string', required: false, change: 'replace' },
  ExcludedDevices: { type: 'strings', required: false, change: 'replace' },
  Devices: { type: 'structures', of: instanceDeviceRules, required: false, change: 'replace' },
  BootMode: { type: 'string', required: false, change: 'replace' },
  KeyArn: { type: 'string', required: false, change: 'replace' },
};
