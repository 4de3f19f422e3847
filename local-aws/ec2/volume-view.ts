import { Volume as VolumeDescription, VolumeAttachment } from '@aws-sdk/client-ec2';
import { Ec2Context } from './context';
import { Volume } from './records';

/** A volume as DescribeVolumes tells it to its owner. */
export function describedVolume(ec2: Ec2Context, volume: Volume): VolumeDescription {
  return {
    VolumeId: volume.id,
    Size: volume.size,
    SnapshotId: volume.snapshotId ?? '',
    AvailabilityZone: volume.availabilityZone,
    State: volume.state,
    CreateTime: new Date(volume.createdAt),
    VolumeType: volume.type,
    Iops: volume.iops,
    Throughput: volume.throughput,
    Encrypted: volume.encrypted,
    KmsKeyId: volume.kmsKeyId,
    MultiAttachEnabled: false,
    Attachments: volume.attachment ? [describedAttachment(volume)!] : [],
    Tags: ec2.world.tags.list(volume.account, volume.id),
  };
}

export function describedAttachment(volume: Volume): VolumeAttachment | undefined {
  const { attachment } = volume;
  return attachment && {
    VolumeId: volume.id,
    InstanceId: attachment.instanceId,
    Device: attachment.device,
    State: attachment.state,
    AttachTime: new Date(attachment.attachedAt),
    DeleteOnTermination: attachment.deleteOnTermination,
  };
}
