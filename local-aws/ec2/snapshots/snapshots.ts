import {
  DeleteSnapshotRequest, DescribeSnapshotAttributeRequest, DescribeSnapshotsRequest, Snapshot as SnapshotDescription,
} from '@aws-sdk/client-ec2';
import { deleteSnapshot } from './delete-snapshots';
import { describedSnapshot } from './snapshot-description';
import { changeSharing, sharingChange, sharingContext } from './snapshot-sharing';
import { Call } from '../../aws-call';
import { IamResource } from '../authorization/ec2-authorization';
import { publicArn, snapshotResource } from '../authorization/iam-resources';
import { canReadSnapshot } from '../images/image-access';
import { notFound } from '../requests/errors';
import { isListed, isVisible } from '../requests/eventual-consistency';
import { FilterFields, filtered, page, refuseIdsWithPages } from '../requests/filters-and-pages';
import { checkSnapshotId } from '../requests/resource-ids';
import { Ec2Context, Ec2Operations } from '../state/ec2-context';
import { Snapshot } from '../state/records';

export const snapshotOperations: Ec2Operations = {
  DescribeSnapshots: (ec2, call) => describe(ec2, call),
  DeleteSnapshot: (ec2, call) => {
    const { SnapshotId = '' } = call.input as unknown as DeleteSnapshotRequest;
    checkSnapshotId(ec2, SnapshotId);
    ec2.permissions.require(call, [{ resource: resourceOf(ec2, call, SnapshotId) }]);
    deleteSnapshot(ec2, ownSnapshot(ec2, call, SnapshotId));
  },
  DescribeSnapshotAttribute: (ec2, call) => {
    const { SnapshotId = '', Attribute } = call.input as unknown as DescribeSnapshotAttributeRequest;
    checkSnapshotId(ec2, SnapshotId);
    ec2.permissions.require(call, [{ resource: resourceOf(ec2, call, SnapshotId) }]);
    const { users, groups } = ownSnapshot(ec2, call, SnapshotId).createVolumePermissions;
    if (Attribute === 'productCodes') {
      return { SnapshotId, ProductCodes: [] };
    }
    return { SnapshotId, CreateVolumePermissions: [...[...groups].map(Group => ({ Group })), ...[...users].map(UserId => ({ UserId }))] };
  },
  ModifySnapshotAttribute: (ec2, call) => {
    const id = String(call.input.SnapshotId ?? '');
    checkSnapshotId(ec2, id);
    const change = sharingChange(call);
    const { arn, context, missing } = resourceOf(ec2, call, id);
    ec2.permissions.require(call, [{ resource: { arn, context: { ...context, ...sharingContext(change) }, missing } }]);
    changeSharing(ec2, ownSnapshot(ec2, call, id), change);
  },
};

/** Returns the snapshot if it is visible to the caller. */
export function visibleSnapshot({ state }: Ec2Context, call: Call, id: string): Snapshot | undefined {
  const snapshot = state.snapshots.get(id);
  return snapshot && snapshot.region === call.region && canReadSnapshot(call.principal.account, snapshot) ? snapshot : undefined;
}

/** Only its owner can change a snapshot. EC2 reports to other accounts that it does not exist, also if they can read it. */
function ownSnapshot(ec2: Ec2Context, call: Call, id: string): Snapshot {
  const snapshot = visibleSnapshot(ec2, call, id);
  if (snapshot?.account !== call.principal.account) {
    throw notFound('snap', [id]);
  }
  return snapshot;
}

function resourceOf(ec2: Ec2Context, call: Call, id: string): IamResource {
  const snapshot = visibleSnapshot(ec2, call, id);
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

/** EC2 finds a new snapshot by ID before lists and filters find it. */
function candidates(ec2: Ec2Context, call: Call, input: DescribeSnapshotsRequest): Snapshot[] {
  if (!input.SnapshotIds?.length) {
    const { account } = call.principal;
    return [...ec2.state.snapshots.values()].filter(one => visibleSnapshot(ec2, call, one.id) && isVisible(ec2, one) && isListed(ec2, account, one));
  }
  const ids = [...new Set(input.SnapshotIds)];
  ids.forEach(id => checkSnapshotId(ec2, id));
  const found = ids.map(id => visibleSnapshot(ec2, call, id)).filter(one => one !== undefined).filter(one => isVisible(ec2, one));
  if (found.length < ids.length) {
    throw notFound('snap', ids.filter(id => !found.some(one => one.id === id)));
  }
  return found;
}

/** A reader finds an explicitly shared snapshot by its own account in RestorableByUserIds, and not by the owner. */
function isRestorableBy({ account, createVolumePermissions: { users, groups } }: Snapshot, user: string, viewer: string): boolean {
  if (user === 'all') {
    return groups.has('all');
  }
  const asked = user === 'self' ? viewer : user;
  return (asked === account && account === viewer) || users.has(asked);
}
