import { ModifyImageAttributeCommand, ModifySnapshotAttributeCommand } from '@aws-sdk/client-ec2';
import { ImageAttributes, AmiSharingProperties, Sharing } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { Aws } from '../aws/clients';
import { answerOf, IMAGE_GONE, is, SNAPSHOT_GONE } from '../aws/error-codes';
import { devicesOf, findImage } from '../aws/find-images';
import { Failure, NotYet } from '../outcomes';
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
export async function share(aws: Aws, image: Shared, wanted: Sharing, old: Sharing): Promise<void> {
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
export async function advanceSharing(aws: Aws, request: ImageRequest<AmiSharingProperties>): Promise<ImageAttributes> {
  const { properties, account, oldSharing, making } = request;
  const image = await findImage(aws, properties.ImageId);
  if (!image || image.State === 'deregistered') {
    throw new Failure(`the image ${properties.ImageId || '""'} does not exist in ${aws.region} or is mistyped: check the id and the Region`);
  }
  if (image.OwnerId !== account) {
    throw new Failure(`the image ${properties.ImageId} is of account ${image.OwnerId}, and only its owner can share it: let that account share it`);
  }
  if (image.State !== 'available') {
    throw new NotYet(`the image ${properties.ImageId} is ${image.State}, and EC2 shares images that are available`);
  }
  const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
  await share(aws, { ImageId: image.ImageId, snapshotIds }, properties, making ? {} : oldSharing);
  return attributesOf(image);
}

/** Takes back what an image was shared with; nothing to do if it is gone, or was never ours to share. */
export async function takeBack(aws: Aws, properties: AmiSharingProperties, account: string): Promise<void> {
  const image = await findImage(aws, properties.ImageId);
  if (image && image.State !== 'deregistered' && image.OwnerId === account) {
    const snapshotIds = devicesOf(image).flatMap(({ snapshotId }) => snapshotId ?? []);
    await share(aws, { ImageId: image.ImageId, snapshotIds }, {}, properties);
  }
}

async function modifyImage(aws: Aws, { ImageId }: Shared, change: 'Add' | 'Remove', sharing: Sharing): Promise<void> {
  const permissions = [
    ...(sharing.SharedAccountIds ?? []).map(UserId => ({ UserId })),
    ...(sharing.SharedOrganizationArns ?? []).map(OrganizationArn => ({ OrganizationArn })),
    ...(sharing.SharedOrganizationalUnitArns ?? []).map(OrganizationalUnitArn => ({ OrganizationalUnitArn })),
  ];
  if (permissions.length > 0) {
    await modify(() => aws.ec2.send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission: { [change]: permissions } })), `the image ${ImageId}`, change);
  }
}

async function modifySnapshots(aws: Aws, { snapshotIds }: Shared, change: 'Add' | 'Remove', accounts: readonly string[] = []): Promise<void> {
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
    if (change === 'Remove' && is(error, [...IMAGE_GONE, ...SNAPSHOT_GONE])) {
      return;
    }
    const { code, message } = answerOf(error);
    if (code === 'InvalidParameter' && /managed/i.test(message)) {
      // "Snapshots encrypted with the AWS Managed CMK can't be shared"
      throw new Failure(`${what} cannot be shared, because it is under the AWS managed key aws/ebs: copy it to a customer managed key (EC2 said ${code}: ${message})`);
    }
    if (code.startsWith('Invalid')) {
      throw new Failure(`${what} cannot be shared as asked: check the ids of the accounts and the ARNs (EC2 said ${code}: ${message})`);
    }
    throw error;
  }
}
