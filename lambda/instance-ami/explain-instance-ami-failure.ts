import { Image } from '@aws-sdk/client-ec2';
import { checkVolumeKeys, instanceOf } from './describe-source-instance';
import { InstanceAmiProperties } from '../../src/contract';
import { Aws } from '../aws/clients';
import { answerOf, INSTANCE_GONE, is, NOT_ALLOWED } from '../aws/error-codes';
import { leftBehind, reasonsOf } from '../copy/explain-copy-failure';
import { Denied, Failure, NotYet } from '../outcomes';
import { imageNameOf, ImageRequest } from '../request/image-request';

/** Passes by itself: the instance is on its way to another state. */
const LATER = ['IncorrectState', 'IncorrectInstanceState'];

/** The causes and cures of what CreateImage refuses at once. */
export function explainRefusedImage(request: ImageRequest<InstanceAmiProperties>, error: unknown): Error {
  const { code, message } = answerOf(error);
  const { InstanceId } = request.properties;
  const said = `(EC2 said ${code}: ${message})`;
  if (is(error, LATER)) {
    return new NotYet(`EC2 makes no image of the instance ${InstanceId} now ${said}`);
  }
  if (is(error, NOT_ALLOWED)) {
    return new Denied(`the handler may not make an image of the instance ${InstanceId}: a service control policy or a permissions boundary may deny what its role allows ${said}`);
  }
  if (is(error, INSTANCE_GONE)) {
    return new Failure(`the instance ${InstanceId} is not there any more: use an instance that exists ${said}`);
  }
  return new Failure(code === 'InvalidAMIName.Malformed'
    ? `the image name "${imageNameOf(request)}" is not one that EC2 allows: use 3 to 128 letters, digits and ( ) . / _ - ${said}`
    : `EC2 makes no image of the instance ${InstanceId} ${said}`);
}

/** EC2 reports a key that cannot be used late, and hardly says why, so the handler looks at the keys of the volumes again. */
export async function explainFailedImage(aws: Aws, request: ImageRequest<InstanceAmiProperties>, image: Image): Promise<Failure> {
  const words = await reasonsOf(aws, request, image);
  const said = words.length > 0 ? `EC2 said of ${words.join('; of ')}` : 'EC2 gave no reason';
  const cause = await findCause(aws, request.properties) ?? 'all that can be checked is in order, which leaves a fault of EC2 (deploy again) or a key that the handler may not ' +
    'look at (pass the keys of the volumes in sourceEncryptionKeys)';
  return new Failure(`the image ${image.ImageId} of the instance ${request.properties.InstanceId} is ${image.State}: ${cause} (${said})${await leftBehind(aws, request, image)}`);
}

async function findCause(aws: Aws, properties: InstanceAmiProperties): Promise<string | undefined> {
  try {
    await checkVolumeKeys(aws, await instanceOf(aws, properties), false);
  } catch (error) {
    if (error instanceof Failure) {
      return error.message;
    }
  }
  return undefined;
}
