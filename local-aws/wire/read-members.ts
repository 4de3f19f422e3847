import { notRead } from './refusals';
import { SchemaService } from './service';

/**
 * Refuses requests with members that the operation does not read. Otherwise a test could pass that fails in AWS: an instance that should be
 * protected would not be.
 */
export function refuseUnreadMembers(service: SchemaService, action: string, input: Readonly<Record<string, unknown>>): void {
  if (service.reads) {
    const unread = unreadMembers(input, [...service.reads['*'] ?? [], ...service.reads[action] ?? []]);
    if (unread.length > 0) {
      throw notRead(`${service.name}:${action}`, unread);
    }
  }
}

function unreadMembers(input: object, read: readonly string[]): string[] {
  const unread = new Set<string>();
  for (const [name, value] of Object.entries(input)) {
    if (!isEmpty(value) && !read.includes(name) && !read.includes(`${name}=${String(value)}`)) {
      const inside = read.filter(path => path.startsWith(`${name}.`)).map(path => path.slice(name.length + 1));
      const parts = (Array.isArray(value) ? value : [value]).map(part =>
        inside.length > 0 && typeof part === 'object' ? unreadMembers(part as object, inside).map(path => `${name}.${path}`) : [name]);
      parts.flat().forEach(path => unread.add(path));
    }
  }
  return [...unread];
}

/** True if the value requests nothing. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'object' && !(value instanceof Date) && Object.keys(value).length === 0;
}
