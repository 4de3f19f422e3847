import { readFileSync } from 'fs';
import { join } from 'path';

/* The API reference for users of all five languages: API.md is generated from the assembly that they get. */

const reference = readFileSync(join(__dirname, '..', '..', 'API.md'), 'utf8');

test('no parameter begins with an underscore: Python calls it by its name, and IMachineImage calls it scope', () => {
  expect(reference.match(/^public getImage\(.*$/gm)).toContain('public getImage(scope: Construct): MachineImageConfig');
  expect(reference.match(/[(,]\s*_\w+\??:/g)).toBeNull();
});

test('no link goes to words: jsii takes what follows @see for a URL', () => {
  expect(reference.match(/\]\((?!https?:|#)[^)]*\)/g)).toBeNull();
});

test('no summary of a comment ends inside of code: jsii ends it at the first full stop that a space follows', () => {
  const inTables = reference.split('\n').filter(line => /^\| <code>/.test(line)).map(line => line.replace(/<code>.*?<\/code>/g, ''));
  expect(inTables.length).toBeGreaterThan(50);
  expect(inTables.filter(line => (line.match(/`/g)?.length ?? 0) % 2 === 1)).toEqual([]);
});
