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
