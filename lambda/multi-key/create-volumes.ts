import { AttachVolumeCommand, CreateVolumeCommand, Instance, Volume } from '@aws-sdk/client-ec2';
import { NewVolume } from './block-devices';
import { MultiKeyRequest, PlannedDevice } from './device-plan';
import { explainBadKey } from './explain-build-failure';
import { DEVICE_TAG } from '../../src/contract';
import { tagsOf } from '../ami/update-in-place';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient } from '../aws/error-codes';
import { DeploymentError } from '../outcomes';
import { rememberVolume } from '../request/memory';
import { clientToken } from '../request/physical-id';

/** A volume that is not yet what it has to be: why. */
export type PendingReason = string | undefined;

/** The volume of a device, as far as EC2 shows it; with a zone, the one that is there, because an earlier builder may have been elsewhere. */
export function findVolumeOfDevice(volumes: readonly Volume[], device: string, zone?: string): Volume | undefined {
  return volumes.find(({ Tags, State, AvailabilityZone }) => State !== 'deleting' && (zone === undefined || AvailabilityZone === zone)
    && Tags?.some(({ Key, Value }) => Key === DEVICE_TAG && Value === device));
}

/** Creates a volume in its key. However often it is asked for, it is one volume: the token belongs to the device and the zone. */
export async function createVolume(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, zone: string): Promise<void> {
  const volume = device.volume!;
  try {
    const { VolumeId } = await aws.ec2.send(new CreateVolumeCommand({
      ...volumeParameters(volume),
      AvailabilityZone: zone,
      SnapshotId: volume.SnapshotId,
      Encrypted: true,
      KmsKeyId: volume.EncryptionKeyArn,
      ClientToken: clientToken(request.owner, request.requestId, 'volume', device.name, zone),
      TagSpecifications: [{ ResourceType: 'volume', Tags: [...tagsOf(request), { Key: DEVICE_TAG, Value: device.name }] }],
    }));
    if (VolumeId !== undefined) {
      rememberVolume(request.memory, `${device.name} in ${zone}`, VolumeId);
    }
  } catch (error) {
    // "The client token you have provided is associated with a resource that is already deleted": what a bad key does to a volume
    if (hasErrorCode(error, ['IdempotentParameterMismatch'])) {
      throw await explainBadKey(aws, request, device, `the volume for ${device.name} vanished while it was made`, awsErrorDetails(error).message);
    }
    throw isTransient(error) ? error
      : new DeploymentError(`EC2 does not create the volume for ${device.name}: change its size, type, iops or throughput (EC2 said ${awsErrorDetails(error).code}: ${awsErrorDetails(error).message})`);
  }
}

/** Takes the next step towards the attached volume. */
export async function attachNewVolume(
  aws: AwsClients, request: MultiKeyRequest, builder: Instance, device: PlannedDevice, volumes: readonly Volume[],
): Promise<PendingReason> {
  const zone = builder.Placement!.AvailabilityZone!;
  const volume = findVolumeOfDevice(volumes, device.name, zone);
  if (!volume) {
    await createVolume(aws, request, device, zone);
    return `the volume for ${device.name} is being created`;
  }
  switch (volume.State) {
    case 'available':
      return ['running', 'stopped'].includes(builder.State?.Name ?? '') ? attach(aws, request, builder, device, volume)
        : `${volume.VolumeId} (${device.name}) waits for the builder`;
    case 'in-use':
      return volume.Attachments?.some(({ InstanceId, State }) => InstanceId === builder.InstanceId && State === 'attached') ? undefined
        : `${volume.VolumeId} (${device.name}) is being attached`;
    case 'error':
      throw await explainBadKey(aws, request, device, `the volume ${volume.VolumeId} for ${device.name} is in the state error`, undefined);
    default:
      return `${volume.VolumeId} (${device.name}) is ${volume.State}`;
  }
}

async function attach(aws: AwsClients, request: MultiKeyRequest, builder: Instance, device: PlannedDevice, volume: Volume): Promise<PendingReason> {
  try {
    await aws.ec2.send(new AttachVolumeCommand({ InstanceId: builder.InstanceId, VolumeId: volume.VolumeId, Device: device.name }));
    return `${volume.VolumeId} (${device.name}) is being attached`;
  } catch (error) {
    const { code, message } = awsErrorDetails(error);
    // "vol-… is already attached to an instance": the answer to an earlier call was lost
    if (isTransient(error) || ['VolumeInUse', 'IncorrectState', 'IncorrectInstanceState'].includes(code)) {
      return `${volume.VolumeId} (${device.name}) cannot be attached yet (${code})`;
    }
    // "The encrypted volume was unable to access the KMS key."
    if (code === 'CustomerKeyHasBeenRevoked') {
      throw await explainBadKey(aws, request, device, `the volume ${volume.VolumeId} cannot be attached as ${device.name}`, message);
    }
    throw new DeploymentError(`EC2 does not attach the volume ${volume.VolumeId} as ${device.name}: choose another deviceName, or other instanceTypes (EC2 said ${code}: ${message})`);
  }
}

/** What CreateVolume and RegisterImage are told of a volume. */
export function volumeParameters(volume: NewVolume) {
  return { Size: volume.SizeGibibytes, VolumeType: volume.VolumeType as Volume['VolumeType'], Iops: volume.Iops, Throughput: volume.Throughput };
}
