import { Image } from '@aws-sdk/client-ec2';
import { checkVolumeKeys, describeSourceInstance } from './describe-source-instance';
import { InstanceAmiProperties } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, INSTANCE_NOT_FOUND_CODES, hasErrorCode, ACCESS_DENIED_CODES } from '../aws/error-codes';
import { orphanedResourcesHint, describeFailureReasons } from '../copy/explain-copy-failure';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** Passes by itself: the instance is on its way to another state. */
const RETRY_LATER_CODES = ['IncorrectState', 'IncorrectInstanceState'];

/** The causes and cures of what CreateImage refuses at once. */
export function explainRefusedImage(request: ImageRequest<InstanceAmiProperties>, error: unknown): Error {
  const { code, message } = awsErrorDetails(error);
  const { InstanceId } = request.properties;
  const said = `(EC2 said ${code}: ${message})`;
  if (hasErrorCode(error, RETRY_LATER_CODES)) {
    return new NotReady(`EC2 makes no image of the instance ${InstanceId} now ${said}`);
  }
  if (hasErrorCode(error, ACCESS_DENIED_CODES)) {
    return new AccessDeniedError(`the handler may not make an image of the instance ${InstanceId}: a service control policy or a permissions boundary may deny what its role allows ${said}`);
  }
  if (hasErrorCode(error, INSTANCE_NOT_FOUND_CODES)) {
    return new DeploymentError(`the instance ${InstanceId} is not there any more: use an instance that exists ${said}`);
  }
  return new DeploymentError(code === 'InvalidAMIName.Malformed'
    ? `the image name "${imageNameOf(request)}" is not one that EC2 allows: use 3 to 128 letters, digits and ( ) . / _ - ${said}`
    : `EC2 makes no image of the instance ${InstanceId} ${said}`);
}

/** EC2 reports a key that cannot be used late, and hardly says why, so the handler looks at the keys of the volumes again. */
export async function explainFailedImage(aws: AwsClients, request: ImageRequest<InstanceAmiProperties>, image: Image): Promise<DeploymentError> {
  const words = await describeFailureReasons(aws, request, image);
  const said = words.length > 0 ? `EC2 said of ${words.join('; of ')}` : 'EC2 gave no reason';
  const cause = await findCause(aws, request.properties) ?? 'all that can be checked is in order, which leaves a fault of EC2 (deploy again) or a key that the handler may not ' +
    'look at (pass the keys of the volumes in sourceEncryptionKeys)';
  return new DeploymentError(`the image ${image.ImageId} of the instance ${request.properties.InstanceId} is ${image.State}: ${cause} (${said})${await orphanedResourcesHint(aws, request, image)}`);
}

async function findCause(aws: AwsClients, properties: InstanceAmiProperties): Promise<string | undefined> {
  try {
    await checkVolumeKeys(aws, await describeSourceInstance(aws, properties), false);
  } catch (error) {
    if (error instanceof DeploymentError) {
      return error.message;
    }
  }
  return undefined;
}
