/** Who signed a request and for what: `<access key id>/<date>/<region>/<service>/aws4_request`. */
export interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** From the `Authorization` header, or from the query of a pre-signed address. The signature itself is not verified. */
export function scopeOf(headers: Readonly<Record<string, string>>, query: URLSearchParams): Scope | undefined {
  const credential = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential');
  const parts = credential?.split('/') ?? [];
  if (parts.length < 5) {
    return undefined;
  }
  const [service, region] = [parts[parts.length - 2], parts[parts.length - 3]];
  return { accessKeyId: parts.slice(0, -4).join('/'), region, service };
}

/** Milliseconds since 1970 at which the client says that it signed the request; undefined if it does not say. */
export function signedAt(headers: Readonly<Record<string, string>>, query: URLSearchParams): number | undefined {
  const [, ...parts] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(headers['x-amz-date'] ?? query.get('X-Amz-Date') ?? '') ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  return parts.length === 0 ? undefined : Date.UTC(year, month - 1, day, hour, minute, second);
}
