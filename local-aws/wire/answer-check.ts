import { NormalizedSchema } from '@smithy/core/schema';
import { Enums } from './enums';
import { requiredMembers } from './schema';
import { SchemaService } from './service';

/** The members with fractional numbers (float and double). The SDK's run-time schemas only have numbers. */
export const fractions: ReadonlySet<string> = new Set([
  'EbsOptimizedInfo.BaselineThroughputInMBps',
  'EbsOptimizedInfo.MaximumThroughputInMBps',
  'NetworkCardInfo.BaselineBandwidthInGbps',
  'NetworkCardInfo.PeakBandwidthInGbps',
  'ProcessorInfo.SustainedClockSpeedInGhz',
]);

/** Values that AWS returns although the enum in its model does not contain them. */
export const beyondEnums: Readonly<Record<string, RegExp>> = {
  // the model contains "Windows"
  'Image.Platform': /^windows$/,
  'Instance.Platform': /^windows$/,
  // of the stack itself, whose statuses are another enum
  'StackEvent.ResourceStatus': /^(REVIEW_IN_PROGRESS|UPDATE_(ROLLBACK_)?COMPLETE_CLEANUP_IN_PROGRESS)$/,
};

/** The path in the response, and the structure of the member. */
interface MemberLocation {
  readonly path: string;
  readonly structure: string;
  readonly member: string;
}

/**
 * Compares a response with its type in AWS's model, and throws on the first difference. Clients differ: the SDK for JavaScript accepts a
 * fraction for an integer, and boto3 does not.
 */
export function checkAnswer(service: SchemaService, operation: string, schema: NormalizedSchema, output: object): void {
  if (schema.isStructSchema()) {
    new AnswerCheck(service).structure(schema, output as Record<string, unknown>, operation);
  } else if (Object.keys(output).length > 0) {
    throw new AnswerError({ path: operation, structure: '', member: '' }, output, 'nothing, the operation has no output');
  }
}

class AnswerCheck {
  private readonly enums: Enums | undefined;
  private readonly writesAll: boolean;

  public constructor(service: SchemaService) {
    this.enums = Enums.of(service);
    // XML is written by the schema, which omits members that AWS does not have
    this.writesAll = service.protocol === 'json';
  }

  public structure(schema: NormalizedSchema, value: Record<string, unknown>, path: string): void {
    const structure = schema.getName()?.replace(/^.*#/, '') ?? '';
    const members = schema.getMemberSchemas();
    for (const name of requiredMembers(schema)) {
      if (value[name] === undefined || value[name] === null) {
        throw new AnswerError({ path: `${path}.${name}`, structure, member: name }, value[name], 'a value: the member is required');
      }
    }
    for (const [member, part] of Object.entries(value)) {
      if (part !== undefined && part !== null) {
        const location = { path: `${path}.${member}`, structure, member };
        expectThat(Boolean(members[member]) || !this.writesAll, location, part, 'no such member');
        if (members[member]) {
          this.any(members[member], part, location);
        }
      }
    }
  }

  private any(schema: NormalizedSchema, value: unknown, location: MemberLocation): void {
    if (schema.isListSchema()) {
      expectThat(Array.isArray(value), location, value, 'a list');
      (value as unknown[]).forEach((part, index) => this.any(schema.getValueSchema(), part, { ...location, path: `${location.path}[${index}]` }));
    } else if (schema.isStructSchema()) {
      expectThat(isRecord(value), location, value, 'a structure');
      this.structure(schema, value as Record<string, unknown>, location.path);
    } else {
      this.scalar(schema, value, location);
    }
  }

  private scalar(schema: NormalizedSchema, value: unknown, location: MemberLocation): void {
    if (schema.isBooleanSchema()) {
      expectThat(typeof value === 'boolean', location, value, 'a boolean');
    } else if (schema.isNumericSchema()) {
      const mayBeFraction = fractions.has(`${location.structure}.${location.member}`) && Number.isFinite(value);
      expectThat(mayBeFraction || Number.isSafeInteger(value), location, value, 'a whole number');
    } else if (schema.isTimestampSchema()) {
      expectThat(value instanceof Date && !Number.isNaN(value.getTime()), location, value, 'a time');
    } else {
      // no operation returns a map or bytes
      expectThat(typeof value === 'string', location, value, 'a string');
      const values = this.enums?.ofStructure(location.structure).get(location.member);
      const known = !values || values.includes(value as string) || beyondEnums[`${location.structure}.${location.member}`]?.test(value as string);
      expectThat(known, location, value, `one of ${values?.join(', ')}`);
    }
  }
}

/** An error of the local AWS. The client gets an InternalError with the member and the value. */
class AnswerError extends Error {
  public constructor({ path, structure, member }: MemberLocation, value: unknown, expected: string) {
    const shown = value instanceof Date ? String(value) : JSON.stringify(value);
    super(`the answer's ${path} is ${shown}, and AWS's model (${structure}.${member}) says ${expected}`);
  }
}

function expectThat(holds: boolean | undefined, location: MemberLocation, value: unknown, expected: string): void {
  if (!holds) {
    throw new AnswerError(location, value, expected);
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array);
}
