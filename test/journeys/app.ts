import { readFileSync } from 'fs';
import { join } from 'path';
import { ROOT } from '../docs/pages';

/** Values that readers have before they paste an example, by the type with which the example declares them. */
const GIVEN: Readonly<Record<string, (name: string) => string>> = {
  'kms.IKey': name => `new kms.Key(this, '${idOf(name)}', { enableKeyRotation: true })`,
  'kms.Key': name => `new kms.Key(this, '${idOf(name)}', { enableKeyRotation: true })`,
  'ec2.IVpc': name => `new ec2.Vpc(this, '${idOf(name)}', { natGateways: 0, subnetConfiguration: [{ name: 'a', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }] })`,
  'ec2.IMachineImage': () => 'ec2.MachineImage.latestAmazonLinux2023()',
};

/**
 * A whole app with an example of a page in its stack, and what follows it. What the example declares is created, or has the given value.
 */
export function appWith(stackName: string, example: string, after = '', given: Readonly<Record<string, string>> = {}): string {
  const code = example.replace(/^declare const (\w+): ([\w.]+);$/gm, (_, name: string, type: string) => {
    const value = given[name] ?? GIVEN[type]?.(name);
    if (value === undefined) {
      throw new Error(`no ${type} is known for ${name}`);
    }
    return `const ${name}: ${type} = ${value};`;
  });
  const fixture = readFileSync(join(ROOT, 'rosetta', 'default.ts-fixture'), 'utf8');
  return `${fixture.replace('/// here', () => `${code}\n${after}`)}\nnew MyStack(new App(), '${stackName}');\n`;
}

/** An output of the stack, for what the journey checks. */
export function output(name: string, value: string): string {
  return `new CfnOutput(this, '${name}', { value: ${value} });\n`;
}

function idOf(name: string): string {
  return name[0].toUpperCase() + name.slice(1);
}
