import { PAGES } from './pages';

/* README is the first ten minutes: short, and begins with the two commands. */

const readme = PAGES.find(({ path }) => path === 'README.md')!.text;
const lines = readme.split('\n');

test('the first screen has the two commands', () => {
  const screen = lines.slice(0, 24);
  expect(screen).toContain('npm ci && npm run demo');
  expect(screen).toContain('npm ci && npm test');
});

test('it has at most 260 lines', () => {
  expect(lines.length).toBeLessThanOrEqual(260);
});

test('it links every page that docs/README.md links', () => {
  const targets = (text: string) => [...text.matchAll(/\]\(([\w/.-]+\.md)\)/g)].map(([, target]) => target!);
  const pages = targets(PAGES.find(({ path }) => path === 'docs/README.md')!.text).filter(target => !target.startsWith('decisions/') && !target.startsWith('../'));
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.filter(page => !readme.includes(`/docs/${page})`))).toEqual([]);
});
