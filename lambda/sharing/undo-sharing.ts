import { undoSharing } from './share';
import { Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findImage } from '../aws/find-images';
import { ImageRequest } from '../request/image-request';

/** Revokes what a failed request has shared. An AMI that the request has created is deleted instead. */
export async function undoSharingOf(aws: AwsClients, request: ImageRequest<Sharing>): Promise<void> {
  const { properties, imageId, memory, account } = request;
  if (memory.sharingTags === undefined && memory.hasGaps !== true) {
    return;
  }
  const image = await findImage(aws, (properties as { ImageId?: string }).ImageId ?? imageId);
  if (image && image.State !== 'deregistered' && image.OwnerId === account) {
    await undoSharing(aws, request, image, properties);
  }
}
