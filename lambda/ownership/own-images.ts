import { Image } from '@aws-sdk/client-ec2';
import { hasCopiedSeal, isSealed, isTaggedWithOwner } from './seal';
import { Sharing } from '../../src/contract';
import { ImageRequest } from '../request/image-request';
import { isKnownImage } from '../request/memory';

/** EC2 tells whole seconds, and clocks differ. */
const CLOCK_MARGIN_MS = 60_000;

/** Whether an image that carries the owner tag of a request also descends from what the request asks for. */
export type ImageDescent<P extends Sharing> = (request: ImageRequest<P>, image: Image) => boolean;

/** Whether an image is a request's: by its owner tag and its descent. Whoever may tag can write any tag, so a tag alone decides nothing. */
export function isOwnImage<P extends Sharing>(request: ImageRequest<P>, image: Image, descends: ImageDescent<P>): boolean {
  const { owner, account, imageId } = request;
  if (!isTaggedWithOwner(image, owner) || image.OwnerId !== account) {
    return false;
  }
  // the AMI of the physical id was verified before CloudFormation got the id
  return imageId !== undefined && image.ImageId === imageId || !hasCopiedSeal(image, image.ImageId) && descends(request, image);
}

/** Whether an image failed that has perhaps lost its name: it counts by its id, or by its time. */
export function isOwnFailedImage({ memory, startedAt, isDelete }: ImageRequest<Sharing>, image: Image): boolean {
  return image.State === 'failed' && (isKnownImage(memory, image.ImageId) || isSealed(image, image.ImageId)
    || !isDelete && isNotOlder(image.CreationDate, startedAt));
}

/** Not older than the whole second in which a request began, less a minute for clocks. An empty date is not known, and no date is an invalid one. */
export function isNotOlder(date: Date | string | undefined, startedAt: number): boolean {
  return new Date(date!).getTime() >= Math.floor(startedAt / 1_000) * 1_000 - CLOCK_MARGIN_MS;
}
