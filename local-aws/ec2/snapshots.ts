import {
  CreateVolumePermission, DeleteSnapshotRequest, DescribeSnapshotAttributeRequest, DescribeSnapshotsRequest, ModifySnapshotAttributeRequest,
  Snapshot as SnapshotDescription,
} from '@aws-sdk/client-ec2';
import { AwsError, Call } from '../call';
import { Ec2Context, Ec2Operations } from './context';
import { checkId, notFound } from './errors';
import { FilterFields, filtered, page, refuseIdsWithPages } from './filters';
import { publicArn, snapshotResource } from './iam-resources';
import { authFailure, mayRead } from './image-access';
import { IamResource } from './permissions';
import { Snapshot } from './records';
import { deleteSnapshot } from './snapshot-deletions';
import { isVisible } from './visibility';
import { localZonesOf } from './zones';

export const snapshotOperations: Ec2Operations = {
  DescribeSnapshots: (ec2, call) => describe(ec2, call),
  DeleteSnapshot: (ec2, call) => {
    const { SnapshotId = '' } = call.input as unknown as DeleteSnapshotRequest;
    checkId('snap', SnapshotId);
    ec2.permissions.require(call, [{ resource: resourceOf(ec2, call, SnapshotId) }]);
    deleteSnapshot(ec2, ownSnapshot(ec2, call, SnapshotId));
  },
  DescribeSnapshotAttribute: (ec2, call) => {
    const { SnapshotId = '', Attribute } = call.input as unknown as DescribeSnapshotAttributeRequest;
    ec2.permissions.require(call, [{ resource: resourceOf(ec2, call, SnapshotId) }]);
    const { users, groups } = ownSnapshot(ec2, call, SnapshotId).createVolumePermissions;
    if (Attribute === 'productCodes') {
      return { SnapshotId, ProductCodes: [] };
    }
    return { SnapshotId, CreateVolumePermissions: [...[...groups].map(Group => ({ Group })), ...[...users].map(UserId => ({ UserId }))] };
  },
  ModifySnapshotAttribute: (ec2, call) => share(ec2, call),
};

/** The snapshot as the caller sees it; none if there is none for him. */
export function seenSnapshot({ world }: Ec2Context, call: Call, id: string): Snapshot | undefined {
  const snapshot = world.snapshots.get(id);
  return snapshot && snapshot.region === call.region && mayRead(call.principal.account, snapshot) ? snapshot : undefined;
}

function ownSnapshot(ec2: Ec2Context, call: Call, id: string): Snapshot {
  checkId('snap', id);
  const snapshot = seenSnapshot(ec2, call, id);
  if (!snapshot) {
    throw notFound('snap', [id]);
  }
  if (snapshot.account !== call.principal.account) {
    throw authFailure(ec2, `The snapshot '${id}' is not owned by you.`);
  }
  return snapshot;
}

function resourceOf(ec2: Ec2Context, call: Call, id: string): IamResource {
  const snapshot = seenSnapshot(ec2, call, id);
  return snapshot
    ? snapshotResource(ec2, call.principal.account, snapshot)
    : { arn: publicArn(call.region, 'snapshot', id), context: {}, missing: notFound('snap', [id]) };
}

const fields: FilterFields<SnapshotDescription> = {
  'description': one => one.Description,
  'encrypted': one => String(one.Encrypted),
  'owner-alias': one => one.OwnerAlias,
  'owner-id': one => one.OwnerId,
  'progress': one => one.Progress,
  'snapshot-id': one => one.SnapshotId,
  'start-time': one => one.StartTime?.toISOString(),
  'status': one => one.State,
  'storage-tier': one => one.StorageTier,
  'transfer-type': one => one.TransferType,
  'volume-id': one => one.VolumeId,
  'volume-size': one => String(one.VolumeSize),
};

function describe(ec2: Ec2Context, call: Call): object {
  const input = call.input as DescribeSnapshotsRequest;
  ec2.permissions.require(call);
  refuseIdsWithPages(input.SnapshotIds, input, 'snapshotIds');
  const viewer = call.principal.account;
  const described = candidates(ec2, call, input)
    .filter(one => !input.OwnerIds?.length || input.OwnerIds.some(owner => owner === one.account || owner === one.ownerAlias || (owner === 'self' && one.account === viewer)))
    .filter(one => !input.RestorableByUserIds?.length || input.RestorableByUserIds.some(user => isRestorableBy(one, user, viewer)))
    .map(one => describedSnapshot(ec2, viewer, one));
  const { items, NextToken } = page(filtered(described, input.Filters, fields, one => one.Tags ?? []), input, 5);
  return { Snapshots: items, NextToken };
}

function candidates(ec2: Ec2Context, call: Call, input: DescribeSnapshotsRequest): Snapshot[] {
  if (!input.SnapshotIds?.length) {
    return [...ec2.world.snapshots.values()].filter(one => seenSnapshot(ec2, call, one.id) && isVisible(ec2, one));
  }
  const ids = [...new Set(input.SnapshotIds)];
  ids.forEach(id => checkId('snap', id));
  const found = ids.map(id => seenSnapshot(ec2, call, id)).filter(one => one !== undefined).filter(one => isVisible(ec2, one));
  if (found.length < ids.length) {
    throw notFound('snap', ids.filter(id => !found.some(one => one.id === id)));
  }
  return found;
}

function isRestorableBy({ account, createVolumePermissions: { users, groups } }: Snapshot, user: string, viewer: string): boolean {
  if (user === 'all') {
    return groups.has('all');
  }
  const asked = user === 'self' ? viewer : user;
  return asked === account || users.has(asked) || (user === 'self' && groups.has('all'));
}

export function describedSnapshot(ec2: Ec2Context, viewer: string, one: Snapshot): SnapshotDescription {
  return {
    SnapshotId: one.id,
    OwnerId: one.account,
    OwnerAlias: one.ownerAlias,
    VolumeId: one.volumeId,
    VolumeSize: one.volumeSize,
    Description: one.description,
    Encrypted: one.encrypted,
    KmsKeyId: one.account === viewer || ec2.switches.foreignSnapshotsTellTheirKey ? one.kmsKeyId : undefined,
    State: one.state,
    StateMessage: one.stateMessage,
    Progress: `${progress(ec2, one)}%`,
    StartTime: new Date(one.createdAt),
    CompletionTime: one.state === 'completed' ? new Date(one.completesAt) : undefined,
    CompletionDurationMinutes: one.completionDurationMinutes,
    TransferType: one.copied ? one.completionDurationMinutes === undefined ? 'standard' : 'time-based' : undefined,
    FullSnapshotSizeInBytes: one.dataBytes,
    StorageTier: 'standard',
    OutpostArn: one.outpostArn,
    AvailabilityZone: shownZone(ec2, one),
    Tags: ec2.world.tags.list(viewer, one.id),
  };
}

function shownZone(ec2: Ec2Context, { localZone, region }: Snapshot): string | undefined {
  return ec2.switches.localZoneShownBy === 'name' ? localZone : localZonesOf(ec2, region).find(zone => zone.name === localZone)?.id;
}

function progress({ clock }: Ec2Context, one: Snapshot): number {
  if (one.state === 'completed') {
    return 100;
  }
  if (one.state === 'error' || one.completesAt <= one.createdAt) {
    return 0;
  }
  return Math.max(0, Math.min(99, Math.floor((clock.now() - one.createdAt) / (one.completesAt - one.createdAt) * 100)));
}

function share(ec2: Ec2Context, call: Call): void {
  const input = call.input as unknown as ModifySnapshotAttributeRequest;
  const { arn, context } = resourceOf(ec2, call, input.SnapshotId ?? '');
  const listed: CreateVolumePermission[] = [...(input.UserIds ?? []).map(UserId => ({ UserId })), ...(input.GroupNames ?? []).map(Group => ({ Group: Group as 'all' }))];
  const added = [...input.CreateVolumePermission?.Add ?? [], ...input.OperationType === 'add' ? listed : []];
  const removed = [...input.CreateVolumePermission?.Remove ?? [], ...input.OperationType === 'remove' ? listed : []];
  ec2.permissions.require(call, [{
    resource: {
      arn,
      context: {
        ...context,
        ...conditionKey('ec2:Add/userId', added.map(one => one.UserId)),
        ...conditionKey('ec2:Add/group', added.map(one => one.Group)),
        ...conditionKey('ec2:Remove/userId', removed.map(one => one.UserId)),
        ...conditionKey('ec2:Remove/group', removed.map(one => one.Group)),
      },
    },
  }]);
  const snapshot = ownSnapshot(ec2, call, input.SnapshotId ?? '');
  if (added.length > 0 && snapshot.outpostArn !== undefined) {
    throw new AwsError('UnsupportedOperation', `The snapshot '${snapshot.id}' is on an Outpost and can't be shared`);
  }
  if (added.length > 0 && isUnderEbsKey(ec2, snapshot)) {
    throw new AwsError('InvalidParameter', "Snapshots encrypted with the AWS Managed CMK can't be shared");
  }
  if (snapshot.encrypted && added.some(one => one.Group === 'all')) {
    throw new AwsError('InvalidParameter', "Encrypted snapshots can't be made public");
  }
  const invalid = added.find(one => one.UserId !== undefined && !/^\d{12}$/.test(one.UserId));
  if (invalid) {
    throw new AwsError('InvalidParameterValue', `Value (${invalid.UserId}) for parameter userId is invalid.`);
  }
  const { users, groups } = snapshot.createVolumePermissions;
  for (const { UserId, Group } of removed) {
    users.delete(UserId ?? '');
    groups.delete(Group ?? '');
  }
  added.forEach(({ UserId }) => UserId && users.add(UserId));
  added.forEach(({ Group }) => Group && groups.add(Group));
}

function conditionKey(key: string, values: readonly (string | undefined)[]): Record<string, string[]> {
  const present = values.filter(value => value !== undefined);
  return present.length > 0 ? { [key]: present } : {};
}

function isUnderEbsKey(ec2: Ec2Context, snapshot: Snapshot): boolean {
  return ec2.kms.find(snapshot, snapshot.kmsKeyId ?? '')?.key.manager === 'AWS';
}
