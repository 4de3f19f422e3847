import { IMAGE_RULES, ImageProperties } from './ami-properties';
import { PropertyRules } from './property-rules';

/** How the snapshots of a copy are encrypted. */
export enum CopyEncryption {
  /** Every snapshot is encrypted with the key `EncryptionKeyArn`. */
  KEY = 'KEY',
  /** Every snapshot is encrypted with the account's default key for EBS. */
  DEFAULT_KEY = 'DEFAULT_KEY',
  /** Each snapshot keeps its encryption, which is what CopyImage does without parameters for encryption. */
  PRESERVE = 'PRESERVE',
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

export const ENCRYPTED_AMI_COPY_RULES: PropertyRules<EncryptedAmiCopyProperties> = {
  ...IMAGE_RULES,
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
