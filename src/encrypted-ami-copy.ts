import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CopyEncryption, EncryptedAmiCopyProperties, ImageProperties, RESOURCE_TYPES } from './contract';
import { DeployedImage, DeployedImageProps } from './deployed-image';
import { KeyUse } from './key-access';
import { ImageProvider } from './provider';
import { checkSource, freshUserData } from './source';

/**
 * What is copied, and how it comes out.
 */
export interface EncryptedAmiCopyProps extends DeployedImageProps {
  /**
   * The image to copy: any machine image that is known by its id when the stack deploys, of this Region. It must be backed by EBS.
   *
   * A change replaces the AMI. With an image behind an SSM parameter, such as `latestAmazonLinux2023()`, every deployment looks
   * the parameter up, so that a newer image replaces the AMI (and what was launched from it) at the next deployment; say
   * `cachedInContext: true` to stay with one.
   */
  readonly source: ec2.IMachineImage;

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
   * come out under the account's default key.
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
export class EncryptedAmiCopy extends DeployedImage {
  private readonly source: ec2.IMachineImage;

  public constructor(scope: Construct, id: string, props: EncryptedAmiCopyProps) {
    super(scope, id, props, self => {
      if (props.preserveEncryption && props.encryptionKey) {
        throw new Error('preserveEncryption copies the encryption of each snapshot as it is, got an encryptionKey as well: leave out one of the two');
      }
      const { imageId } = props.source.getImage(self);
      checkSource(imageId);
      const properties: Omit<EncryptedAmiCopyProperties, keyof ImageProperties> = {
        SourceImageId: imageId,
        Encryption: props.preserveEncryption ? CopyEncryption.PRESERVE : props.encryptionKey ? CopyEncryption.KEY : CopyEncryption.DEFAULT_KEY,
        KeyArn: props.encryptionKey?.keyArn,
        CopySourceTags: props.copySourceTags ?? false,
      };
      return {
        resourceType: RESOURCE_TYPES.encryptedAmiCopy,
        provider: provide(self, props),
        launchKeys: props.encryptionKey ? [props.encryptionKey] : [],
        properties,
      };
    });
    this.source = props.source;
  }

  public getImage(_scope: Construct): ec2.MachineImageConfig {
    return { imageId: this.imageId, ...freshUserData(this, this.source) };
  }
}

/** The provider, allowed to do what this copy needs. */
function provide(scope: Construct, props: EncryptedAmiCopyProps): ImageProvider {
  const provider = ImageProvider.of(scope, props);
  provider.permissions.allowCopy();
  if (props.encryptionKey) {
    provider.keys.allow(props.encryptionKey, KeyUse.DESTINATION);
  } else {
    provider.permissions.allowDefaultKey();
  }
  if (props.preserveEncryption) {
    provider.permissions.allowEncryptionByDefault();
  }
  for (const key of props.sourceKeys ?? []) {
    provider.keys.allow(key, KeyUse.SOURCE);
    if (props.preserveEncryption) {
      provider.keys.allow(key, KeyUse.DESTINATION);
    }
  }
  return provider;
}
