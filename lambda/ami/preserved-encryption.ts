import { checkKey, defaultKey, isEncryptedByDefault, KeyReference } from './check-key';
import { SourceDevice } from './describe-source-image';
import { AwsClients } from '../aws/clients';

/** What decides, besides the devices themselves, what becomes of them. */
export interface PreserveContext {
  /** They are of another Region. */
  readonly isCrossRegion?: boolean;
  /** They go where encryption may be required, as in some Local Zones. */
  readonly mayEncryptAtDestination?: boolean;
}

/**
 * For each device that nobody asks another key of, the keys that its new snapshot may be under: its own if it is ours, the account's
 * default key if it is another account's or of another Region, and none or the default key if it was not encrypted, as the account encrypts by
 * default or not, or the place does that it goes to.
 */
export async function expectedKeysWhenPreserved(
  aws: AwsClients, account: string, devices: readonly SourceDevice[], circumstances: PreserveContext = {},
): Promise<Map<string, (string | undefined)[]>> {
  const fallback = await defaultKeyIfUsed(aws, account, devices, circumstances);
  const byDefault = fallback && await checkKey(aws, fallback);
  return new Map(devices.map(device => [
    device.name,
    keepsKey(account, device, circumstances) ? [device.snapshot.KmsKeyId] : device.snapshot.Encrypted ? [byDefault] : [undefined, byDefault],
  ]));
}

/** The account's default key, if snapshots of these devices come out under it when nobody names a key. */
export async function defaultKeyIfUsed(
  aws: AwsClients, account: string, devices: readonly SourceDevice[], circumstances: PreserveContext = {},
): Promise<KeyReference | undefined> {
  const hasForeignEncrypted = devices.some(device => device.snapshot.Encrypted && !keepsKey(account, device, circumstances));
  const hasUnencrypted = devices.some(({ snapshot }) => !snapshot.Encrypted);
  return hasForeignEncrypted || hasUnencrypted && (circumstances.mayEncryptAtDestination || await isEncryptedByDefault(aws)) ? defaultKey(aws, 'sourceEncryptionKeys') : undefined;
}

/**
 * Whether every one of these devices comes out under the account's default key when nobody names a key, so that it can just as well be named.
 * That is worth doing for encrypted snapshots of another Region: EC2 does not say what it does without a key that exists there.
 */
export async function allUseDefaultKey(aws: AwsClients, devices: readonly SourceDevice[]): Promise<boolean> {
  const encrypted = devices.filter(({ snapshot }) => snapshot.Encrypted).length;
  return encrypted > 0 && (encrypted === devices.length || await isEncryptedByDefault(aws));
}

function keepsKey(account: string, { snapshot }: SourceDevice, { isCrossRegion = false }: PreserveContext): boolean {
  return snapshot.Encrypted === true && snapshot.OwnerId === account && !isCrossRegion;
}
