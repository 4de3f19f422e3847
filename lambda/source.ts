import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { Aws } from './aws';
import { answerOf, is, NOT_ALLOWED, SNAPSHOT_GONE } from './errors';
import { Denied, Failure, NotYet } from './failure';
import { describeSnapshots, Device, devicesOf, findImage } from './images';
import { checkKey } from './keys';

/** An image to copy from, with what is behind it. */
export interface Source {
  readonly image: Image;
  readonly devices: readonly SourceDevice[];
}

export interface SourceDevice extends Device {
  readonly snapshot: Snapshot;
}

/** Looks at the source of a copy. Refuses what EC2 would refuse, or would take and fail later without a reason. */
export async function checkSource(aws: Aws, imageId: string): Promise<Source> {
  const image = await findSource(aws, imageId);
  if (!image) {
    throw new Failure(
      `the source image ${imageId} does not exist in ${aws.region}, or is not shared with this account: check the id and the Region, ` +
      'or have its owner share it',
    );
  }
  switch (image.State) {
    case 'available':
      break;
    case 'pending':
    case 'transient':
      throw new NotYet(`the source image ${imageId} is ${image.State}`);
    default:
      throw new Failure(`the source image ${imageId} is ${image.State}, not available${reasonOf(image)}: use an image that is available`);
  }
  const devices = devicesOf(image);
  if (image.RootDeviceType !== 'ebs' || devices.length === 0) {
    throw new Failure(
      `the source image ${imageId} is backed by instance store, not by EBS, and cannot be encrypted: use an image whose root device is an EBS volume`,
    );
  }
  return { image, devices: await withSnapshots(aws, image, devices) };
}

/** The keys that the source's snapshots are under must be usable too. */
export async function checkSourceKeys(aws: Aws, source: Source): Promise<void> {
  const checked = new Set<string>();
  for (const { name, snapshot } of source.devices) {
    if (snapshot.KmsKeyId && !checked.has(snapshot.KmsKeyId)) {
      checked.add(snapshot.KmsKeyId);
      await checkKey(aws, {
        id: snapshot.KmsKeyId,
        role: `the key of the source's snapshot ${snapshot.SnapshotId} (${name})`,
        cureIfDenied: `pass it in sourceKeys, with kms.Key.fromKeyArn(this, "SourceKey", "${snapshot.KmsKeyId}")`,
      });
    }
  }
}

async function findSource(aws: Aws, imageId: string): Promise<Image | undefined> {
  try {
    return await findImage(aws, imageId);
  } catch (error) {
    if (is(error, ['InvalidAMIID.Malformed'])) {
      throw new Failure(`the source image must have an id such as "ami-0123456789abcdef0", got "${imageId}": check where the id comes from`);
    }
    throw error;
  }
}

/** An image can be shared, and launched from, without its snapshots; a copy reads the snapshots. */
async function withSnapshots(aws: Aws, image: Image, devices: readonly Device[]): Promise<SourceDevice[]> {
  return Promise.all(devices.map(async device => {
    if (!device.snapshotId) {
      throw new Failure(`the source image ${image.ImageId} has no snapshot for ${device.name}, so it cannot be copied: use an image whose devices all have one`);
    }
    try {
      const [snapshot] = await describeSnapshots(aws, [device.snapshotId]);
      if (snapshot) {
        return { ...device, snapshot };
      }
    } catch (error) {
      if (is(error, NOT_ALLOWED)) {
        throw new Denied(`the handler may not look at the snapshot ${device.snapshotId} (${device.name}): EC2 said: ${answerOf(error).message}`);
      }
      if (!is(error, SNAPSHOT_GONE)) {
        throw error;
      }
    }
    throw storageNotShared(image, device);
  }));
}

/** @see the page "Copy an Amazon EC2 AMI" in the Amazon EC2 User Guide: the owner must grant read permission for the storage */
function storageNotShared(image: Image, device: Device): Failure {
  return new Failure(
    `the source image ${image.ImageId} is visible, but its snapshot ${device.snapshotId} (${device.name}) is not: its owner, account ${image.OwnerId}, must share ` +
    `the snapshot with this account too (aws ec2 modify-snapshot-attribute --snapshot-id ${device.snapshotId} --attribute createVolumePermission ` +
    '--operation-type add --user-ids <this account>), or the snapshot was deleted',
  );
}

function reasonOf(image: Image): string {
  return image.StateReason?.Message ? ` (EC2 said: ${image.StateReason.Message})` : '';
}
