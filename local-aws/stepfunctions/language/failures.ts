/** A state failed, with an error name of the States Language: `Retry` and `Catch` can match it. */
export class StateFailure extends Error {
  public constructor(public readonly error: string, message: string) {
    super(message);
  }
}

/**
 * The execution fails with States.Runtime: "the execution will always fail … isn't retriable", and neither `Retry` nor `Catch` sees it
 * ("Handling errors in Step Functions workflows" of the developer guide).
 */
export class RuntimeFailure extends Error {}

/** A field of a state cannot be evaluated: States.Runtime, with the state and its event in the cause. */
export class EvaluationFailure extends Error {}

/** The execution ended while one of its states was at work: nothing follows. */
export class ExecutionEnded extends Error {}

/** Whether one of the names of `ErrorEquals` means this error. */
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
