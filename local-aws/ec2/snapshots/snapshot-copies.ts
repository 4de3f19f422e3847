import { timedCopy } from './copy-throughput';
import { accountAndRegionOf, Call } from '../../aws-call';
import { arnOf, unusableForEbs } from '../../kms/key';
import { EncryptionOutcome, encryptionOutcome, EncryptionRequest } from '../encryption/encryption-outcome';
import { chosenKey, KeyError, keyErrorForActions } from '../encryption/key-use';
import { Destination } from '../images/copy-destinations';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { License, noPermissions, Snapshot } from '../state/records';

const mebibyte = 1024 * 1024;
/** EBS reports this volume ID for every copied snapshot. */
const noVolume = 'vol-ffffffff';

/** The KMS permissions that the caller needs for the keys of an encrypted source and for the new key. */
export interface KeyActions {
  readonly source: readonly string[];
  readonly target: readonly string[];
  /** Additional permissions for the new key if the source is encrypted. */
  readonly targetOfEncrypted: readonly string[];
}

/**
 * The permissions of recorded CopySnapshot calls: neither `kms:Decrypt` nor `kms:ReEncrypt*`. `kms:DescribeKey` for the new key is checked
 * earlier.
 */
export const COPY_SNAPSHOT_KEY_ACTIONS: KeyActions = {
  source: ['kms:CreateGrant'],
  target: ['kms:GenerateDataKeyWithoutPlaintext', 'kms:CreateGrant'],
  targetOfEncrypted: [],
};

/** The permissions that AWS documents for CopyImage. No recording shows whether fewer are enough, as for CopySnapshot. */
const COPY_IMAGE_KEY_ACTIONS: KeyActions = {
  source: ['kms:DescribeKey', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:CreateGrant'],
  target: ['kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:CreateGrant'],
  targetOfEncrypted: ['kms:ReEncryptTo'],
};

export interface SnapshotCopyRequest extends EncryptionRequest {
  readonly completionDurationMinutes?: number;
  readonly description: string;
  /** The encryption, where CopyImage's table of encryption outcomes does not apply. */
  readonly outcome?: EncryptionOutcome;
  readonly keyActions?: KeyActions;
  readonly license?: License;
  readonly ofImage?: boolean;
  /** The destination, if it is not the Region. */
  readonly destination?: Destination;
}

/** A snapshot that is pending. */
export interface PendingSnapshot {
  readonly snapshot: Snapshot;
  /** The key error that lets the snapshot fail later. */
  readonly keyError?: KeyError;
}

/** Starts the copy of one snapshot to the account and Region of the call. */
export function startCopy(ec2: Ec2Context, call: Call, source: Snapshot, request: SnapshotCopyRequest): PendingSnapshot {
  const { state, clock, switches } = ec2;
  const place = accountAndRegionOf(call);
  const now = clock.now();
  const id = newResourceId('snap');
  const outcome = request.outcome ?? encryptionOutcome(
    request,
    { encrypted: source.encrypted, owned: source.account === place.account, sameRegion: source.region === place.region },
    state.encryptionDefaults(place).enabled || request.destination?.localZone?.requiresEncryption === true,
    switches.crossRegionWithoutKey,
  );
  const chosen = outcome.encrypted ? chosenKey(ec2, place, outcome.key, source.kmsKeyId) : undefined;
  const use = { principal: call.principal, viaEc2In: place.region, ebsId: id, requestAlias: chosen?.requestAlias };
  const actions = request.keyActions ?? COPY_IMAGE_KEY_ACTIONS;
  const keyError = chosen?.keyError ??
    (source.encrypted ? sourceProblem(ec2, call, source, actions.source) : undefined) ??
    (chosen?.key && keyErrorForActions(ec2, chosen.key, use, [...actions.target, ...source.encrypted ? actions.targetOfEncrypted : []]));
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
    license: request.license,
    ofImage: request.ofImage,
    outpostArn: request.destination?.outpostArn,
    localZone: request.destination?.localZone?.name,
  };
  state.snapshots.set(id, snapshot);
  if (!keyError) {
    scheduleCompletion(ec2, snapshot);
  }
  return { snapshot, keyError: keyError };
}

/** Completes the snapshot at `completesAt`, unless its key is no longer usable. Deletes it if a request has asked for that meanwhile. */
export function scheduleCompletion(ec2: Ec2Context, snapshot: Snapshot): void {
  const { state } = ec2;
  state.schedule.scheduleTransition(snapshot.completesAt, () => {
    if (snapshot.state === 'pending') {
      const alive = !snapshot.encrypted || isAlive(ec2, snapshot);
      snapshot.state = alive ? 'completed' : 'error';
      snapshot.stateMessage = alive ? undefined : 'Given key ID is not accessible';
    }
    if (snapshot.deletionRequested) {
      state.removeSnapshot(snapshot.id);
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
  const keyError = keyErrorForActions(ec2, found.key, { principal: call.principal, viaEc2In, ebsId: source.id }, actions);
  return keyError && `${keyError} (${arnOf(found.key)} encrypts ${source.id})`;
}

function copyTime({ settings: { timing } }: Ec2Context, source: Snapshot): number {
  return timing.copyStart + source.dataBytes / mebibyte / timing.copyMebibytesPerSecond * 1000;
}
