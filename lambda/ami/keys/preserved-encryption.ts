import { checkKey, defaultKey, isEncryptedByDefault } from './check-key';
import { SourceDevice } from '../describe-source-image';
import { KeyReference } from './key-reference';
import { AwsClients } from '../../aws/clients';

/** Where devices are copied from and to, which decides how their encryption is preserved. */
export interface PreserveContext {
  /** The source is in another Region. */
  readonly isCrossRegion?: boolean;
  /** The destination may require encryption, as some Local Zones do. */
  readonly mayEncryptAtDestination?: boolean;
}

/**
 * Expected keys of the new snapshot of each device for which no key was requested: its own key if the snapshot belongs to this account and Region;
 * the account's default key if it belongs to another account or Region; and none or the default key if it is not encrypted, depending on encryption
 * by default and on the destination.
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

/**
 * The keys that are certain before anything is created. Where only the destination may require encryption, a snapshot that is not encrypted has none.
 */
export async function certainKeysWhenPreserved(
  aws: AwsClients, account: string, devices: readonly SourceDevice[], circumstances: PreserveContext = {},
): Promise<{ readonly name: string; readonly keyId: string | undefined }[]> {
  const expected = await expectedKeysWhenPreserved(aws, account, devices, circumstances);
  const encryptsAll = await isEncryptedByDefault(aws);
  return devices.map(({ name }) => ({ name, keyId: expected.get(name)!.at(encryptsAll ? -1 : 0) }));
}

/** The account's default key, if EC2 encrypts snapshots of these devices with it when no key is requested. */
export async function defaultKeyIfUsed(
  aws: AwsClients, account: string, devices: readonly SourceDevice[], circumstances: PreserveContext = {},
): Promise<KeyReference | undefined> {
  const hasForeignEncrypted = devices.some(device => mayBeEncrypted(device) && !keepsKey(account, device, circumstances));
  const hasUnencrypted = devices.some(({ snapshot }) => !snapshot.Encrypted);
  return hasForeignEncrypted || hasUnencrypted && (circumstances.mayEncryptAtDestination || await isEncryptedByDefault(aws)) ? defaultKey(aws, 'sourceEncryptionKeys') : undefined;
}

/**
 * Whether EC2 encrypts all of these devices with the account's default key when no key is requested, so that it can just as well be requested.
 * For encrypted snapshots of another Region it should be: EC2 does not document its behavior without a key that exists in the destination Region.
 */
export async function allUseDefaultKey(aws: AwsClients, devices: readonly SourceDevice[]): Promise<boolean> {
  const encrypted = devices.filter(({ snapshot }) => snapshot.Encrypted).length;
  return encrypted > 0 && (encrypted === devices.length || await isEncryptedByDefault(aws));
}

/** The mapping of an image whose snapshots are hidden need not tell. */
function mayBeEncrypted({ snapshot, isHidden }: SourceDevice): boolean {
  return (snapshot.Encrypted ?? isHidden) === true;
}

function keepsKey(account: string, { snapshot }: SourceDevice, { isCrossRegion = false }: PreserveContext): boolean {
  return snapshot.Encrypted === true && snapshot.OwnerId === account && !isCrossRegion;
}
