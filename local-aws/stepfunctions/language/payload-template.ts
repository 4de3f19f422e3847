import { EvaluationFailure } from './failures';
import { isPath, isRecord, Json, lookUp, Scope } from './paths';

/** Applies `Parameters` or `ResultSelector`: a field whose name ends in `.$` gets the value of its path. */
export function render(template: Json, scope: Scope): Json {
  if (Array.isArray(template)) {
    return template.map((item: Json) => render(item, scope));
  }
  if (!isRecord(template)) {
    return template;
  }
  return Object.fromEntries(Object.entries(template).map(([name, value]) => {
    if (!name.endsWith('.$')) {
      return [name, render(value, scope)];
    }
    const selected = lookUp(String(value), scope);
    if (selected === undefined) {
      const input = String(value).startsWith('$$') ? scope.context : scope.data;
      throw new EvaluationFailure(`The JSONPath '${String(value)}' specified for the field '${name}' could not be found in the input '${JSON.stringify(input)}'`);
    }
    return [name.slice(0, -2), selected];
  }));
}

/** The fields ending in `.$` that the local AWS does not support: intrinsic functions, and paths that can select several values. */
export function unknownPathsOf(template: Json): string[] {
  if (Array.isArray(template)) {
    return template.flatMap(unknownPathsOf);
  }
  return isRecord(template)
    ? Object.entries(template).flatMap(([name, value]) => name.endsWith('.$') ? isPath(value) ? [] : [`${name}: ${String(value)}`] : unknownPathsOf(value))
    : [];
}
