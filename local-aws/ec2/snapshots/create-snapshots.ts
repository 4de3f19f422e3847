import { CreateSnapshotRequest, CreateSnapshotsRequest, SnapshotInfo } from '@aws-sdk/client-ec2';
import { AwsError } from '../../aws-call';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { notFound } from '../requests/errors';
import { newSnapshotResource, volumeResource } from '../authorization/iam-resources';
import { failSnapshot } from '../images/image-completion';
import { instanceNeed, ownInstance } from '../instances/instance-access';
import { checkDescription } from '../images/image-names';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { noPermissions, Snapshot, Volume } from '../state/records';
import { PendingSnapshot, scheduleCompletion } from './snapshot-copies';
import { describedSnapshot } from './snapshot-description';
import { checkTagSpecifications } from '../tags/validate-tags';
import { ownVolume } from '../volumes/volumes';
import { newResourceId } from '../state/ec2-state';
import { unusableForEbs } from '../../kms/key';

const mebibyte = 1024 * 1024;

export const snapshotCreationOperations: Ec2Operations = {
  CreateSnapshot: (ec2, call) => {
    const { VolumeId = '', Description, TagSpecifications } = call.input as unknown as CreateSnapshotRequest;
    const volume = ownVolume(ec2, call, VolumeId);
    if (!volume) {
      throw notFound('vol', [VolumeId]);
    }
    const tags = specifiedTags(TagSpecifications, 'snapshot');
    checkTagSpecifications(TagSpecifications, ['snapshot']);
    checkDescription(Description);
    ec2.permissions.require(call, [
      ...permissionsToCreate(call, newSnapshotResource(call), tags),
      { resource: volumeResource(ec2, call.principal.account, volume) },
    ]);
    checkPending(ec2, volume);
    checkRate(ec2, volume);
    const made = startSnapshot(ec2, volume, Description ?? '', tags);
    failLater(ec2, made);
    return createdSnapshot(ec2, made.snapshot);
  },
  CreateSnapshots: (ec2, call) => {
    const { InstanceSpecification, Description, TagSpecifications, CopyTagsFromSource } = call.input as unknown as CreateSnapshotsRequest;
    const id = InstanceSpecification?.InstanceId ?? '';
    const instance = ownInstance(ec2, call, id);
    if (!instance) {
      throw notFound('i', [id]);
    }
    const volumes = ec2.world.volumesOf(id)
      .filter(volume => !InstanceSpecification?.ExcludeBootVolume || volume.attachment?.device !== instance.attributes.rootDeviceName)
      .filter(volume => !InstanceSpecification?.ExcludeDataVolumeIds?.includes(volume.id));
    const tags = specifiedTags(TagSpecifications, 'snapshot');
    checkTagSpecifications(TagSpecifications, ['snapshot']);
    checkDescription(Description);
    ec2.permissions.require(call, [
      instanceNeed(ec2, call, id),
      ...permissionsToCreate(call, newSnapshotResource(call), tags),
      ...volumes.map(volume => ({ resource: volumeResource(ec2, call.principal.account, volume) })),
    ]);
    volumes.forEach(volume => checkPending(ec2, volume));
    return {
      Snapshots: volumes.map(volume => {
        const copied = CopyTagsFromSource ? ec2.world.tags.list(volume.account, volume.id).map((tag): [string, string] => [tag.Key ?? '', tag.Value ?? '']) : [];
        const made = startSnapshot(ec2, volume, Description ?? '', new Map([...copied, ...tags]));
        failLater(ec2, made);
        return createdSnapshot(ec2, made.snapshot) as SnapshotInfo;
      }),
    };
  },
};

/** As the call answers that made it: it has no progress yet, and its tags are a list also where there are none. */
function createdSnapshot(ec2: Ec2Context, snapshot: Snapshot): object {
  return { ...describedSnapshot(ec2, snapshot.account, snapshot), Progress: '', Tags: ec2.world.tags.list(snapshot.account, snapshot.id) };
}

/** A snapshot of a volume has the volume's key. It needs nothing of KMS that the attachment did not need, but a key that is alive. */
export function startSnapshot(
  ec2: Ec2Context, volume: Volume, description: string, tags: ReadonlyMap<string, string>, ofImage = false,
): PendingSnapshot {
  const { world, clock, settings: { timing } } = ec2;
  const now = clock.now();
  const key = volume.encrypted ? ec2.kms.find(volume, volume.kmsKeyId ?? '')?.key : undefined;
  const problem = volume.encrypted ? key ? unusableForEbs(key) : `${volume.kmsKeyId} does not exist` : undefined;
  const snapshot: Snapshot = {
    account: volume.account,
    region: volume.region,
    id: newResourceId('snap'),
    createdAt: now,
    seeded: false,
    reads: 0,
    description,
    volumeId: volume.id,
    volumeSize: volume.size,
    dataBytes: volume.dataBytes,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    state: 'pending',
    completesAt: now + timing.snapshotStart + volume.dataBytes / mebibyte / timing.snapshotMebibytesPerSecond * 1000,
    copied: false,
    ofImage,
    createVolumePermissions: noPermissions(),
    newReaders: new Set(),
    formerReaders: new Set(),
    license: volume.license,
  };
  world.snapshots.set(snapshot.id, snapshot);
  world.tags.put(snapshot.account, snapshot.id, tags);
  if (!problem) {
    scheduleCompletion(ec2, snapshot);
  }
  return { snapshot, problem };
}

/** Volumes take five snapshots at a time, the slow ones one. */
export function checkPending({ world }: Ec2Context, volume: Volume): void {
  const most = volume.type === 'st1' || volume.type === 'sc1' ? 1 : 5;
  const pending = [...world.snapshots.values()].filter(snapshot => snapshot.volumeId === volume.id && snapshot.state === 'pending');
  if (pending.length >= most) {
    throw new AwsError('ConcurrentSnapshotLimitExceeded', `Maximum allowed in-progress snapshots for a single volume exceeded: ${volume.id}.`);
  }
}

function checkRate({ clock, settings: { limits } }: Ec2Context, volume: Volume): void {
  if (volume.snapshotStartedAt !== undefined && clock.now() < volume.snapshotStartedAt + limits.snapshotOfVolumeInterval) {
    throw new AwsError(
      'SnapshotCreationPerVolumeRateExceeded',
      'The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep interval between requests.',
    );
  }
  volume.snapshotStartedAt = clock.now();
}

function failLater(ec2: Ec2Context, made: PendingSnapshot): void {
  if (made.problem) {
    ec2.world.schedule.scheduleTransition(ec2.clock.now() + ec2.settings.timing.keyFailure, () => failSnapshot(ec2, made));
  }
}
