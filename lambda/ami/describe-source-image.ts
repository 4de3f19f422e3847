import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { checkKeyOrContinue } from './keys/check-key';
import { KeyReader, sourceKey } from './keys/key-reference';
import {
  accessDenied, invalidSourceImageId, sourceImageInInstanceStore, sourceImageNotAvailable, sourceImageNotFound,
  sourceImagePending, sourceKeyLabel, sourceSnapshotHidden, sourceSnapshotNotShared,
} from './messages';
import { EXAMPLE_IMAGE_ID, isImageId } from '../../src/contract/image-id';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, ACCESS_DENIED_CODES, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { describeSnapshots, Device, devicesOf, findImage } from '../aws/find-images';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';

/** An image to copy from, with its devices and their snapshots. */
export interface SourceImage {
  readonly image: Image;
  readonly devices: readonly SourceDevice[];
  /** Devices whose volume a launch creates empty, because the mapping has no snapshot for them. */
  readonly emptyDevices?: readonly Device[];
}

export interface SourceDevice extends Device {
  readonly snapshot: Snapshot;
  /** EC2 does not show its snapshot to this account: `snapshot` has what the block device mapping tells, and neither an owner nor a key. */
  readonly isHidden?: boolean;
}

export interface SourceOptions {
  /** An image that is backed by S3 is possible. */
  readonly instanceStore?: boolean;
  /** A launch from another account's image needs no permission for its snapshots: those of AWS Marketplace show them to nobody. */
  readonly hiddenSnapshots?: boolean;
}

/**
 * Describes the source of a copy in the Region of the clients, for the account that copies it. Refuses what EC2 would refuse, or would take and fail
 * later without a reason. An image that is backed by S3 has no snapshots; it can be copied, but not encrypted.
 */
export async function describeSourceImage(
  aws: AwsClients, account: string, imageId: string, { instanceStore = false, hiddenSnapshots = false }: SourceOptions = {},
): Promise<SourceImage> {
  if (!isImageId(imageId)) {
    throw new DeploymentError(invalidSourceImageId({ imageId, example: EXAMPLE_IMAGE_ID }));
  }
  const image = await findImage(aws, imageId);
  if (!image) {
    throw new DeploymentError(sourceImageNotFound({ imageId, region: aws.region, account }));
  }
  switch (image.State) {
    case 'available':
      break;
    case 'pending':
    case 'transient':
      throw new NotReady(sourceImagePending({ imageId, state: image.State }));
    default:
      throw new DeploymentError(sourceImageNotAvailable({ imageId, state: image.State, reason: image.StateReason?.Message }));
  }
  const devices = devicesOf(image);
  if (instanceStore && image.RootDeviceType === 'instance-store') {
    return { image, devices: [] };
  }
  if (image.RootDeviceType !== 'ebs' || devices.length === 0) {
    throw new DeploymentError(sourceImageInInstanceStore({ imageId }));
  }
  const withSnapshot = devices.filter(({ snapshotId }) => snapshotId);
  return {
    image,
    devices: await describeSourceSnapshots(aws, account, image, withSnapshot, hiddenSnapshots && image.OwnerId !== account),
    emptyDevices: devices.filter(({ snapshotId }) => !snapshotId),
  };
}

/** The request that reads encrypted snapshots. */
export interface SnapshotReader extends KeyReader {
  /** When the request began, before EC2 has tried the keys; none afterwards. Milliseconds since 1970. */
  readonly startedAt?: number;
}

/** The keys that the source's snapshots are encrypted with must be usable too. EC2 also returns the key of another account's snapshot. */
export async function checkSourceKeys(aws: AwsClients, source: Pick<SourceImage, 'devices'>, reader: SnapshotReader): Promise<void> {
  const checked = new Set<string>();
  for (const device of source.devices) {
    const { KmsKeyId } = device.snapshot;
    if (KmsKeyId && !checked.has(KmsKeyId)) {
      checked.add(KmsKeyId);
      const label = sourceKeyLabel({ snapshotId: device.snapshot.SnapshotId, device: device.name });
      await checkKeyOrContinue(aws, sourceKey(KmsKeyId, label, reader, reader.declaredKeyArns), reader.startedAt);
    }
  }
}

/** An image can be shared, and launched from, without its snapshots; a copy reads the snapshots. */
async function describeSourceSnapshots(
  aws: AwsClients, account: string, image: Image, devices: readonly Device[], mayBeHidden: boolean,
): Promise<SourceDevice[]> {
  const results = await Promise.allSettled(devices.map(async (device): Promise<SourceDevice> => {
    try {
      const [snapshot] = await describeSnapshots(aws, [device.snapshotId!]);
      if (snapshot) {
        return { ...device, snapshot };
      }
    } catch (error) {
      if (hasErrorCode(error, ACCESS_DENIED_CODES)) {
        throw new AccessDeniedError(accessDenied(`describe the snapshot ${device.snapshotId} (${device.name})`, error));
      }
      if (!hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES)) {
        throw error;
      }
    }
    if (mayBeHidden) {
      const { SnapshotId, Encrypted, VolumeSize } = device.ebs;
      console.info({ message: sourceSnapshotHidden({ imageId: image.ImageId, snapshotId: SnapshotId, device: device.name }) });
      return { ...device, snapshot: { SnapshotId, Encrypted, VolumeSize }, isHidden: true };
    }
    throw new DeploymentError(sourceSnapshotNotShared({
      imageId: image.ImageId,
      ownerId: image.OwnerId,
      account,
      region: aws.region,
      snapshotId: device.snapshotId,
      device: device.name,
      encrypted: device.ebs.Encrypted,
    }));
  }));
  // of several devices that cannot be read, the message always names the first
  return results.map(result => {
    if (result.status === 'rejected') {
      throw result.reason;
    }
    return result.value;
  });
}
