import { AccountAndRegion, AwsError } from '../../aws-call';

interface Remembered {
  readonly fingerprint: string;
  readonly resourceId: string;
}

/** Client tokens per account, Region and operation, with the first request that used each of them. */
export class ClientTokens {
  private readonly remembered = new Map<string, Remembered>();

  /** Returns the ID of an earlier request with the token. Throws `IdempotentParameterMismatch` if its parameters were different. */
  public find(place: AccountAndRegion, action: string, input: object): string | undefined {
    const token = tokenOf(input);
    const earlier = token === undefined ? undefined : this.remembered.get(keyOf(place, action, token));
    if (earlier && earlier.fingerprint !== fingerprint(input)) {
      throw new AwsError(
        'IdempotentParameterMismatch',
        'Parameters on this idempotent request are inconsistent with parameters used in previous request(s)',
      );
    }
    return earlier?.resourceId;
  }

  public record(place: AccountAndRegion, action: string, input: object, resourceId: string): void {
    const token = tokenOf(input);
    if (token !== undefined) {
      this.remembered.set(keyOf(place, action, token), { fingerprint: fingerprint(input), resourceId });
    }
  }
}

/** The error for a token whose resource was deleted. */
export function alreadyDeleted(): AwsError {
  return new AwsError(
    'IdempotentParameterMismatch',
    'The client token you have provided is associated with a resource that is already deleted. Please use a different client token.',
  );
}

function tokenOf(input: object): string | undefined {
  const { ClientToken } = input as { ClientToken?: string };
  if (ClientToken !== undefined && !/^[\x20-\x7e]{0,64}$/.test(ClientToken)) {
    throw new AwsError('InvalidParameterValue', `Value (${ClientToken}) for parameter clientToken is invalid. Token must be at most 64 ASCII characters`);
  }
  return ClientToken || undefined;
}

function keyOf(place: AccountAndRegion, action: string, token: string): string {
  return `${place.account} ${place.region} ${action} ${token}`;
}

/** The request without the token, independent of the order of keys. */
function fingerprint(input: object): string {
  const rest: Record<string, unknown> = { ...input };
  delete rest.ClientToken;
  delete rest.DryRun;
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, part]) => [key, sorted(part)]));
  }
  return value;
}
