import { readFileSync } from 'fs';
import { dirname, join } from 'path';

let names: ReadonlySet<string> | undefined;

/** Does AWS have this type of resource? The CDK's list of all types answers, which is as new as its version. */
export function typeExists(type: string): boolean {
  names ??= readNames();
  return names.has(type);
}

function readNames(): ReadonlySet<string> {
  const file = join(dirname(require.resolve('aws-cdk-lib/package.json')), 'cloudformation-include', 'cfn-types-2-classes.json');
  return new Set(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object));
}
