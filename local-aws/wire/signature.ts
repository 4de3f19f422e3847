/** The scope of a signature: `<access key id>/<date>/<region>/<service>/aws4_request`. */
export interface Scope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

/** Reads the `Authorization` header, or the query of a pre-signed URL. The signature itself is not verified. */
export function scopeOf(headers: Readonly<Record<string, string>>, query: URLSearchParams): Scope | undefined {
  const credential = /Credential=([^,\s]+)/.exec(headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential');
  const parts = credential?.split('/') ?? [];
  if (parts.length < 5) {
    return undefined;
  }
  const [service, region] = [parts[parts.length - 2], parts[parts.length - 3]];
  return { accessKeyId: parts.slice(0, -4).join('/'), region, service };
}

/** The time of the signature in milliseconds since 1970; undefined if the request has none. */
export function signedAt(headers: Readonly<Record<string, string>>, query: URLSearchParams): number | undefined {
  const [, ...parts] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(headers['x-amz-date'] ?? query.get('X-Amz-Date') ?? '') ?? [];
  const [year, month, day, hour, minute, second] = parts.map(Number);
  return parts.length === 0 ? undefined : Date.UTC(year, month - 1, day, hour, minute, second);
}
