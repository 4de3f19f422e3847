import { Conditions } from './handler-policies';

/** Uses of a key by EC2. */
export enum KeyUse {
  /** CopyImage and CreateVolume decrypt snapshots that are encrypted with it. */
  SOURCE = 'SOURCE',
  /** CopySnapshot decrypts snapshots that are encrypted with it. For that, EC2 uses a grant and requires neither Decrypt nor ReEncryptFrom of the caller. */
  SNAPSHOT_SOURCE = 'SNAPSHOT_SOURCE',
  /** Snapshots and volumes are encrypted with it. */
  DESTINATION = 'DESTINATION',
  /** Instances are launched from snapshots that are encrypted with it, or the snapshots are copied by another account. */
  LAUNCH = 'LAUNCH',
  /** None: the handler describes it. */
  METADATA = 'METADATA',
}

/**
 * KMS actions that EC2 uses with the permissions of the caller. Without one of them CopyImage succeeds and the image fails later, with "Copy image failed
 * with an internal error".
 */
const ACTIONS: Record<KeyUse, string[]> = {
  [KeyUse.SOURCE]: ['kms:Decrypt', 'kms:ReEncryptFrom'],
  [KeyUse.SNAPSHOT_SOURCE]: [],
  [KeyUse.DESTINATION]: ['kms:Decrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptTo'],
  [KeyUse.LAUNCH]: ['kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
  [KeyUse.METADATA]: [],
};

interface KeyStatement {
  readonly kind: 'metadata' | 'use' | 'grant';
  readonly actions: string[];
  readonly conditions?: Conditions;
}

/**
 * The statements that a use of a key requires, in the policy of the caller or of the key. `viaEc2` is the condition that the request comes from EC2. The
 * caller itself calls `kms:DescribeKey`, hence without it. EC2 creates the grant so that the volume can be decrypted while it is attached.
 */
export function keyStatements(use: KeyUse, viaEc2: Conditions): KeyStatement[] {
  const statements: KeyStatement[] = [
    { kind: 'metadata', actions: ['kms:DescribeKey'] },
    { kind: 'use', actions: ACTIONS[use], conditions: viaEc2 },
    { kind: 'grant', actions: use === KeyUse.METADATA ? [] : ['kms:CreateGrant'], conditions: { ...viaEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
  ];
  return statements.filter(({ actions }) => actions.length > 0);
}
