import {
  DescribeImageAttributeCommand, DescribeSnapshotAttributeCommand, Image, ModifyImageAttributeCommand, ModifySnapshotAttributeCommand,
} from '@aws-sdk/client-ec2';
import { encryptedWithManagedKey, imageLabel, sharingRefused, snapshotLabel } from './messages';
import { Places, snapshotIdsOf } from './places';
import { idOfPermission, Principal } from './principals';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, IMAGE_NOT_FOUND_CODES, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { DeploymentError } from '../outcomes';

/** "Modification size must not be greater than 500." */
const MAX_CHANGES = 500;

/** Where each principal has a permission now, by its ID. The snapshots are read for accounts only. */
export async function readPermissions(aws: AwsClients, image: Image, principals: readonly Principal[]): Promise<Map<string, Places>> {
  const found = new Map<string, Set<number>>();
  const add = (id: string | undefined, place: number) => {
    if (id !== undefined) {
      found.set(id, (found.get(id) ?? new Set<number>()).add(place));
    }
  };
  const { LaunchPermissions } = await aws.ec2.send(new DescribeImageAttributeCommand({ ImageId: image.ImageId, Attribute: 'launchPermission' }));
  LaunchPermissions?.forEach(permission => add(idOfPermission(permission), 0));
  if (principals.some(({ isAccount }) => isAccount)) {
    await Promise.all(snapshotIdsOf(image).map(async (SnapshotId, index) => {
      const { CreateVolumePermissions } = await aws.ec2.send(new DescribeSnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission' }));
      CreateVolumePermissions?.forEach(({ UserId }) => add(UserId, index + 1));
    }));
  }
  return found;
}

/** Lets the principals use the AMI: itself last, so that whoever can describe it can also copy its snapshots. Changes nothing when it is repeated. */
export async function addPermissions(aws: AwsClients, image: Image, principals: readonly Principal[]): Promise<void> {
  const accounts = principals.filter(({ isAccount }) => isAccount);
  await Promise.all(snapshotIdsOf(image).map(snapshotId => modifySnapshot(aws, snapshotId, 'Add', accounts)));
  await modifyImage(aws, image, 'Add', principals);
}

/** Ends the permissions of principals at their places: of the AMI first. EC2 has ended those of an AMI that is not available by itself. */
export async function removePermissions(aws: AwsClients, image: Image, removed: readonly (readonly [Principal, Places])[]): Promise<void> {
  const at = (place: number) => removed.filter(([, places]) => places.has(place)).map(([principal]) => principal);
  if (image.State === 'available') {
    await modifyImage(aws, image, 'Remove', at(0));
  }
  await Promise.all(snapshotIdsOf(image).map((snapshotId, index) => modifySnapshot(aws, snapshotId, 'Remove', at(index + 1))));
}

async function modifyImage(aws: AwsClients, { ImageId }: Image, change: 'Add' | 'Remove', principals: readonly Principal[]): Promise<void> {
  for (const batch of batches(principals)) {
    const LaunchPermission = { [change]: batch.map(({ permission }) => permission) };
    await modify(() => aws.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission })), imageLabel(ImageId), change);
  }
}

async function modifySnapshot(aws: AwsClients, SnapshotId: string, change: 'Add' | 'Remove', accounts: readonly Principal[]): Promise<void> {
  for (const batch of batches(accounts)) {
    const CreateVolumePermission = { [change]: batch.map(({ id }) => ({ UserId: id })) };
    await modify(
      () => aws.ec2.send(new ModifySnapshotAttributeCommand({ SnapshotId, Attribute: 'createVolumePermission', CreateVolumePermission })),
      snapshotLabel(SnapshotId), change,
    );
  }
}

function batches(principals: readonly Principal[]): Principal[][] {
  const count = Math.ceil(principals.length / MAX_CHANGES);
  return Array.from({ length: count }, (_, index) => principals.slice(index * MAX_CHANGES, (index + 1) * MAX_CHANGES));
}

async function modify(call: () => Promise<unknown>, label: string, change: 'Add' | 'Remove'): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (change === 'Remove' && hasErrorCode(error, [...IMAGE_NOT_FOUND_CODES, ...SNAPSHOT_NOT_FOUND_CODES])) {
      return;
    }
    const { code, message } = awsErrorDetails(error);
    if (code === 'InvalidParameter' && /managed/i.test(message)) {
      // "Snapshots encrypted with the AWS Managed CMK can't be shared"
      throw new DeploymentError(encryptedWithManagedKey({ label }, error));
    }
    if (code.startsWith('Invalid')) {
      throw new DeploymentError(sharingRefused({ label }, error));
    }
    throw error;
  }
}
