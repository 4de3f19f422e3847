import { Volume as VolumeDescription, VolumeAttachment } from '@aws-sdk/client-ec2';
import { ownArn } from '../authorization/iam-resources';
import { zoneId } from '../networks/zones';
import { dateInWholeSeconds } from '../requests/times';
import { Ec2Context } from '../state/ec2-context';
import { Volume } from '../state/records';

/** The volume in the response of DescribeVolumes. */
export function describedVolume(ec2: Ec2Context, volume: Volume): VolumeDescription {
  return {
    ...common(volume),
    CreateTime: new Date(volume.createdAt),
    KmsKeyId: volume.kmsKeyId,
    OwnerId: volume.account,
    VolumeArn: ownArn(volume, 'volume', volume.id),
    Operator: { Managed: false },
    Attachments: volume.attachment ? [describedAttachment(volume)!] : [],
    Tags: ec2.state.tags.described(volume.account, volume.id),
  };
}

/** The response of CreateVolume: it has fewer members than DescribeVolumes, whole seconds, and the key only if the request named it. */
export function createdVolume(ec2: Ec2Context, volume: Volume, requestedKey: string | undefined): VolumeDescription {
  return {
    ...common(volume),
    CreateTime: dateInWholeSeconds(volume.createdAt),
    KmsKeyId: requestedKey === undefined ? undefined : volume.kmsKeyId,
    Tags: ec2.state.tags.list(volume.account, volume.id),
  };
}

function common(volume: Volume): VolumeDescription {
  return {
    VolumeId: volume.id,
    Size: volume.size,
    SnapshotId: volume.snapshotId ?? '',
    AvailabilityZone: volume.availabilityZone,
    AvailabilityZoneId: zoneId(volume.availabilityZone),
    State: volume.state,
    VolumeType: volume.type,
    Iops: volume.iops,
    Throughput: volume.throughput,
    Encrypted: volume.encrypted,
    MultiAttachEnabled: false,
  };
}

export function describedAttachment(volume: Volume): VolumeAttachment | undefined {
  const { attachment } = volume;
  return attachment && {
    VolumeId: volume.id,
    InstanceId: attachment.instanceId,
    Device: attachment.device,
    State: attachment.state,
    AttachTime: dateInWholeSeconds(attachment.attachedAt),
    DeleteOnTermination: attachment.deleteOnTermination,
  };
}
