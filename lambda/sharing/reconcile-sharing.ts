import { Image, ModifyImageAttributeCommand, ModifySnapshotAttributeCommand } from '@aws-sdk/client-ec2';
import {
  encryptedWithManagedKey, imageLabel, imageNotAvailable, imageNotFound, imageNotShareable, imageOfOtherAccount, sharingRefused, snapshotLabel,
} from './messages';
import { ImageAttributes, AmiSharingProperties, Sharing } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, IMAGE_NOT_FOUND_CODES, hasErrorCode, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { devicesOf, findImage } from '../aws/find-images';
import { AmiDisappeared, DeploymentError, NotReady } from '../outcomes';
import { ImageRequest } from '../request/image-request';

/** The resources of an AMI that are shared. */
interface Shared {
  readonly ImageId?: string;
  readonly state?: Image['State'];
  readonly snapshotIds: readonly string[];
}

/**
 * Shares an AMI with those it should be shared with, and revokes what the old properties shared and the new ones do not: nothing else. Snapshots can be
 * shared with accounts only. Both calls change nothing when they are repeated.
 */
export async function share(aws: AwsClients, image: Shared, wanted: Sharing, old: Sharing, isRollback = false): Promise<void> {
  const removed = difference(old, wanted);
  if (image.state !== 'available') {
    await shareUnavailable(aws, image, removed, Object.values(difference(wanted, old)).flat(), isRollback);
    return;
  }
  // the image is shared last and revoked first, so that whoever can describe it can also copy its snapshots
  await modifyImage(aws, image, 'Remove', removed);
  await modifySnapshots(aws, image, 'Remove', removed.SharedAccountIds);
  await modifySnapshots(aws, image, 'Add', wanted.SharedAccountIds);
  await modifyImage(aws, image, 'Add', wanted);
}

function difference(all: Sharing, without: Sharing): Sharing {
  const of = (name: keyof Sharing) => (all[name] ?? []).filter(one => !without[name]?.includes(one));
  return {
    SharedAccountIds: of('SharedAccountIds'),
    SharedOrganizationArns: of('SharedOrganizationArns'),
    SharedOrganizationalUnitArns: of('SharedOrganizationalUnitArns'),
  };
}

/** EC2 ends the sharing of an image that is disabled, but not that of its snapshots, and shares it with nobody else. */
async function shareUnavailable(aws: AwsClients, image: Shared, removed: Sharing, added: readonly string[], isRollback: boolean): Promise<void> {
  await modifySnapshots(aws, image, 'Remove', removed.SharedAccountIds);
  if (added.length > 0 && !isRollback) {
    throw new DeploymentError(imageNotShareable({ imageId: image.ImageId, state: image.state, added }));
  }
  if (added.length > 0) {
    console.warn({ message: 'not shared, because the AMI is not available', imageId: image.ImageId, state: image.state, added });
  }
}

/** Shares an AMI that this construct does not create. */
export async function reconcileSharing(aws: AwsClients, request: ImageRequest<AmiSharingProperties>): Promise<ImageAttributes> {
  const { properties, account, oldSharing, isNewImage } = request;
  const image = await findImage(aws, properties.ImageId);
  if ((!image || image.State === 'deregistered') && request.isRollback) {
    throw new AmiDisappeared();
  }
  if (!image || image.State === 'deregistered') {
    throw new DeploymentError(imageNotFound({ imageId: properties.ImageId, region: aws.region }));
  }
  if (image.OwnerId !== account) {
    throw new DeploymentError(imageOfOtherAccount({ imageId: properties.ImageId, ownerId: image.OwnerId }));
  }
  if (['pending', 'transient'].includes(image.State ?? '')) {
    throw new NotReady(imageNotAvailable({ imageId: properties.ImageId, state: image.State }));
  }
  const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
  await share(aws, { ImageId: image.ImageId, state: image.State, snapshotIds }, properties, isNewImage ? {} : oldSharing, request.isRollback);
  return attributesOf(image);
}

/** Revokes the sharing of an AMI; does nothing if the AMI was deregistered or belongs to another account. */
export async function revokeSharing(aws: AwsClients, properties: AmiSharingProperties, account: string): Promise<void> {
  const image = await findImage(aws, properties.ImageId);
  if (image && image.State !== 'deregistered' && image.OwnerId === account) {
    const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
    await share(aws, { ImageId: image.ImageId, state: image.State, snapshotIds }, {}, properties);
  }
}

async function modifyImage(aws: AwsClients, { ImageId }: Shared, change: 'Add' | 'Remove', sharing: Sharing): Promise<void> {
  const permissions = [
    ...(sharing.SharedAccountIds ?? []).map(UserId => ({ UserId })),
    ...(sharing.SharedOrganizationArns ?? []).map(OrganizationArn => ({ OrganizationArn })),
    ...(sharing.SharedOrganizationalUnitArns ?? []).map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
  if (permissions.length > 0) {
    await modify(
      () => aws.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { [change]: permissions } })), imageLabel(ImageId), change,
    );
  }
}

async function modifySnapshots(aws: AwsClients, { snapshotIds }: Shared, change: 'Add' | 'Remove', accounts: readonly string[] = []): Promise<void> {
  if (accounts.length === 0) {
    return;
  }
  await Promise.all(snapshotIds.map(SnapshotId => modify(() => aws.ec2.send(new ModifySnapshotAttributeCommand({
    SnapshotId, Attribute: 'createVolumePermission', CreateVolumePermission: { [change]: accounts.map(UserId => ({ UserId })) },
  })), snapshotLabel(SnapshotId), change)));
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
