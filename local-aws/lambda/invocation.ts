export interface InvocationResult {
  /** None if the handler returned. */
  readonly functionError?: 'Unhandled';
  /** JSON of the handler's result or of the error. */
  readonly payload: string;
}

/** One invocation of a function. */
export interface InvocationRequest {
  readonly payload: string;
  readonly crash?: 'before' | 'after';
}

/** The message of Lambda for a function that did not return. */
export function failure(errorType: string, errorMessage: string): InvocationResult {
  return { functionError: 'Unhandled', payload: JSON.stringify({ errorType, errorMessage }) };
}
