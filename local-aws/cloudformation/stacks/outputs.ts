import { Stack, DesiredState } from './stack';
import { resolve, Scope } from '../template/intrinsic-functions';
import { Json } from '../template/template';

/** Resolves the outputs of a desired state whose resources exist. */
export function resolveOutputs(target: DesiredState, scope: Scope): Stack['outputs'] {
  return Object.entries(target.template.Outputs ?? {})
    .filter(([, output]) => output.Condition === undefined || scope.condition(output.Condition))
    .map(([key, output]) => ({
      key,
      value: textOf(resolve(output.Value, scope)),
      description: output.Description,
      exportName: output.Export && textOf(resolve(output.Export.Name, scope)),
    }));
}

function textOf(value: Json): string {
  return Array.isArray(value) ? value.map(textOf).join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
