import { Stack, DesiredState } from './stack';
import { resolve, Scope } from '../template/intrinsic-functions';

/** Resolves the outputs of a desired state whose resources exist. */
export function resolveOutputs(target: DesiredState, scope: Scope): Stack['outputs'] {
  return Object.entries(target.template.Outputs ?? {})
    .filter(([, output]) => output.Condition === undefined || scope.condition(output.Condition))
    .map(([key, output]) => ({
      key,
      value: String(resolve(output.Value, scope)),
      description: output.Description,
      exportName: output.Export && String(resolve(output.Export.Name, scope)),
    }));
}
