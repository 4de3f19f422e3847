import { existsSync, readFileSync } from 'fs';
import { dirname, join, normalize } from 'path';
import { Page, PAGES, ROOT } from './pages';

/**
 * Links of the documentation. README is shown by npm, PyPI and Construct Hub, where a relative link leads nowhere, so its links are absolute. The other
 * pages are read in the repository, where relative links keep the branch.
 */

const REPOSITORY = 'https://github.com/cdk-encrypted-ami/cdk-encrypted-ami/blob/main/';
const RAW = 'https://raw.githubusercontent.com/cdk-encrypted-ami/cdk-encrypted-ami/main/';

interface Link {
  readonly page: string;
  readonly target: string;
}

const links = PAGES.flatMap(linksOf);

function linksOf({ path, text }: Page): Link[] {
  const prose = text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({ page: path, target: target! }));
}

function inRepository({ page, target }: Link): { readonly file: string; readonly anchor?: string } | undefined {
  const prefix = [REPOSITORY, RAW].find(start => target.startsWith(start));
  if (prefix === undefined && /^[a-z]+:/.test(target)) {
    return undefined;
  }
  const [path, anchor] = (prefix === undefined ? target : target.slice(prefix.length)).split('#');
  return { file: prefix !== undefined ? path! : path === '' ? page : normalize(join(dirname(page), path!)), anchor };
}

/** As GitHub makes the anchor of a heading. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(join(ROOT, file), 'utf8').replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)]
    .map(([, heading]) => heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replace(/ /g, '-'));
}

test('there are links', () => {
  expect(links.length).toBeGreaterThan(50);
});

test('links lead to files of the repository that exist', () => {
  expect(links.filter(link => { const found = inRepository(link); return found && !existsSync(join(ROOT, found.file)); })).toEqual([]);
});

test('anchors are headings of their page', () => {
  const broken = links.filter(link => {
    const found = inRepository(link);
    return found?.anchor !== undefined && !anchorsOf(found.file).includes(found.anchor);
  });
  expect(broken).toEqual([]);
});

test('links of README are absolute, and those of other pages into the repository are not', () => {
  expect(links.filter(({ page, target }) => page === 'README.md' && !/^https:/.test(target))).toEqual([]);
  expect(links.filter(({ page, target }) => page !== 'README.md' && target.startsWith(REPOSITORY))).toEqual([]);
});

test('every page of docs/ is linked from its list, and every page of README is there', () => {
  const listed = links.filter(({ page }) => page.startsWith('docs/') && page.endsWith('README.md')).map(link => inRepository(link)?.file);
  expect(PAGES.map(({ path }) => path).filter(path => path.startsWith('docs/') && path !== 'docs/README.md' && !listed.includes(path))).toEqual([]);
});
