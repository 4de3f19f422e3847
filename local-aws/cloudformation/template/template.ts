import { parseYaml } from './yaml';
import { AwsError } from '../../aws-call';

/** A value in a template, before or after its intrinsic functions are resolved. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

type DeletionPolicy = 'Delete' | 'Retain' | 'RetainExceptOnCreate' | 'Snapshot';

export interface ResourceDefinition {
  readonly Type: string;
  readonly Properties?: JsonObject;
  readonly DependsOn?: string | string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: DeletionPolicy;
  readonly UpdateReplacePolicy?: DeletionPolicy;
  readonly Metadata?: JsonObject;
}

export interface ParameterDefinition {
  readonly Type: string;
  readonly Default?: string | number | boolean;
  readonly Description?: string;
  readonly NoEcho?: boolean | string;
  readonly AllowedValues?: (string | number)[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly MinLength?: number | string;
  readonly MaxLength?: number | string;
  readonly MinValue?: number | string;
  readonly MaxValue?: number | string;
}

interface OutputDefinition {
  readonly Value: Json;
  readonly Description?: string;
  readonly Export?: { readonly Name: Json };
  readonly Condition?: string;
}

interface RuleDefinition {
  readonly RuleCondition?: Json;
  readonly Assertions: { readonly Assert: Json; readonly AssertDescription?: string }[];
}

export interface Template {
  readonly AWSTemplateFormatVersion?: string;
  readonly Description?: string;
  readonly Parameters?: Record<string, ParameterDefinition>;
  readonly Mappings?: Record<string, Record<string, Record<string, Json>>>;
  readonly Conditions?: Record<string, Json>;
  readonly Rules?: Record<string, RuleDefinition>;
  readonly Resources: Record<string, ResourceDefinition>;
  readonly Outputs?: Record<string, OutputDefinition>;
  readonly Metadata?: JsonObject;
  readonly Transform?: Json;
}

const sections = [
  'AWSTemplateFormatVersion', 'Description', 'Metadata', 'Parameters', 'Mappings', 'Conditions', 'Rules', 'Transform', 'Resources', 'Outputs', 'Hooks',
];

/** Parses a template, which is JSON or YAML: the CDK command line sends small templates as YAML. */
export function parseTemplate(body: string): Template {
  const parsed = parseText(body);
  if (!isObject(parsed)) {
    throw new AwsError('ValidationError', 'Template format error: unsupported structure.');
  }
  const unknown = Object.keys(parsed).filter(key => !sections.includes(key));
  if (unknown.length > 0) {
    throw new AwsError('ValidationError', `Invalid template property or properties [${unknown.join(', ')}]`);
  }
  if (!isObject(parsed.Resources) || Object.keys(parsed.Resources).length === 0) {
    throw new AwsError('ValidationError', 'Template format error: At least one Resources member must be defined.');
  }
  if (parsed.Transform !== undefined) {
    throw new AwsError('ValidationError', `No transform named ${JSON.stringify(parsed.Transform)} found.`);
  }
  return parsed as unknown as Template;
}

function parseText(body: string): unknown {
  const isJson = body.trimStart().startsWith('{');
  try {
    return isJson ? JSON.parse(body) : parseYaml(body);
  } catch (error) {
    throw new AwsError('ValidationError', `Template format error: ${isJson ? 'JSON' : 'YAML'} not well-formed. (${(error as Error).message})`);
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Compares independently of the order of keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner) ?? 'undefined';
}
