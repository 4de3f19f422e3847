import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { checkKeyToRead, KeyReference, SnapshotReader } from './check-key';
import { EXAMPLE_IMAGE_ID, isImageId } from '../../src/contract/image-id';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, ACCESS_DENIED_CODES, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots, Device, devicesOf, findImage } from '../aws/find-images';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';

/** An image to copy from, with what is behind it. */
export interface SourceImage {
  readonly image: Image;
  readonly devices: readonly SourceDevice[];
}

export interface SourceDevice extends Device {
  readonly snapshot: Snapshot;
}

/**
 * Looks at the source of a copy, where it is. Refuses what EC2 would refuse, or would take and fail later without a reason. An image that is
 * backed by S3 has no snapshots; it can be copied, but not encrypted.
 */
export async function describeSourceImage(aws: AwsClients, imageId: string, { instanceStore = false } = {}): Promise<SourceImage> {
  if (!isImageId(imageId)) {
    throw new DeploymentError(`the source image must have an id such as "${EXAMPLE_IMAGE_ID}", got "${imageId}": check where the id comes from`);
  }
  const image = await findImage(aws, imageId);
  if (!image) {
    throw new DeploymentError(
      `the source image ${imageId} does not exist in ${aws.region}, is mistyped, is not shared with this account, or is none of the Allowed AMIs of this account: ` +
      'check the id and the Region, have its owner share it, or allow it',
    );
  }
  switch (image.State) {
    case 'available':
      break;
    case 'pending':
    case 'transient':
      throw new NotReady(`the source image ${imageId} is ${image.State}`);
    default:
      throw new DeploymentError(`the source image ${imageId} is ${image.State}, not available${stateReason(image)}: use an image that is available`);
  }
  const devices = devicesOf(image);
  if (instanceStore && image.RootDeviceType === 'instance-store') {
    return { image, devices: [] };
  }
  if (image.RootDeviceType !== 'ebs' || devices.length === 0) {
    throw new DeploymentError(
      `the source image ${imageId} is backed by instance store, not by EBS, and cannot be encrypted: use an image whose root device is an EBS volume`,
    );
  }
  return { image, devices: await describeSourceSnapshots(aws, image, devices) };
}

/** The keys that the source's snapshots are encrypted with must be usable too. EC2 tells the key of another account's snapshot as well. */
export async function checkSourceKeys(aws: AwsClients, source: SourceImage, reader: SnapshotReader): Promise<void> {
  const checked = new Set<string>();
  for (const device of source.devices) {
    const { KmsKeyId } = device.snapshot;
    if (KmsKeyId && !checked.has(KmsKeyId)) {
      checked.add(KmsKeyId);
      await checkKeyToRead(aws, reader, referenceTo(KmsKeyId, device, reader.account));
    }
  }
}

function referenceTo(arn: string, { name, snapshot }: SourceDevice, account: string): KeyReference {
  return {
    id: arn,
    label: `the key of the source's snapshot ${snapshot.SnapshotId} (${name})`,
    accessDeniedHint: `${keyNotShared(arn, account)}pass it in sourceEncryptionKeys, with kms.Key.fromKeyArn(this, "SourceKey", "${arn}")`,
  };
}

/** An image can be shared, and launched from, without its snapshots; a copy reads the snapshots. */
async function describeSourceSnapshots(aws: AwsClients, image: Image, devices: readonly Device[]): Promise<SourceDevice[]> {
  const results = await Promise.allSettled(devices.map(async device => {
    if (!device.snapshotId) {
      throw new DeploymentError(`the source image ${image.ImageId} has no snapshot for ${device.name}, so it cannot be copied: use an image whose devices all have one`);
    }
    try {
      const [snapshot] = await describeSnapshots(aws, [device.snapshotId]);
      if (snapshot) {
        return { ...device, snapshot };
      }
    } catch (error) {
      if (hasErrorCode(error, ACCESS_DENIED_CODES)) {
        throw new AccessDeniedError(`the handler may not look at the snapshot ${device.snapshotId} (${device.name}): EC2 said: ${awsErrorDetails(error).message}`);
      }
      if (!hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES)) {
        throw error;
      }
    }
    throw storageNotShared(image, device);
  }));
  // of several devices that cannot be read always the first one is named
  return results.map(result => {
    if (result.status === 'rejected') {
      throw result.reason;
    }
    return result.value;
  });
}

/** What EC2 does with the source's key in the name of the one who copies. */
const ACTIONS_TO_SHARE = 'kms:DescribeKey, kms:Decrypt, kms:ReEncryptFrom and kms:CreateGrant';

/** What the owner of a key has to do, so that another account can copy what is under it. */
function keyNotShared(arn: string, account: string): string {
  const owner = arn.split(':')[4];
  return owner === account ? '' : `its owner, account ${owner}, must allow account ${account} ${ACTIONS_TO_SHARE} in ` +
    "the key's policy (the AWS managed key aws/ebs can never be shared: then the owner has to copy the image to a key of their own first); and ";
}

/** @see the page "Copy an Amazon EC2 AMI" in the Amazon EC2 User Guide: the owner must grant read permission for the storage */
function storageNotShared(image: Image, device: Device): DeploymentError {
  return new DeploymentError(
    `the source image ${image.ImageId} is visible, but its snapshot ${device.snapshotId} (${device.name}) is not: its owner, account ${image.OwnerId}, must share ` +
    `the snapshot with this account too (aws ec2 modify-snapshot-attribute --snapshot-id ${device.snapshotId} --attribute createVolumePermission ` +
    '--operation-type add --user-ids <this account>), or the snapshot was deleted' +
    (device.ebs.Encrypted ? '; a snapshot under the AWS managed key aws/ebs can never be shared: the owner has to copy the image to another key first' : ''),
  );
}

function stateReason(image: Image): string {
  return image.StateReason?.Message ? ` (EC2 said: ${image.StateReason.Message})` : '';
}
