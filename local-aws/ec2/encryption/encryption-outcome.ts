/** What a request says about the encryption of a copy or a volume. */
export interface EncryptionRequest {
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
}

/** What it is made from. */
export interface EncryptionSource {
  readonly encrypted: boolean;
  /** Whether the snapshot is the caller's own. */
  readonly owned: boolean;
  /** Whether its key is one of the Region in which the result is made. */
  readonly sameRegion: boolean;
}

/** Which key: the one that was asked for, the account's default, the source's own, or none that can exist. */
export type KeyChoice = { readonly named: string } | 'default' | 'source' | 'impossible';

export type EncryptionOutcome = { readonly encrypted: false } | { readonly encrypted: true; readonly key: KeyChoice };

/** EC2's table of what becomes of a snapshot. `Encrypted=false` for an encrypted source is refused before. */
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
    // also with `Encrypted=true`: it has no effect on a snapshot that is encrypted
    return { encrypted: true, key: 'source' };
  }
  return { encrypted: true, key: crossRegionWithoutKey === 'default-key' ? 'default' : 'impossible' };
}
