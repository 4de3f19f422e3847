import { NormalizedSchema } from '@smithy/core/schema';
import { SchemaService } from './service';

type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** The SDK's input and output shapes of one operation. */
export interface OperationSchema {
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/** The indexes in the SDK's schema tuples, which are arrays to reduce the bundle size. */
const operationKind = 9;
const operationInput = 4;
const operationOutput = 5;
const structureMemberNames = 4;
const structureRequiredCount = 6;

export function operationSchema(service: SchemaService, action: string): OperationSchema | undefined {
  const schema = service.schemas?.[`${action}$`];
  if (!Array.isArray(schema) || schema[0] !== operationKind) {
    return undefined;
  }
  return {
    input: NormalizedSchema.of(schema[operationInput] as Schema),
    output: NormalizedSchema.of(schema[operationOutput] as Schema),
  };
}

/** The required members of a request. The SDK lists them first, with their number. */
export function requiredMembers(schema: NormalizedSchema | undefined): readonly string[] {
  const raw: unknown = schema?.isStructSchema() ? schema.getSchema() : undefined;
  if (!Array.isArray(raw)) {
    return [];
  }
  return (raw[structureMemberNames] as string[]).slice(0, (raw[structureRequiredCount] as number | undefined) ?? 0);
}

/** The trait's text, or undefined. The type of traits is any. */
export function trait(schema: NormalizedSchema, name: 'xmlName' | 'ec2QueryName'): string | undefined {
  const value: unknown = schema.getMergedTraits()[name];
  return typeof value === 'string' ? value : undefined;
}

export function isFlattened(schema: NormalizedSchema): boolean {
  return Boolean(schema.getMergedTraits().xmlFlattened);
}
