import { AttachVolumeCommand, CreateVolumeCommand, Instance, Volume } from '@aws-sdk/client-ec2';
import { NewVolume } from '../block-devices';
import { MultiKeyRequest, PlannedDevice } from '../device-plan';
import { explainBadKey } from '../explain-build-failure';
import {
  attachVolumeRefused, createVolumeRefused, volumeBeforeBuilder, volumeDeleted, volumeFailed, volumeInAttachment, volumeInCreation, volumeInState,
  volumeNotAttachable, volumeNotAttachedYet,
} from './messages';
import { DEVICE_TAG, REQUEST_TAG } from '../../../src/contract';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { awsWords } from '../../aws/aws-words';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode, isTransient } from '../../aws/error-codes';
import { explainReachedQuota } from '../../aws/quotas';
import { DeploymentError } from '../../outcomes';
import { rememberVolume } from '../../request/memory';
import { clientToken } from '../../request/physical-id';

/** Why a volume is not attached yet; nothing if it is. */
export type PendingReason = string | undefined;

/** The volume of a device, if EC2 shows it. With a zone, only a volume of that zone, because an earlier builder instance can have run in another one. */
export function findVolumeOfDevice(volumes: readonly Volume[], device: string, zone?: string): Volume | undefined {
  return volumes.find(({ Tags, State, AvailabilityZone }) => State !== 'deleting' && (zone === undefined || AvailabilityZone === zone)
    && Tags?.some(({ Key, Value }) => Key === DEVICE_TAG && Value === device));
}

/** Creates a volume that is encrypted with its key. Repeated calls create one volume, because the client token belongs to the device and the zone. */
export async function requestVolume(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, zone: string): Promise<string | undefined> {
  const volume = device.volume!;
  const tags = [...tagsOf(request), { Key: REQUEST_TAG, Value: request.requestId }, { Key: DEVICE_TAG, Value: device.name }];
  const { VolumeId } = await aws.ec2.send(new CreateVolumeCommand({
    ...volumeParameters(volume),
    AvailabilityZone: zone,
    SnapshotId: volume.SnapshotId,
    Encrypted: true,
    KmsKeyId: volume.EncryptionKeyArn,
    ClientToken: clientToken(request.owner, request.requestId, 'volume', device.name, zone),
    TagSpecifications: tagSpecifications(tags, 'volume'),
  }));
  return VolumeId;
}

/** Creates the volume of a device, and keeps its id. */
export async function createVolume(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, zone: string): Promise<void> {
  try {
    const volumeId = await requestVolume(aws, request, device, zone);
    if (volumeId !== undefined) {
      rememberVolume(request.memory, `${device.name} in ${zone}`, volumeId);
    }
  } catch (error) {
    // "The client token you have provided is associated with a resource that is already deleted": EC2 deletes a volume whose key cannot be used
    if (hasErrorCode(error, ['IdempotentParameterMismatch'])) {
      throw await explainBadKey(aws, request, device, volumeDeleted({ device: device.name }), awsWords('EC2', error));
    }
    const action = `create the volume for ${device.name}`;
    // "Volume iops of 99 is too low; minimum is 100.", "The parameter iops is not supported for gp2 volumes.", "Unsupported volume type"
    const isAboutVolume = hasErrorCode(error, ['InvalidParameterValue', 'InvalidParameterCombination', 'InvalidParameterDependency', 'UnknownVolumeType']);
    throw isTransient(error) ? error : explainReachedQuota(action, error, device.volume?.VolumeType) ?? explainRefusedCall(action, error)
      ?? new DeploymentError(createVolumeRefused({ device: device.name, isAboutVolume }, error));
  }
}

/** Takes the next step of a volume that is created and attached. */
export async function attachNewVolume(
  aws: AwsClients, request: MultiKeyRequest, builder: Instance, device: PlannedDevice, volumes: readonly Volume[],
): Promise<PendingReason> {
  const zone = builder.Placement!.AvailabilityZone!;
  const volume = findVolumeOfDevice(volumes, device.name, zone);
  if (!volume) {
    await createVolume(aws, request, device, zone);
    return volumeInCreation({ device: device.name });
  }
  const names = { volumeId: volume.VolumeId, device: device.name };
  switch (volume.State) {
    case 'available':
      return builder.State?.Name === 'running' || builder.State?.Name === 'stopped' ? attach(aws, request, builder, device, volume)
        : volumeBeforeBuilder(names);
    case 'in-use':
      return volume.Attachments?.some(({ InstanceId, State }) => InstanceId === builder.InstanceId && State === 'attached') ? undefined
        : volumeInAttachment(names);
    case 'error':
      throw await explainBadKey(aws, request, device, volumeFailed(names));
    default:
      return volumeInState({ ...names, state: volume.State });
  }
}

async function attach(aws: AwsClients, request: MultiKeyRequest, builder: Instance, device: PlannedDevice, volume: Volume): Promise<PendingReason> {
  const names = { volumeId: volume.VolumeId, device: device.name };
  try {
    await aws.ec2.send(new AttachVolumeCommand({ InstanceId: builder.InstanceId, VolumeId: volume.VolumeId, Device: device.name }));
    return volumeInAttachment(names);
  } catch (error) {
    // "vol-… is already attached to an instance": the response to an earlier call was lost
    if (isTransient(error) || hasErrorCode(error, ['VolumeInUse', 'IncorrectState', 'IncorrectInstanceState'])) {
      return volumeNotAttachedYet(names, error);
    }
    // "The encrypted volume was unable to access the KMS key."
    if (hasErrorCode(error, ['CustomerKeyHasBeenRevoked'])) {
      throw await explainBadKey(aws, request, device, volumeNotAttachable(names), awsWords('EC2', error));
    }
    // "/dev/sdk1 is not a valid EBS device name.", "Attachment point /dev/sdf is already in use", "Volume count exceeds the limit for the instance type"
    const isAboutDevice = hasErrorCode(error, ['InvalidParameterValue', 'AttachmentLimitExceeded']);
    throw explainRefusedCall(`attach the volume for ${device.name}`, error) ?? new DeploymentError(attachVolumeRefused({ ...names, isAboutDevice }, error));
  }
}

/** The parameters of a volume that CreateVolume and RegisterImage have in common. */
export function volumeParameters(volume: NewVolume) {
  return { Size: volume.SizeGibibytes, VolumeType: volume.VolumeType as Volume['VolumeType'], Iops: volume.Iops, Throughput: volume.Throughput };
}
