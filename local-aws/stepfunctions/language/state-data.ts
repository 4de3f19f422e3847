import { StateFailure } from './failures';
import { insert, Json, Scope, select } from './paths';
import { render } from './payload-template';
import { State } from './state';

/** "Maximum input or output size for a task, state, or execution: 256 KiB of data as a UTF-8 encoded string". */
export const MAX_DATA_BYTES = 256 * 1024;

/** The input of a state's work: `InputPath`, then `Parameters` ("Processing input and output"). Without changes, the JSON text stays the same. */
export function inputOf({ InputPath, Parameters }: State, data: string, context: Json): string {
  if (InputPath === undefined && Parameters === undefined) {
    return data;
  }
  const selected = select(InputPath === undefined ? '$' : InputPath, { data: parse(data), context });
  return JSON.stringify(Parameters === undefined ? selected : render(Parameters, { data: selected, context }));
}

/** The output of a state: `ResultSelector`, `ResultPath` with the state's input, then `OutputPath`. */
export function outputOf(state: State, data: string, result: string, context: Json): string {
  const selected = state.ResultSelector === undefined
    ? result
    : JSON.stringify(render(state.ResultSelector, { data: parse(result), context }));
  return selectOutput(state, putResult(state.ResultPath, data, selected), context);
}

export function putResult(path: string | null | undefined, data: string, result: string): string {
  if (path === undefined || path === '$') {
    return result;
  }
  return path === null ? data : JSON.stringify(insert(path, parse(data), parse(result)));
}

export function selectOutput({ OutputPath }: State, data: string, context: Json): string {
  return OutputPath === undefined ? data : JSON.stringify(select(OutputPath, { data: parse(data), context }));
}

/** "States.DataLimitExceeded: … when the output of a state is larger than payload size quota". */
export function checkSize(data: string, ofWhat: string): string {
  if (Buffer.byteLength(data) > MAX_DATA_BYTES) {
    throw new StateFailure('States.DataLimitExceeded', `The state/task '${ofWhat}' returned a result with a size exceeding the maximum number of bytes service limit.`);
  }
  return data;
}

export function scopeOf(data: string, context: Json): Scope {
  return { data: parse(data), context };
}

function parse(data: string): Json {
  return JSON.parse(data) as Json;
}
