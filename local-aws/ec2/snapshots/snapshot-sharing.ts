import { CreateVolumePermission, ModifySnapshotAttributeRequest } from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../../aws-call';
import { Ec2Context } from '../state/ec2-context';
import { Snapshot } from '../state/records';

/** The largest number of accounts and groups that one call can add or remove. */
const MAX_MODIFICATIONS = 500;

/** The change of a snapshot's createVolumePermission. */
export interface SharingChange {
  readonly added: readonly CreateVolumePermission[];
  readonly removed: readonly CreateVolumePermission[];
}

/** Reads the change of a request in either of its two forms. The first form is used if the request has both. */
export function sharingChange(call: Call): SharingChange {
  const input = call.input as unknown as ModifySnapshotAttributeRequest;
  const { Add = [], Remove = [] } = input.CreateVolumePermission ?? {};
  if (Add.length > 0 && Remove.length > 0) {
    throw new AwsError('InvalidParameterCombination', 'One and only one operation type may be specified for createVolumePermissions');
  }
  const change = Add.length + Remove.length > 0 ? { added: Add, removed: Remove } : listedChange(input);
  if (change.added.length + change.removed.length > MAX_MODIFICATIONS) {
    throw new AwsError('InvalidParameterValue', `Modification size must not be greater than ${MAX_MODIFICATIONS}.`);
  }
  return change;
}

function listedChange({ Attribute, OperationType, UserIds = [], GroupNames = [] }: ModifySnapshotAttributeRequest): SharingChange {
  const listed: CreateVolumePermission[] = [...UserIds.map(UserId => ({ UserId })), ...GroupNames.map(Group => ({ Group: Group as 'all' }))];
  if (Attribute === undefined) {
    throw listed.length > 0
      ? new AwsError('MissingParameter', 'Value for parameter attribute is invalid. Parameter may not be null or empty.')
      : new AwsError('InvalidParameterCombination', 'No attributes specified.');
  }
  if (OperationType !== 'add' && OperationType !== 'remove') {
    throw new AwsError('InvalidParameterCombination', 'No operation specified for createVolumePermission attribute.');
  }
  return OperationType === 'add' ? { added: listed, removed: [] } : { added: [], removed: listed };
}

/** The IAM condition keys of a change. */
export function sharingContext({ added, removed }: SharingChange): Record<string, string[]> {
  return {
    ...conditionKey('ec2:Add/userId', added.map(one => one.UserId)),
    ...conditionKey('ec2:Add/group', added.map(one => one.Group)),
    ...conditionKey('ec2:Remove/userId', removed.map(one => one.UserId)),
    ...conditionKey('ec2:Remove/group', removed.map(one => one.Group)),
  };
}

function conditionKey(key: string, values: readonly (string | undefined)[]): Record<string, string[]> {
  const present = [...new Set(values.filter(value => value !== undefined))];
  return present.length > 0 ? { [key]: present } : {};
}

export function changeSharing(ec2: Ec2Context, snapshot: Snapshot, change: SharingChange): void {
  check(ec2, snapshot, change);
  const { createVolumePermissions: { users, groups } } = snapshot;
  for (const { UserId, Group } of change.removed) {
    if (UserId !== undefined && users.delete(UserId)) {
      readFor(ec2, snapshot.formerReaders, UserId, ec2.settings.consistency.revocationLag);
    }
    groups.delete(Group ?? '');
  }
  for (const { UserId, Group } of change.added) {
    // EC2 accepts the owner's own account, and does not store it
    if (UserId !== undefined && UserId !== snapshot.account && !users.has(UserId)) {
      users.add(UserId);
      readFor(ec2, snapshot.newReaders, UserId, ec2.settings.consistency.listsLag);
    }
    if (Group !== undefined) {
      groups.add(Group);
    }
  }
}

function check(ec2: Ec2Context, snapshot: Snapshot, { added, removed }: SharingChange): void {
  if (added.length > 0 && snapshot.outpostArn !== undefined) {
    throw new AwsError('UnsupportedOperation', `The snapshot '${snapshot.id}' is on an Outpost and can't be shared`);
  }
  if (added.length > 0) {
    checkShareable(ec2, snapshot);
  }
  if (snapshot.encrypted && added.some(one => one.Group === 'all')) {
    throw new AwsError('InvalidParameter', "Encrypted snapshots can't be made public");
  }
  for (const { UserId, Group } of [...added, ...removed]) {
    if (UserId !== undefined && !/^\d{12}$/.test(UserId)) {
      throw new AwsError('InvalidAMIAttributeItemValue', `UserId ${UserId}`);
    }
    if (Group !== undefined && (Group as string) !== 'all') {
      throw new AwsError('InvalidAMIAttributeItemValue', `Group ${Group}`);
    }
  }
}

/** Another account cannot use `aws/ebs`. */
export function checkShareable(ec2: Ec2Context, snapshot: Snapshot): void {
  if (ec2.kms.find(snapshot, snapshot.kmsKeyId ?? '')?.key.manager === 'AWS') {
    throw new AwsError('InvalidParameter', "Snapshots encrypted with the AWS Managed CMK can't be shared");
  }
}

/** Adds an account to a set of readers for some time. */
function readFor({ state, clock }: Ec2Context, readers: Set<string>, account: string, milliseconds: number): void {
  if (milliseconds > 0) {
    readers.add(account);
    state.schedule.scheduleTransition(clock.now() + milliseconds, () => readers.delete(account));
  }
}
