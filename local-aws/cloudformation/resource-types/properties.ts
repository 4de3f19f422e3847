import { ResourceFailure } from './resource-type';
import { AwsError } from '../../aws-call';
import { isObject, Json, JsonObject } from '../template/template';

/** Reads a text property. CloudFormation accepts numbers and booleans as text. */
export function text(properties: JsonObject, name: string): string | undefined {
  const value = properties[name];
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value === 'object') {
    throw new ResourceFailure(`Properties validation failed for resource with message: #/${name}: expected type: String`);
  }
  return String(value);
}

export function requiredText(properties: JsonObject, name: string): string {
  const value = text(properties, name);
  if (value === undefined) {
    throw new ResourceFailure(`Properties validation failed for resource with message: #: required key [${name}] not found`);
  }
  return value;
}

export function number(properties: JsonObject, name: string): number | undefined {
  const value = text(properties, name);
  return value === undefined ? undefined : Number(value);
}

export function flag(properties: JsonObject, name: string): boolean | undefined {
  const value = text(properties, name);
  return value === undefined ? undefined : value === 'true';
}

export function texts(properties: JsonObject, name: string): string[] {
  return list(properties[name]).map(String);
}

export function objects(properties: JsonObject, name: string): JsonObject[] {
  return list(properties[name]).filter((item): item is JsonObject => isObject(item));
}

export function object(properties: JsonObject, name: string): JsonObject {
  const value = properties[name];
  return isObject(value) ? value as JsonObject : {};
}

/** Reads a policy, which is an object or JSON text. */
export function document(properties: JsonObject, name: string): object {
  const value = properties[name];
  return typeof value === 'string' ? JSON.parse(value) as object : object(properties, name);
}

/** Reads `Tags`, which is a list or a map. */
export function tags(properties: JsonObject, name = 'Tags'): Record<string, string> {
  const value = properties[name];
  return Array.isArray(value)
    ? Object.fromEntries(objects(properties, name).map(tag => [String(tag.Key), String(tag.Value)]))
    : Object.fromEntries(Object.entries(object(properties, name)).map(([key, item]) => [key, String(item)]));
}

function list(value: Json | undefined): Json[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

/** Describes the error of a service in CloudFormation's words. */
export function serviceFailure(error: unknown, service: string): ResourceFailure {
  if (error instanceof ResourceFailure) {
    return error;
  }
  const { name, message } = error as Error;
  const status = error instanceof AwsError ? error.status : (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 400;
  return new ResourceFailure(`${message} (Service: ${service}, Status Code: ${status}, Error Code: ${name})`);
}
