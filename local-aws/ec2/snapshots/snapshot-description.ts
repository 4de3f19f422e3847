import { Snapshot as SnapshotDescription } from '@aws-sdk/client-ec2';
import { localZonesOf } from '../networks/zones';
import { Ec2Context } from '../state/ec2-context';
import { Snapshot } from '../state/records';

/** The snapshot in the response of DescribeSnapshots to one account. EC2 reports the key to other accounts that can read it, too. */
export function describedSnapshot(ec2: Ec2Context, viewer: string, one: Snapshot): SnapshotDescription {
  return {
    SnapshotId: one.id,
    OwnerId: one.account,
    OwnerAlias: one.ownerAlias,
    VolumeId: one.volumeId,
    ...metadata(ec2, one),
    Description: one.description,
    State: one.state,
    Progress: progress(ec2, one),
    StartTime: new Date(one.createdAt),
    CompletionTime: one.state === 'completed' ? new Date(one.completesAt) : undefined,
    CompletionDurationMinutes: one.completionDurationMinutes,
    TransferType: one.completionDurationMinutes === undefined ? 'standard' : 'time-based',
    FullSnapshotSizeInBytes: one.state === 'completed' ? one.dataBytes : undefined,
    StorageTier: 'standard',
    OutpostArn: one.outpostArn,
    AvailabilityZone: shownZone(ec2, one),
    Tags: ec2.state.tags.described(viewer, one.id),
  };
}

/** A copy does not show its source at once. */
function metadata({ clock, settings: { timing } }: Ec2Context, one: Snapshot): Partial<SnapshotDescription> {
  const copying = one.copied && one.state === 'pending';
  if (copying && clock.now() < one.createdAt + timing.copyMetadata) {
    return { StateMessage: 'Metadata not updated', VolumeSize: 0, Encrypted: false };
  }
  return {
    StateMessage: copying ? 'Metadata updated' : one.stateMessage,
    VolumeSize: one.volumeSize,
    Encrypted: one.encrypted,
    KmsKeyId: one.kmsKeyId,
  };
}

function shownZone(ec2: Ec2Context, { localZone, region }: Snapshot): string | undefined {
  return ec2.switches.localZoneShownBy === 'name' ? localZone : localZonesOf(ec2, region).find(zone => zone.name === localZone)?.id;
}

function progress({ clock, switches: { copyProgress } }: Ec2Context, one: Snapshot): string | undefined {
  if (one.state === 'completed') {
    return '100%';
  }
  if (one.state === 'error' || one.completesAt <= one.createdAt) {
    return '0%';
  }
  const percent = Math.max(0, Math.min(99, Math.floor((clock.now() - one.createdAt) / (one.completesAt - one.createdAt) * 100)));
  if (!one.copied || copyProgress === 'even') {
    return `${percent}%`;
  }
  return copyProgress === 'stands' ? `${Math.min(percent, 1)}%` : undefined;
}
