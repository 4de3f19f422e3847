import { CopySnapshotRequest } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context, placeOf } from './context';
import { checkDuration, checkThroughput } from './copy-throughput';
import { EncryptionOutcome } from './encryption';
import { checkId, dependency, notFound } from './errors';
import { publicArn, untaggedSnapshot } from './iam-resources';
import { mayRead } from './image-access';
import { failSnapshot } from './image-completion';
import { checkDescription } from './names';
import { creation, Need, specifiedTags } from './permissions';
import { noPermissions, Snapshot } from './records';
import { MadeSnapshot, startCopy } from './snapshot-copies';
import { checkTagSpecifications } from './tags';
import { inPlace, newId } from './world';

/** One snapshot under one key. Like CopyImage it accepts keys that it cannot use. */
export function copySnapshot(ec2: Ec2Context, call: Call): object {
  const { world, clock, switches, settings: { timing } } = ec2;
  const input = call.input as unknown as CopySnapshotRequest;
  const id = input.SourceSnapshotId ?? '';
  const seen = world.snapshots.get(id);
  const source = seen && seen.region === input.SourceRegion && mayRead(call.principal.account, seen) ? seen : undefined;
  const tags = specifiedTags(input.TagSpecifications, 'snapshot');
  checkTagSpecifications(input.TagSpecifications, ['snapshot']);
  checkId('snap', id);
  const outcome = source && outcomeOf(ec2, call, input, source);
  ec2.permissions.require(call, needs(ec2, call, source, outcome?.encrypted ?? false, tags));
  if (!source && switches.copyOfMissingSnapshot === 'not-found') {
    throw notFound('snap', [id]);
  }
  checkRequest(ec2, call, input, source);
  const made = source && outcome
    ? startCopy(ec2, call, source, {
      outcome,
      completionDurationMinutes: input.CompletionDurationMinutes,
      description: input.Description ?? `[Copied ${id} from ${source.region}] ${source.description}`.trim(),
      licence: switches.copiedSnapshotKeepsLicence ? source.licence : undefined,
    })
    : { snapshot: snapshotOfNothing(ec2, call), problem: 'Source snapshot is not found' };
  world.tags.put(call.principal.account, made.snapshot.id, tags);
  if (made.problem) {
    world.schedule.at(clock.now() + timing.keyFailure, () => {
      failSnapshot(ec2, made);
      made.snapshot.stateMessage = source ? made.snapshot.stateMessage : made.problem;
    });
  }
  return { SnapshotId: made.snapshot.id, Tags: world.tags.list(call.principal.account, made.snapshot.id) };
}

/** Where no key is named, the account's default key counts only while encryption is the default; else it is `aws/ebs`. */
function outcomeOf({ world, kms }: Ec2Context, call: Call, input: CopySnapshotRequest, source: Snapshot): EncryptionOutcome {
  const { enabled } = world.encryptionDefaults(placeOf(call));
  if (input.KmsKeyId !== undefined) {
    return { encrypted: true, key: { named: input.KmsKeyId } };
  }
  if (!source.encrypted && !input.Encrypted && !enabled) {
    return { encrypted: false };
  }
  return { encrypted: true, key: enabled || !source.encrypted ? 'default' : { named: kms.ebsKey(placeOf(call)).keyId } };
}

function needs({ switches }: Ec2Context, call: Call, source: Snapshot | undefined, encrypted: boolean, tags: ReadonlyMap<string, string>): Need[] {
  const regions = switches.sourceArnRegion === 'both' ? [source?.region, call.region]
    : [switches.sourceArnRegion === 'source' ? source?.region : call.region];
  return [
    ...creation(call, { arn: publicArn(call.region, 'snapshot', '*'), context: { 'ec2:Encrypted': String(encrypted) } }, tags),
    ...source === undefined ? [] : [...new Set(regions)].map(region => ({ resource: untaggedSnapshot(source, region) })),
  ];
}

function checkRequest(ec2: Ec2Context, call: Call, input: CopySnapshotRequest, source: Snapshot | undefined): void {
  checkDescription(input.Description);
  if (input.KmsKeyId !== undefined && !input.Encrypted) {
    throw dependency('KmsKeyId', 'Encrypted');
  }
  if (input.Encrypted === false && source?.encrypted) {
    throw new AwsError('InvalidRequest', `Snapshot ${source.id} is encrypted. Creating an unencrypted copy from an encrypted snapshot is not supported.`);
  }
  if (source && source.state !== 'completed') {
    throw new AwsError('IncorrectState', `The snapshot ${source.id} is in the ${source.state} state.`);
  }
  checkDuration(input.CompletionDurationMinutes, 'CompletionDurationMinutes');
  checkThroughput(ec2, placeOf(call), source ? [source] : [], input.CompletionDurationMinutes);
  const { world, settings: { limits } } = ec2;
  const pending = inPlace(world.snapshots, placeOf(call)).filter(one => one.copied && !one.ofImage && one.state === 'pending');
  if (pending.length >= limits.concurrentSnapshotCopies) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `Too many snapshot copies in progress. The limit is ${limits.concurrentSnapshotCopies} for this destination region.`,
    );
  }
}

function snapshotOfNothing(ec2: Ec2Context, call: Call): MadeSnapshot['snapshot'] {
  const now = ec2.clock.now();
  const snapshot: Snapshot = {
    ...placeOf(call),
    id: newId('snap'),
    createdAt: now,
    seeded: false,
    reads: 0,
    description: '',
    volumeId: 'vol-ffffffff',
    volumeSize: 0,
    dataBytes: 0,
    encrypted: false,
    state: 'pending',
    completesAt: now,
    copied: true,
    createVolumePermissions: noPermissions(),
  };
  ec2.world.snapshots.set(snapshot.id, snapshot);
  return snapshot;
}
