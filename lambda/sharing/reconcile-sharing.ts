import { Image } from '@aws-sdk/client-ec2';
import { imageNotAvailable, imageNotFound, imageOfOtherAccount } from './messages';
import { recordOf, revoke, share } from './share';
import { holderOf } from './sharing-record';
import { AmiSharingProperties, ImageAttributes } from '../../src/contract';
import { attributesOf } from '../ami/ami-attributes';
import { AwsClients } from '../aws/clients';
import { findImage } from '../aws/find-images';
import { AmiDisappeared, DeploymentError, NotReady } from '../outcomes';
import { ImageRequest } from '../request/image-request';
import { parsePhysicalId } from '../request/physical-id';

/** Shares an AMI that this construct does not create. */
export async function reconcileSharing(aws: AwsClients, request: ImageRequest<AmiSharingProperties>): Promise<ImageAttributes> {
  const { properties, account } = request;
  const image = await findImage(aws, properties.ImageId);
  if (!image || image.State === 'deregistered') {
    throw request.isRollback ? new AmiDisappeared() : new DeploymentError(imageNotFound({ imageId: properties.ImageId, region: aws.region }));
  }
  if (image.OwnerId !== account) {
    throw new DeploymentError(imageOfOtherAccount({ imageId: properties.ImageId, ownerId: image.OwnerId }));
  }
  if (image.State === 'pending' || image.State === 'transient') {
    throw new NotReady(imageNotAvailable({ imageId: properties.ImageId, state: image.State }));
  }
  await share(aws, request, image, properties);
  return attributesOf(image);
}

/** Revokes the sharing of an AMI when the construct is deleted; does nothing if the AMI was deregistered or belongs to another account. */
export async function revokeSharing(aws: AwsClients, request: ImageRequest<AmiSharingProperties>): Promise<void> {
  const image = await findImage(aws, request.properties.ImageId);
  if (image && image.State !== 'deregistered' && image.OwnerId === request.account && isHolder(request, image)) {
    await revoke(aws, request, image, request.properties);
  }
}

/** Whether the resource that is deleted is the one that shares the AMI, and not one before it. */
function isHolder(request: ImageRequest<AmiSharingProperties>, image: Image): boolean {
  const { attemptId, memory: { hasGaps, stackStatus } } = request;
  const record = recordOf(request, image);
  if (parsePhysicalId(attemptId) !== undefined) {
    // without a record, either someone has removed the tag, or this request has revoked the sharing before its invocation died
    return record === undefined ? hasGaps !== true : record.holder === holderOf(attemptId);
  }
  // The creation has failed, or was not waited for: without a record it has shared nothing. In the cleanup of an update, the sharing that was finished is
  // the one that the stack uses.
  return record !== undefined && !(record.holder !== '' && stackStatus === 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
}
