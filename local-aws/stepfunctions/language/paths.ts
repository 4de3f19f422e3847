import { EvaluationFailure, StateFailure } from './failures';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The data for paths: the data of the state (`$`) and the context object (`$$`). */
export interface Scope {
  readonly data: Json;
  readonly context: Json;
}

interface ParsedPath {
  readonly ofContext: boolean;
  readonly steps: readonly (string | number)[];
}

const step = /^(?:\.([A-Za-z_\u0080-\uffff][\w\u0080-\uffff-]*)|\['([^']*)'\]|\["([^"]*)"\]|\[(\d+)\])/;
const parsed = new Map<string, ParsedPath | undefined>();

/** True for a Reference Path of the States Language, which names one value: `$.a['b'][0]`, or `$$.State.Name` of the context. */
export function isPath(path: unknown): path is string {
  return typeof path === 'string' && parse(path) !== undefined;
}

/** True if `ResultPath` can be this path. */
export function isResultPath(path: unknown): boolean {
  return isPath(path) && !path.startsWith('$$');
}

/** Returns the value at the path; undefined if there is none. */
export function lookUp(path: string, scope: Scope): Json | undefined {
  const { ofContext, steps } = parse(path)!;
  let value: Json | undefined = ofContext ? scope.context : scope.data;
  for (const name of steps) {
    value = memberOf(value, name);
  }
  return value;
}

/** Applies `InputPath` or `OutputPath`: null selects an empty object. */
export function select(path: string | null, scope: Scope): Json {
  if (path === null) {
    return {};
  }
  const value = lookUp(path, scope);
  if (value === undefined) {
    throw new EvaluationFailure(`Invalid path '${path}' : No results for path: ${path}`);
  }
  return value;
}

/** Applies `ResultPath`: puts the result into the data at the path. */
export function insert(path: string, data: Json, result: Json): Json {
  return insertAt(parse(path)!.steps, data, result, path);
}

function insertAt(steps: readonly (string | number)[], data: Json | undefined, result: Json, path: string): Json {
  if (steps.length === 0) {
    return result;
  }
  const [name, ...rest] = steps;
  if (typeof name === 'string' && (data === undefined || isRecord(data))) {
    return { ...data, [name]: insertAt(rest, memberOf(data, name), result, path) };
  }
  if (typeof name === 'number' && Array.isArray(data) && name < data.length) {
    return data.map((item: Json, index) => index === name ? insertAt(rest, item, result, path) : item);
  }
  throw new StateFailure('States.ResultPathMatchFailure', `Unable to apply ResultPath ${path} to input ${JSON.stringify(data)}`);
}

function memberOf(value: Json | undefined, name: string | number): Json | undefined {
  if (typeof name === 'number') {
    return Array.isArray(value) ? value[name] as Json | undefined : undefined;
  }
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function isRecord(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(path: string): ParsedPath | undefined {
  if (!parsed.has(path)) {
    parsed.set(path, parsePath(path));
  }
  return parsed.get(path);
}

function parsePath(path: string): ParsedPath | undefined {
  const root = /^\$\$?/.exec(path)?.[0];
  if (root === undefined) {
    return undefined;
  }
  const steps: (string | number)[] = [];
  let rest = path.slice(root.length);
  while (rest !== '') {
    const match = step.exec(rest);
    if (match === null) {
      return undefined;
    }
    steps.push(match[4] === undefined ? match[1] ?? match[2] ?? match[3] : Number(match[4]));
    rest = rest.slice(match[0].length);
  }
  return { ofContext: root === '$$', steps };
}
