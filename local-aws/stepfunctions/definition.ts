import { AwsError } from '../aws-call';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
}

/** A state of the Amazon States Language, as far as the waiter of the provider framework uses it. */
export interface State {
  readonly Type: 'Task' | 'Pass' | 'Wait' | 'Succeed' | 'Fail';
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Seconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Next?: string;
  readonly End?: boolean;
  readonly Error?: string;
  readonly Cause?: string;
}

export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Task: ['Resource', 'TimeoutSeconds', 'Retry', 'Catch'],
  Pass: [],
  Wait: ['Seconds'],
  Succeed: [],
  Fail: ['Error', 'Cause'],
};

/** Reads a definition; what would not be carried out as it says is refused. */
export function parseDefinition(text: string): Definition {
  let definition: Definition;
  try {
    definition = JSON.parse(text) as Definition;
  } catch (error) {
    throw invalid(String(error));
  }
  if (definition.States?.[definition.StartAt] === undefined) {
    throw invalid('MISSING_TRANSITION_TARGET: Missing StartAt target');
  }
  for (const [name, state] of Object.entries(definition.States)) {
    const fields = fieldsOf[state.Type];
    const unknown = Object.keys(state).filter(field => !['Type', 'Comment', 'Next', 'End', ...fields ?? []].includes(field));
    if (fields === undefined || unknown.length > 0) {
      throw invalid(`SCHEMA_VALIDATION_FAILED: the local AWS does not know ${state.Type} ${unknown.join(', ')} of state ${name}`);
    }
    for (const next of [state.Next, ...(state.Catch ?? []).map(catcher => catcher.Next)]) {
      if (next !== undefined && definition.States[next] === undefined) {
        throw invalid(`MISSING_TRANSITION_TARGET: Missing 'Next' target: ${next} at /States/${name}`);
      }
    }
  }
  return definition;
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${message}'`);
}
