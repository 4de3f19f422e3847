export interface InvocationResult {
  /** None if the handler returned. */
  readonly functionError?: 'Unhandled';
  /** JSON: what the handler returned, or the error. */
  readonly payload: string;
}

/** One request to a function. */
export interface InvocationRequest {
  readonly payload: string;
  readonly crash?: 'before' | 'after';
}

/** How Lambda tells that a function did not return. */
export function failure(errorType: string, errorMessage: string): InvocationResult {
  return { functionError: 'Unhandled', payload: JSON.stringify({ errorType, errorMessage }) };
}
