import { CreateSnapshotRequest, CreateSnapshotsRequest, SnapshotInfo } from '@aws-sdk/client-ec2';
import { PendingSnapshot, scheduleCompletion } from './snapshot-copies';
import { describedSnapshot } from './snapshot-description';
import { AwsError } from '../../aws-call';
import { unusableForEbs } from '../../kms/key';
import { permissionsToCreate, specifiedTags } from '../authorization/ec2-authorization';
import { newSnapshotResource, volumeResource } from '../authorization/iam-resources';
import { failSnapshot } from '../images/image-completion';
import { checkDescription } from '../images/image-names';
import { instancePermission, ownInstance } from '../instances/instance-access';
import { notFound } from '../requests/errors';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { noPermissions, Snapshot, Volume } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';
import { ownVolume } from '../volumes/volumes';

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
    const started = startSnapshot(ec2, volume, Description ?? '', tags);
    failLater(ec2, started);
    return createdSnapshot(ec2, started.snapshot);
  },
  CreateSnapshots: (ec2, call) => {
    const { InstanceSpecification, Description, TagSpecifications, CopyTagsFromSource } = call.input as unknown as CreateSnapshotsRequest;
    const id = InstanceSpecification?.InstanceId ?? '';
    const instance = ownInstance(ec2, call, id);
    if (!instance) {
      throw notFound('i', [id]);
    }
    const volumes = ec2.state.volumesOf(id)
      .filter(volume => !InstanceSpecification?.ExcludeBootVolume || volume.attachment?.device !== instance.attributes.rootDeviceName)
      .filter(volume => !InstanceSpecification?.ExcludeDataVolumeIds?.includes(volume.id));
    const tags = specifiedTags(TagSpecifications, 'snapshot');
    checkTagSpecifications(TagSpecifications, ['snapshot']);
    checkDescription(Description);
    ec2.permissions.require(call, [
      instancePermission(ec2, call, id),
      ...permissionsToCreate(call, newSnapshotResource(call), tags),
      ...volumes.map(volume => ({ resource: volumeResource(ec2, call.principal.account, volume) })),
    ]);
    volumes.forEach(volume => checkPending(ec2, volume));
    return {
      Snapshots: volumes.map(volume => {
        const copied = CopyTagsFromSource ? ec2.state.tags.list(volume.account, volume.id).map((tag): [string, string] => [tag.Key ?? '', tag.Value ?? '']) : [];
        const started = startSnapshot(ec2, volume, Description ?? '', new Map([...copied, ...tags]));
        failLater(ec2, started);
        return createdSnapshot(ec2, started.snapshot) as SnapshotInfo;
      }),
    };
  },
};

/** The snapshot in the response of the call that creates it: no progress, and an empty list instead of missing tags. */
function createdSnapshot(ec2: Ec2Context, snapshot: Snapshot): object {
  return { ...describedSnapshot(ec2, snapshot.account, snapshot), Progress: '', Tags: ec2.state.tags.list(snapshot.account, snapshot.id) };
}

/** Creates a snapshot of a volume, with the volume's key. EC2 needs no KMS permission beyond those of the attachment, but the key must be enabled. */
export function startSnapshot(
  ec2: Ec2Context, volume: Volume, description: string, tags: ReadonlyMap<string, string>, ofImage = false,
): PendingSnapshot {
  const { state, clock, settings: { timing } } = ec2;
  const now = clock.now();
  const key = volume.encrypted ? ec2.kms.find(volume, volume.kmsKeyId ?? '')?.key : undefined;
  const keyError = volume.encrypted ? key ? unusableForEbs(key) : `${volume.kmsKeyId} does not exist` : undefined;
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
  state.snapshots.set(snapshot.id, snapshot);
  state.tags.put(snapshot.account, snapshot.id, tags);
  if (!keyError) {
    scheduleCompletion(ec2, snapshot);
  }
  return { snapshot, keyError };
}

/** EC2 allows five pending snapshots of a volume, and one of sc1 and st1. */
export function checkPending({ state }: Ec2Context, volume: Volume): void {
  const most = volume.type === 'st1' || volume.type === 'sc1' ? 1 : 5;
  const pending = [...state.snapshots.values()].filter(snapshot => snapshot.volumeId === volume.id && snapshot.state === 'pending');
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

function failLater(ec2: Ec2Context, started: PendingSnapshot): void {
  if (started.keyError) {
    ec2.state.schedule.scheduleTransition(ec2.clock.now() + ec2.settings.timing.keyFailure, () => failSnapshot(ec2, started));
  }
}
