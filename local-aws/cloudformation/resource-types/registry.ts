import { readFileSync } from 'fs';
import { dirname, join } from 'path';

let names: ReadonlySet<string> | undefined;

/** True if the CDK's list of all resource types contains the type. */
export function typeExists(type: string): boolean {
  names ??= readNames();
  return names.has(type);
}

function readNames(): ReadonlySet<string> {
  const file = join(dirname(require.resolve('aws-cdk-lib/package.json')), 'cloudformation-include', 'cfn-types-2-classes.json');
  return new Set(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object));
}
