import { Image } from '@aws-sdk/client-ec2';
import { checkVolumeKeys, describeSourceInstance } from './describe-source-instance';
import { causeUnknown, createImageRefused, imageFailed, imageNotCreatedYet, instanceGone } from './messages';
import { InstanceAmiProperties } from '../../src/contract';
import { explainRefusedCall } from '../ami/explain-refused-call';
import { imageNameMalformed } from '../ami/messages';
import { AwsClients } from '../aws/clients';
import { INSTANCE_NOT_FOUND_CODES, hasErrorCode } from '../aws/error-codes';
import { orphanedResourcesHint, describeFailureReasons } from '../copy/explain-copy-failure';
import { DeploymentError, NotReady } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** The instance is about to change its state. */
const RETRY_LATER_CODES = ['IncorrectState', 'IncorrectInstanceState'];

/** The error for an AMI that CreateImage refuses at once. */
export function explainRefusedImage(request: ImageRequest<InstanceAmiProperties>, error: unknown): Error {
  const { InstanceId: instanceId } = request.properties;
  if (hasErrorCode(error, RETRY_LATER_CODES)) {
    return new NotReady(imageNotCreatedYet({ instanceId }, error));
  }
  const denied = explainRefusedCall(`create an AMI of the instance ${instanceId}`, error);
  if (denied) {
    return denied;
  }
  if (hasErrorCode(error, INSTANCE_NOT_FOUND_CODES)) {
    return new DeploymentError(instanceGone({ instanceId }, error));
  }
  return new DeploymentError(hasErrorCode(error, ['InvalidAMIName.Malformed'])
    ? imageNameMalformed({ name: imageNameOf(request) }, error) : createImageRefused({ instanceId }, error));
}

/** EC2 reports a key that cannot be used late, and often without a reason, so the handler checks the keys of the volumes again. */
export async function explainFailedImage(aws: AwsClients, request: ImageRequest<InstanceAmiProperties>, image: Image): Promise<DeploymentError> {
  const reasons = await describeFailureReasons(aws, request, image);
  const cause = await recheckPrerequisites(aws, request) ?? causeUnknown();
  const orphanedResources = await orphanedResourcesHint(aws, request, image);
  return new DeploymentError(imageFailed({
    imageId: image.ImageId, instanceId: request.properties.InstanceId, state: image.State, cause, orphanedResources, reasons,
  }));
}

async function recheckPrerequisites(aws: AwsClients, request: ImageRequest<InstanceAmiProperties>): Promise<string | undefined> {
  try {
    await checkVolumeKeys(aws, await describeSourceInstance(aws, request.properties), request);
  } catch (error) {
    if (error instanceof DeploymentError) {
      return error.message;
    }
  }
  return undefined;
}
