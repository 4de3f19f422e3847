import { Aws } from './aws';
import { checkKey, defaultKey, isEncryptedByDefault, KeyReference } from './keys';
import { SourceDevice } from './source';

/**
 * For each device that nobody asks another key of, the keys that its new snapshot may be under: its own if it is ours, the account's
 * default key if it is another account's, and none or the default key if it was not encrypted, as the account encrypts by default or not.
 */
export async function keysAsBefore(aws: Aws, account: string, devices: readonly SourceDevice[]): Promise<Map<string, (string | undefined)[]>> {
  const fallback = await keyIfNeeded(aws, account, devices);
  const byDefault = fallback && await checkKey(aws, fallback);
  return new Map(devices.map(device => [
    device.name,
    keepsItsKey(account, device) ? [device.snapshot.KmsKeyId] : device.snapshot.Encrypted ? [byDefault] : [undefined, byDefault],
  ]));
}

/** The account's default key, if snapshots of these devices come out under it when nobody names a key. */
export async function keyIfNeeded(aws: Aws, account: string, devices: readonly SourceDevice[]): Promise<KeyReference | undefined> {
  const foreign = devices.some(device => device.snapshot.Encrypted && !keepsItsKey(account, device));
  const plain = devices.some(({ snapshot }) => !snapshot.Encrypted);
  return foreign || plain && await isEncryptedByDefault(aws) ? defaultKey(aws, 'sourceKeys') : undefined;
}

function keepsItsKey(account: string, { snapshot }: SourceDevice): boolean {
  return snapshot.Encrypted === true && snapshot.OwnerId === account;
}
