const format = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Parses a timestamp to milliseconds since 1970. Returns undefined for text that is no timestamp of the States Language: RFC 3339 with a
 * capital T and, without an offset, a capital Z ("Timestamps" of the Amazon States Language specification).
 */
export function readTimestamp(value: unknown): number | undefined {
  const milliseconds = typeof value === 'string' && format.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
