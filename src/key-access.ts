import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

/** What the handler does with a key. */
export enum KeyUse {
  /** Snapshots are decrypted from it. */
  SOURCE = 'SOURCE',
  /** Snapshots are encrypted to it. */
  DESTINATION = 'DESTINATION',
  /** It is only looked at. */
  METADATA = 'METADATA',
}

/**
 * The actions that EC2 asks of a key in the name of the caller of CopyImage. Without one of them the call succeeds and the image
 * fails later, with "Copy image failed with an internal error".
 */
const ACTIONS: Record<Exclude<KeyUse, KeyUse.METADATA>, string[]> = {
  [KeyUse.SOURCE]: ['kms:Decrypt', 'kms:ReEncryptFrom'],
  [KeyUse.DESTINATION]: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'],
};

/**
 * Only through EC2 of the stack's Region. In partitions whose domain is not amazonaws.com it is not documented which of the two
 * names KMS sees, so both are allowed; elsewhere they are the same.
 */
export function viaEc2(scope: Construct): Record<string, Record<string, unknown>> {
  const region = Stack.of(scope).region;
  return { StringEquals: { 'kms:ViaService': [`ec2.${region}.amazonaws.com`, `ec2.${region}.${Aws.URL_SUFFIX}`] } };
}

/** Lets the handler's role use keys, and only for what the constructs of its stack do with them. */
export class KeyAccess {
  private readonly statements = new Map<string, iam.PolicyStatement>();
  private readonly granted = new Set<string>();

  public constructor(private readonly scope: Construct, private readonly role: iam.Role) {}

  public allow(key: kms.IKey, use: KeyUse): void {
    // the same key for ten images is one permission
    const id = `${use} ${key.keyArn}`;
    if (this.granted.has(id)) {
      return;
    }
    this.granted.add(id);
    const conditions = viaEc2(this.scope);
    this.permit(key, 'KeyMetadata', ['kms:DescribeKey']);
    if (use === KeyUse.METADATA) {
      return;
    }
    this.permit(key, use === KeyUse.SOURCE ? 'SourceKeyUse' : 'DestinationKeyUse', ACTIONS[use], conditions);
    this.permit(key, 'KeyGrant', ['kms:CreateGrant'], { ...conditions, Bool: { 'kms:GrantIsForAWSResource': 'true' } });
  }

  private permit(key: kms.IKey, sid: string, actions: string[], conditions?: Record<string, Record<string, unknown>>): void {
    const statement = this.statements.get(sid);
    if (statement) {
      statement.addResources(key.keyArn);
    } else {
      const first = new iam.PolicyStatement({ sid, actions, resources: [key.keyArn], conditions });
      this.role.addToPrincipalPolicy(first);
      this.statements.set(sid, first);
    }
  }
}
