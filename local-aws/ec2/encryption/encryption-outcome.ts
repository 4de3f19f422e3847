/** The encryption options of a request for a copy or a volume. */
export interface EncryptionRequest {
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
}

/** The source of a copy or a volume. */
export interface EncryptionSource {
  readonly encrypted: boolean;
  /** True if the caller owns the snapshot. */
  readonly owned: boolean;
  /** True if the key is in the Region in which EC2 creates the result. */
  readonly sameRegion: boolean;
}

/** The key of the result: the requested key, the account's default key, the source's key, or a key that cannot exist. */
export type KeyChoice = { readonly named: string } | 'default' | 'source' | 'impossible';

export type EncryptionOutcome = { readonly encrypted: false } | { readonly encrypted: true; readonly key: KeyChoice };

/** EC2's table of encryption outcomes. EC2 refuses `Encrypted=false` for an encrypted source before. */
export function encryptionOutcome(
  request: EncryptionRequest, source: EncryptionSource, byDefault: boolean, crossRegionWithoutKey: 'default-key' | 'failed',
): EncryptionOutcome {
  if (request.kmsKeyId !== undefined) {
    return { encrypted: true, key: { named: request.kmsKeyId } };
  }
  if (!source.encrypted) {
    return request.encrypted || byDefault ? { encrypted: true, key: 'default' } : { encrypted: false };
  }
  if (!source.owned) {
    return { encrypted: true, key: 'default' };
  }
  if (source.sameRegion) {
    // `Encrypted=true` has no effect on an encrypted snapshot
    return { encrypted: true, key: 'source' };
  }
  return { encrypted: true, key: crossRegionWithoutKey === 'default-key' ? 'default' : 'impossible' };
}
