import {
  BlockDeviceMapping, CopySnapshotCommand, CreateSnapshotCommand, DescribeAvailabilityZonesCommand, EbsBlockDevice, RegisterImageCommand,
  Snapshot, Volume,
} from '@aws-sdk/client-ec2';
import { hasEmptyVolumes } from './block-devices';
import { createVolume, volumeParameters, findVolumeOfDevice } from './create-volumes';
import { MultiKeyRequest, descriptionOf, keyReferencesOf, Plan, PlannedDevice, planDevices } from './device-plan';
import { explainBadKey } from './explain-build-failure';
import { preflight } from './preflight-build';
import { DEVICE_TAG } from '../../src/contract';
import { checkImageName } from '../ami/check-image-name';
import { explainRefusedKey } from '../ami/check-key';
import { describeSourceImage, SourceImage } from '../ami/describe-source-image';
import { secondsUntilDone } from '../ami/snapshot-progress';
import { tagsOf } from '../ami/update-in-place';
import { uefiDataOf } from '../ami/verify-image';
import { AwsClients } from '../aws/clients';
import { awsErrorDetails, hasErrorCode, isTransient, mayHaveHappened, ACCESS_DENIED_CODES, ec2Words, SNAPSHOT_NOT_FOUND_CODES } from '../aws/error-codes';
import { findDevice } from '../aws/find-images';
import { AccessDeniedError, DeploymentError, NotReady } from '../outcomes';
import { findOwnSnapshots, snapshotDescription } from '../ownership/own-snapshots';
import { findOwnVolumes } from '../ownership/own-volumes';
import { seal, tagOf } from '../ownership/seal';
import { imageNameOf } from '../request/image-request';
import { doubt, isGoneForGood, rememberSnapshot } from '../request/memory';

/**
 * Takes the next step towards an image of copied snapshots, and always ends with `NotReady` or `DeploymentError`: the image itself is found by its
 * tags. Every snapshot says by a tag which device it is for, because neither CopySnapshot nor CreateSnapshot has a client token.
 */
export async function buildFromSnapshots(aws: AwsClients, request: MultiKeyRequest): Promise<never> {
  const snapshots = await findOwnSnapshots(aws, request, []);
  const volumes = hasEmptyVolumes(request.properties) ? await findOwnVolumes(aws, request, []) : [];
  await seal(aws, [
    ...snapshots.map(({ SnapshotId, Tags }) => ({ id: SnapshotId!, Tags })), ...volumes.map(({ VolumeId, Tags }) => ({ id: VolumeId!, Tags })),
  ]);
  if (Object.values(request.memory.ids?.snapshots ?? {}).every(id => snapshots.some(({ SnapshotId }) => SnapshotId === id))) {
    request.memory.missing = undefined;
  }
  const { source, plan } = snapshots.length + volumes.length > 0 ? await describeSourceAndPlan(aws, request) : await preflight(aws, request);
  await request.throwIfCanceled();
  const waiting = await Promise.all(plan.devices.map(device => reconcileSnapshot(aws, request, device, snapshots, volumes)));
  const first = waiting.find(why => why !== undefined);
  if (first !== undefined) {
    const pending = snapshots.filter(({ State }) => State === 'pending');
    const started = plan.devices.every(({ name }) => findSnapshotOfDevice(request, snapshots, name));
    throw new NotReady(first, !started || secondsUntilDone(request.memory, pending, request.startedAt, aws.now()));
  }
  await register(aws, request, source, plan, snapshots);
  throw new NotReady(`the image "${imageNameOf(request)}" is being registered`, true);
}

/** The snapshot of a device: the one that EC2 answered with, or, after an invocation died, the only one that fits. */
function findSnapshotOfDevice({ memory }: MultiKeyRequest, snapshots: readonly Snapshot[], device: string): Snapshot | undefined {
  const known = memory.ids?.snapshots?.[device];
  return snapshots.find(snapshot => known === undefined ? tagOf(snapshot, DEVICE_TAG) === device : snapshot.SnapshotId === known);
}

async function describeSourceAndPlan(aws: AwsClients, request: MultiKeyRequest): Promise<{ source: SourceImage; plan: Plan }> {
  const source = await describeSourceImage(aws, request.account, request.properties.SourceImageId);
  return { source, plan: planDevices(source, request.properties) };
}

/** EC2 accepts to copy snapshots that are not there, or not complete, and says so only of the copy. */
async function explainFailedSnapshot(
  aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, { SnapshotId, StateMessage }: Snapshot,
): Promise<DeploymentError> {
  const what = `the snapshot ${SnapshotId} for ${device.name} is in the state error`;
  const [, problem] = /source snapshot is (not complete|not found)/i.exec(StateMessage ?? '') ?? [];
  if (problem === undefined) {
    return explainBadKey(aws, request, device, what, StateMessage);
  }
  return new DeploymentError(`${what}: the snapshot ${originalOf(device)}, which it is a copy of, ` + (problem === 'not complete' ? 'is not completed yet: deploy again when it is'
    : 'is not there any more, or not shared any more: use a snapshot that exists') + ` ${ec2Words(StateMessage)}`);
}

/** Takes the next step towards the snapshot of a device; returns the reason why it is not there yet, if it is not. */
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
      return `the snapshot ${snapshot!.SnapshotId} for ${device.name} is ${snapshot!.State}, at ${snapshot!.Progress ?? 'an unknown part'}`;
  }
}

async function startSnapshot(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, volumes: readonly Volume[]): Promise<string> {
  const { memory } = request;
  const known = memory.ids?.snapshots?.[device.name];
  if (known !== undefined) {
    return describeHiddenSnapshot(aws, request, device, known);
  }
  // neither CopySnapshot nor CreateSnapshot has a client token: a call whose answer was lost is not repeated before EC2 must list its snapshot
  if (memory.doubtUntil !== undefined && aws.now() < memory.doubtUntil) {
    return `EC2 may have started a snapshot for ${device.name} already`;
  }
  const original = originalOf(device);
  if (original) {
    await createOnce(aws, request, device, () => copySnapshot(aws, request, device, original));
    return `the snapshot for ${device.name} is being copied`;
  }
  const volume = findVolumeOfDevice(volumes, device.name);
  if (!volume) {
    await createVolume(aws, request, device, await firstAvailabilityZone(aws));
    return `the volume for ${device.name} is being created`;
  }
  switch (volume.State) {
    case 'available':
      await createOnce(aws, request, device, async () => (await aws.withoutRetries().ec2.send(new CreateSnapshotCommand({
        VolumeId: volume.VolumeId,
        Description: snapshotDescription(request.attemptId, device.name),
        TagSpecifications: tagSpecification(request, device),
      }))).SnapshotId);
      return `the snapshot for ${device.name} is being made`;
    case 'error':
      throw await explainBadKey(aws, request, device, `the volume ${volume.VolumeId} for ${device.name} is in the state error`, undefined);
    default:
      return `${volume.VolumeId} (${device.name}) is ${volume.State}`;
  }
}

/** Sends a call that EC2 must see once, and keeps the id that it answers with. */
async function createOnce(
  aws: AwsClients, { memory }: MultiKeyRequest, { name }: PlannedDevice, create: () => Promise<string | undefined>,
): Promise<void> {
  try {
    const snapshotId = await create();
    if (snapshotId === undefined) {
      throw new NotReady(`EC2 did not return the ID of the snapshot for ${name}`, true);
    }
    rememberSnapshot(memory, name, snapshotId);
  } catch (error) {
    if (mayHaveHappened(error)) {
      doubt(memory, aws.now());
    }
    throw error;
  }
}

/** A snapshot that EC2 has accepted and does not list: it lists new ones only seconds later. */
function describeHiddenSnapshot(aws: AwsClients, { memory }: MultiKeyRequest, { name }: PlannedDevice, snapshotId: string): string {
  if (isGoneForGood(memory, aws.now())) {
    throw new DeploymentError(
      `The snapshot ${snapshotId} for ${name} disappeared: somebody deleted it, or removed its tags. Find out who in CloudTrail (DeleteSnapshot, DeleteTags), and deploy again.`,
    );
  }
  return `EC2 has accepted the snapshot ${snapshotId} for ${name}, but does not list it yet`;
}

/** The snapshot that is copied for a device; none for an empty volume. */
function originalOf({ source, volume }: PlannedDevice): string | undefined {
  return source?.snapshotId ?? volume?.SnapshotId;
}

async function copySnapshot(aws: AwsClients, request: MultiKeyRequest, device: PlannedDevice, original: string): Promise<string | undefined> {
  // without a key the copy keeps the key that the snapshot has; "encrypted" alone would not change that
  const key = device.keyArn ?? (device.source?.snapshot.OwnerId === request.account ? device.source.snapshot.KmsKeyId : undefined);
  try {
    const { SnapshotId } = await aws.withoutRetries().ec2.send(new CopySnapshotCommand({
      SourceRegion: aws.region,
      SourceSnapshotId: original,
      Description: snapshotDescription(request.attemptId, device.name),
      ...key ? { Encrypted: true, KmsKeyId: key } : {},
      TagSpecifications: tagSpecification(request, device),
    }));
    return SnapshotId;
  } catch (error) {
    const { code, message } = awsErrorDetails(error);
    if (isTransient(error)) {
      throw error;
    }
    const refused = explainRefusedKey(aws, error, keyReferencesOf(device));
    if (refused) {
      throw refused;
    }
    throw hasErrorCode(error, ACCESS_DENIED_CODES)
      ? new AccessDeniedError(`the handler may not copy ${original} (${device.name}): a service control policy or a permissions boundary may deny what its role allows (EC2 said ${code}: ${message})`)
      : new DeploymentError(`EC2 does not copy the snapshot ${original} (${device.name}) (EC2 said ${code}: ${message})`);
  }
}

function tagSpecification(request: MultiKeyRequest, device: PlannedDevice) {
  return [{ ResourceType: 'snapshot' as const, Tags: [...tagsOf(request), { Key: DEVICE_TAG, Value: device.name }] }];
}

/** An empty volume has to be somewhere for as long as its snapshot takes; it does not matter where. */
async function firstAvailabilityZone(aws: AwsClients): Promise<string> {
  const { AvailabilityZones } = await aws.ec2.send(new DescribeAvailabilityZonesCommand({
    Filters: [{ Name: 'state', Values: ['available'] }, { Name: 'zone-type', Values: ['availability-zone'] }],
  }));
  // always the same one, so that asking again for the volume gives the same volume
  const [zone] = (AvailabilityZones ?? []).flatMap(({ ZoneName }) => ZoneName ?? []).sort();
  if (!zone) {
    throw new NotReady('EC2 shows no Availability Zone');
  }
  return zone;
}

/** RegisterImage takes an image for i386 and paravirtual unless it is told, and keeps nothing that it is not told. */
async function register(
  aws: AwsClients, request: MultiKeyRequest, { image }: SourceImage, plan: Plan, snapshots: readonly Snapshot[],
): Promise<void> {
  const ephemeral = (image.BlockDeviceMappings ?? []).filter(({ VirtualName }) => VirtualName)
    .map(({ DeviceName, VirtualName }) => ({ DeviceName, VirtualName }));
  try {
    await aws.ec2.send(new RegisterImageCommand({
      Name: imageNameOf(request),
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
      TagSpecifications: [{ ResourceType: 'image', Tags: tagsOf(request) }],
    }));
  } catch (error) {
    const { code, message } = awsErrorDetails(error);
    if (code === 'InvalidAMIName.Duplicate') {
      // of somebody else's, or of the image that an earlier call has registered and that does not show yet
      await checkImageName(aws, request);
      throw new NotReady(`EC2 does not show the image "${imageNameOf(request)}" yet`, true);
    }
    if (hasErrorCode(error, SNAPSHOT_NOT_FOUND_CODES)) {
      // all were seen complete: one that was deleted since is copied again
      throw new NotReady(`${code}: ${message}`, true);
    }
    throw isTransient(error) ? error : new DeploymentError(`EC2 does not register the image (EC2 said ${code}: ${message})`);
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
 * What the source's mapping says of a volume, without what RegisterImage refuses: "The parameter iops is not supported for gp2 volumes.",
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
