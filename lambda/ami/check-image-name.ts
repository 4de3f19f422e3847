import { imageNameInUse, imageNameInUseBySameStack, imageNameMalformed } from './messages';
import { ImageProperties } from '../../src/contract';
import { imageNameError } from '../../src/contract/image-name';
import { AwsClients } from '../aws/clients';
import { hasErrorCode } from '../aws/error-codes';
import { findImageByName, ownerTagOf } from '../aws/find-images';
import { DeploymentError } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** "AMI name X is already in use by AMI ami-…" is what EC2 says, and not why. */
export async function checkImageName(aws: AwsClients, request: ImageRequest<ImageProperties>): Promise<void> {
  const name = imageNameOf(request);
  const problem = imageNameError(name);
  if (problem !== undefined) {
    throw new DeploymentError(problem);
  }
  if (request.properties.ImageName === undefined) {
    // a name that belongs to this request alone
    return;
  }
  const imageWithSameName = await findImageByName(aws, name);
  if (!imageWithSameName || ownerTagOf(imageWithSameName) === request.owner) {
    return;
  }
  const isOfSameStack = ownerTagOf(imageWithSameName)?.startsWith(request.ownerPrefix);
  const message = isOfSameStack ? imageNameInUseBySameStack : imageNameInUse;
  throw new DeploymentError(message({ name, imageId: imageWithSameName.ImageId }));
}

/** The error for a name that EC2 does not allow; undefined for any other answer. */
export function explainRefusedName(request: ImageRequest<ImageProperties>, error: unknown): DeploymentError | undefined {
  return hasErrorCode(error, ['InvalidAMIName.Malformed']) ? new DeploymentError(imageNameMalformed({ name: imageNameOf(request) }, error)) : undefined;
}
