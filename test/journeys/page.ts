import { PAGES, snippetsOf } from '../docs/pages';

/* Parts that a reader takes out of the pages. Each function fails if a page has the part no more, or twice. */

/** The example in TypeScript of a page that has the given text. */
export function exampleOf(path: string, text: string): string {
  return only(snippetsOf(pageOf(path)).map(({ code }) => code), text, `example of ${path}`);
}

/** The command of a page that has the given text, with the continued lines. Values that the page writes for others are replaced. */
export function commandOf(path: string, text: string, values: Readonly<Record<string, string>> = {}): string {
  const blocks = [...pageOf(path).text.matchAll(/^```console\n([^]*?)^```/gm)].map(([, block]) => block);
  const inline = [...pageOf(path).text.matchAll(/`((?:aws|npm|npx) [^`]+)`/g)].map(([, command]) => command);
  const lines = blocks.flatMap(block => block.replace(/\\\n\s*/g, '').trimEnd().split('\n')).map(line => line.replace(/\s+# .*$/, ''));
  const command = only([...lines, ...inline], text, `command of ${path}`);
  return Object.entries(values).reduce((filled, [written, value]) => {
    if (!filled.includes(written)) {
      throw new Error(`the command of ${path} has no ${written}: ${command}`);
    }
    return filled.replaceAll(written, value);
  }, command);
}

/** The row of a table that has the given text, as cells. */
export function rowOf(path: string, text: string): string[] {
  const rows = pageOf(path).text.split('\n').filter(line => line.startsWith('|'));
  return only(rows, text, `row of ${path}`).split(' | ').map(cell => cell.replace(/^\| | \|$/g, ''));
}

/** Fails unless the page says it, whatever its line breaks. */
export function says(path: string, sentence: string): void {
  if (!pageOf(path).text.replace(/\s+/g, ' ').includes(sentence)) {
    throw new Error(`${path} does not say "${sentence}"`);
  }
}

function pageOf(path: string): { readonly path: string; readonly text: string } {
  return only(PAGES.filter(page => page.path === path), undefined, `page ${path}`);
}

function only<T>(all: readonly T[], text: string | undefined, kind: string): T {
  const found = all.filter(one => text === undefined || String(one).includes(text));
  if (found.length !== 1) {
    throw new Error(`there must be one ${kind}${text === undefined ? '' : ` with "${text}"`}, found ${found.length}`);
  }
  return found[0];
}
