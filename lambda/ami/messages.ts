import { OWNER_TAG } from '../../src/contract';
import { awsWords, ec2Reason } from '../aws/aws-words';
import { explainPolicyDenial, isDeniedByMissingStatement } from '../aws/policy-denials';

/*
 * Messages about AMIs and their snapshots, for every kind of AMI. An error message has the form: what happened (IDs), why, what to do, what is left,
 * and AWS's words at the end. The reason of a `NotReady` is a clause without a capital letter: it ends a line of the log, or the message of a timeout.
 */

interface SnapshotOfDevice {
  readonly snapshotId: string | undefined;
  readonly device: string;
}

export function capitalize(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** `action` as in "to …", with what it is done to. */
export function accessDenied(action: string, error: unknown): string {
  return `The handler role is not allowed to ${action}. ${whyDenied(error)}${awsWords('EC2', error)}`;
}

/** The policy that denies it. Older messages of AWS name none. */
export function whyDenied(error: unknown): string {
  const missing = 'None of its policies allows it: the policies that the stack created for it were changed. Restore them, and deploy again.';
  return explainPolicyDenial(error) ?? (isDeniedByMissingStatement(error) ? missing
    : 'If its policies allow this, a service control policy or a permissions boundary denies it: check these, and deploy again.');
}

/** The organization allows only some values, or spellings, of a tag. */
export function tagPolicyViolated(action: string, error: unknown): string {
  return `A tag policy of the organization does not allow a tag with which to ${action}. Change the tag (\`Tags.of()\`), or the tags that are copied.` +
    awsWords('EC2', error);
}

export function tooManyTags(action: string, error: unknown): string {
  return `There are more than 50 tags with which to ${action}, and EC2 allows no more. Exclude some (\`Tags.of()\`).${awsWords('EC2', error)}`;
}

export function ownerTagRemoved({ imageId, owner, region }: { readonly imageId: string; readonly owner: string; readonly region: string }): string {
  return `The AMI ${imageId} of this resource exists, but its tag ${OWNER_TAG} was changed or removed, so the handler must not touch it. Set the tag again: ` +
    `aws ec2 create-tags --resources ${imageId} --tags Key=${OWNER_TAG},Value=${owner} --region ${region}`;
}

// the source

export function invalidSourceImageId({ imageId, example }: { imageId: string; example: string }): string {
  return `\`sourceImage\` must have an ID such as "${example}", but has ${JSON.stringify(imageId)}. Check where the ID comes from.`;
}

export function sourceImageNotFound({ imageId, region, account }: { imageId: string; region: string; account: string }): string {
  return `The source image ${imageId} was not found in ${region}. Either it does not exist, it is not shared with account ${account}, or this account's ` +
    'Allowed AMIs settings exclude it. Check the ID and the Region, ask the owner to share it, or change the Allowed AMIs settings.';
}

/** EC2 had described the image before. */
export function sourceImageGone({ imageId }: { imageId: string }, error: unknown): string {
  return `The source image ${imageId} no longer exists, or is no longer shared with this account. Use an image that exists.${awsWords('EC2', error)}`;
}

export function sourceImagePending({ imageId, state }: { imageId: string; state: string }): string {
  return `the source image ${imageId} is ${state}`;
}

export function sourceImageNotAvailable({ imageId, state, reason }: { imageId: string; state?: string; reason?: string }): string {
  return `The source image ${imageId} is ${state}, not available. Use an image that is available.${ec2Reason(reason)}`;
}

export function sourceImageInInstanceStore({ imageId }: { imageId: string }): string {
  return `The source image ${imageId} is backed by instance store, not by EBS, and cannot be encrypted. Use an image whose root device is an EBS volume.`;
}

export function sourceDeviceWithoutSnapshot({ imageId, device }: { imageId?: string; device: string }): string {
  return `The source image ${imageId} has no snapshot for ${device}, so \`AmiBuildMethod.COPY_SNAPSHOTS\` has nothing to encrypt with the key. ` +
    'Use `AmiBuildMethod.LAUNCH_INSTANCE`, or leave the device out with `mappingEnabled: false` and add a volume of your own.';
}

/** A line of the log. */
export function devicesKeptEmpty(): string {
  return 'These devices have no snapshot: a launch encrypts their volumes only as the defaults of the account say.';
}

/** In the middle of a sentence. */
export function sourceKeyLabel({ snapshotId, device }: SnapshotOfDevice): string {
  return `the key of the source snapshot ${snapshotId} for ${device}`;
}

/** @see the page "Copy an Amazon EC2 AMI" in the Amazon EC2 User Guide: the owner must grant read permission for the storage */
export function sourceSnapshotNotShared({ imageId, ownerId, account, region, snapshotId, device, encrypted }: SnapshotOfDevice & {
  imageId?: string; ownerId?: string; account: string; region: string; encrypted?: boolean;
}): string {
  return `The source image ${imageId} is visible to this account, but its snapshot ${snapshotId} (${device}) is not, or it was deleted. ` +
    `The owner, account ${ownerId}, must share the snapshot: \`aws ec2 modify-snapshot-attribute --snapshot-id ${snapshotId} ` +
    `--attribute createVolumePermission --operation-type add --user-ids ${account} --region ${region}\`.` +
    (encrypted ? ' A snapshot that is encrypted with the AWS managed key aws/ebs cannot be shared: in that case the owner must first copy the AMI with a customer managed key.' : '');
}

export function sourceSnapshotHidden({ imageId, snapshotId, device }: SnapshotOfDevice & { imageId?: string }): string {
  return `The snapshot ${snapshotId} (${device}) of the source image ${imageId} is not shared with this account. A launch does not need it, so its key is not checked.`;
}

// the name

export function imageNameInUse({ name, imageId }: { name: string; imageId?: string }): string {
  return `The AMI name "${name}" is in use by ${imageId}. Choose another \`imageName\`, or remove it.`;
}

export function imageNameInUseBySameStack({ name, imageId }: { name: string; imageId?: string }): string {
  return `The AMI name "${name}" is in use by ${imageId} of the same stack. If this update replaces that AMI, CloudFormation creates the new AMI before it ` +
    'deletes the old one, and EC2 requires unique names. Change `imageName` together with this update, or remove it.';
}

export function imageNameMalformed({ name }: { name: string }, error: unknown): string {
  return `EC2 does not allow the AMI name "${name}". Use 3 to 128 letters, digits and ( ) . / _ - for \`imageName\`.${awsWords('EC2', error)}`;
}

/** EC2 has answered a request with this AMI. */
export function imageNotOfRequest({ imageId, found, expected }: { imageId: string; found?: string; expected: string }): string {
  return `EC2 has returned the AMI ${imageId} for this request, but shows that it was created from ${found ?? '(none)'} and not from ${expected}. The handler does not use ` +
    'it, and does not delete it. Contact AWS Support.';
}

// the AMI, read back

export function attributeNotKept({ name, imageId, value, sourceId, sourceValue }: {
  name: string; imageId?: string; value?: unknown; sourceId?: string; sourceValue?: unknown;
}): string {
  return `The AMI ${imageId} has the ${name} ${String(value ?? '(none)')}, but its source ${sourceId} has ${String(sourceValue ?? '(none)')}. ` +
    'EC2 did not keep the value, so instances of the AMI could start differently, or not at all. Contact AWS Support.';
}

export function uefiDataNotKept({ imageId, sourceId }: { imageId?: string; sourceId?: string }): string {
  return `The UEFI data of the AMI ${imageId} differs from that of its source ${sourceId}. EC2 did not keep it. Contact AWS Support.`;
}

/** An instance that was launched from the source has booted before the AMI was created of it. */
export function uefiDataChangedByBoot({ imageId, sourceId }: { imageId?: string; sourceId?: string }): string {
  return `The UEFI data of the AMI ${imageId} is not the same as in ${sourceId}: the builder instance has written UEFI variables when it booted. ` +
    'Instances of the AMI begin with these variables.';
}

/** A warning: the AMI can be used. */
export function attributesDiffer({ imageId, sourceId, differences }: {
  imageId?: string;
  sourceId?: string;
  differences: readonly { readonly name: string; readonly device?: string; readonly value: unknown; readonly expected: unknown }[];
}): string {
  const list = differences.map(({ name, device, value, expected }) =>
    `${name}${device === undefined ? '' : ` of ${device}`} is ${String(value ?? '(none)')}, not ${String(expected ?? '(none)')}`);
  return `The AMI ${imageId} is encrypted as requested, but differs from ${sourceId} in values that EC2 did not keep. ${list.join('; ')}. ` +
    'Check these values if instances of the AMI depend on them.';
}

export function imdsSupportCorrected({ imageId }: { imageId?: string }): string {
  return `EC2 did not keep the ImdsSupport v2.0 of the source, so the handler has set it for the AMI ${imageId}.`;
}

export function snapshotNotShown({ imageId, device }: { imageId?: string; device: string }): string {
  return `the AMI ${imageId} does not show the snapshot of ${device} yet`;
}

export function snapshotNotCompleted({ snapshotId, device, state }: SnapshotOfDevice & { state?: string }): string {
  return `the snapshot ${snapshotId} (${device}) is ${state ?? 'not visible yet'}`;
}

/** EC2 showed the AMI as available. */
export function snapshotInError({ imageId, snapshotId, device, reason }: SnapshotOfDevice & { imageId?: string; reason?: string }): string {
  return `The snapshot ${snapshotId} (${device}) of the AMI ${imageId} is in the state error. Deploy again.${ec2Reason(reason)}`;
}

export function snapshotsNotVisible({ snapshotIds }: { snapshotIds: readonly string[] }): string {
  return `not all of the snapshots ${snapshotIds.join(', ')} are visible yet`;
}

/** `undefined` is a snapshot that is not encrypted. */
export function unexpectedSnapshotKey({ imageId, snapshotId, device, key, expected }: SnapshotOfDevice & {
  imageId?: string; key: string | undefined; expected: readonly (string | undefined)[];
}): string {
  const encryption = (arn: string | undefined) => arn === undefined ? 'unencrypted' : `encrypted with ${arn}`;
  return `The snapshot ${snapshotId} (${device}) of the AMI ${imageId} is ${encryption(key)}, but should be ` +
    `${[...new Set(expected.map(encryption))].join(' or ')}. EC2 has not kept to the request, or the default key for EBS was changed in the meantime. Deploy again.`;
}

/** The end of the message of a timeout. */
export function snapshotProgress(snapshots: readonly { readonly SnapshotId?: string; readonly Progress?: string }[]): string {
  return snapshots.length === 0 ? ''
    : ` (${snapshots.map(({ SnapshotId, Progress }) => Progress ? `${SnapshotId} at ${Progress}` : `${SnapshotId}, whose progress is unknown`).join(', ')})`;
}
