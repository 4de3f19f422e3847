import { createHash } from 'crypto';

/** UEFI data is longer than a memory of the state machine should be. */
export function digestOfUefiData(data: string | undefined): string {
  return createHash('sha256').update(data ?? '').digest('hex');
}
