import { DescribeVolumesCommand, Instance, Volume } from '@aws-sdk/client-ec2';
import {
  bootModeDiffers, deviceNotFound, instanceInTransition, instanceNotFound, instanceNotShown, instanceNotUsable, instanceTerminated, invalidInstanceId,
  rootDeviceExcluded, rootInInstanceStore, volumeInTransition, volumeKeyLabel, volumesNotVisible,
} from './messages';
import { InstanceAmiProperties, InstanceBlockDeviceProperties } from '../../src/contract';
import { checkKeyOrContinue } from '../ami/keys/check-key';
import { sourceKey } from '../ami/keys/key-reference';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, VOLUME_NOT_FOUND_CODES } from '../aws/error-codes';
import { findDevice } from '../aws/find-images';
import { findInstance } from '../aws/find-instances';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { ImageRequest } from '../request/image-request';
import { Memory } from '../request/memory';

/** An instance to create an AMI of, with the volumes that the AMI must have. */
export interface InstanceSource {
  readonly instance: Instance;
  readonly devices: readonly InstanceVolume[];
  /** The devices that the AMI must not have, by the names that they have in the instance. */
  readonly excluded: readonly string[];
}

interface InstanceVolume {
  /** In the instance. */
  readonly name: string;
  readonly volume: Volume;
  readonly deleteOnTermination: boolean;
}

/**
 * EC2 also answers "InvalidInstanceID.NotFound" in the first seconds after the launch of an instance, for example one of the same stack. So the handler
 * describes the instance several times before it fails.
 */
const MIN_READS = 5;
const MIN_READING_MS = 30_000;

/** Describes the instance unless it is terminated. With a memory, an instance that EC2 does not show is described again later. */
export async function describeSourceInstance(aws: AwsClients, properties: InstanceAmiProperties, memory?: Memory): Promise<InstanceSource> {
  const instance = await describeInstanceOrFail(aws, properties.InstanceId, memory);
  if (instance.RootDeviceType !== 'ebs') {
    throw new DeploymentError(rootInInstanceStore({ instanceId: properties.InstanceId }));
  }
  const mappings = (instance.BlockDeviceMappings ?? []).filter(({ Ebs }) => Ebs);
  const unattached = mappings.find(({ Ebs }) => Ebs!.Status !== 'attached');
  if (unattached) {
    const { DeviceName: device, Ebs } = unattached;
    throw new NotReady(volumeInTransition({ volumeId: Ebs!.VolumeId, device, instanceId: properties.InstanceId, state: Ebs!.Status }));
  }
  const attached = mappings.map(({ DeviceName }) => ({ name: DeviceName! }));
  const resolveDeviceName = ({ DeviceName }: InstanceBlockDeviceProperties) => {
    const device = findDevice(DeviceName, attached);
    if (!device) {
      const devices = attached.map(({ name }) => name).join(', ');
      throw new DeploymentError(deviceNotFound({ device: DeviceName, instanceId: properties.InstanceId, devices }));
    }
    return device.name;
  };
  const named = (properties.BlockDevices ?? []).map(device => ({ ...device, name: resolveDeviceName(device) }));
  const excluded = named.filter(({ MappingEnabled }) => !MappingEnabled).map(({ name }) => name);
  const root = findDevice(instance.RootDeviceName, attached)?.name;
  const excludedRoot = excluded.find(name => name === root);
  if (excludedRoot !== undefined) {
    throw new DeploymentError(rootDeviceExcluded({ device: excludedRoot, instanceId: properties.InstanceId }));
  }
  const wanted = new Map(named.map(({ name, DeleteOnTermination }) => [name, DeleteOnTermination]));
  const included = mappings.filter(({ DeviceName }) => !excluded.includes(DeviceName!));
  const volumes = await volumesOf(aws, included.map(({ Ebs }) => Ebs!.VolumeId!));
  return {
    instance,
    excluded,
    devices: included.map(({ DeviceName, Ebs }) => ({
      name: DeviceName!,
      volume: volumes.find(({ VolumeId }) => VolumeId === Ebs!.VolumeId)!,
      deleteOnTermination: wanted.get(DeviceName!) ?? Ebs!.DeleteOnTermination === true,
    })),
  };
}

/** Fails unless EC2 can create an AMI of the instance in its current state. */
export function checkState({ InstanceId, State }: Instance): void {
  switch (State?.Name) {
    case 'running':
    case 'stopped':
      return;
    case 'pending':
    case 'stopping':
      throw new NotReady(instanceInTransition({ instanceId: InstanceId, state: State.Name }));
    default:
      throw new DeploymentError(instanceNotUsable({ instanceId: InstanceId, state: State?.Name }));
  }
}

export function checkBootMode({ BootModeOverride: override }: InstanceAmiProperties, { InstanceId, CurrentInstanceBootMode }: Instance): void {
  if (override !== undefined && CurrentInstanceBootMode !== override) {
    throw new DeploymentError(bootModeDiffers({ override, instanceId: InstanceId, bootMode: CurrentInstanceBootMode ?? 'BIOS' }));
  }
}

/**
 * Checks the keys of the volumes, because a snapshot that is encrypted with a disabled key fails minutes later. Ignores a key that the handler role is
 * not allowed to describe, unless the AMI is copied with another key: EBS itself uses the key of a volume for its snapshot.
 */
export async function checkVolumeKeys(
  aws: AwsClients, { devices }: InstanceSource, { account, properties }: ImageRequest<InstanceAmiProperties>, startedAt?: number,
): Promise<void> {
  const decrypted = properties.EncryptionKeyArn !== undefined;
  for (const arn of new Set(devices.flatMap(({ volume }) => volume.KmsKeyId ?? []))) {
    const { name, volume } = devices.find(device => device.volume.KmsKeyId === arn)!;
    try {
      const label = volumeKeyLabel({ volumeId: volume.VolumeId, device: name });
      await checkKeyOrContinue(aws, sourceKey(arn, label, { account, regions: [aws.region] }, properties.SourceEncryptionKeyArns ?? []), startedAt);
    } catch (error) {
      if (decrypted || !(error instanceof AccessDeniedError)) {
        throw error;
      }
    }
  }
}

async function describeInstanceOrFail(aws: AwsClients, instanceId: string, memory: Memory | undefined): Promise<Instance> {
  if (!/^i-[0-9a-f]{8,17}$/.test(instanceId)) {
    throw new DeploymentError(invalidInstanceId({ instanceId, example: 'i-0123456789abcdef0' }));
  }
  const instance = await findInstance(aws, instanceId);
  if (!instance && memory) {
    checkReadOften(aws, instanceId, memory);
  }
  if (!instance) {
    throw new DeploymentError(instanceNotFound({ instanceId, region: aws.region }));
  }
  if (instance.State?.Name === 'terminated' || instance.State?.Name === 'shutting-down') {
    throw new DeploymentError(instanceTerminated({ instanceId, state: instance.State.Name }));
  }
  return instance;
}

function checkReadOften(aws: AwsClients, instanceId: string, memory: Memory): void {
  const { reads, since } = memory.missingInstance ?? { reads: 0, since: aws.now() };
  memory.missingInstance = { reads: reads + 1, since };
  if (reads + 1 < MIN_READS || aws.now() - since < MIN_READING_MS) {
    throw new NotReady(instanceNotShown({ instanceId }), true);
  }
}

async function volumesOf(aws: AwsClients, volumeIds: string[]): Promise<Volume[]> {
  try {
    const { Volumes = [] } = await aws.ec2.send(new DescribeVolumesCommand({ VolumeIds: volumeIds }));
    return Volumes;
  } catch (error) {
    throw hasErrorCode(error, VOLUME_NOT_FOUND_CODES) ? new NotReady(volumesNotVisible({ volumeIds })) : error;
  }
}
