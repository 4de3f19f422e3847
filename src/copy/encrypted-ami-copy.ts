import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allowCopy, listKeptKeys } from './copy-permissions';
import { EncryptedAmiCopyProps } from './encrypted-ami-copy-props';
import * as messages from './messages';
import { validateCompletionDuration } from './validate-completion-duration';
import { validateDestination } from './validate-destination';
import { AmiBase } from '../ami/ami-base';
import { validateSourceImageId, getLaunchConfig, getSourceImage } from '../ami/source-image';
import { CopyEncryption, EncryptedAmiCopyProperties, ImageProperties, RESOURCE_TYPES } from '../contract';
import { sourcePartitionError } from '../contract/partition';
import { listSourceKeys, renderSourceKeys } from '../keys/ami-keys';
import { validateKeys } from '../keys/validate-keys';
import { AmiProvider } from '../provider/ami-provider';
import { resolveKey } from '../provider/key-resource';

/**
 * An encrypted copy of an AMI, created while the stack deploys.
 *
 * The deployment continues once the AMI is available and each of its snapshots was verified to be encrypted with the requested key. If the AMI cannot
 * be copied, the deployment fails with the cause and what to do, and the partly created AMI is deleted.
 *
 * See the page "Copy an Amazon EC2 AMI" of the Amazon EC2 User Guide.
 */
export class EncryptedAmiCopy extends AmiBase {
  /**
   * The ID of the source AMI, such as `ami-0ff8a91507f77f867`. The ID behind an SSM parameter is known when the stack deploys. It is the ID of this
   * deployment: keep it, for example in an output, to create the same AMI again later.
   */
  public readonly sourceImageId: string;

  /**
   * Whether EBS finished the copy within `completionDuration`: the string `true` or `false`, known when the stack deploys. Undefined without
   * `completionDuration`.
   *
   * @attribute
   */
  public readonly imageCompletionDurationMet?: string;

  public constructor(scope: Construct, id: string, props: EncryptedAmiCopyProps) {
    super(scope, id, props);
    const encryption = validateEncryption(props);
    const sourceRegion = validateSourceRegion(this, props);
    validateDestination(this, props, sourceRegion);
    if (props.sourceBucket && !props.preserveEncryption) {
      throw new Error(messages.sourceBucketWithEncryption());
    }
    validateCompletionDuration(this, props);
    const { imageId } = getSourceImage(this, props.sourceImage, sourceRegion);
    validateSourceImageId(imageId);
    validateKeys(this, 'encryptionKey', props.encryptionKey && [props.encryptionKey]);
    const stackRegion = Stack.of(this).region;
    validateKeys(this, 'sourceEncryptionKeys', props.sourceEncryptionKeys, [
      sourceRegion ?? stackRegion,
      // snapshots of another Region are encrypted with the default key of this one
      ...props.preserveEncryption ? [stackRegion] : [],
    ]);
    const encryptionKey = props.encryptionKey && resolveKey(props.encryptionKey);
    const sourceEncryptionKeys = listSourceKeys(props.sourceEncryptionKeys, imageId);
    this.sourceImageId = imageId;
    const properties: Omit<EncryptedAmiCopyProperties, keyof ImageProperties> = {
      SourceImageId: imageId,
      SourceRegion: sourceRegion,
      Encryption: encryption,
      EncryptionKeyArn: encryptionKey?.keyArn,
      CopySourceTags: props.copySourceTags ?? false,
      CompletionDurationMinutes: props.completionDuration?.toMinutes(),
      OutpostArn: props.outpostArn,
      LocalZone: props.localZone,
      SourceEncryptionKeyArns: renderSourceKeys(sourceEncryptionKeys),
      SourceBucketName: props.sourceBucket?.bucketName,
    };
    const provider = AmiProvider.of(this, props);
    const permissions = provider.permissionsFor(this);
    allowCopy(permissions, props, imageId, sourceEncryptionKeys, sourceRegion);
    this._createResource({
      resourceType: RESOURCE_TYPES.encryptedAmiCopy,
      provider,
      permissions,
      keyRegions: sourceRegion === undefined ? [stackRegion] : [stackRegion, sourceRegion],
      properties,
      props,
      deviceKeys: encryptionKey ? [encryptionKey] : props.preserveEncryption ? listKeptKeys(sourceEncryptionKeys, sourceRegion) : [],
      notShareable: props.outpostArn === undefined ? undefined : messages.snapshotsOnOutpostNotShareable(),
      launchConfig: () => getLaunchConfig(this, props.sourceImage, sourceRegion),
    });
    this.imageCompletionDurationMet = props.completionDuration && this._attribute('CompletionDurationMet');
  }
}

/** The chosen encryption. A `null` in another language must not silently choose the default key. */
function validateEncryption({ encryptionKey, useDefaultKey, preserveEncryption }: EncryptedAmiCopyProps): CopyEncryption {
  const chosen = [
    ...encryptionKey ? [CopyEncryption.KEY] : [],
    ...useDefaultKey ? [CopyEncryption.DEFAULT_KEY] : [],
    ...preserveEncryption ? [CopyEncryption.PRESERVE] : [],
  ];
  if (chosen.length !== 1) {
    throw new Error(messages.notOneEncryption(chosen));
  }
  return chosen[0];
}

/** The Region of the source, if it is not that of the stack. */
function validateSourceRegion(scope: Construct, { sourceRegion }: EncryptedAmiCopyProps): string | undefined {
  if (Token.isUnresolved(sourceRegion)) {
    throw new Error(messages.sourceRegionIsToken());
  }
  if (sourceRegion !== undefined && !/^[a-z]{2,}(-[a-z]+)+-\d+$/.test(sourceRegion)) {
    throw new Error(messages.sourceRegionMalformed(sourceRegion));
  }
  const { region } = Stack.of(scope);
  const problem = sourceRegion === undefined || Token.isUnresolved(region) ? undefined : sourcePartitionError(sourceRegion, region);
  if (problem !== undefined) {
    throw new Error(problem);
  }
  return sourceRegion === region ? undefined : sourceRegion;
}
