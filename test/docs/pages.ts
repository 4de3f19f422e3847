import { readdirSync, readFileSync } from 'fs';
import { join, relative } from 'path';

export const ROOT = join(__dirname, '..', '..');

/** A Markdown page of the repository, by its path from the root. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** README and what is beside it, the pages of `docs/`, and the list of the examples. */
export const PAGES: readonly Page[] = [
  ...readdirSync(ROOT).filter(file => file.endsWith('.md') && file !== 'API.md'),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.md')).map(file => join('docs', file)),
  'examples/README.md',
].sort().map(path => ({ path: relative('.', path), text: readFileSync(join(ROOT, path), 'utf8') }));

/** An example in TypeScript, with the words after `ts` at its beginning. */
export interface Snippet {
  readonly title: string;
  readonly words: readonly string[];
  readonly code: string;
}

export function snippetsOf({ path, text }: Page): Snippet[] {
  return [...text.matchAll(/^```ts([^\n]*)\n([^]*?)^```/gm)]
    .map(([, words, code], index) => ({ title: `${path} ${index + 1}`, words: words!.split(' ').filter(word => word), code: code! }));
}
