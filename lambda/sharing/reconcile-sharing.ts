import { ModifyImageAttributeCommand, ModifySnapshotAttributeCommand } from '@aws-sdk/client-ec2';
import { ImageAttributes, AmiSharingProperties, Sharing } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, IMAGE_NOT_FOUND_CODES, hasErrorCode, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { devicesOf, findImage } from '../aws/find-images';
import { DeploymentError, NotReady } from '../outcomes';
import { ImageRequest } from '../request/image-request';

/** An image, as far as it is shared. */
interface Shared {
  readonly ImageId?: string;
  readonly snapshotIds: readonly string[];
}

/**
 * Brings the sharing of an image from what it was to what is wanted: what CloudFormation had given and is not wanted any more is taken back, and
 * nothing else. Snapshots can be shared with accounts only. Both calls change nothing when they are made again.
 */
export async function share(aws: AwsClients, image: Shared, wanted: Sharing, old: Sharing): Promise<void> {
  const lost = (name: keyof Sharing) => (old[name] ?? []).filter(one => !wanted[name]?.includes(one));
  const removed: Sharing = {
    SharedAccountIds: lost('SharedAccountIds'),
    SharedOrganizationArns: lost('SharedOrganizationArns'),
    SharedOrganizationalUnitArns: lost('SharedOrganizationalUnitArns'),
  };
  // the image last, and first to go: what can be seen can also be copied
  await modifyImage(aws, image, 'Remove', removed);
  await modifySnapshots(aws, image, 'Remove', removed.SharedAccountIds);
  await modifySnapshots(aws, image, 'Add', wanted.SharedAccountIds);
  await modifyImage(aws, image, 'Add', wanted);
}

/** Shares an image that was there before. */
export async function reconcileSharing(aws: AwsClients, request: ImageRequest<AmiSharingProperties>): Promise<ImageAttributes> {
  const { properties, account, oldSharing, isNewImage } = request;
  const image = await findImage(aws, properties.ImageId);
  if (!image || image.State === 'deregistered') {
    throw new DeploymentError(`the image ${properties.ImageId || '""'} does not exist in ${aws.region} or is mistyped: check the id and the Region`);
  }
  if (image.OwnerId !== account) {
    throw new DeploymentError(`the image ${properties.ImageId} is of account ${image.OwnerId}, and only its owner can share it: let that account share it`);
  }
  if (image.State !== 'available') {
    throw new NotReady(`the image ${properties.ImageId} is ${image.State}, and EC2 shares images that are available`);
  }
  const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
  await share(aws, { ImageId: image.ImageId, snapshotIds }, properties, isNewImage ? {} : oldSharing);
  return attributesOf(image);
}

/** Takes back what an image was shared with; nothing to do if it is gone, or was never ours to share. */
export async function revokeSharing(aws: AwsClients, properties: AmiSharingProperties, account: string): Promise<void> {
  const image = await findImage(aws, properties.ImageId);
  if (image && image.State !== 'deregistered' && image.OwnerId === account) {
    const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
    await share(aws, { ImageId: image.ImageId, snapshotIds }, {}, properties);
  }
}

async function modifyImage(aws: AwsClients, { ImageId }: Shared, change: 'Add' | 'Remove', sharing: Sharing): Promise<void> {
  const permissions = [
    ...(sharing.SharedAccountIds ?? []).map(UserId => ({ UserId })),
    ...(sharing.SharedOrganizationArns ?? []).map(OrganizationArn => ({ OrganizationArn })),
    ...(sharing.SharedOrganizationalUnitArns ?? []).map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
  if (permissions.length > 0) {
    await modify(() => aws.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { [change]: permissions } })), `the image ${ImageId}`, change);
  }
}

async function modifySnapshots(aws: AwsClients, { snapshotIds }: Shared, change: 'Add' | 'Remove', accounts: readonly string[] = []): Promise<void> {
  if (accounts.length === 0) {
    return;
  }
  await Promise.all(snapshotIds.map(SnapshotId => modify(() => aws.ec2.send(new ModifySnapshotAttributeCommand({
    SnapshotId, Attribute: 'createVolumePermission', CreateVolumePermission: { [change]: accounts.map(UserId => ({ UserId })) },
  })), `the snapshot ${SnapshotId}`, change)));
}

async function modify(call: () => Promise<unknown>, what: string, change: 'Add' | 'Remove'): Promise<void> {
  try {
    await call();
  } catch (error) {
    if (change === 'Remove' && hasErrorCode(error, [...IMAGE_NOT_FOUND_CODES, ...SNAPSHOT_NOT_FOUND_CODES])) {
      return;
    }
    const { code, message } = awsErrorDetails(error);
    if (code === 'InvalidParameter' && /managed/i.test(message)) {
      // "Snapshots encrypted with the AWS Managed CMK can't be shared"
      throw new DeploymentError(`${what} cannot be shared, because it is under the AWS managed key aws/ebs: copy it to a customer managed key (EC2 said ${code}: ${message})`);
    }
    if (code.startsWith('Invalid')) {
      throw new DeploymentError(`${what} cannot be shared as asked: check the ids of the accounts and the ARNs (EC2 said ${code}: ${message})`);
    }
    throw error;
  }
}
