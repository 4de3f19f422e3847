import { AwsError, Call } from '../../aws-call';
import type { Ec2Context } from '../state/ec2-context';
import { notFound, unavailableImage } from '../requests/errors';
import { checkImageId } from '../requests/resource-ids';
import { Image, Snapshot } from '../state/records';

/** Whether an account may see and launch an image. */
export function canLaunch(account: string, image: Image): boolean {
  return image.account === account || image.launchPermissions.groups.has('all') || image.launchPermissions.users.has(account);
}

/** Whether an account may copy a snapshot or make a volume from it: sharing the image alone does not allow that. */
export function canReadSnapshot(account: string, snapshot: Snapshot): boolean {
  return snapshot.account === account || snapshot.createVolumePermissions.groups.has('all') ||
    snapshot.createVolumePermissions.users.has(account) || snapshot.formerReaders.has(account);
}

/** The image as the caller sees it; none if there is none for him. */
export function visibleImage({ world, settings }: Ec2Context, account: string, region: string, id: string): Image | undefined {
  const image = world.images.get(id);
  const seen = image && image.region === region && canLaunch(account, image);
  return seen && isAllowed(account, image, settings.limits.allowedImageOwners) ? image : undefined;
}

/** Whether the Allowed AMIs setting lets an account see an image; its own it always sees. */
function isAllowed(account: string, image: Image, owners: readonly string[] | undefined): boolean {
  return owners === undefined || image.account === account || owners.includes(image.account) || owners.includes(image.ownerAlias ?? '');
}

/** An image that can be copied or launched from now. */
export function copyableImage(ec2: Ec2Context, call: Call, region: string, id: string): Image {
  checkImageId(ec2, id);
  const image = visibleImage(ec2, call.principal.account, region, id);
  if (!image || isPastRetention(ec2, image)) {
    throw notFound('ami', [id]);
  }
  if (image.state !== 'available') {
    throw unavailableImage(id);
  }
  return image;
}

/** An image that the caller owns, for operations that change it. */
export function ownedImage(ec2: Ec2Context, call: Call, id: string): Image {
  checkImageId(ec2, id);
  const image = visibleImage(ec2, call.principal.account, call.region, id);
  if (!image || isPastRetention(ec2, image)) {
    throw notFound('ami', [id]);
  }
  if (image.account !== call.principal.account) {
    throw authFailure(`Not authorized for image:${id}`);
  }
  if (image.state === 'deregistered') {
    throw imageNotFoundError(ec2, image, id);
  }
  return image;
}

/** What EC2 says of an image that is not there, or not there any more. */
export function imageNotFoundError(ec2: Ec2Context, image: Image | undefined, id: string): AwsError {
  return !image || isPastRetention(ec2, image) ? notFound('ami', [id]) : unavailableImage(id);
}

/** Deregistered so long ago that its id means nothing any more. */
export function isPastRetention({ clock, settings: { consistency } }: Ec2Context, image: Image): boolean {
  return image.deregisteredAt !== undefined &&
    clock.now() >= image.deregisteredAt + consistency.deregisteredShown + consistency.deregisteredEmpty;
}

/** With the status of a bad request, not with that of a missing permission. */
export function authFailure(message: string): AwsError {
  return new AwsError('AuthFailure', message);
}
