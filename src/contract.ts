/**
 * What passes between the constructs and the handler: the properties of each custom resource, as typed in the template,
 * and the attributes that it gives back. Written down here, once, for both sides.
 */

/** The custom resource types. A changed name would replace people's images. */
export const RESOURCE_TYPES = {
  encryptedAmiCopy: 'Custom::EncryptedAmiCopy',
} as const;

/** The tag that everything made carries from birth: `<stack id>/<physical id>`. */
export const OWNER_TAG = 'cdk-encrypted-ami:owner';

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

/** The properties that every image of this library has. */
export interface ImageProperties {
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

/** How one property arrives, and what becomes of the image when it changes. */
export interface PropertyRule {
  readonly type: 'string' | 'boolean' | 'integer' | 'tags';
  readonly required: boolean;
  /**
   * `replace`: the image is made of it. The value is part of the physical id, so a new value is a new image, and a rollback
   * to the old value finds the old image. `in place`: an attribute that an image can change while it lives.
   */
  readonly change: 'replace' | 'in place';
}

/** A rule for each property of `P`; a property without one does not compile. */
export type PropertyRules<P> = { readonly [K in keyof Required<P>]: PropertyRule };

const imageRules: PropertyRules<ImageProperties> = {
  ImageName: { type: 'string', required: false, change: 'replace' },
  ImageNamePrefix: { type: 'string', required: true, change: 'in place' },
  Description: { type: 'string', required: false, change: 'in place' },
  Tags: { type: 'tags', required: false, change: 'in place' },
  TimeoutSeconds: { type: 'integer', required: true, change: 'in place' },
};

export const ENCRYPTED_AMI_COPY_RULES: PropertyRules<EncryptedAmiCopyProperties> = {
  ...imageRules,
  SourceImageId: { type: 'string', required: true, change: 'replace' },
  Encryption: { type: 'string', required: true, change: 'replace' },
  KeyArn: { type: 'string', required: false, change: 'replace' },
  CopySourceTags: { type: 'boolean', required: true, change: 'replace' },
};
