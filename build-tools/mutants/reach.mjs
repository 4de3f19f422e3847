// Which tests reach which function: found once by a run of an instrumented tree, and remembered for each test file as long as that file is the same.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parse, walk } from './mutations.mjs';

const CACHE = '.cache/mutants';

const cacheOf = file => path.join(CACHE, `${file.replaceAll('/', '__')}.json`);
const hashOf = file => createHash('sha256').update(readFileSync(file)).digest('hex');

function recordOf(file) {
  const record = existsSync(cacheOf(file)) ? JSON.parse(readFileSync(cacheOf(file), 'utf8')) : undefined;
  return record?.hash === hashOf(file) ? record : undefined;
}

/** `{ file, always, tests: [{ name, milliseconds, functions, standsAlone }] }` of each test file. */
export async function recordReach(tree, testFiles) {
  const missing = testFiles.filter(file => recordOf(file) === undefined);
  if (missing.length > 0) {
    console.log(`records which functions the tests of ${missing.length} files reach`);
    const sources = ['lambda', 'src'].flatMap(folder => readdirSync(folder, { recursive: true }).map(name => path.join(folder, name)).filter(name => name.endsWith('.ts')));
    const folder = path.join(tree.root, '.reach');
    sources.forEach(file => tree.write(file, instrumented(file, readFileSync(file, 'utf8'), path.join(folder, 'hits'))));
    for (const file of missing) {
      const { passed } = await tree.jest([file], { setup: 'build-tools/mutants/record-hits.ts', environment: { MUTANTS_REACH: folder }, seconds: 1_200 });
      const recorded = path.join(folder, path.basename(cacheOf(file)));
      if (!passed || !existsSync(recorded)) {
        console.log(`${file} fails without a change: it is left out`);
        continue;
      }
      mkdirSync(CACHE, { recursive: true });
      writeFileSync(cacheOf(file), JSON.stringify({ file, hash: hashOf(file), ...JSON.parse(readFileSync(recorded, 'utf8')) }));
    }
    sources.forEach(file => tree.restore(file));
  }
  return testFiles.map(recordOf).filter(record => record !== undefined);
}

/** The test passes without those before it. */
export function rememberThatItStandsAlone(record) {
  writeFileSync(cacheOf(record.file), JSON.stringify(record));
}

/** The tests that reach the function of a mutation, the cheapest first, as far as the seconds go. */
export function testsOf(records, { file, name }, seconds) {
  const prefix = `${file}#${name}`;
  // code outside of functions runs whenever the file is loaded
  const reaches = hit => name === '' ? hit.startsWith(prefix) : hit === prefix;
  const reaching = records.flatMap(record => {
    const isAlways = record.always.some(reaches);
    return record.tests.filter(test => isAlways || test.functions.some(reaches)).map(test => ({ record, test }));
  }).sort((one, other) => one.test.milliseconds - other.test.milliseconds);
  let sum = 0;
  const chosen = reaching.filter(({ test }) => (sum += test.milliseconds) <= seconds * 1_000 || test === reaching[0].test);
  return { chosen, skipped: reaching.length - chosen.length };
}

/** The source, in which each function first writes its name into a file. */
function instrumented(file, text, hits) {
  const insertions = [[text.length, `\nfunction __hit(name: string) { process.getBuiltinModule('fs').appendFileSync(${JSON.stringify(hits)}, name + '\\n'); }\n`]];
  walk(parse(file, text), (node, name, isFunction) => {
    const call = `__hit(${JSON.stringify(`${file}#${name}`)})`;
    if (isFunction && ts.isBlock(node.body)) {
      insertions.push([node.body.getStart() + 1, ` ${call};`]);
    } else if (isFunction) {
      insertions.push([node.body.getStart(), `(${call}, `], [node.body.getEnd(), ')']);
    }
  });
  return insertions.sort(([one], [other]) => other - one).reduce((code, [at, added]) => code.slice(0, at) + added + code.slice(at), text);
}
