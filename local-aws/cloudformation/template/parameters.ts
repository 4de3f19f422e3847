import type { Parameter } from '@aws-sdk/client-cloudformation';
import { ParameterDefinition, Template } from './template';
import { AwsError } from '../../aws-call';
import { ParameterValue } from '../stacks/stack';

/** Reads an SSM parameter. Returns `undefined` if it does not exist. */
export type SsmLookup = (name: string) => string | undefined;

/** Determines the values of a template's parameters: given, previous or default values, and the current values of SSM parameters. */
export function parameterValues(
  template: Template,
  given: readonly Parameter[],
  previous: Readonly<Record<string, ParameterValue>>,
  ssm: SsmLookup,
): Record<string, ParameterValue> {
  const definitions = template.Parameters ?? {};
  const unknown = given.map(parameter => parameter.ParameterKey ?? '').filter(key => !Object.hasOwn(definitions, key));
  if (unknown.length > 0) {
    throw new AwsError('ValidationError', `Parameters: [${unknown.join(', ')}] do not exist in the template`);
  }
  const missing: string[] = [];
  const unfetched: string[] = [];
  const values: Record<string, ParameterValue> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const value = plainValue(name, definition, given, previous);
    if (value === undefined) {
      missing.push(name);
      continue;
    }
    check(name, definition, value);
    const resolved = isSsm(definition) ? ssm(value) : value;
    if (resolved === undefined) {
      unfetched.push(value);
      continue;
    }
    values[name] = { value, resolved, noEcho: String(definition.NoEcho) === 'true' };
  }
  if (missing.length > 0) {
    throw new AwsError('ValidationError', `Parameters: [${missing.join(', ')}] must have values`);
  }
  if (unfetched.length > 0) {
    throw new AwsError('ValidationError', `Unable to fetch parameters [${unfetched.join(',')}] from parameter store for this account.`);
  }
  return values;
}

/** The value of `Ref` for a parameter, which is a list for list types. */
export function refOfParameter(definition: ParameterDefinition, value: ParameterValue): string | string[] {
  const type = isSsm(definition) ? definition.Type.replace(/^AWS::SSM::Parameter::Value<(.*)>$/, '$1') : definition.Type;
  return type === 'CommaDelimitedList' || type.startsWith('List<') ? value.resolved.split(',').map(item => item.trim()) : value.resolved;
}

export function isSsm(definition: ParameterDefinition): boolean {
  return definition.Type.startsWith('AWS::SSM::Parameter::Value<');
}

function plainValue(
  name: string,
  definition: ParameterDefinition,
  given: readonly Parameter[],
  previous: Readonly<Record<string, ParameterValue>>,
): string | undefined {
  const parameter = given.find(item => item.ParameterKey === name);
  if (parameter?.UsePreviousValue === true) {
    return previous[name]?.value;
  }
  return parameter?.ParameterValue ?? (definition.Default === undefined ? undefined : String(definition.Default));
}

function check(name: string, definition: ParameterDefinition, value: string): void {
  const refuse = (message: string): never => {
    throw new AwsError('ValidationError', definition.ConstraintDescription === undefined
      ? message
      : `Parameter '${name}' failed to satisfy constraint: ${definition.ConstraintDescription}`);
  };
  const items = definition.Type === 'CommaDelimitedList' || definition.Type.startsWith('List<') ? value.split(',').map(item => item.trim()) : [value];
  for (const item of items) {
    if (definition.AllowedValues !== undefined && !definition.AllowedValues.map(String).includes(item)) {
      refuse(`Parameter '${name}' must be one of AllowedValues`);
    }
    if (definition.AllowedPattern !== undefined && !new RegExp(`^(?:${definition.AllowedPattern})$`).test(item)) {
      refuse(`Parameter '${name}' must match pattern ${definition.AllowedPattern}`);
    }
    if (definition.Type.includes('Number') && !isSsm(definition)) {
      checkNumber(name, definition, item, refuse);
    }
  }
  if (value.length < Number(definition.MinLength ?? 0)) {
    refuse(`Parameter '${name}' must contain at least ${definition.MinLength} characters`);
  }
  if (value.length > Number(definition.MaxLength ?? Infinity)) {
    refuse(`Parameter '${name}' must contain at most ${definition.MaxLength} characters`);
  }
}

function checkNumber(name: string, definition: ParameterDefinition, value: string, refuse: (message: string) => never): void {
  if (value === '' || Number.isNaN(Number(value))) {
    refuse(`Parameter '${name}' must be a number.`);
  }
  if (Number(value) < Number(definition.MinValue ?? -Infinity)) {
    refuse(`Parameter '${name}' must be a number not less than ${definition.MinValue}`);
  }
  if (Number(value) > Number(definition.MaxValue ?? Infinity)) {
    refuse(`Parameter '${name}' must be a number not greater than ${definition.MaxValue}`);
  }
}
