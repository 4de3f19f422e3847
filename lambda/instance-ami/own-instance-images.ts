import { Image } from '@aws-sdk/client-ec2';
import { InstanceAmiProperties } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findTaggedImages } from '../aws/find-images';
import { isOwnFailedImage, isOwnImage } from '../ownership/own-images';
import { isSealed } from '../ownership/seal';
import { imageNameOf, ImageRequest, intermediateNameOf } from '../request/image-request';
import { isKnownImage } from '../request/memory';

type InstanceRequest = ImageRequest<InstanceAmiProperties>;

/** The images of a request: of the instance itself, and the copy with a key of its own. */
export interface InstanceImages {
  /** The AMI that the stack gets. */
  readonly image?: Image;
  /** The image of the instance that the AMI is a copy of. */
  readonly intermediate?: Image;
}

export async function findInstanceImages(aws: AwsClients, request: InstanceRequest): Promise<InstanceImages> {
  const tagged = (await findTaggedImages(aws, request.owner)).filter(({ State }) => State !== 'deregistered');
  const ofInstance = tagged.find(image => isOwnImageOfInstance(request, image));
  if (!isCopied(request)) {
    return { image: ofInstance };
  }
  // images of CreateImage have a SourceInstanceId, copies have none
  const copies = tagged.filter(image => image.SourceInstanceId === undefined);
  return { intermediate: ofInstance, image: copies.find(image => isOwnImage(request, image, () => isCopyOfInstance(request, image, ofInstance))) };
}

/** Whether an image, however it was found, is the one that CreateImage makes for a request. */
export function isOwnImageOfInstance(request: InstanceRequest, image: Image): boolean {
  return isOwnImage(request, image, isOfInstance);
}

/** An image of the declared instance, with the name of this request, which no other image can have. A failed one may have lost its name. */
function isOfInstance(request: InstanceRequest, image: Image): boolean {
  const name = isCopied(request) ? intermediateNameOf(request) : imageNameOf(request);
  const { InstanceId } = request.properties as Partial<InstanceAmiProperties>;
  if (InstanceId === undefined) {
    // of another attempt of the resource, the instance is not known
    return image.SourceInstanceId !== undefined && isNamedByAttempt(request, image);
  }
  return image.SourceInstanceId === InstanceId
    && (image.Name === name || isNamedByAttempt(request, image) || isOwnFailedImage(request, image));
}

/** The image that it is a copy of is deleted when the copy is verified, or when it is not right: then the copy is sealed, or deleted. */
function isCopyOfInstance(request: InstanceRequest, image: Image, intermediate: Image | undefined): boolean {
  const isNamed = image.Name === imageNameOf(request) || isNamedByAttempt(request, image);
  const descends = image.SourceImageId !== undefined
    && (image.SourceImageId === intermediate?.ImageId || isKnownImage(request.memory, image.SourceImageId));
  return descends && (isNamed || isOwnFailedImage(request, image)) || isNamed && isSealed(image, image.ImageId)
    || image.SourceImageId === undefined && image.State !== 'available' && isKnownImage(request.memory, image.ImageId);
}

/** The beginning of a generated name may have changed since; the attempt id at its end is of this attempt only. */
function isNamedByAttempt({ isDelete, properties, attemptId }: InstanceRequest, { Name = '' }: Image): boolean {
  return isDelete && properties.ImageName === undefined && (Name.endsWith(`-${attemptId}`) || Name.endsWith(`-${attemptId}-1`));
}

/** An attempt whose properties are not known can have made both images. */
function isCopied({ properties: { EncryptionKeyArn, InstanceId } }: Pick<ImageRequest<Partial<InstanceAmiProperties>>, 'properties'>): boolean {
  return EncryptionKeyArn !== undefined || InstanceId === undefined;
}
