import { Image, Snapshot } from '@aws-sdk/client-ec2';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode, SNAPSHOT_NOT_FOUND_CODES } from '../../aws/error-codes';
import { describeSnapshots, Device, devicesOf } from '../../aws/find-images';
import { DeploymentError, NotReady } from '../../outcomes';
import { snapshotInError, snapshotNotCompleted, snapshotNotShown, snapshotsNotVisible, unexpectedSnapshotKey } from '../messages';

/**
 * The snapshots of an image by device, which the log has too. Throws `NotReady` as long as one of them is not complete, or is not shown for a device
 * that must have one.
 */
export async function describeCompletedSnapshots(
  aws: AwsClients, image: Image, emptyDevices: readonly Pick<Device, 'name'>[] = [],
): Promise<Map<string, Snapshot>> {
  const devices = devicesOf(image).filter(({ name, snapshotId }) => snapshotId || !emptyDevices.some(empty => empty.name === name));
  const deviceWithoutSnapshot = devices.find(({ snapshotId }) => !snapshotId);
  if (deviceWithoutSnapshot) {
    throw new NotReady(snapshotNotShown({ imageId: image.ImageId, device: deviceWithoutSnapshot.name }));
  }
  const snapshots = await describeVisibleSnapshots(aws, devices.map(({ snapshotId }) => snapshotId!));
  const completed = new Map(devices.map(({ name, snapshotId }) => {
    const snapshot = snapshots.find(({ SnapshotId }) => SnapshotId === snapshotId);
    if (snapshot?.State === 'error') {
      throw new DeploymentError(snapshotInError({ imageId: image.ImageId, snapshotId, device: name, reason: snapshot.StateMessage }));
    }
    if (snapshot?.State !== 'completed') {
      throw new NotReady(snapshotNotCompleted({ snapshotId, device: name, state: snapshot?.State }));
    }
    return [name, snapshot];
  }));
  console.info({
    message: 'the snapshots of the AMI are completed',
    imageId: image.ImageId,
    sourceImageId: image.SourceImageId,
    // a response to CloudFormation can have 4,096 bytes, so the keys of many devices do not fit into it
    snapshots: [...completed].map(([device, { SnapshotId, KmsKeyId }]) => ({ device, snapshotId: SnapshotId, key: KmsKeyId })),
  });
  return completed;
}

async function describeVisibleSnapshots(aws: AwsClients, snapshotIds: readonly string[]): Promise<Snapshot[]> {
  try {
    return await describeSnapshots(aws, snapshotIds);
  } catch (error) {
    throw hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES) ? new NotReady(snapshotsNotVisible({ snapshotIds })) : error;
  }
}

/** Checks that a snapshot is encrypted with one of the allowed keys; `undefined` among them allows one that is not encrypted. */
export function verifyKey(image: Image, device: string, snapshot: Snapshot, allowed: readonly (string | undefined)[]): void {
  const key = snapshot.Encrypted ? snapshot.KmsKeyId : undefined;
  if (!allowed.includes(key)) {
    throw new DeploymentError(unexpectedSnapshotKey({ imageId: image.ImageId, snapshotId: snapshot.SnapshotId, device, key, expected: allowed }));
  }
}
