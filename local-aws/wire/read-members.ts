import { notRead } from './refusals';
import { SchemaService } from './service';

/**
 * Refuses a request with members that its operation does not read, before anything is done. To ignore one is to say yes to what is not
 * done: an instance that was to be protected is not, and a test passes that fails in AWS.
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

/** Nothing is asked for. */
function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'object' && !(value instanceof Date) && Object.keys(value).length === 0;
}
