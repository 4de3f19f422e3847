import { Instance, Volume } from '@aws-sdk/client-ec2';
import { isNotOlder } from './own-images';
import { hasCopiedSeal, isSealed, tagOf } from './seal';
import { DEVICE_TAG, Sharing } from '../../src/contract';
import { AwsClients } from '../aws/clients';
import { findTaggedVolumes } from '../aws/find-instances';
import { ImageRequest } from '../request/image-request';

/** The volumes of a build, given its builders. */
export async function findOwnVolumes(aws: AwsClients, request: ImageRequest<Sharing>, builders: readonly Instance[]): Promise<Volume[]> {
  if (request.isDelete && request.imageId !== undefined) {
    // a build that has ended with an AMI has seen its volumes gone
    return [];
  }
  const tagged = await findTaggedVolumes(aws, request.owner);
  return tagged.filter(volume => isOwnVolume(request, volume, builders, tagged));
}

/** A volume is ours if a builder of ours has it, if its id is in memory, or if it is sealed: EC2 reports no descent of an empty volume. */
function isOwnVolume(request: ImageRequest<Sharing>, volume: Volume, builders: readonly Instance[], tagged: readonly Volume[]): boolean {
  const { memory, isDelete } = request;
  const id = volume.VolumeId!;
  if (hasCopiedSeal(volume, id)) {
    return false;
  }
  if (Object.values(memory.ids?.volumes ?? {}).includes(id)
    || volume.Attachments?.some(({ InstanceId }) => builders.some(one => one.InstanceId === InstanceId))) {
    return true;
  }
  // an attempt that has ended with an AMI has seen its volumes gone
  return request.isOtherAttempt !== true && (isSealed(volume, id) ? isDelete || memory.hasGaps === true : isOnlyOneOfDevice(request, volume, tagged));
}

/** After an invocation died, memory may not know a volume that it has made. Two of one device are doubt: then neither is ours. */
function isOnlyOneOfDevice({ memory, startedAt, isDelete }: ImageRequest<Sharing>, volume: Volume, tagged: readonly Volume[]): boolean {
  const device = tagOf(volume, DEVICE_TAG);
  return memory.hasGaps === true && !isDelete && device !== undefined && isNotOlder(volume.CreateTime, startedAt)
    && tagged.filter(other => tagOf(other, DEVICE_TAG) === device && !hasCopiedSeal(other, other.VolumeId)).length === 1;
}
