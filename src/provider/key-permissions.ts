import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import * as messages from './messages';

/** What the handler does with a key. */
export enum KeyUse {
  /** Snapshots are decrypted from it. */
  SOURCE = 'SOURCE',
  /** CopySnapshot decrypts snapshots from it, for which EC2 uses a grant: it asks neither Decrypt nor ReEncryptFrom of the caller. */
  SNAPSHOT_SOURCE = 'SNAPSHOT_SOURCE',
  /** Snapshots are encrypted to it. */
  DESTINATION = 'DESTINATION',
  /** It is only looked at. */
  METADATA = 'METADATA',
}

/**
 * The actions that EC2 asks of a key in the name of the caller of CopyImage. Without one of them the call succeeds and the image
 * fails later, with "Copy image failed with an internal error".
 */
const ACTIONS: Record<KeyUse.SOURCE | KeyUse.DESTINATION, string[]> = {
  [KeyUse.SOURCE]: ['kms:Decrypt', 'kms:ReEncryptFrom'],
  [KeyUse.DESTINATION]: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'],
};

/**
 * Only through EC2 of the stack's Region, and of others. In partitions whose domain is not amazonaws.com it is not documented which of the two
 * names KMS sees, so both are allowed; elsewhere they are the same.
 */
export function viaEc2(scope: Construct, ...elsewhere: string[]): Record<string, Record<string, unknown>> {
  const regions = [Stack.of(scope).region, ...elsewhere];
  return { StringEquals: { 'kms:ViaService': regions.flatMap(region => [`ec2.${region}.amazonaws.com`, `ec2.${region}.${Aws.URL_SUFFIX}`]) } };
}

/** A Region as a part of a statement's id, which has letters and digits only: `EuWest1`. */
function sidPart(region: string): string {
  return region.split('-').map(part => part.charAt(0).toUpperCase() + part.slice(1)).join('');
}

/** Lets the handler's role use keys, and only for what the constructs of its stack do with them. */
export class KeyPermissions {
  private readonly statements = new Map<string, iam.PolicyStatement>();
  private readonly granted = new Set<string>();
  private readonly aliases = new Map<string, number>();

  public constructor(private readonly scope: Construct, private readonly role: iam.Role) {}

  /**
   * Allows a use of a key. In a copy from another Region it is not documented in which of the two EC2 uses the source's key, so both may.
   */
  public allow(key: kms.IKey, use: KeyUse, sourceRegion?: string): void {
    if (sourceRegion !== undefined && aliasOf(key) !== undefined) {
      throw new Error(messages.aliasOfSourceRegion(aliasOf(key)!, sourceRegion));
    }
    // the same key for ten images is one permission
    const id = [use, sourceRegion, key.keyArn].join(' ');
    if (this.granted.has(id)) {
      return;
    }
    this.granted.add(id);
    const conditions = viaEc2(this.scope, ...sourceRegion === undefined ? [] : [sourceRegion]);
    const from = sourceRegion === undefined ? '' : `From${sidPart(sourceRegion)}`;
    this.addStatement(key, 'KeyMetadata', ['kms:DescribeKey']);
    if (use === KeyUse.METADATA) {
      return;
    }
    if (use !== KeyUse.SNAPSHOT_SOURCE) {
      this.addStatement(key, use === KeyUse.SOURCE ? `SourceKeyUse${from}` : 'DestinationKeyUse', ACTIONS[use], conditions);
    }
    this.addStatement(key, `KeyGrant${from}`, ['kms:CreateGrant'], { ...conditions, Bool: { 'kms:GrantIsForAWSResource': 'true' } });
  }

  private addStatement(key: kms.IKey, sid: string, actions: string[], conditions?: Record<string, Record<string, unknown>>): void {
    const alias = aliasOf(key);
    if (alias !== undefined) {
      this.permitByAlias(alias, sid, actions, conditions);
      return;
    }
    const statement = this.statements.get(sid);
    if (statement) {
      statement.addResources(key.keyArn);
    } else {
      const first = new iam.PolicyStatement({ sid, actions, resources: [key.keyArn], conditions });
      this.role.addToPrincipalPolicy(first);
      this.statements.set(sid, first);
    }
  }

  /** A policy cannot name a key by its alias: that takes every key of the account and Region that has the alias, which is one. */
  private permitByAlias(aliasName: string, sid: string, actions: string[], conditions?: Record<string, Record<string, unknown>>): void {
    const number = (this.aliases.get(sid) ?? 0) + 1;
    this.aliases.set(sid, number);
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({
      sid: `${sid}ByAlias${number}`,
      actions,
      resources: [Stack.of(this.scope).formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
      conditions: { ...conditions, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': [aliasName] } },
    }));
  }
}

/** The name of an alias that stands for a key that is not known; none for a key. */
function aliasOf(key: kms.IKey): string | undefined {
  const { aliasName } = key as Partial<kms.IAlias>;
  return aliasName;
}
