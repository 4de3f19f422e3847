import { performanceOf, VolumeConfiguration } from './volume-configuration';
import { accountAndRegionOf, Call } from '../../aws-call';
import { encryptionOutcome, EncryptionRequest } from '../encryption/encryption-outcome';
import { chosenKey, KeyError, keyErrorForVolumeFromSnapshot, keyErrorForEmptyVolume, keyErrorForSourceSnapshot } from '../encryption/key-use';
import { Ec2Context } from '../state/ec2-context';
import { newResourceId } from '../state/ec2-state';
import { Snapshot, Volume } from '../state/records';

export interface VolumeRequest extends EncryptionRequest, VolumeConfiguration {
  readonly availabilityZone: string;
  readonly snapshot?: Snapshot;
  readonly tags: ReadonlyMap<string, string>;
}

export interface CreatedVolume {
  readonly volume: Volume;
  /** EC2 accepts the request although the key cannot be used, and deletes the volume later. */
  readonly keyError?: KeyError;
}

/** The value of `ec2:Encrypted` for a volume that does not exist yet. */
export function willBeEncrypted(ec2: Ec2Context, call: Call, request: EncryptionRequest, snapshot: Snapshot | undefined): boolean {
  return outcomeOf(ec2, call, request, snapshot).encrypted;
}

export function createVolumeRecord(ec2: Ec2Context, call: Call, request: VolumeRequest): CreatedVolume {
  const { state, clock } = ec2;
  const place = accountAndRegionOf(call);
  const { snapshot } = request;
  const id = newResourceId('vol');
  const outcome = outcomeOf(ec2, call, request, snapshot);
  const chosen = outcome.encrypted ? chosenKey(ec2, place, outcome.key, snapshot?.kmsKeyId) : undefined;
  const use = { principal: call.principal, viaEc2In: place.region, ebsId: id, requestAlias: chosen?.requestAlias };
  const volume: Volume = {
    ...place,
    id,
    createdAt: clock.now(),
    seeded: false,
    reads: 0,
    availabilityZone: request.availabilityZone,
    size: request.size,
    type: request.type,
    ...performanceOf(request),
    snapshotId: snapshot?.id,
    dataBytes: snapshot?.dataBytes ?? 0,
    encrypted: outcome.encrypted,
    kmsKeyId: chosen?.kmsKeyId,
    license: snapshot?.license,
    state: 'creating',
  };
  state.volumes.set(id, volume);
  state.tags.put(place.account, id, request.tags);
  const keepsItsKey = snapshot?.account === place.account && snapshot.kmsKeyId === chosen?.kmsKeyId;
  const keyError = chosen?.keyError ??
    (snapshot?.encrypted ? sourceProblem(ec2, call, snapshot) : undefined) ??
    (chosen?.key && (snapshot
      ? keyErrorForVolumeFromSnapshot(ec2, chosen.key, use, { encrypted: snapshot.encrypted, keepsItsKey })
      : keyErrorForEmptyVolume(ec2, chosen.key, use)));
  return { volume, keyError };
}

function outcomeOf({ state, switches }: Ec2Context, call: Call, request: EncryptionRequest, snapshot: Snapshot | undefined) {
  const source = { encrypted: snapshot?.encrypted ?? false, owned: snapshot?.account === call.principal.account, sameRegion: true };
  return encryptionOutcome(request, source, state.encryptionDefaults(accountAndRegionOf(call)).enabled, switches.crossRegionWithoutKey);
}

function sourceProblem(ec2: Ec2Context, call: Call, snapshot: Snapshot): KeyError | undefined {
  const found = ec2.kms.find(snapshot, snapshot.kmsKeyId ?? '');
  return found
    ? keyErrorForSourceSnapshot(ec2, found.key, { principal: call.principal, viaEc2In: call.region, ebsId: snapshot.id })
    : `${snapshot.kmsKeyId} does not exist`;
}
