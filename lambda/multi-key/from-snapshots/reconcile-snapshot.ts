import { CopySnapshotCommand, CreateSnapshotCommand, DescribeAvailabilityZonesCommand, Snapshot, Volume } from '@aws-sdk/client-ec2';
import { DEVICE_TAG } from '../../../src/contract';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { defaultKey, explainRefusedKey } from '../../ami/keys/check-key';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { ec2Reason } from '../../aws/aws-words';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode, isTransient, mayHaveHappened } from '../../aws/error-codes';
import { DeploymentError, NotReady } from '../../outcomes';
import { snapshotDescription } from '../../ownership/own-snapshots';
import { seal, tagOf } from '../../ownership/seal';
import { doubt, isGoneForGood, rememberSnapshot } from '../../request/memory';
import { MultiKeyRequest, keyReferencesOf, PlannedDevice } from '../device-plan';
import { explainBadKey } from '../explain-build-failure';
import { createVolume, findVolumeOfDevice } from '../volumes/create-volumes';
import {
  copyInCreation, copySnapshotRefused, noAvailabilityZone, noSnapshotIdReturned, notUsable, originalGone,
  originalNotCompleted, snapshotAccepted, snapshotDisappeared, snapshotFailed, snapshotInCreation, snapshotInState,
  snapshotMayExist, volumeFailed, volumeInCreation, volumeInState,
} from '../volumes/messages';

/** The snapshot of a device: the one that EC2 returned, or, if an invocation ended without a result, the only one that has the tag. */
export function findSnapshotOfDevice({ memory }: MultiKeyRequest, snapshots: readonly Snapshot[], device: string): Snapshot | undefined {
  const known = memory.ids?.snapshots?.[device];
  return snapshots.find(snapshot => known === undefined ? tagOf(snapshot, DEVICE_TAG) === device : snapshot.SnapshotId === known);
}

/** Takes the next step of the snapshot of a device; returns why it is not completed yet, and nothing if it is. */
export async function reconcileSnapshot(
  aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, snapshots: readonly Snapshot[], volumes: readonly Volume[],
): Promise<string | undefined> {
  const snapshot = findSnapshotOfDevice(request, snapshots, device.name);
  switch (snapshot?.State) {
    case 'completed':
      return undefined;
    case 'error':
      throw await explainFailedSnapshot(aws, request, device, snapshot);
    case undefined:
      return startSnapshot(aws, request, device, volumes);
    default:
      return snapshotInState({ snapshotId: snapshot!.SnapshotId, device: device.name, state: snapshot!.State!, progress: snapshot!.Progress });
  }
}

async function startSnapshot(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, volumes: readonly Volume[]): Promise<string> {
  const { memory } = request;
  const known = memory.ids?.snapshots?.[device.name];
  if (known !== undefined) {
    return describeHiddenSnapshot(aws, request, device, known);
  }
  // neither CopySnapshot nor CreateSnapshot has a client token: a call whose response was lost is not repeated before EC2 must list its snapshot
  const { doubtUntil = 0 } = memory;
  if (aws.now() < doubtUntil) {
    return snapshotMayExist({ device: device.name });
  }
  const original = originalOf(device);
  if (original) {
    await createOnce(aws, request, device, () => copySnapshot(aws, request, device, original));
    return copyInCreation({ device: device.name });
  }
  const volume = findVolumeOfDevice(volumes, device.name);
  if (!volume) {
    await createVolumeInSomeZone(aws, request, device);
    return volumeInCreation({ device: device.name });
  }
  switch (volume.State) {
    case 'available':
      await createOnce(aws, request, device, async () => (await aws.withoutRetries().ec2.send(new CreateSnapshotCommand({
        VolumeId: volume.VolumeId,
        Description: snapshotDescription(request.attemptId, device.name),
        TagSpecifications: snapshotTags(request, device),
      }))).SnapshotId);
      return snapshotInCreation({ device: device.name });
    case 'error':
      throw await explainBadKey(aws, request, device, volumeFailed({ volumeId: volume.VolumeId, device: device.name }));
    default:
      return volumeInState({ volumeId: volume.VolumeId, device: device.name, state: volume.State });
  }
}

/** Sends a call that must reach EC2 only once, and remembers the ID that EC2 returns. */
async function createOnce(
  aws: AwsClients, { memory }: MultiKeyRequest, { name }: PlannedDevice, create: () => Promise<string | undefined>,
): Promise<void> {
  const snapshotId = await create().catch((error: unknown) => {
    if (mayHaveHappened(error)) {
      doubt(memory, aws.now());
    }
    throw error;
  });
  if (snapshotId === undefined) {
    doubt(memory, aws.now());
    throw new NotReady(noSnapshotIdReturned({ device: name }), true);
  }
  rememberSnapshot(memory, name, snapshotId);
  await seal(aws, [{ id: snapshotId }]);
}

/** A snapshot that EC2 has accepted and does not list: EC2 lists new snapshots only after some seconds. */
function describeHiddenSnapshot(aws: AwsClients, { memory }: MultiKeyRequest, { name }: PlannedDevice, snapshotId: string): string {
  if (isGoneForGood(memory, aws.now())) {
    throw new DeploymentError(snapshotDisappeared({ snapshotId, device: name }));
  }
  return snapshotAccepted({ snapshotId, device: name });
}

/** The snapshot that is copied for a device; none for an empty volume. */
function originalOf({ source, volume }: PlannedDevice): string | undefined {
  return source?.snapshotId ?? volume?.SnapshotId;
}

/**
 * The key of a copy for which none was requested: that of the snapshot, or the default key if the snapshot is of another account and encrypted. Without
 * a key EC2 would encrypt that copy with aws/ebs, whatever the default key is, unless encryption by default is on.
 */
async function keyToPass(aws: AwsClients, { account }: MultiKeyRequest, { source }: PlannedDevice): Promise<string | undefined> {
  if (source?.snapshot.OwnerId === account) {
    return source.snapshot.KmsKeyId;
  }
  return source?.snapshot.Encrypted ? (await defaultKey(aws, 'sourceEncryptionKeys')).id : undefined;
}

async function copySnapshot(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, original: string): Promise<string | undefined> {
  const key = device.keyArn ?? await keyToPass(aws, request, device);
  try {
    const { SnapshotId } = await aws.withoutRetries().ec2.send(new CopySnapshotCommand({
      SourceRegion: aws.region,
      SourceSnapshotId: original,
      Description: snapshotDescription(request.attemptId, device.name),
      ...key ? { Encrypted: true, KmsKeyId: key } : {},
      TagSpecifications: snapshotTags(request, device),
    }));
    return SnapshotId;
  } catch (error) {
    if (isTransient(error)) {
      throw error;
    }
    const reader = { account: request.account, regions: [aws.region], declaredKeyArns: request.properties.SourceEncryptionKeyArns ?? [] };
    const refused = explainRefusedKey(aws, error, keyReferencesOf(device, reader), reader);
    if (refused) {
      throw refused;
    }
    throw explainRefusedCall(`copy the snapshot ${original} for ${device.name}`, error)
      ?? new DeploymentError(copySnapshotRefused({ snapshotId: original, device: device.name }, error));
  }
}

function snapshotTags(request: MultiKeyRequest, device: PlannedDevice) {
  return tagSpecifications([...tagsOf(request), { Key: DEVICE_TAG, Value: device.name }], 'snapshot');
}

/** An empty volume needs an Availability Zone until its snapshot is completed; any of them that has capacity for it. */
async function createVolumeInSomeZone(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice): Promise<void> {
  const { memory } = request;
  const zone = await firstAvailabilityZone(aws, memory.fullZones);
  try {
    await createVolume(aws, request, device, zone);
  } catch (error) {
    if (hasErrorCode(error, ['InsufficientVolumeCapacity'])) {
      memory.fullZones = [...new Set([...memory.fullZones ?? [], zone])];
    }
    throw error;
  }
}

async function firstAvailabilityZone(aws: AwsClients, full: readonly string[] = []): Promise<string> {
  const { AvailabilityZones } = await aws.ec2.send(new DescribeAvailabilityZonesCommand({
    Filters: [{ Name: 'state', Values: ['available'] }, { Name: 'zone-type', Values: ['availability-zone'] }],
  }));
  // always the same one, because the client token of the volume belongs to the zone
  const zones = (AvailabilityZones ?? []).map(({ ZoneName }) => ZoneName!).sort();
  // where all were full, the first may have capacity again
  const zone = zones.find(name => !full.includes(name)) ?? zones[0];
  if (!zone) {
    throw new NotReady(noAvailabilityZone());
  }
  return zone;
}

/** CopySnapshot also accepts snapshots that do not exist, or are not completed; only the state of the copy reports it. */
async function explainFailedSnapshot(
  aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, { SnapshotId, StateMessage }: Snapshot,
): Promise<DeploymentError> {
  const failure = snapshotFailed({ snapshotId: SnapshotId, device: device.name });
  const words = ec2Reason(StateMessage);
  const [, problem] = StateMessage?.match(/source snapshot is (not complete|not found)/i) ?? [];
  if (problem === undefined) {
    return explainBadKey(aws, request, device, failure, words);
  }
  const originalId = originalOf(device);
  const cause = problem === 'not complete' ? originalNotCompleted({ originalId }) : originalGone({ originalId });
  return new DeploymentError(notUsable({ problem: failure, cause, words }));
}
