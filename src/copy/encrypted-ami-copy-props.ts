import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { CommonAmiProps } from '../ami/common-ami-props';

/**
 * Properties of `EncryptedAmiCopy`. Exactly one of `encryptionKey`, `useDefaultKey: true` and `preserveEncryption: true` is required.
 */
export interface EncryptedAmiCopyProps extends CommonAmiProps {
  /**
   * The AMI to copy: a machine image of this account, a public one, or one that is shared with this account, whose ID is known when the stack
   * deploys. It must be backed by EBS, or by S3 with `sourceBucket`. The owner of a shared AMI must share each of its snapshots and the customer managed
   * key of each encrypted snapshot too.
   *
   * Changing it requires replacement. The ID behind an SSM parameter, such as `latestAmazonLinux2023()`, can change at every deployment; set
   * `cachedInContext: true` to keep one.
   */
  readonly sourceImage: ec2.IMachineImage;

  /**
   * The Region of the source AMI, such as `eu-west-1`. The ID of the source must be known when the app is synthesized: an ID per Region, a lookup, or an
   * SSM parameter with `cachedInContext: true`. The keys in `sourceEncryptionKeys` are keys of this Region.
   *
   * Changing it requires replacement.
   *
   * @default - the Region of the stack
   */
  readonly sourceRegion?: string;

  /**
   * The bucket of the source AMI, if it is backed by S3 ("instance store"). EC2 cannot encrypt such an AMI, so it requires `preserveEncryption: true`. The
   * handler role is allowed to read this bucket, and to write to the bucket that EC2 creates for such AMIs (`amis-for-…`).
   *
   * Changing it updates the AMI in place. Excludes `outpostArn` and `localZone`.
   *
   * @default - the source AMI is backed by EBS
   */
  readonly sourceBucket?: s3.IBucket;

  /**
   * How long EBS takes for the copy: 15 minutes to 48 hours, in steps of 15 minutes; a shorter duration costs more. EBS copies at most 500 MiB/s
   * of a snapshot: a duration that is too short for a snapshot fails the deployment. `imageCompletionDurationMet` says whether EBS kept it.
   *
   * Changing it has no effect on an existing AMI. A duration longer than `timeout` adds a warning. Excludes `outpostArn` and `localZone`. See the page
   * "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" of the Amazon EBS User Guide.
   *
   * @default - EBS copies without a completion duration
   */
  readonly completionDuration?: Duration;

  /**
   * The ARN of the Outpost that the snapshots are copied to, in the Region of the stack, with S3 on Outposts. Instances launch from the AMI on that
   * Outpost only. The AMI cannot be copied, and `shareWithAccounts()` refuses it.
   *
   * Changing it requires replacement. Excludes `localZone`, `preserveEncryption`, `sourceBucket`, `completionDuration` and a `sourceRegion` other than
   * the Region of the stack. See the page "Amazon EBS local snapshots on Outposts" of the Amazon EBS User Guide.
   *
   * @default - the snapshots are in the Region
   */
  readonly outpostArn?: string;

  /**
   * The Local Zone that the snapshots are copied to, enabled for the account and in the Region of the stack: its name, such as `us-east-1-bos-1a`, or its
   * ID, such as `use1-bos1-az1`. Volumes are created from the snapshots in that zone only. Some Local Zones require encryption: with
   * `preserveEncryption`, unencrypted snapshots are then encrypted with the account's default key, which belongs in `sourceEncryptionKeys` if it is
   * customer managed.
   *
   * Changing it requires replacement, also from the name of a zone to its ID. Excludes `outpostArn`, `sourceBucket`, `completionDuration` and a
   * `sourceRegion` other than the Region of the stack. See the page "Local snapshots in Local Zones" of the Amazon EBS User Guide.
   *
   * @default - the snapshots are in the Region
   */
  readonly localZone?: string;

  /**
   * The key that every snapshot of the AMI is encrypted with: symmetric, of the Region of the stack, of this account or another. The handler role is
   * allowed to use the key through EC2; the policy of a key of another account must allow this account too.
   *
   * Changing it requires replacement. Excludes `useDefaultKey` and `preserveEncryption`.
   *
   * @default - none: set `useDefaultKey` or `preserveEncryption`
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Encrypts every snapshot with the account's default key for EBS in this Region: `aws/ebs`, unless the account has set another. Snapshots that are
   * encrypted with `aws/ebs` cannot be shared.
   *
   * Changing it requires replacement. Excludes `encryptionKey` and `preserveEncryption`.
   *
   * @default false
   */
  readonly useDefaultKey?: boolean;

  /**
   * Keeps the encryption of each snapshot: an encrypted snapshot keeps its key, and an unencrypted one stays unencrypted unless the account encrypts EBS
   * by default. Encrypted snapshots of another account or Region are encrypted with the account's default key.
   *
   * Changing it requires replacement. Excludes `encryptionKey`, `useDefaultKey` and `outpostArn`.
   *
   * @default false
   */
  readonly preserveEncryption?: boolean;

  /**
   * The customer managed keys that the snapshots of the source AMI are encrypted with. The handler role is allowed to decrypt with them through EC2. Not
   * needed for unencrypted snapshots and for `aws/ebs`.
   *
   * Changing it updates the AMI in place.
   *
   * @default - no snapshot of the source AMI is encrypted with a customer managed key
   */
  readonly sourceEncryptionKeys?: kms.IKey[];

  /**
   * Whether the AMI gets the tags that this account has put on the source AMI, besides its own. Changing it requires replacement.
   *
   * @default false
   */
  readonly copySourceTags?: boolean;
}
