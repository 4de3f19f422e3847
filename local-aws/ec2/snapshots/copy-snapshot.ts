import { CopySnapshotRequest } from '@aws-sdk/client-ec2';
import { checkDuration, checkThroughput } from './copy-throughput';
import { PendingSnapshot, COPY_SNAPSHOT_KEY_ACTIONS, startCopy } from './snapshot-copies';
import { accountAndRegionOf, AwsError, Call } from '../../aws-call';
import { permissionsToCreate, RequiredPermission, specifiedTags } from '../authorization/ec2-authorization';
import { newSnapshotResource, untaggedSnapshot } from '../authorization/iam-resources';
import { EncryptionOutcome } from '../encryption/encryption-outcome';
import { checkNamedKey } from '../encryption/named-key';
import { canReadSnapshot } from '../images/image-access';
import { failSnapshot } from '../images/image-completion';
import { checkDescription } from '../images/image-names';
import { dependencyViolation } from '../requests/errors';
import { isWellFormedSnapshotId } from '../requests/resource-ids';
import { Ec2Context } from '../state/ec2-context';
import { inAccountAndRegion, newResourceId } from '../state/ec2-state';
import { noPermissions, Snapshot } from '../state/records';
import { checkTagSpecifications } from '../tags/validate-tags';

/** Copies one snapshot with one key. EC2 accepts a source that cannot be read, and the copy fails later. CopySnapshot has no client token. */
export function copySnapshot(ec2: Ec2Context, call: Call): object {
  const { state, clock, switches, settings: { timing } } = ec2;
  const input = call.input as unknown as CopySnapshotRequest;
  checkParameters(ec2, call, input);
  const found = state.snapshots.get(input.SourceSnapshotId ?? '');
  const source = found && found.region === input.SourceRegion && canReadSnapshot(call.principal.account, found) ? found : undefined;
  const tags = specifiedTags(input.TagSpecifications, 'snapshot');
  const outcome = source && outcomeOf(ec2, call, input, source);
  ec2.permissions.require(call, requiredPermissions(call, source, outcome?.encrypted ?? false, tags));
  checkRequest(ec2, call, input, source);
  const pending = source?.state === 'completed' && outcome
    ? startCopy(ec2, call, source, {
      outcome,
      completionDurationMinutes: input.CompletionDurationMinutes,
      description: input.Description ?? '',
      license: switches.copiedSnapshotKeepsLicense ? source.license : undefined,
      keyActions: COPY_SNAPSHOT_KEY_ACTIONS,
    })
    : { snapshot: copyOfNothing(ec2, call, input), keyError: source ? 'Source snapshot is not complete' : 'Source snapshot is not found' };
  state.tags.put(call.principal.account, pending.snapshot.id, tags);
  if (pending.keyError) {
    const readable = source?.state === 'completed';
    state.schedule.scheduleTransition(clock.now() + timing.keyFailure, () => {
      failSnapshot(ec2, pending);
      pending.snapshot.stateMessage = readable ? pending.snapshot.stateMessage : pending.keyError;
    });
  }
  return { SnapshotId: pending.snapshot.id, Tags: state.tags.described(call.principal.account, pending.snapshot.id) };
}

/** Checks that EC2 makes before authorization. */
function checkParameters(ec2: Ec2Context, { region }: Call, input: CopySnapshotRequest): void {
  const { SourceSnapshotId = '', SourceRegion = '', DestinationRegion = region } = input;
  if (!isWellFormedSnapshotId(ec2, SourceSnapshotId)) {
    throw new AwsError('InvalidParameterValue', 'The specified snapshotId is invalid');
  }
  if (!/^(us-gov|us-iso[a-z]?|[a-z]{2})-(north|south|east|west|central)+-\d$/.test(SourceRegion)) {
    throw new AwsError('InvalidRegion', `${SourceRegion} is not a valid region name.`);
  }
  if (DestinationRegion !== region) {
    throw new AwsError('InvalidParameterValue', `DestinationRegion '${DestinationRegion}' does not match the current region (${region}).`);
  }
  checkDuration(input.CompletionDurationMinutes, 'CompletionDurationMinutes');
  checkTagSpecifications(input.TagSpecifications, ['snapshot']);
}

/** Without a key in the request, EC2 uses the account's default key only while encryption by default is on, and `aws/ebs` otherwise. */
function outcomeOf({ state, kms }: Ec2Context, call: Call, input: CopySnapshotRequest, source: Snapshot): EncryptionOutcome {
  const { enabled } = state.encryptionDefaults(accountAndRegionOf(call));
  if (input.KmsKeyId !== undefined) {
    return { encrypted: true, key: { named: input.KmsKeyId } };
  }
  if (!source.encrypted && !input.Encrypted && !enabled) {
    return { encrypted: false };
  }
  return { encrypted: true, key: enabled || !source.encrypted ? 'default' : { named: kms.ebsKey(accountAndRegionOf(call)).keyId } };
}

/** The IAM resources: source and copy. The ARN of the source has the Region of the call, wherever the source is. */
function requiredPermissions(call: Call, source: Snapshot | undefined, encrypted: boolean, tags: ReadonlyMap<string, string>): RequiredPermission[] {
  const copy = newSnapshotResource(call);
  return [
    ...permissionsToCreate(call, { arn: copy.arn, context: { ...copy.context, 'ec2:Encrypted': String(encrypted) } }, tags),
    ...source === undefined ? [] : [{ resource: untaggedSnapshot(source, call.region) }],
  ];
}

function checkRequest(ec2: Ec2Context, call: Call, input: CopySnapshotRequest, source: Snapshot | undefined): void {
  checkDescription(input.Description);
  if (input.KmsKeyId !== undefined && !input.Encrypted) {
    throw dependencyViolation('KmsKeyId', 'Encrypted');
  }
  if (input.Encrypted === false && source?.encrypted) {
    throw new AwsError('InvalidRequest', `Snapshot ${source.id} is encrypted. Creating unencrypted copy from an encrypted snapshot is not supported.`);
  }
  if (input.KmsKeyId !== undefined) {
    checkNamedKey(ec2, call, input.KmsKeyId);
  }
  checkThroughput(ec2, accountAndRegionOf(call), source ? [source] : [], input.CompletionDurationMinutes);
  const { state, settings: { limits } } = ec2;
  const pending = inAccountAndRegion(state.snapshots, accountAndRegionOf(call)).filter(one => one.copied && !one.ofImage && one.state === 'pending');
  if (pending.length >= limits.concurrentSnapshotCopies) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `Too many snapshot copies in progress. The limit is ${limits.concurrentSnapshotCopies} for this destination region.`,
    );
  }
}

/** The copy of a source that cannot be read never shows a size. */
function copyOfNothing(ec2: Ec2Context, call: Call, { Description }: CopySnapshotRequest): PendingSnapshot['snapshot'] {
  const now = ec2.clock.now();
  const snapshot: Snapshot = {
    ...accountAndRegionOf(call),
    id: newResourceId('snap'),
    createdAt: now,
    seeded: false,
    reads: 0,
    description: Description ?? '',
    volumeId: 'vol-ffffffff',
    volumeSize: 0,
    dataBytes: 0,
    encrypted: false,
    state: 'pending',
    completesAt: now,
    copied: true,
    createVolumePermissions: noPermissions(),
    newReaders: new Set(),
    formerReaders: new Set(),
  };
  ec2.state.snapshots.set(snapshot.id, snapshot);
  return snapshot;
}
