import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join, relative } from 'path';

/**
 * Loaded before each test file by `reach.mjs`: which functions each test reaches. Each function of the instrumented tree writes its name into the file
 * `hits`, also from the processes of Lambda functions, whose environment is their own.
 */

interface RecordedTest {
  readonly name: string;
  milliseconds: number;
  functions: string[];
}

const folder = process.env.MUTANTS_REACH!;
const hits = join(folder, 'hits');
const file = relative(process.cwd(), expect.getState().testPath!);
const tests: RecordedTest[] = [];
/** Reached before the first test: all tests may need it. */
let always: string[] = [];
let startedAt = 0;

mkdirSync(folder, { recursive: true });
appendFileSync(hits, '');

function takeHits(): string[] {
  const names = existsSync(hits) ? readFileSync(hits, 'utf8').split('\n').filter(name => name !== '') : [];
  rmSync(hits, { force: true });
  return [...new Set(names)];
}

beforeEach(() => {
  const between = takeHits();
  // by the hooks after one test, or by those before the other
  const previous = tests.at(-1);
  previous?.functions.push(...between);
  if (previous === undefined) {
    always = between;
  }
  startedAt = performance.now();
  tests.push({ name: expect.getState().currentTestName!, milliseconds: 0, functions: previous === undefined ? [] : between });
});

afterEach(() => {
  const test = tests.at(-1)!;
  test.milliseconds = Math.round(performance.now() - startedAt);
  test.functions.push(...takeHits());
});

afterAll(() => {
  tests.at(-1)?.functions.push(...takeHits());
  const recorded = tests.map(test => ({ ...test, functions: [...new Set(test.functions)] }));
  writeFileSync(join(folder, `${file.replaceAll('/', '__')}.json`), JSON.stringify({ always, tests: recorded }));
});
