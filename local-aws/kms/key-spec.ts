import { KeySpec, KeyUsageType, OriginType } from '@aws-sdk/client-kms';
import { AwsError } from '../aws-call';

/** The key spec, usage and origin of CreateKey. Each must be one of KMS's values. */
export interface KeyMaterial {
  readonly spec?: string;
  readonly usage?: string;
  readonly origin?: string;
}

const SIGNING = ['SIGN_VERIFY'];

export function checkMaterial({ spec = 'SYMMETRIC_DEFAULT', usage, origin }: KeyMaterial): void {
  oneOf('keySpec', spec, Object.values(KeySpec));
  oneOf('keyUsage', usage, Object.values(KeyUsageType));
  oneOf('origin', origin, Object.values(OriginType));
  if (usage === undefined && spec !== 'SYMMETRIC_DEFAULT') {
    throw new AwsError('ValidationException', 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  }
  if (usage !== undefined && !usagesOf(spec).includes(usage)) {
    throw new AwsError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  }
}

function usagesOf(spec: string): readonly string[] {
  switch (spec.split('_')[0]) {
    case 'SYMMETRIC': return ['ENCRYPT_DECRYPT'];
    case 'RSA': return ['ENCRYPT_DECRYPT', ...SIGNING];
    case 'ECC': return spec.startsWith('ECC_NIST_P') ? [...SIGNING, 'KEY_AGREEMENT'] : SIGNING;
    case 'HMAC': return ['GENERATE_VERIFY_MAC'];
    case 'SM2': return ['ENCRYPT_DECRYPT', ...SIGNING, 'KEY_AGREEMENT'];
    // ML_DSA
    default: return SIGNING;
  }
}

function oneOf(member: string, value: string | undefined, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value)) {
    throw new AwsError('ValidationException', `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: `
      + `Member must satisfy enum value set: [${allowed.join(', ')}]`);
  }
}
