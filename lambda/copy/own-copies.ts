import { Image } from '@aws-sdk/client-ec2';
import { CopyRequest } from './copy-request';
import { EncryptedAmiCopyProperties } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findTaggedImages } from '../aws/find-images';
import { ImageDescent, isOwnFailedImage, isOwnImage } from '../ownership/own-images';
import { imageNameOf } from '../request/image-request';
import { isKnownImage } from '../request/memory';

/**
 * An image descends from a CopyImage of ours if it is a copy of the declared source, with the name of this request: names are unique in an account
 * and Region. A failed image may have lost its name. Of another attempt of the resource the source is not known: then the generated name decides.
 */
function copyDescent(region: string): ImageDescent<EncryptedAmiCopyProperties> {
  return (request, image) => {
    const { SourceImageId, SourceRegion = region } = request.properties as Partial<EncryptedAmiCopyProperties>;
    if (SourceImageId === undefined) {
      return hasNameOf(request, image);
    }
    if (image.SourceImageId === undefined && image.State !== 'available') {
      // the fields of a copy in its first minute are not documented
      return isKnownImage(request.memory, image.ImageId) || hasNameOf(request, image);
    }
    return image.SourceImageId === SourceImageId && (image.SourceImageRegion ?? region) === SourceRegion
      && (hasNameOf(request, image) || isOwnFailedImage(request, image));
  };
}

export function isOwnCopy(aws: AwsClients, request: CopyRequest, image: Image): boolean {
  return isOwnImage(request, image, copyDescent(aws.region));
}

export async function findOwnCopies(aws: AwsClients, request: CopyRequest): Promise<Image[]> {
  return (await findTaggedImages(aws, request.owner)).filter(image => image.State !== 'deregistered' && isOwnCopy(aws, request, image));
}

/** The name begins with a prefix that an update may have changed since; the attempt id at its end is of this attempt only. */
function hasNameOf(request: CopyRequest, { Name }: Image): boolean {
  return Name === imageNameOf(request) || request.isDelete && request.properties.ImageName === undefined && Name?.endsWith(`-${request.attemptId}`) === true;
}
