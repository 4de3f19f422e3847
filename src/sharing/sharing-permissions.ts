import * as iam from 'aws-cdk-lib/aws-iam';
import { SHARING_TAG_PREFIX } from '../contract';
import { imageArn, onlyOwned, snapshotArn } from '../provider/ec2-resources';
import { allowManagingAmi } from '../provider/existing-ami-permissions';
import { HandlerPermissions } from '../provider/handler-permissions';
import { Conditions } from '../provider/handler-policies';

/** So many account IDs fit into a managed policy, which IAM limits to 6,144 characters: CDK creates one where the default policy of a role is too large. */
const MAX_ACCOUNTS = 350;

interface Accounts {
  readonly all: Set<string>;
  /** The same list in the statement from the beginning, and no Lazy, whose length CDK would not know when it moves statements to other policies. */
  readonly allowed: string[];
}

/** The accounts that a handler role shares snapshots with, by role and Sid: one statement for all constructs of the stack. */
const accountsOfRoles = new WeakMap<iam.Role, Map<string, Accounts>>();

/** Allows the handler role to share the snapshots of AMIs of this stack with these accounts; it is allowed to share the AMIs already. */
export function allowSharing(permissions: HandlerPermissions, accountIds: readonly string[]): void {
  allowAdding(permissions, 'ShareSnapshots', accountIds, onlyOwned());
  // with whom others have shared them before
  permissions.allow('ReadSharing', ['ec2:DescribeSnapshotAttribute'], [snapshotArn(permissions.stack)], onlyOwned());
}

/**
 * Allows the handler role to share an AMI that is not of this stack, and its snapshots, which EC2 allows their owner only. Which snapshots is not known, so
 * any can be shared, but with the declared accounts only. The returned statement belongs in a policy of the construct, which exists until the construct
 * has stopped sharing.
 */
export function allowSharingOf(permissions: HandlerPermissions, imageId: string, accountIds: readonly string[]): iam.PolicyStatement {
  allowManagingAmi(permissions);
  if (accountIds.length > 0) {
    allowAdding(permissions, 'ShareExistingSnapshots', accountIds);
  }
  permissions.allowRemoval('SharingRemoval', [
    {
      sid: 'RecordSharing',
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: [imageArn(permissions.stack)],
      // ForAllValues is true of no keys at all: DeleteTags without keys deletes every tag
      conditions: { 'ForAllValues:StringLike': { 'aws:TagKeys': `${SHARING_TAG_PREFIX}*` }, 'Null': { 'aws:TagKeys': 'false' } },
    },
    {
      sid: 'RevokeExisting',
      actions: ['ec2:DescribeSnapshotAttribute', 'ec2:ModifySnapshotAttribute'],
      resources: [snapshotArn(permissions.stack)],
      conditions: { Null: { 'ec2:Add/userId': 'true', 'ec2:Add/group': 'true' } },
    },
  ]);
  return new iam.PolicyStatement({ sid: 'ShareExisting', actions: ['ec2:ModifyImageAttribute'], resources: [imageArn(permissions.stack, imageId)] });
}

/**
 * Only calls that add these accounts, and no group. The key has several values, so it requires `ForAllValues`, which is true of a call without accounts
 * too, hence `Null`. Where the accounts do not fit into a policy, any account can be added.
 */
function allowAdding(permissions: HandlerPermissions, sid: string, accountIds: readonly string[], conditions?: Conditions): void {
  const bySid = accountsOfRoles.get(permissions.role) ?? new Map<string, Accounts>();
  accountsOfRoles.set(permissions.role, bySid);
  const { all, allowed } = bySid.get(sid) ?? { all: new Set(), allowed: [] };
  bySid.set(sid, { all, allowed });
  accountIds.forEach(id => all.add(id));
  allowed.splice(0, Infinity, ...all.size > MAX_ACCOUNTS ? ['*'] : all);
  permissions.allow(sid, ['ec2:ModifySnapshotAttribute'], [snapshotArn(permissions.stack)], {
    ...conditions, 'ForAllValues:StringLike': { 'ec2:Add/userId': allowed }, 'Null': { 'ec2:Add/userId': 'false', 'ec2:Add/group': 'true' },
  });
}
