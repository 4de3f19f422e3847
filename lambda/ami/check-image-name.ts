import { ImageProperties } from '../../src/contract';
import { imageNameError } from '../../src/contract/image-name';
import { Aws } from '../aws/clients';
import { findImageByName, ownerTagOf } from '../aws/find-images';
import { Failure } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** "AMI name X is already in use by AMI ami-…" is what EC2 says, and not why. */
export async function checkName(aws: Aws, request: ImageRequest<ImageProperties>): Promise<void> {
  const name = imageNameOf(request);
  const problem = imageNameError(name);
  if (problem !== undefined) {
    throw new Failure(problem);
  }
  if (request.properties.ImageName === undefined) {
    // a name that belongs to this request alone
    return;
  }
  const holder = await findImageByName(aws, name);
  if (!holder || ownerTagOf(holder) === request.owner) {
    return;
  }
  if (ownerTagOf(holder)?.startsWith(request.ownerPrefix)) {
    throw new Failure(
      `the image name "${name}" is still held by ${holder.ImageId}, another image of this stack: if this update replaces that image, it is removed ` +
      'only after the new one exists, and EC2 allows a name only once: give the new image another imageName, or leave imageName out',
    );
  }
  throw new Failure(`the image name "${name}" is taken by ${holder.ImageId}: choose another imageName, or leave imageName out`);
}
