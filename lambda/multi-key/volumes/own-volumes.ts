import { Instance, Volume } from '@aws-sdk/client-ec2';
import { requestVolume } from './create-volumes';
import { DEVICE_TAG, REQUEST_TAG } from '../../../src/contract';
import { AwsClients } from '../../aws/clients';
import { awsErrorDetails, isTransient } from '../../aws/error-codes';
import { findTaggedVolumes } from '../../aws/find-instances';
import { DeploymentError } from '../../outcomes';
import { tagOf } from '../../ownership/seal';
import { rememberVolume } from '../../request/memory';
import { isRequestOfAttempt } from '../../request/physical-id';
import { describeBuildSource } from '../build-source';
import { MultiKeyRequest, planDevices } from '../device-plan';

/** The volumes of a build. Its builders are asked for only where memory does not know a volume that is attached. */
export async function findOwnVolumes(aws: AwsClients, request: MultiKeyRequest, findBuilders: () => Promise<readonly Instance[]>): Promise<Volume[]> {
  const { memory, imageId, isDelete, isOtherAttempt } = request;
  if (isDelete && imageId !== undefined) {
    // a build that has ended with an AMI has seen its volumes gone
    return [];
  }
  const tagged = await findTaggedVolumes(aws, request.owner);
  const attached = tagged.filter(({ VolumeId, Attachments = [] }) => Attachments.length > 0 && !isKnown(request, VolumeId!));
  const builders = attached.length > 0 ? await findBuilders() : [];
  for (const { VolumeId, Attachments } of attached) {
    if (Attachments!.some(({ InstanceId }) => builders.some(one => one.InstanceId === InstanceId))) {
      rememberVolume(memory, VolumeId!, VolumeId!);
    }
  }
  // otherwise the steps that create the volumes ask for them again
  const isLost = isOtherAttempt !== true && (isDelete || memory.failure !== undefined && memory.hasGaps === true);
  if (isLost) {
    for (const volume of tagged.filter(({ VolumeId, State }) => !isKnown(request, VolumeId!) && State !== 'deleting')) {
      await recognize(aws, request, volume);
    }
  }
  return tagged.filter(({ VolumeId }) => isKnown(request, VolumeId!));
}

function isKnown({ memory }: MultiKeyRequest, volumeId: string): boolean {
  return Object.values(memory.ids?.volumes ?? {}).includes(volumeId);
}

/**
 * EC2 reports no descent of a volume, and anyone who may tag can write our tags. But CreateVolume with the client token of its request answers with the
 * volume that this request has created, and nobody else's. If there was none, it creates one, which is then deleted with the others.
 */
async function recognize(aws: AwsClients, request: MultiKeyRequest, volume: Volume): Promise<void> {
  const { memory, isDelete, attemptId } = request;
  const id = volume.VolumeId!;
  const requestId = isDelete ? tagOf(volume, REQUEST_TAG) : request.requestId;
  if (memory.foreignVolumes?.includes(id)) {
    return;
  }
  const { SourceImageId } = request.properties as Partial<typeof request.properties>;
  if (requestId !== undefined && isRequestOfAttempt(requestId, attemptId) && SourceImageId !== undefined) {
    try {
      const source = await describeBuildSource(aws, request);
      const device = planDevices(source, request.properties).devices.find(({ name, volume: added }) => added && name === tagOf(volume, DEVICE_TAG));
      if (device) {
        const created = await requestVolume(aws, { ...request, requestId }, device, volume.AvailabilityZone!);
        if (created !== undefined) {
          rememberVolume(memory, `${device.name} in ${volume.AvailabilityZone}`, created);
        }
        if (created === id) {
          return;
        }
      }
    } catch (error) {
      if (isTransient(error)) {
        throw error;
      }
      console.warn({ message: 'the volume could not be recognized', id, why: error instanceof DeploymentError ? error.message : awsErrorDetails(error) });
    }
  }
  console.warn({ message: 'a volume carries the tags of this stack, but was not created by it: it is left alone', id });
  memory.foreignVolumes = [...memory.foreignVolumes ?? [], id];
}
