import { EvaluationFailure } from './failures';
import { lookUp, Scope } from './paths';
import { State } from './state';
import { readTimestamp } from './timestamps';

/** The milliseconds of a Wait state. It has no Catch: an invalid value fails the execution with States.Runtime. */
export function waitingTime(state: State, scope: Scope, now: number): number {
  if (state.SecondsPath !== undefined) {
    return secondsAt(state.SecondsPath, scope) * 1000;
  }
  const timestamp = state.TimestampPath === undefined ? state.Timestamp : timestampAt(state.TimestampPath, scope);
  return timestamp === undefined ? state.Seconds! * 1000 : Math.max(0, readTimestamp(timestamp)! - now);
}

function secondsAt(path: string, scope: Scope): number {
  const seconds = lookUp(path, scope);
  if (seconds === undefined) {
    throw new EvaluationFailure(`The SecondsPath parameter does not reference an input value: ${path}`);
  }
  if (!Number.isInteger(seconds)) {
    throw new EvaluationFailure(`The SecondsPath parameter cannot be parsed as a long value: ${path} == ${JSON.stringify(seconds)}`);
  }
  if (Number(seconds) < 0) {
    throw new EvaluationFailure(`The SecondsPath parameter references a negative value: ${path} == ${JSON.stringify(seconds)}`);
  }
  return Number(seconds);
}

function timestampAt(path: string, scope: Scope): string {
  const timestamp = lookUp(path, scope);
  if (timestamp === undefined) {
    throw new EvaluationFailure(`The TimestampPath parameter does not reference an input value: ${path}`);
  }
  if (readTimestamp(timestamp) === undefined) {
    throw new EvaluationFailure(`The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${path} == ${String(timestamp)}`);
  }
  return String(timestamp);
}
