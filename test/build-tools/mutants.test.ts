import { execFileSync, spawnSync } from 'child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import * as path from 'path';
import { transpile } from 'typescript';
import { nightly } from '../setup/nightly';

/** The runner of mutants: a mutant that it misses, or says to be noticed while it is not, would be trusted. */

const ROOT = path.join(__dirname, '../..');

interface Mutant {
  readonly number: number;
  readonly kind: string;
  readonly before: string;
  readonly replacement: string;
}

/** The mutants of a file, and its text with switches, of which the one with the number of `globalThis.on` is on. */
function mutantsOf(file: string, text: string): { readonly mutants: readonly Mutant[]; readonly code: string } {
  const script = `
    const { mutationsOf } = await import('./build-tools/mutants/mutations.mjs');
    const { withSwitches } = await import('./build-tools/mutants/switches.mjs');
    const [file, text] = ${JSON.stringify([file, text])};
    const mutants = mutationsOf(file, text).map((mutant, number) => ({ ...mutant, number }));
    console.log(JSON.stringify({ mutants, code: withSwitches(text, mutants, { selection: 'selection', hits: 'hits' }) }));`;
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: ROOT, encoding: 'utf8' }));
}

/** `kind: before → replacement: value with the mutant`, for each mutant of a function `decide`. */
function valuesOf(file: string, text: string, call: string): { readonly without: unknown; readonly withEach: readonly string[] } {
  const { mutants, code } = mutantsOf(file, text);
  // the helper at the end reads the selection of a process
  const run = new Function('__isOn', `${transpile(code.slice(0, code.indexOf('\nfunction __isOn'))).replace(/export /g, '')}; return JSON.stringify(${call});`);
  return {
    without: run(() => false),
    withEach: mutants.map(({ number, kind, before, replacement }) => `${kind}: ${before} → ${replacement}: ${run((one: number) => one === number)}`),
  };
}

test('conditions, operands, comparisons, numbers', () => {
  expect(valuesOf('lambda/one.ts', `
    const decide = (a: boolean, b: number | undefined) => {
      if (a && (b ?? 7) > 3) {
        return 'in';
      }
      return !a;
    };`, '[decide(true, 5), decide(true, 3), decide(true, undefined), decide(false, 5)]')).toEqual({
    without: '["in",false,"in",true]',
    withEach: [
      'always false: a && (b ?? 7) > 3 → false: [false,false,false,true]',
      'operand left out: a && (b ?? 7) > 3 → a: ["in","in","in",true]',
      'operand left out: a && (b ?? 7) > 3 → (b ?? 7) > 3: ["in",false,"in","in"]',
      'other bound: (b ?? 7) > 3 → (b ?? 7) >= 3: ["in","in","in",true]',
      'default left out: b ?? 7 → b: ["in",false,false,true]',
      'other number: 7 → 0: ["in",false,false,true]',
      'other number: 3 → 0: ["in","in","in",true]',
      'negation left out: !a → a: ["in",true,"in",false]',
    ],
  });
});

test('calls, lists, objects', () => {
  expect(valuesOf('lambda/one.ts', `
    const decide = (names: string[]) => {
      names.push('c');
      return { ...{ a: true }, list: ['x', ...names].filter(name => name !== 'b') };
    };`, "decide(['b', 'd'])")).toEqual({
    without: '{"a":true,"list":["x","d","c"]}',
    withEach: [
      "call left out: names.push('c'); → : {\"a\":true,\"list\":[\"x\",\"d\"]}",
      'property left out: ...{ a: true } → : {"list":["x","d","c"]}',
      'other boolean: true → false: {"a":false,"list":["x","d","c"]}',
      "element left out: 'x' → : {\"a\":true,\"list\":[\"d\",\"c\"]}",
      'element left out: ...names → : {"a":true,"list":["x"]}',
      "filter takes all: name => name !== 'b' → () => true: {\"a\":true,\"list\":[\"x\",\"b\",\"d\",\"c\"]}",
      "comparison turned: name !== 'b' → name === 'b': {\"a\":true,\"list\":[\"b\"]}",
    ],
  });
});

test('conditions of policy statements, in constructs only', () => {
  const text = `
    const statement = (...values: unknown[]) => values;
    const decide = () => statement('a', 'b', 'c', { StringEquals: { 'aws:tag': 'd' } });`;
  expect(mutantsOf('lambda/one.ts', text).mutants).toEqual([]);
  expect(valuesOf('src/one.ts', text, 'decide()').withEach).toEqual([
    "argument left out: { StringEquals: { 'aws:tag': 'd' } } → : [\"a\",\"b\",\"c\"]",
    "property left out: StringEquals: { 'aws:tag': 'd' } → : [\"a\",\"b\",\"c\",{}]",
    "property left out: 'aws:tag': 'd' → : [\"a\",\"b\",\"c\",{\"StringEquals\":{}}]",
  ]);
});

nightly('a mutant is killed by a test, by a hook, by a test that cannot run twice, or it is reported', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mutants-'));
  const files: Readonly<Record<string, string>> = {
    '.gitignore': '/node_modules\n/.cache\n',
    'package.json': JSON.stringify({ jest: { transform: { '\\.ts$': ['ts-jest', { tsconfig: { isolatedModules: true } }] } } }),
    'lambda/one.ts': `
      export const atStart = () => 'a' + (true ? 'b' : 'c');
      export const twice = (list: string[]) => { list.push('a'); };
      export const tested = (value: string) => value === 'a' || value === 'b';
      export const endless = async (wait: boolean) => { if (wait) { await new Promise(() => {}); } };
      export const noTest = () => true;
    `,
    'test/one.test.ts': `
      import * as one from '../lambda/one';
      let start: string;
      const list: string[] = [];
      beforeAll(() => { start = one.atStart(); });
      test('start', () => { expect(start).toBe('ab'); });
      test('twice', () => { one.twice(list); expect(list).toHaveLength(1); });
      test('tested', () => { expect(one.tested('a')).toBe(true); });
      test('endless', async () => { await one.endless(false); });
    `,
  };
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  cpSync(path.join(ROOT, 'build-tools/mutants'), path.join(folder, 'build-tools/mutants'), { recursive: true });
  writeFileSync(path.join(folder, 'build-tools/mutants/survivors.json'), JSON.stringify([
    { file: 'lambda/one.ts', before: "value === 'a' || value === 'b'", kind: 'operand left out', replacement: "value === 'a'", reason: 'an example' },
  ]));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  execFileSync('git', ['init', '-q'], { cwd: folder });

  const run = spawnSync(process.execPath, ['build-tools/mutants/mutants.mjs', '--workers=1', 'lambda/one.ts'], {
    cwd: folder, encoding: 'utf8', env: { ...process.env, MUTANTS_VERBOSE: 'true' },
  });
  const lines = run.stdout.split('\n').filter(line => /^(killed|explained|survived|unreached)/.test(line));
  expect(lines.map(line => line.replace(/ +/g, ' '))).toEqual([
    'killed lambda/one.ts:2 atStart: other boolean: true → false (test/one.test.ts: start)',
    "killed lambda/one.ts:3 twice: call left out: list.push('a'); → (test/one.test.ts: twice)",
    "explained lambda/one.ts:4 tested: operand left out: value === 'a' || value === 'b' → value === 'a' (1 tests)",
    expect.stringContaining("killed lambda/one.ts:4 tested: operand left out: value === 'a' || value === 'b' → value === 'b' (test/one.test.ts: tested: expect(received)"),
    expect.stringContaining('killed lambda/one.ts:5 endless: always true: wait → true (test/one.test.ts: endless: Exceeded timeout'),
    'survived lambda/one.ts:5 endless: always false: wait → false (1 tests)',
    'unreached lambda/one.ts:6 noTest: other boolean: true → false (0 tests)',
  ]);
  expect(run.status).toBe(1);
}, 120_000);
