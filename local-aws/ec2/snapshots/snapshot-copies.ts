import { Call } from '../../aws-call';
import { Ec2Context, accountAndRegionOf } from '../state/ec2-context';
import { timedCopy } from './copy-throughput';
import { Destination } from '../images/copy-destinations';
import { EncryptionOutcome, encryptionOutcome, EncryptionRequest } from '../encryption/encryption-outcome';
import { chosenKey, KeyError, problemUsing } from '../encryption/key-use';
import { License, noPermissions, Snapshot } from '../state/records';
import { newResourceId } from '../state/ec2-state';
import { arnOf, unusableForEbs } from '../../kms/key';

const mebibyte = 1024 * 1024;
/** EBS says this of every copied snapshot: it has no volume. */
const noVolume = 'vol-ffffffff';

/** Which actions on the keys of a source that is encrypted, and on the new key, the caller needs. */
export interface KeyActions {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** On the new key besides, if the source is encrypted. */
  readonly targetOfEncrypted: readonly string[];
}

/** What CopySnapshot was recorded to need; neither `kms:Decrypt` nor `kms:ReEncrypt*`. That it describes the new key is checked before. */
export const OF_COPY_SNAPSHOT: KeyActions = {
  source: ['kms:CreateGrant'],
  target: ['kms:GenerateDataKeyWithoutPlaintext', 'kms:CreateGrant'],
  targetOfEncrypted: [],
};

/** What AWS documents for CopyImage: no recording tells whether it needs less, as CopySnapshot does. */
const OF_COPY_IMAGE: KeyActions = {
  source: ['kms:DescribeKey', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'],
  target: ['kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:CreateGrant'],
  targetOfEncrypted: ['kms:ReEncryptTo'],
};

export interface SnapshotCopyRequest extends EncryptionRequest {
  readonly completionDurationMinutes?: number;
  readonly description: string;
  /** Where it does not follow from the table of CopyImage. */
  readonly outcome?: EncryptionOutcome;
  readonly keyActions?: KeyActions;
  readonly licence?: License;
  readonly ofImage?: boolean;
  /** Where it goes, if not into the Region. */
  readonly destination?: Destination;
}

/** A snapshot that is being made. */
export interface PendingSnapshot {
  readonly snapshot: Snapshot;
  /** It cannot be made because of a key; it turns out later. */
  readonly problem?: KeyError;
}

/** Starts the copy of one snapshot into the place of the call. */
export function startCopy(ec2: Ec2Context, call: Call, source: Snapshot, request: SnapshotCopyRequest): PendingSnapshot {
  const { world, clock, switches } = ec2;
  const place = accountAndRegionOf(call);
  const now = clock.now();
  const id = newResourceId('snap');
  const outcome = request.outcome ?? encryptionOutcome(
    request,
    { encrypted: source.encrypted, owned: source.account === place.account, sameRegion: source.region === place.region },
    world.encryptionDefaults(place).enabled || request.destination?.localZone?.requiresEncryption === true,
    switches.crossRegionWithoutKey,
  );
  const chosen = outcome.encrypted ? chosenKey(ec2, place, outcome.key, source.kmsKeyId) : undefined;
  const use = { principal: call.principal, viaEc2In: place.region, ebsId: id, requestAlias: chosen?.requestAlias };
  const actions = request.keyActions ?? OF_COPY_IMAGE;
  const problem = chosen?.problem ??
    (source.encrypted ? sourceProblem(ec2, call, source, actions.source) : undefined) ??
    (chosen?.key && problemUsing(ec2, chosen.key, use, [...actions.target, ...source.encrypted ? actions.targetOfEncrypted : []]));
  const minutes = request.completionDurationMinutes;
  const timed = minutes === undefined ? undefined : timedCopy(ec2, place, source, minutes);
  const snapshot: Snapshot = {
    ...place,
    id,
    createdAt: now,
    seeded: false,
    reads: 0,
    description: request.description,
    volumeId: noVolume,
    volumeSize: source.volumeSize,
    dataBytes: source.dataBytes,
    encrypted: outcome.encrypted,
    kmsKeyId: chosen?.kmsKeyId,
    state: 'pending',
    ...timed ?? { completesAt: now + copyTime(ec2, source) },
    completionDurationMinutes: request.completionDurationMinutes,
    copySource: { snapshotId: source.id, region: source.region },
    copied: true,
    createVolumePermissions: noPermissions(),
    newReaders: new Set(),
    formerReaders: new Set(),
    license: request.licence,
    ofImage: request.ofImage,
    outpostArn: request.destination?.outpostArn,
    localZone: request.destination?.localZone?.name,
  };
  world.snapshots.set(id, snapshot);
  if (!problem) {
    scheduleCompletion(ec2, snapshot);
  }
  return { snapshot, problem };
}

/** The snapshot's data is all there at `completesAt`, unless its key died meanwhile; one that was deleted meanwhile goes then. */
export function scheduleCompletion(ec2: Ec2Context, snapshot: Snapshot): void {
  const { world } = ec2;
  world.schedule.scheduleTransition(snapshot.completesAt, () => {
    if (snapshot.state === 'pending') {
      const alive = !snapshot.encrypted || isAlive(ec2, snapshot);
      snapshot.state = alive ? 'completed' : 'error';
      snapshot.stateMessage = alive ? undefined : 'Given key ID is not accessible';
    }
    if (snapshot.deletionRequested) {
      world.removeSnapshot(snapshot.id);
    }
  });
}

function isAlive({ kms }: Ec2Context, snapshot: Snapshot): boolean {
  const found = kms.find(snapshot, snapshot.kmsKeyId ?? '');
  return found !== undefined && unusableForEbs(found.key) === undefined;
}

function sourceProblem(ec2: Ec2Context, call: Call, source: Snapshot, actions: readonly string[]): KeyError | undefined {
  const found = ec2.kms.find({ account: source.account, region: source.region }, source.kmsKeyId ?? '');
  if (!found) {
    return `${source.kmsKeyId} does not exist`;
  }
  const viaEc2In = ec2.switches.sourceViaService === 'source' ? source.region : call.region;
  const problem = problemUsing(ec2, found.key, { principal: call.principal, viaEc2In, ebsId: source.id }, actions);
  return problem && `${problem} (${arnOf(found.key)} encrypts ${source.id})`;
}

function copyTime({ settings: { timing } }: Ec2Context, source: Snapshot): number {
  return timing.copyStart + source.dataBytes / mebibyte / timing.copyMebibytesPerSecond * 1000;
}
