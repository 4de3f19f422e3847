import { readFileSync } from 'fs';
import { join } from 'path';

/** Returns the first line in which the template of a cloud assembly differs from that of another one. Undefined if they are equal byte for byte. */
export function findDifference(assembly: string, expected: string): string | undefined {
  const [actual, reference] = [assembly, expected].map(directory => readFileSync(join(directory, 'Images.template.json')));
  if (actual.equals(reference)) {
    return undefined;
  }
  const [lines, referenceLines] = [actual, reference].map(content => content.toString().split('\n'));
  const index = referenceLines.findIndex((line, at) => line !== lines[at]);
  return `line ${index + 1} is ${JSON.stringify(lines[index])}, and ${JSON.stringify(referenceLines[index])} in TypeScript`;
}
