import { DescribeVolumesCommand, Instance, Volume } from '@aws-sdk/client-ec2';
import { InstanceAmiProperties, InstanceBlockDeviceProperties } from '../../src/contract';
import { checkKey } from '../ami/check-key';
import { sourceKey } from '../ami/key-reference';
import { AwsClients } from '../aws/clients';
import { hasErrorCode, VOLUME_NOT_FOUND_CODES } from '../aws/error-codes';
import { findDevice } from '../aws/find-images';
import { findInstance } from '../aws/find-instances';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { Memory } from '../request/memory';

/** An instance to make an image of, with the volumes that the image is to have. */
export interface InstanceSource {
  readonly instance: Instance;
  readonly devices: readonly InstanceVolume[];
  /** The names of the devices that the image is not to have, as the instance calls them. */
  readonly excluded: readonly string[];
}

interface InstanceVolume {
  /** As the instance calls it. */
  readonly name: string;
  readonly volume: Volume;
  readonly deleteOnTermination: boolean;
}

/**
 * "InvalidInstanceID.NotFound" is also what EC2 answers in the first seconds of an instance, such as one of the same stack. So it is asked several
 * times, for some time, before that counts.
 */
const MIN_READS = 5;
const MIN_READING_MS = 30_000;

/** Looks at the instance, whatever state it is in, as long as it is there. With a memory, one that does not show is asked for again. */
export async function describeSourceInstance(aws: AwsClients, properties: InstanceAmiProperties, memory?: Memory): Promise<InstanceSource> {
  const instance = await describeInstanceOrFail(aws, properties.InstanceId, memory);
  if (instance.RootDeviceType !== 'ebs') {
    throw new DeploymentError(
      `the instance ${properties.InstanceId} has an instance store as its root, of which EC2 makes no image: use an instance whose root device is an EBS volume`,
    );
  }
  const mappings = (instance.BlockDeviceMappings ?? []).filter(({ Ebs }) => Ebs);
  const volumeInTransition = mappings.find(({ Ebs }) => Ebs!.Status !== 'attached');
  if (volumeInTransition) {
    throw new NotReady(`the volume ${volumeInTransition.Ebs!.VolumeId} (${volumeInTransition.DeviceName}) of the instance ${properties.InstanceId} is ${volumeInTransition.Ebs!.Status}`);
  }
  const attached = mappings.map(({ DeviceName }) => ({ name: DeviceName! }));
  const resolveDeviceName = ({ DeviceName }: InstanceBlockDeviceProperties) => {
    const device = findDevice(DeviceName, attached);
    if (!device) {
      throw new DeploymentError(
        `\`blockDevices\` names ${DeviceName}, but the instance ${properties.InstanceId} has ${attached.map(({ name }) => name).join(', ')}. Use one of these names.`,
      );
    }
    return device.name;
  };
  const named = (properties.BlockDevices ?? []).map(device => ({ ...device, name: resolveDeviceName(device) }));
  const excluded = named.filter(({ MappingEnabled }) => !MappingEnabled).map(({ name }) => name);
  const root = findDevice(instance.RootDeviceName, attached)?.name;
  if (root !== undefined && excluded.includes(root)) {
    throw new DeploymentError(
      `The root device ${root} of the instance ${properties.InstanceId} cannot be left out, because an AMI must have one. Remove it from \`blockDevices\`.`,
    );
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

/** That EC2 makes an image of it now. */
export function checkState({ InstanceId, State }: Instance): void {
  switch (State?.Name) {
    case 'running':
    case 'stopped':
      return;
    case 'pending':
    case 'stopping':
      throw new NotReady(`the instance ${InstanceId} is ${State.Name}, and EC2 makes images of instances that are running or stopped`);
    default:
      throw new DeploymentError(`the instance ${InstanceId} is ${State?.Name}, and EC2 makes images of instances that are running or stopped: use another instance`);
  }
}

export function checkBootMode(properties: InstanceAmiProperties, { InstanceId, CurrentInstanceBootMode }: Instance): void {
  if (properties.BootModeOverride !== undefined && CurrentInstanceBootMode !== properties.BootModeOverride) {
    throw new DeploymentError(
      `\`bootModeOverride\` is ${properties.BootModeOverride}, but the instance ${InstanceId} has booted with ${CurrentInstanceBootMode ?? 'BIOS'}. Remove \`bootModeOverride\`.`,
    );
  }
}

/**
 * The keys of the volumes: a snapshot under a key that is disabled fails minutes later. A key that the handler may not look at is passed over,
 * unless something has to be decrypted: EBS itself uses it for a snapshot of its own volume.
 */
export async function checkVolumeKeys(aws: AwsClients, { devices }: InstanceSource, decrypted: boolean): Promise<void> {
  for (const arn of new Set(devices.flatMap(({ volume }) => volume.KmsKeyId ?? []))) {
    const { name, volume } = devices.find(device => device.volume.KmsKeyId === arn)!;
    try {
      await checkKey(aws, sourceKey(arn, `the key of the instance's volume ${volume.VolumeId} for ${name}`));
    } catch (error) {
      if (decrypted || !(error instanceof AccessDeniedError)) {
        throw error;
      }
    }
  }
}

async function describeInstanceOrFail(aws: AwsClients, instanceId: string, memory: Memory | undefined): Promise<Instance> {
  if (!/^i-[0-9a-f]{8,17}$/.test(instanceId)) {
    throw new DeploymentError(`the instance must have an id such as "i-0123456789abcdef0", got "${instanceId}": check where the id comes from`);
  }
  const instance = await findInstance(aws, instanceId);
  if (!instance && memory) {
    checkReadOften(aws, instanceId, memory);
  }
  if (!instance) {
    throw new DeploymentError(`the instance ${instanceId} does not exist in ${aws.region} or is mistyped: check the id, the account and the Region, or use an instance that exists`);
  }
  if (instance.State?.Name === 'terminated' || instance.State?.Name === 'shutting-down') {
    throw new DeploymentError(`the instance ${instanceId} is ${instance.State.Name}, and its volumes are gone or going: use an instance that is running or stopped`);
  }
  return instance;
}

function checkReadOften(aws: AwsClients, instanceId: string, memory: Memory): void {
  const { reads, since } = memory.missingInstance ?? { reads: 0, since: aws.now() };
  memory.missingInstance = { reads: reads + 1, since };
  if (reads + 1 < MIN_READS || aws.now() - since < MIN_READING_MS) {
    throw new NotReady(`EC2 does not show the instance ${instanceId} yet`, true);
  }
}

async function volumesOf(aws: AwsClients, volumeIds: string[]): Promise<Volume[]> {
  try {
    const { Volumes = [] } = await aws.ec2.send(new DescribeVolumesCommand({ VolumeIds: volumeIds }));
    return Volumes;
  } catch (error) {
    throw hasErrorCode(error, VOLUME_NOT_FOUND_CODES) ? new NotReady(`not all of the volumes ${volumeIds.join(', ')} are to be seen`) : error;
  }
}
