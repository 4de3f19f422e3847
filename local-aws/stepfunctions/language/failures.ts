/** A failure of a state with an error name of the States Language, which `Retry` and `Catch` can match. */
export class StateFailure extends Error {
  public constructor(public readonly error: string, message: string) {
    super(message);
  }
}

/**
 * A failure of the execution with States.Runtime: "the execution will always fail … isn't retriable". Neither `Retry` nor `Catch` matches it
 * ("Handling errors in Step Functions workflows" of the developer guide).
 */
export class RuntimeFailure extends Error {}

/** A field of a state cannot be evaluated: States.Runtime, with the state and its event in the cause. */
export class EvaluationFailure extends Error {}

/** The execution ended while one of its states was running: nothing follows. */
export class ExecutionEnded extends Error {}

/** True if one of the names of `ErrorEquals` matches the error. */
export function isMatchedBy(names: readonly string[], error: string): boolean {
  return names.some(name => {
    switch (name) {
      // "This error type can't catch the States.DataLimitExceeded terminal error type and runtime error types"
      case 'States.ALL': return error !== 'States.DataLimitExceeded';
      // "matches any known error name except for States.Timeout"
      case 'States.TaskFailed': return error !== 'States.Timeout' && error !== 'States.DataLimitExceeded';
      default: return name === error;
    }
  });
}
