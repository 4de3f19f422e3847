import * as iam from 'aws-cdk-lib/aws-iam';
import { SHARING_TAG_PREFIX } from '../contract';
import { imageArn, onlyOwned, snapshotArn } from '../provider/ec2-resources';
import { allowManagingAmi } from '../provider/existing-ami-permissions';
import { HandlerPermissions } from '../provider/handler-permissions';
import { Conditions } from '../provider/handler-policies';

/** So many account IDs fit into a managed policy, which IAM limits to 6,144 characters: CDK creates one where the default policy of a role is too large. */
const MAX_ACCOUNTS = 350;
/** So many fit into a policy of a construct, because IAM limits all inline policies of a role to 10,240 characters. */
const MAX_ACCOUNTS_OF_CONSTRUCT = 150;

/** The accounts that a handler role shares snapshots of its stack with, by role: one statement for all AMIs of the stack. */
const accountsOfRoles = new WeakMap<iam.Role, { readonly all: Set<string>; readonly allowed: string[] }>();

/** Allows the handler role to share the snapshots of AMIs of this stack with these accounts; it is allowed to share the AMIs already. */
export function allowSharing(permissions: HandlerPermissions, accountIds: readonly string[]): void {
  const accounts = accountsOfRoles.get(permissions.role) ?? { all: new Set(), allowed: [] };
  accountsOfRoles.set(permissions.role, accounts);
  accountIds.forEach(id => accounts.all.add(id));
  // the same list, and no Lazy, whose length CDK would not know when it moves statements to other policies
  accounts.allowed.splice(0, Infinity, ...atMost(MAX_ACCOUNTS, [...accounts.all]));
  const snapshots = [snapshotArn(permissions.stack)];
  permissions.allow('ShareSnapshots', ['ec2:ModifySnapshotAttribute'], snapshots, { ...onlyOwned(), ...onlyAdding(accounts.allowed) });
  // with whom others have shared them before
  permissions.allow('ReadSharing', ['ec2:DescribeSnapshotAttribute'], snapshots, onlyOwned());
}

/**
 * Allows the handler role to share an AMI that is not of this stack, and its snapshots, which EC2 allows their owner only. The snapshots are not known, so
 * any can be shared, but with the declared accounts only. The returned statements belong in a policy of the construct, which exists until the construct
 * has stopped sharing.
 */
export function allowSharingOf(permissions: HandlerPermissions, imageId: string, accountIds: readonly string[]): iam.PolicyStatement[] {
  allowManagingAmi(permissions);
  const [image, snapshots] = [[imageArn(permissions.stack, imageId)], [snapshotArn(permissions.stack)]];
  const statements: iam.PolicyStatementProps[] = [
    { sid: 'ShareExisting', actions: ['ec2:ModifyImageAttribute'], resources: image },
    {
      sid: 'RecordSharing',
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: image,
      // ForAllValues is true of no keys at all: DeleteTags without keys deletes every tag
      conditions: { 'ForAllValues:StringLike': { 'aws:TagKeys': `${SHARING_TAG_PREFIX}*` }, 'Null': { 'aws:TagKeys': 'false' } },
    },
  ];
  // snapshots cannot be shared with organizations
  const ofSnapshots: iam.PolicyStatementProps[] = [
    { sid: 'ShareExistingSnapshots', actions: ['ec2:ModifySnapshotAttribute'], resources: snapshots, conditions: onlyAdding(atMost(MAX_ACCOUNTS_OF_CONSTRUCT, accountIds)) },
    { sid: 'ReadExistingSharing', actions: ['ec2:DescribeSnapshotAttribute'], resources: snapshots },
  ];
  const removal: iam.PolicyStatementProps = {
    sid: 'TakeBackExisting',
    actions: ['ec2:ModifySnapshotAttribute'],
    resources: snapshots,
    conditions: { Null: { 'ec2:Add/userId': 'true', 'ec2:Add/group': 'true' } },
  };
  return [...statements, ...accountIds.length > 0 ? ofSnapshots : [], removal].map(props => new iam.PolicyStatement(props));
}

/**
 * Only calls that add these accounts, and no group. The key has several values, so it requires `ForAllValues`, which is true of a call without accounts
 * too, hence `Null`.
 */
function onlyAdding(accountIds: readonly string[]): Conditions {
  return { 'ForAllValues:StringLike': { 'ec2:Add/userId': accountIds }, 'Null': { 'ec2:Add/userId': 'false', 'ec2:Add/group': 'true' } };
}

/** Where the accounts do not fit into a policy, any account can be added. */
function atMost(max: number, accountIds: readonly string[]): readonly string[] {
  return accountIds.length > max ? ['*'] : accountIds;
}
