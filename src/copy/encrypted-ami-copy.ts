import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { CopyEncryption, EncryptedAmiCopyProperties, ImageProperties, RESOURCE_TYPES } from '../contract';
import { AmiBase, CommonAmiProps } from '../ami/ami-base';
import { checkDestination } from './validate-destination';
import { KeyUse } from '../provider/key-permissions';
import { AmiProvider } from '../provider/ami-provider';
import { checkSource, freshUserData, imageOf } from '../ami/source-image';
import { checkCompletionDuration } from '../ami/validate-ami';

/**
 * What is copied, and how it comes out.
 */
export interface EncryptedAmiCopyProps extends CommonAmiProps {
  /**
   * The image to copy: any machine image that is known by its id when the stack deploys, of this Region or of `sourceRegion`, of this account,
   * public, or shared with this account. It must be backed by EBS; with `preserveEncryption`, it may be backed by S3: see `sourceBucket`.
   *
   * The owner of a shared image has to share three things: the image, each of its snapshots, and the customer managed key of each encrypted
   * snapshot. See `ImageSharing`.
   *
   * A change replaces the AMI. With an image behind an SSM parameter, such as `latestAmazonLinux2023()`, every deployment looks
   * the parameter up, so that a newer image replaces the AMI (and what was launched from it) at the next deployment; say
   * `cachedInContext: true` to stay with one.
   */
  readonly source: ec2.IMachineImage;

  /**
   * The Region that the source is in. The source is then asked which image it means there: an id or a map of Regions to ids, a lookup, or an SSM
   * parameter of that Region that is looked up when the app is synthesized (`cachedInContext: true`), because CloudFormation looks up parameters
   * of the stack's own Region only. The keys in `sourceKeys` are keys of that Region; the copy's key is always one of the stack's Region.
   *
   * A change replaces the AMI.
   *
   * @default - the Region of the stack
   */
  readonly sourceRegion?: string;

  /**
   * The bucket that the source is in, for an image that is backed by S3 ("instance store"). Such an image has no snapshots, and can only be copied
   * as it is: with `preserveEncryption`. The handler's role is allowed to read the bucket, and to write into the bucket that EC2 makes for the
   * images of the account in the Region (`amis-for-…`). A change is made in place.
   *
   * @default - the source is backed by EBS
   */
  readonly sourceBucket?: s3.IBucket;

  /**
   * The time that EBS is to be done with the copy in: 15 minutes to 48 hours, in quarters of an hour. It costs more the shorter it is. Every
   * snapshot gets the same time, and counts on its own: EBS moves at most 500 MiB/s of a snapshot, and 2,000 MiB/s of all of an account's
   * from one Region to another. A time that is too short for a snapshot fails the deployment, with the shortest one that holds; when only all
   * together are too large, EC2 makes the copy later than that.
   *
   * A time longer than `timeout` draws a warning, because EBS takes the time that it is given. Whether the time was kept is in the log and in
   * `imageCompletionTargetMet`. A change is made in place: the AMI that exists stays, and the next one is made so.
   *
   * @see the page "Time-based copies for Amazon EBS snapshots and EBS-backed AMIs" in the Amazon EBS User Guide
   *
   * @default - as long as it takes
   */
  readonly completionDuration?: Duration;

  /**
   * The Outpost that the snapshots of the AMI are copied to, by its ARN: one of the stack's Region, with S3 on Outposts. The source must have its
   * snapshots in that Region. What is on an Outpost is always encrypted, with `encryptionKey` or with the account's default key; instances of the AMI
   * launch on that Outpost only, and their volumes keep its key.
   *
   * EC2 copies nothing out of an Outpost, and shares no snapshot that is on one: such an AMI can be no source, and `shareWithAccounts()` refuses it.
   * A copy to an Outpost cannot be given a `completionDuration`. When the AMI is done, each of its snapshots was read back and is on the Outpost.
   *
   * A change replaces the AMI. Excludes `localZone`, `preserveEncryption` and `sourceBucket`.
   *
   * @see the page "Amazon EBS local snapshots on Outposts" in the Amazon EBS User Guide
   *
   * @default - the snapshots are in the Region
   */
  readonly outpostArn?: string;

  /**
   * The Local Zone that the snapshots of the AMI are copied to: its name, such as `us-east-1-bos-1a`, or its id, such as `use1-bos1-az1`. It must be a
   * zone of the stack's Region that is enabled for the account and supports local snapshots. The source must have its snapshots in that Region, or in
   * another of its Local Zones, from which only some zones take copies. Volumes are made from the AMI's snapshots in that zone only, and keep their key.
   *
   * Some Local Zones require encryption. With `preserveEncryption`, snapshots that are not encrypted come out under the account's default key there, so
   * that this key must be one that can be used: if it is a customer managed key, pass it in `sourceKeys`. A copy to a Local Zone cannot be given a
   * `completionDuration`. When the AMI is done, each of its snapshots was read back and is in the zone.
   *
   * A change replaces the AMI, also one from the name of a zone to its id. Excludes `outpostArn` and `sourceBucket`.
   *
   * @see the page "Local snapshots in Local Zones" in the Amazon EBS User Guide
   *
   * @default - the snapshots are in the Region
   */
  readonly localZone?: string;

  /**
   * The key that every snapshot of the AMI is encrypted with: symmetric, of this Region, from this account or another.
   *
   * A change replaces the AMI. The handler's role is allowed to use the key through EC2; the key of another account must
   * allow this account as well.
   *
   * @see the page "Use encryption with EBS-backed AMIs" in the Amazon EC2 User Guide
   *
   * @default - the account's default key for EBS in this Region: `aws/ebs`, unless the account has chosen another
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * Copy the encryption of each snapshot as it is, instead of encrypting all of them with one key: what is encrypted keeps its key,
   * and what is not stays unencrypted, unless the account encrypts EBS by default. Snapshots of another account that are encrypted
   * come out under the account's default key, and so do those of another Region.
   *
   * A change replaces the AMI. Excludes `encryptionKey`.
   *
   * @default false
   */
  readonly preserveEncryption?: boolean;

  /**
   * The customer managed keys that the source's snapshots are encrypted with. The handler's role is allowed to decrypt with them
   * through EC2. Not needed for unencrypted snapshots and for those under `aws/ebs`. A change is made in place.
   *
   * @default - the source has no snapshot under a customer managed key
   */
  readonly sourceKeys?: kms.IKey[];

  /**
   * Whether the AMI gets the tags that this account has put on the source, besides its own. A change replaces the AMI.
   *
   * @default false
   */
  readonly copySourceTags?: boolean;
}

/**
 * An encrypted copy of an AMI, made while the stack deploys.
 *
 * When the deployment goes on, the AMI is available, and each of its snapshots was read back and is encrypted with the key that was
 * asked for. It can be given to instances, launch templates and Auto Scaling groups like any other machine image.
 *
 * When the copy cannot be made, the deployment fails with a sentence that names the device or snapshot, the key, the cause and the
 * cure, and nothing is left behind.
 *
 * @see the page "Copy an Amazon EC2 AMI" in the Amazon EC2 User Guide
 */
export class EncryptedAmiCopy extends AmiBase {
  /**
   * Whether the copy was done in its `completionDuration`: `true` or `false`. Known when the stack deploys.
   *
   * @attribute
   */
  public readonly imageCompletionTargetMet?: string;

  private readonly source: ec2.IMachineImage;
  private readonly sourceRegion?: string;

  public constructor(scope: Construct, id: string, props: EncryptedAmiCopyProps) {
    super(scope, id, props, self => {
      if (props.preserveEncryption && props.encryptionKey) {
        throw new Error('preserveEncryption copies the encryption of each snapshot as it is, got an encryptionKey as well: leave out one of the two');
      }
      const sourceRegion = validateSourceRegion(self, props);
      checkDestination(self, props, sourceRegion);
      if (props.sourceBucket && !props.preserveEncryption) {
        throw new Error('sourceBucket is for images that are backed by S3, which EC2 cannot encrypt while it copies them: say preserveEncryption: true, or use an image backed by EBS');
      }
      checkCompletionDuration(self, props);
      const { imageId } = imageOf(self, props.source, sourceRegion);
      checkSource(imageId);
      const properties: Omit<EncryptedAmiCopyProperties, keyof ImageProperties> = {
        SourceImageId: imageId,
        Encryption: props.preserveEncryption ? CopyEncryption.PRESERVE : props.encryptionKey ? CopyEncryption.KEY : CopyEncryption.DEFAULT_KEY,
        KeyArn: props.encryptionKey?.keyArn,
        CopySourceTags: props.copySourceTags ?? false,
        SourceRegion: sourceRegion,
        CompletionMinutes: props.completionDuration?.toMinutes(),
        OutpostArn: props.outpostArn,
        LocalZone: props.localZone,
        SourceKeyArns: props.sourceKeys?.map(({ keyArn }) => keyArn),
        S3Backed: props.sourceBucket && true,
      };
      return {
        resourceType: RESOURCE_TYPES.encryptedAmiCopy,
        provider: grantHandlerPermissions(self, props, sourceRegion),
        launchKeys: props.encryptionKey ? [props.encryptionKey] : [],
        // EBS shares no snapshot that is on an Outpost
        shareable: props.outpostArn === undefined,
        properties,
      };
    });
    this.source = props.source;
    this.sourceRegion = validateSourceRegion(this, props);
    this.imageCompletionTargetMet = props.completionDuration && this._attribute('CompletionTargetMet');
  }

  public getImage(_scope: Construct): ec2.MachineImageConfig {
    return { imageId: this.imageId, ...freshUserData(this, this.source, this.sourceRegion) };
  }
}

/** The Region of the source, if it is not the stack's own. */
function validateSourceRegion(scope: Construct, { sourceRegion }: EncryptedAmiCopyProps): string | undefined {
  if (sourceRegion !== undefined && !Token.isUnresolved(sourceRegion) && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(sourceRegion)) {
    throw new Error(`sourceRegion must be the code of a Region such as "eu-west-1", got ${JSON.stringify(sourceRegion)}: look it up in the list of Regions`);
  }
  if (Token.isUnresolved(sourceRegion)) {
    throw new Error('sourceRegion must be known when the app is synthesized, got a token: write the code of the Region, such as "eu-west-1"');
  }
  return sourceRegion === Stack.of(scope).region ? undefined : sourceRegion;
}

/** The provider, allowed to do what this copy needs. */
function grantHandlerPermissions(scope: Construct, props: EncryptedAmiCopyProps, sourceRegion: string | undefined): AmiProvider {
  const provider = AmiProvider.of(scope, props);
  provider.permissions.allowCopy();
  if (props.encryptionKey) {
    provider.keys.allow(props.encryptionKey, KeyUse.DESTINATION);
  } else {
    provider.permissions.allowDefaultKey();
  }
  if (props.localZone !== undefined) {
    provider.permissions.allowLocalZone();
  } else if (props.preserveEncryption) {
    // a Local Zone may encrypt whatever the account's default is, so that there it is not asked
    provider.permissions.allowEncryptionByDefault();
  }
  if (props.sourceBucket) {
    provider.permissions.allowS3BackedCopy(props.sourceBucket);
  }
  if (sourceRegion !== undefined) {
    provider.permissions.allowCopyFrom(sourceRegion);
  }
  for (const key of props.sourceKeys ?? []) {
    provider.keys.allow(key, KeyUse.SOURCE, sourceRegion);
    // what comes from another Region comes out under no key of that Region
    if (props.preserveEncryption && key.env.region !== sourceRegion) {
      provider.keys.allow(key, KeyUse.DESTINATION);
    }
  }
  return provider;
}
