import { CreateImageCommand, Instance } from '@aws-sdk/client-ec2';
import { createImageRefused, imageNotCreatedYet } from './messages';
import { checkImageName, explainRefusedName } from '../../ami/check-image-name';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode, isTransient } from '../../aws/error-codes';
import { DeploymentError, NotReady } from '../../outcomes';
import { imageNameOf } from '../../request/image-request';
import { MultiKeyRequest, descriptionOf, emptyVolumeOf, isKeptEmpty, Plan } from '../device-plan';
import { imageNotShown } from '../messages';
import { rememberBuild, rememberBuildError } from '../own-builds';

/** CreateImage has no client token: an image of an earlier call is found by its tags, and EC2 refuses a second one because of its name. */
export async function createImage(aws: AwsClients, request: MultiKeyRequest, builder: Instance, plan: Plan): Promise<void> {
  await request.throwIfCanceled();
  try {
    const { ImageId } = await aws.ec2.send(new CreateImageCommand({
      InstanceId: builder.InstanceId,
      Name: imageNameOf(request),
      Description: descriptionOf(request.properties),
      // it is already stopped
      NoReboot: true,
      // "The parameter KmsKeyId is not recognized": each snapshot gets the key of its volume, and EC2 accepts no more than this
      BlockDeviceMappings: [
        ...plan.devices.map(device => ({
          DeviceName: device.name, Ebs: isKeptEmpty(device) ? emptyVolumeOf(device) : { DeleteOnTermination: device.deleteOnTermination },
        })),
        // otherwise the AMI inherits them from the source
        ...plan.droppedInstanceStores.map(name => ({ DeviceName: name, NoDevice: '' })),
      ],
      TagSpecifications: tagSpecifications(tagsOf(request), 'image', 'snapshot'),
    }));
    rememberBuild(request, ImageId);
  } catch (error) {
    rememberBuildError(aws, request, error);
    if (hasErrorCode(error, ['InvalidAMIName.Duplicate'])) {
      // of another image, or of the one that an earlier call has created and that EC2 does not show yet
      await checkImageName(aws, request);
      throw new NotReady(imageNotShown({ name: imageNameOf(request) }), true);
    }
    throw isTransient(error) || hasErrorCode(error, ['IncorrectState', 'IncorrectInstanceState'])
      ? new NotReady(imageNotCreatedYet({ instanceId: builder.InstanceId }, error))
      : explainRefusedCall(`create an AMI of the builder instance ${builder.InstanceId}`, error)
        ?? explainRefusedName(request, error) ?? new DeploymentError(createImageRefused({ instanceId: builder.InstanceId }, error));
  }
}
