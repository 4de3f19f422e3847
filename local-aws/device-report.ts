import { DescribeImagesCommand, DescribeInstancesCommand, DescribeSnapshotsCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';

/** A snapshot of an image, or a volume of an instance, and the key that it is encrypted with. */
export interface EncryptedDevice {
  /** The image or the instance. */
  readonly of: string;
  readonly device: string;
  readonly id: string;
  readonly gibibytes: number;
  readonly encrypted: boolean;
  readonly key?: string;
}

/** The snapshots of an image, read back one by one. */
export async function describeDevicesOfImage(ec2: EC2Client, imageId: string): Promise<EncryptedDevice[]> {
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
  const mappings = (Images[0]?.BlockDeviceMappings ?? []).filter(({ Ebs }) => Ebs?.SnapshotId);
  const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: mappings.map(({ Ebs }) => Ebs?.SnapshotId ?? '') }));
  return mappings.map(({ DeviceName = '', Ebs }) => {
    const snapshot = Snapshots.find(({ SnapshotId }) => SnapshotId === Ebs?.SnapshotId);
    return {
      of: imageId,
      device: DeviceName,
      id: Ebs?.SnapshotId ?? '',
      gibibytes: snapshot?.VolumeSize ?? 0,
      encrypted: snapshot?.Encrypted ?? false,
      key: snapshot?.KmsKeyId,
    };
  });
}

/** The volumes that are attached to an instance. */
export async function disksOfInstance(ec2: EC2Client, instanceId: string): Promise<EncryptedDevice[]> {
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  const mappings = Reservations[0]?.Instances?.[0]?.BlockDeviceMappings ?? [];
  const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({ VolumeIds: mappings.map(({ Ebs }) => Ebs?.VolumeId ?? '') }));
  return mappings.map(({ DeviceName = '', Ebs }) => {
    const volume = Volumes.find(({ VolumeId }) => VolumeId === Ebs?.VolumeId);
    return {
      of: instanceId,
      device: DeviceName,
      id: Ebs?.VolumeId ?? '',
      gibibytes: volume?.Size ?? 0,
      encrypted: volume?.Encrypted ?? false,
      key: volume?.KmsKeyId,
    };
  });
}

/** One line a disk, under a heading; keys without the part of their ARN that all have in common. */
export function tableOfDisks(disks: readonly EncryptedDevice[]): string {
  return table(['image or instance', 'device', 'snapshot or volume', 'size', 'encrypted', 'key'], disks.map(disk => [
    disk.of, disk.device, disk.id, `${disk.gibibytes} GiB`, disk.encrypted ? 'yes' : 'NO', disk.key?.replace(/^arn:.*:(key|alias)\//, '') ?? '-',
  ]));
}

export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map(row => row[column].length)));
  const line = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd();
  return [line(heading), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
