import { faultsOfState } from './definition-checks';
import { Definition, State } from './state';
import { AwsError } from '../../aws-call';

const ownFields = ['Comment', 'QueryLanguage', 'StartAt', 'States', 'TimeoutSeconds', 'Version'];

/** Parses a definition, and refuses fields and values that the local AWS does not support. */
export function parseDefinition(text: string): Definition {
  let definition: Definition & { readonly QueryLanguage?: string };
  try {
    definition = JSON.parse(text) as Definition;
  } catch (error) {
    throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: ${String(error)}'`);
  }
  const unknown = Object.keys(definition).filter(field => !ownFields.includes(field));
  if (unknown.length > 0) {
    refuse(`SCHEMA_VALIDATION_FAILED: the local AWS does not know ${unknown.join(', ')} of a state machine`);
  }
  if (definition.QueryLanguage !== undefined && definition.QueryLanguage !== 'JSONPath') {
    refuse(`SCHEMA_VALIDATION_FAILED: the local AWS does not know QueryLanguage ${definition.QueryLanguage}`);
  }
  if (definition.States?.[definition.StartAt] === undefined) {
    refuse(`MISSING_TRANSITION_TARGET: Missing 'StartAt' target: ${definition.StartAt} at /StartAt`);
  }
  for (const [name, state] of Object.entries(definition.States)) {
    const [fault] = faultsOfState(name, state);
    if (fault !== undefined) {
      refuse(`SCHEMA_VALIDATION_FAILED: the local AWS does not know ${fault} of state ${name} at /States/${name}`);
    }
  }
  checkTransitions(definition);
  return definition;
}

/** The states that can follow, with the names of the fields that refer to them. */
function targetsOf(state: State): [field: string, target: string][] {
  const targets: [string, string | undefined][] = [
    ['Next', state.Next],
    ...(state.Catch ?? []).map((catcher, index): [string, string] => [`Catch[${index}]/Next`, catcher.Next]),
    ...(state.Choices ?? []).map((rule, index): [string, string | undefined] => [`Choices[${index}]/Next`, rule.Next]),
    ['Default', state.Default],
  ];
  return targets.filter((pair): pair is [string, string] => pair[1] !== undefined);
}

function checkTransitions({ StartAt, States }: Definition): void {
  const reached = new Set([StartAt]);
  for (const name of reached) {
    for (const [field, target] of targetsOf(States[name])) {
      if (States[target] === undefined) {
        refuse(`MISSING_TRANSITION_TARGET: Missing '${field.split('/').pop()}' target: ${target} at /States/${name}/${field}`);
      }
      reached.add(target);
    }
  }
  const unreached = Object.keys(States).find(name => !reached.has(name));
  if (unreached !== undefined) {
    refuse(`MISSING_TRANSITION_TARGET: State "${unreached}" is not reachable. at /States/${unreached}`);
  }
  if (!Object.values(States).some(state => state.End === true || state.Type === 'Succeed' || state.Type === 'Fail')) {
    refuse('MISSING_END_STATE: the state machine has no terminal state at /States');
  }
}

function refuse(message: string): never {
  throw new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${message}'`);
}
