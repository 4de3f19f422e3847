import { AwsError, Call } from '../../aws-call';
import { notFound, unavailableImage } from '../requests/errors';
import { checkImageId } from '../requests/resource-ids';
import type { Ec2Context } from '../state/ec2-context';
import { Image, Snapshot } from '../state/records';

/** True if the account is allowed to see and launch the image. */
export function canLaunch({ organizationArnsOf }: Pick<Ec2Context, 'organizationArnsOf'>, account: string, image: Image): boolean {
  const { groups, users, organizations, organizationalUnits } = image.launchPermissions;
  return image.account === account || groups.has('all') || users.has(account)
    || organizationArnsOf(account).some(arn => organizations.has(arn) || organizationalUnits.has(arn));
}

/** True if the account is allowed to copy the snapshot or create a volume from it. Launch permission for the image does not include this. */
export function canReadSnapshot(account: string, snapshot: Snapshot): boolean {
  return snapshot.account === account || snapshot.createVolumePermissions.groups.has('all') ||
    snapshot.createVolumePermissions.users.has(account) || snapshot.formerReaders.has(account);
}

/** Returns the image if it is visible to the caller. */
export function visibleImage(ec2: Ec2Context, account: string, region: string, id: string): Image | undefined {
  const { state, settings } = ec2;
  const image = state.images.get(id);
  const visible = image && image.region === region && canLaunch(ec2, account, image);
  return visible && isAllowed(account, image, settings.limits.allowedImageOwners) ? image : undefined;
}

/** True if the Allowed AMIs settings show the image to the account. They never hide an account's own images. */
function isAllowed(account: string, image: Image, owners: readonly string[] | undefined): boolean {
  return owners === undefined || image.account === account || owners.includes(image.account) || owners.includes(image.ownerAlias ?? '');
}

/** Returns an image that the caller can copy or launch now. */
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

/** Returns an image that the caller owns, for operations that change it. */
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

/** The error for an image that does not exist or no longer exists. */
export function imageNotFoundError(ec2: Ec2Context, image: Image | undefined, id: string): AwsError {
  return !image || isPastRetention(ec2, image) ? notFound('ami', [id]) : unavailableImage(id);
}

/** True if the image was deregistered so long ago that EC2 no longer knows its ID. */
export function isPastRetention({ clock, settings: { consistency } }: Ec2Context, image: Image): boolean {
  return image.deregisteredAt !== undefined &&
    clock.now() >= image.deregisteredAt + consistency.deregisteredShown + consistency.deregisteredEmpty;
}

/** EC2 returns the HTTP status of a bad request here, not that of a missing permission. */
export function authFailure(message: string): AwsError {
  return new AwsError('AuthFailure', message);
}
