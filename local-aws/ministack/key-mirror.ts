import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { Call } from '../aws-call';
import { Kms } from '../kms/kms';
import { SchemaService } from '../wire/service';

/**
 * Mirrors keys of another KMS with the same IDs. Before each call of the service, the state of the keys that it names is read from the other
 * KMS: enabled, disabled or pending deletion.
 */
export function withKeysOf(other: KMSClient, kms: Kms, service: SchemaService): SchemaService {
  const operations = Object.entries(service.operations).map(([name, operation]) => [name, async (call: Call) => {
    for (const keyId of keysIn(call.input)) {
      await mirror(other, kms, call, keyId);
    }
    return operation(call);
  }] as const);
  return { ...service, operations: Object.fromEntries(operations) };
}

async function mirror(other: KMSClient, kms: Kms, { principal, region }: Call, keyId: string): Promise<void> {
  const place = { account: principal.account, region };
  const found = await other.send(new DescribeKeyCommand({ KeyId: keyId })).catch(() => undefined);
  const metadata = found?.KeyMetadata;
  if (!metadata?.KeyId) {
    return;
  }
  const known = kms.find(place, metadata.KeyId);
  if (known) {
    known.key.state = metadata.KeyState ?? 'Enabled';
    return;
  }
  const policy = await other.send(new GetKeyPolicyCommand({ KeyId: metadata.KeyId, PolicyName: 'default' })).catch(() => undefined);
  kms.addKey({
    ...place,
    keyId: metadata.KeyId,
    spec: metadata.KeySpec,
    usage: metadata.KeyUsage,
    state: metadata.KeyState,
    manager: metadata.KeyManager,
    policy: policy?.Policy,
  });
}

/** Every `KmsKeyId` in the input, at any depth. */
export function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  const below = Object.entries(value).flatMap(([name, inner]) => name === 'KmsKeyId' && typeof inner === 'string' ? [inner] : keysIn(inner));
  return [...new Set(below)];
}
