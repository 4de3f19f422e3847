import { NormalizedSchema } from '@smithy/core/schema';
import { AwsError } from '../aws-call';
import { requiredMembers } from './schema';

/** Parses the body of an AWS JSON 1.0 or 1.1 request. With a schema, blobs become buffers. */
export function readJson(body: Buffer, schema: NormalizedSchema | undefined): Record<string, unknown> {
  const text = body.toString('utf8');
  let parsed: unknown;
  try {
    parsed = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new AwsError('SerializationException', 'The request body is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new AwsError('SerializationException', 'The request body is not a JSON object');
  }
  const input = schema?.isStructSchema() ? read(schema, parsed) : parsed;
  return input as Record<string, unknown>;
}

/** The message of the services: `Value null at 'keyId' failed to satisfy constraint: Member must not be null`. */
export function requireJsonMembers(input: Record<string, unknown>, schema: NormalizedSchema | undefined): void {
  const missing = requiredMembers(schema).filter(name => input[name] === undefined);
  if (missing.length > 0) {
    const details = missing.map(name =>
      `Value null at '${name[0].toLowerCase()}${name.slice(1)}' failed to satisfy constraint: Member must not be null`);
    throw new AwsError(
      'ValidationException',
      `${missing.length} validation error${missing.length > 1 ? 's' : ''} detected: ${details.join('; ')}`,
    );
  }
}

/** Writes timestamps as seconds since 1970, and omits undefined members. */
export function writeJson(output: object): string {
  return JSON.stringify(plain(output));
}

export function writeJsonError(error: AwsError): string {
  return JSON.stringify({ __type: error.code, message: error.message });
}

function read(schema: NormalizedSchema, value: unknown): unknown {
  if (schema.isStructSchema() && typeof value === 'object' && value !== null) {
    const members = schema.getMemberSchemas();
    const result: Record<string, unknown> = {};
    for (const [name, part] of Object.entries(value)) {
      if (members[name] && part !== null) {
        result[name] = read(members[name], part);
      }
    }
    return result;
  }
  if (schema.isListSchema() && Array.isArray(value)) {
    return value.map(part => read(schema.getValueSchema(), part));
  }
  if (schema.isBlobSchema() && typeof value === 'string') {
    return Buffer.from(value, 'base64');
  }
  return value;
}

function plain(value: unknown): unknown {
  if (value instanceof Date) {
    return value.getTime() / 1000;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined).map(([key, part]) => [key, plain(part)]));
  }
  return value;
}
