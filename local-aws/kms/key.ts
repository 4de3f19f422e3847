import { KeyMetadata, KeySpec, KeyState, KeyUsageType, OriginType } from '@aws-sdk/client-kms';
import { AccountAndRegion } from '../aws-call';
import { kmsArn } from './arns';

export interface Key extends AccountAndRegion {
  readonly keyId: string;
  readonly createdAt: number;
  readonly spec: KeySpec;
  readonly usage: KeyUsageType;
  readonly manager: 'AWS' | 'CUSTOMER';
  readonly origin: OriginType;
  /** A multi-Region key. The primary's Region decides which key is the replica. */
  readonly multiRegion?: { readonly primaryRegion: string };
  state: KeyState;
  description: string;
  /** The JSON text of `PutKeyPolicy`. */
  policy: string;
  rotation: boolean;
  readonly tags: Map<string, string>;
  /** The time at which a key that is pending deletion is deleted, in milliseconds since 1970. */
  deletionDate?: number;
}

export function arnOf(key: Key): string {
  return kmsArn(key, `key/${key.keyId}`);
}

/** The reason why EBS cannot use a key, independently of the caller, in KMS's words. */
export function unusableForEbs(key: Key): string | undefined {
  const arn = arnOf(key);
  if (key.spec !== 'SYMMETRIC_DEFAULT' || key.usage !== 'ENCRYPT_DECRYPT') {
    return `${arn} is not a symmetric encryption key.`;
  }
  switch (key.state) {
    case 'Enabled': return undefined;
    case 'Disabled': return `${arn} is disabled.`;
    case 'PendingDeletion': return `${arn} is pending deletion.`;
    case 'PendingImport': return `${arn} is pending import.`;
    default: return `${arn} is unavailable.`;
  }
}

export function metadataOf(key: Key, replicas: readonly Key[]): KeyMetadata {
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: arnOf(key),
    CreationDate: new Date(key.createdAt),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: key.state,
    DeletionDate: key.deletionDate === undefined ? undefined : new Date(key.deletionDate),
    Origin: key.origin,
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec as KeyMetadata['CustomerMasterKeySpec'],
    KeySpec: key.spec,
    EncryptionAlgorithms: key.usage === 'ENCRYPT_DECRYPT' && key.spec === 'SYMMETRIC_DEFAULT' ? ['SYMMETRIC_DEFAULT'] : undefined,
    MultiRegion: key.multiRegion !== undefined,
    MultiRegionConfiguration: multiRegionConfiguration(key, replicas),
  };
}

function multiRegionConfiguration(key: Key, related: readonly Key[]): KeyMetadata['MultiRegionConfiguration'] {
  if (!key.multiRegion) {
    return undefined;
  }
  const { primaryRegion } = key.multiRegion;
  const described = related.map(one => ({ Arn: arnOf(one), Region: one.region }));
  return {
    MultiRegionKeyType: key.region === primaryRegion ? 'PRIMARY' : 'REPLICA',
    PrimaryKey: described.find(one => one.Region === primaryRegion),
    ReplicaKeys: described.filter(one => one.Region !== primaryRegion),
  };
}
