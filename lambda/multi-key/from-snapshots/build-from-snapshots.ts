import {
  BlockDeviceMapping, CopySnapshotCommand, CreateSnapshotCommand, DescribeAvailabilityZonesCommand, EbsBlockDevice, RegisterImageCommand,
  Snapshot, Volume,
} from '@aws-sdk/client-ec2';
import { hasEmptyVolumes } from '../block-devices';
import { createVolume, volumeParameters, findVolumeOfDevice } from '../volumes/create-volumes';
import { MultiKeyRequest, descriptionOf, keyReferencesOf, Plan, PlannedDevice, planDevices } from '../device-plan';
import { explainBadKey } from '../explain-build-failure';
import { imageInRegistration, imageNotShown, registerImageRefused, snapshotsOfImageGone } from '../messages';
import { rememberBuild, rememberBuildError } from '../own-builds';
import { findOwnVolumes } from '../volumes/own-volumes';
import { preflight } from '../preflight-build';
import {
  copyInCreation, copySnapshotRefused, noAvailabilityZone, noSnapshotIdReturned, notUsable, originalGone, originalNotCompleted, snapshotAccepted,
  snapshotDisappeared, snapshotFailed, snapshotInCreation, snapshotInState, snapshotMayExist, volumeFailed, volumeInCreation, volumeInState,
} from '../volumes/messages';
import { DEVICE_TAG } from '../../../src/contract';
import { checkImageName } from '../../ami/check-image-name';
import { explainRefusedKey } from '../../ami/keys/check-key';
import { SourceImage } from '../../ami/describe-source-image';
import { explainRefusedCall } from '../../ami/explain-refused-call';
import { secondsUntilDone } from '../../ami/snapshot-progress';
import { describeSourceOnce } from '../../ami/source-in-memory';
import { tagSpecifications } from '../../ami/tag-specifications';
import { tagsOf } from '../../ami/update-in-place';
import { uefiDataOf } from '../../ami/verify-image';
import { ec2Reason } from '../../aws/aws-words';
import { AwsClients } from '../../aws/clients';
import { hasErrorCode, isTransient, mayHaveHappened, SNAPSHOT_NOT_FOUND_CODES } from '../../aws/error-codes';
import { findDevice } from '../../aws/find-images';
import { DeploymentError, NotReady } from '../../outcomes';
import { findOwnSnapshots, snapshotDescription } from '../../ownership/own-snapshots';
import { seal, tagOf } from '../../ownership/seal';
import { imageNameOf } from '../../request/image-request';
import { doubt, isGoneForGood, rememberSnapshot } from '../../request/memory';

/**
 * Takes the next step of a build from copied snapshots, and always ends with `NotReady` or `DeploymentError`: the image itself is found by its tags. A tag
 * of each snapshot names its device, because neither CopySnapshot nor CreateSnapshot has a client token.
 */
export async function buildFromSnapshots(aws: AwsClients, request: MultiKeyRequest): Promise<never> {
  const snapshots = await findOwnSnapshots(aws, request, []);
  const volumes = hasEmptyVolumes(request.properties) ? await findOwnVolumes(aws, request, async () => []) : [];
  await seal(aws, snapshots.map(({ SnapshotId, Tags }) => ({ id: SnapshotId!, Tags })));
  if (Object.values(request.memory.ids?.snapshots ?? {}).every(id => snapshots.some(({ SnapshotId }) => SnapshotId === id))) {
    request.memory.missing = undefined;
  }
  const { source, plan } = snapshots.length + volumes.length > 0 ? await describeSourceAndPlan(aws, request) : await preflight(aws, request);
  await request.throwIfCanceled();
  // all are awaited: an id that EC2 returns must be kept, also when the call for another device fails
  const settled = await Promise.allSettled(plan.devices.map(device => reconcileSnapshot(aws, request, device, snapshots, volumes)));
  const waiting = settled.map(one => {
    if (one.status === 'rejected') {
      throw one.reason;
    }
    return one.value;
  });
  const first = waiting.find(reason => reason !== undefined);
  if (first !== undefined) {
    const pending = snapshots.filter(({ State }) => State === 'pending');
    const started = plan.devices.every(({ name }) => findSnapshotOfDevice(request, snapshots, name));
    throw new NotReady(first, !started || secondsUntilDone(request.memory, pending, request.startedAt, aws.now()));
  }
  await register(aws, request, source, plan, snapshots);
  throw new NotReady(imageInRegistration({ name: imageNameOf(request) }), true);
}

/** The snapshot of a device: the one that EC2 returned, or, if an invocation ended without a result, the only one that has the tag. */
function findSnapshotOfDevice({ memory }: MultiKeyRequest, snapshots: readonly Snapshot[], device: string): Snapshot | undefined {
  const known = memory.ids?.snapshots?.[device];
  return snapshots.find(snapshot => known === undefined ? tagOf(snapshot, DEVICE_TAG) === device : snapshot.SnapshotId === known);
}

async function describeSourceAndPlan(aws: AwsClients, request: MultiKeyRequest): Promise<{ source: SourceImage; plan: Plan }> {
  const source = await describeSourceOnce(aws, request);
  return { source, plan: planDevices(source, request.properties) };
}

/** CopySnapshot also accepts snapshots that do not exist, or are not completed; only the state of the copy reports it. */
async function explainFailedSnapshot(
  aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, { SnapshotId, StateMessage }: Snapshot,
): Promise<DeploymentError> {
  const failure = snapshotFailed({ snapshotId: SnapshotId, device: device.name });
  const words = ec2Reason(StateMessage);
  const [, problem] = /source snapshot is (not complete|not found)/i.exec(StateMessage ?? '') ?? [];
  if (problem === undefined) {
    return explainBadKey(aws, request, device, failure, words);
  }
  const originalId = originalOf(device);
  const cause = problem === 'not complete' ? originalNotCompleted({ originalId }) : originalGone({ originalId });
  return new DeploymentError(notUsable({ problem: failure, cause, words }));
}

/** Takes the next step of the snapshot of a device; returns why it is not completed yet, and nothing if it is. */
async function reconcileSnapshot(
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
  if (memory.doubtUntil !== undefined && aws.now() < memory.doubtUntil) {
    return snapshotMayExist({ device: device.name });
  }
  const original = originalOf(device);
  if (original) {
    await createOnce(aws, request, device, () => copySnapshot(aws, request, device, original));
    return copyInCreation({ device: device.name });
  }
  const volume = findVolumeOfDevice(volumes, device.name);
  if (!volume) {
    await createVolume(aws, request, device, await firstAvailabilityZone(aws));
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
  try {
    const snapshotId = await create();
    if (snapshotId === undefined) {
      throw new NotReady(noSnapshotIdReturned({ device: name }), true);
    }
    rememberSnapshot(memory, name, snapshotId);
  } catch (error) {
    if (mayHaveHappened(error)) {
      doubt(memory, aws.now());
    }
    throw error;
  }
  await seal(aws, [{ id: memory.ids!.snapshots![name] }]);
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

async function copySnapshot(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, original: string): Promise<string | undefined> {
  // without a key the copy keeps the key of the snapshot; Encrypted alone would not change that
  const key = device.keyArn ?? (device.source?.snapshot.OwnerId === request.account ? device.source.snapshot.KmsKeyId : undefined);
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

/** An empty volume needs an Availability Zone until its snapshot is completed; any of them. */
async function firstAvailabilityZone(aws: AwsClients): Promise<string> {
  const { AvailabilityZones } = await aws.ec2.send(new DescribeAvailabilityZonesCommand({
    Filters: [{ Name: 'state', Values: ['available'] }, { Name: 'zone-type', Values: ['availability-zone'] }],
  }));
  // always the same one, because the client token of the volume belongs to the zone
  const [zone] = (AvailabilityZones ?? []).flatMap(({ ZoneName }) => ZoneName ?? []).sort();
  if (!zone) {
    throw new NotReady(noAvailabilityZone());
  }
  return zone;
}

/** RegisterImage copies no attribute from the source: each must be passed. The defaults are i386 and paravirtual. */
async function register(
  aws: AwsClients, request: MultiKeyRequest, { image }: SourceImage, plan: Plan, snapshots: readonly Snapshot[],
): Promise<void> {
  const name = imageNameOf(request);
  const ephemeral = (image.BlockDeviceMappings ?? []).filter(({ VirtualName }) => VirtualName)
    .map(({ DeviceName, VirtualName }) => ({ DeviceName, VirtualName }));
  try {
    const { ImageId } = await aws.ec2.send(new RegisterImageCommand({
      Name: name,
      Description: descriptionOf(request.properties),
      Architecture: image.Architecture,
      VirtualizationType: image.VirtualizationType,
      // "No root snapshot specified in device mapping for /dev/sda1", where the mapping calls it /dev/sda
      RootDeviceName: findDevice(image.RootDeviceName, plan.devices)?.name ?? image.RootDeviceName,
      EnaSupport: image.EnaSupport,
      SriovNetSupport: image.SriovNetSupport,
      BootMode: image.BootMode,
      TpmSupport: image.TpmSupport,
      ImdsSupport: image.ImdsSupport,
      KernelId: image.KernelId,
      RamdiskId: image.RamdiskId,
      UefiData: image.BootMode?.startsWith('uefi') && image.OwnerId === request.account ? await uefiDataOf(aws, image.ImageId!) : undefined,
      BlockDeviceMappings: [...plan.devices.map(device => mapping(device, findSnapshotOfDevice(request, snapshots, device.name)!)), ...ephemeral],
      TagSpecifications: tagSpecifications(tagsOf(request), 'image'),
    }));
    rememberBuild(request, ImageId);
  } catch (error) {
    rememberBuildError(aws, request, error);
    if (hasErrorCode(error, ['InvalidAMIName.Duplicate'])) {
      // of another image, or of the one that an earlier call has registered and that EC2 does not show yet
      await checkImageName(aws, request);
      throw new NotReady(imageNotShown({ name }), true);
    }
    if (hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES)) {
      // all were completed: one that was deleted since is copied again
      throw new NotReady(snapshotsOfImageGone({ name }, error), true);
    }
    throw isTransient(error) ? error : explainRefusedCall('register the AMI', error) ?? new DeploymentError(registerImageRefused({ name }, error));
  }
}

/** "You cannot specify the encrypted flag if specifying a snapshot id in a block device mapping": the snapshot has its key. */
function mapping(device: PlannedDevice, snapshot: Snapshot): BlockDeviceMapping {
  const { Size, ...shape } = device.volume ? volumeParameters(device.volume) : sourceShapeOf(device.source?.ebs);
  return {
    DeviceName: device.name,
    Ebs: { SnapshotId: snapshot.SnapshotId, VolumeSize: Size, ...shape, DeleteOnTermination: device.deleteOnTermination },
  };
}

/**
 * The volume's parameters in the source's mapping, without those that RegisterImage refuses: "The parameter iops is not supported for gp2 volumes.",
 * "The throughput parameter is not supported for io2 volumes."
 */
function sourceShapeOf({ VolumeSize, VolumeType, Iops, Throughput }: EbsBlockDevice = {}) {
  return {
    Size: VolumeSize,
    VolumeType,
    Iops: VolumeType && ['gp3', 'io1', 'io2'].includes(VolumeType) ? Iops : undefined,
    Throughput: VolumeType === 'gp3' ? Throughput : undefined,
  };
}
