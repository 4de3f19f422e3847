import { DescribeImagesCommand, DescribeInstancesCommand, DescribeSnapshotsCommand, DescribeVolumesCommand, EC2Client, Volume } from '@aws-sdk/client-ec2';

/** A snapshot of an image or a volume of an instance, with its encryption key. */
export interface EncryptedDevice {
  /** The ID of the image or the instance. */
  readonly ownerId: string;
  readonly device: string;
  readonly id: string;
  readonly gibibytes: number;
  readonly encrypted: boolean;
  readonly key?: string;
}

/** The snapshots of an image. */
export async function describeDevicesOfImage(ec2: EC2Client, imageId: string): Promise<EncryptedDevice[]> {
  const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
  const mappings = Images![0].BlockDeviceMappings!.filter(({ Ebs }) => Ebs?.SnapshotId);
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: mappings.map(({ Ebs }) => Ebs!.SnapshotId!) }));
  return mappings.map(({ DeviceName, Ebs }) => {
    const snapshot = Snapshots.find(({ SnapshotId }) => SnapshotId === Ebs?.SnapshotId);
    return encryptedDevice(imageId, DeviceName, Ebs?.SnapshotId, { ...snapshot, Size: snapshot?.VolumeSize });
  });
}

/** The volumes that are attached to an instance. */
export async function describeDevicesOfInstance(ec2: EC2Client, instanceId: string): Promise<EncryptedDevice[]> {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  const mappings = Reservations![0].Instances![0].BlockDeviceMappings!;
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: mappings.map(({ Ebs }) => Ebs!.VolumeId!) }));
  return mappings.map(({ DeviceName, Ebs }) =>
    encryptedDevice(instanceId, DeviceName, Ebs?.VolumeId, Volumes.find(({ VolumeId }) => VolumeId === Ebs?.VolumeId)));
}

function encryptedDevice(
  ownerId: string, device = '', id = '', { Size = 0, Encrypted = false, KmsKeyId }: Pick<Volume, 'Size' | 'Encrypted' | 'KmsKeyId'> = {},
): EncryptedDevice {
  return { ownerId, device, id, gibibytes: Size, encrypted: Encrypted, key: KmsKeyId };
}
