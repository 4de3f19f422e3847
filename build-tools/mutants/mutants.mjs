// npm run mutants -- [--tests=FOLDER,…] [--seconds=N] [--list] FILE…
// Changes one decision of the files at a time, and fails if no test notices a change that survivors.json does not explain: docs/decisions/mutants.md.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { mutationsOf } from './mutations.mjs';
import { recordReach, rememberThatItStandsAlone, testsOf } from './reach.mjs';
import { Tree } from './tree.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Folders and files whose tests may run. */
    tests: { type: 'string', default: 'test' },
    /** Tests of a mutant take no longer, the cheapest first. */
    seconds: { type: 'string', default: '120' },
    /** Prints the mutants, and runs nothing. */
    list: { type: 'boolean', default: false },
  },
});

const filesIn = (place, suffix) => statSync(place).isDirectory()
  ? readdirSync(place, { recursive: true }).map(name => path.join(place, name)).filter(name => name.endsWith(suffix)).sort() : [path.normalize(place)];
/** The stand-in, the documents and other languages have tests of their own subject. */
const isCandidate = file => !/^test[/](local-aws|docs|languages|setup)[/]/.test(file);

const explained = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));
const isSame = (one, other) => ['file', 'before', 'kind', 'replacement'].every(key => one[key] === other[key]);
const isExplained = mutant => explained.some(one => isSame(one, mutant));
const described = ({ file, line, name, kind, before, replacement }) => `${file}:${line} ${name}: ${kind}: ${before} → ${replacement.replace(/\s+/g, ' ')}`;

const sources = positionals.flatMap(place => filesIn(place, '.ts'));
const texts = new Map(sources.map(file => [file, readFileSync(file, 'utf8')]));
const mutants = sources.flatMap(file => mutationsOf(file, texts.get(file)));
if (options.list || mutants.length === 0) {
  mutants.forEach(mutant => console.log(described(mutant)));
  process.exit(mutants.length === 0 ? 1 : 0);
}

const tree = new Tree();
process.on('exit', () => tree.remove());
['SIGINT', 'SIGTERM'].forEach(signal => process.on(signal, () => process.exit(1)));
const records = await recordReach(tree, options.tests.split(',').flatMap(place => filesIn(place, '.test.ts')).filter(isCandidate));

/** Tests that pass only after those before them in their file. */
const dependent = new Set();

async function run(mutant, chosen) {
  const files = [...new Set(chosen.map(({ record }) => record.file))];
  const names = chosen.flatMap(({ record, test }) => (dependent.has(record.file) ? record.tests : [test]).map(({ name }) => name));
  const text = texts.get(mutant.file);
  tree.write(mutant.file, text.slice(0, mutant.start) + mutant.replacement + text.slice(mutant.end));
  try {
    return await tree.jest(files, { names: [...new Set(names)], seconds: 60 + chosen.reduce((sum, { test }) => sum + test.milliseconds * 4 / 1_000, 0) });
  } finally {
    tree.write(mutant.file, text);
  }
}

/** Whether the test that noticed a mutant passes alone without it: else it may have missed the tests before it. */
async function standsAlone({ failure }) {
  const record = records.find(({ file }) => file === failure?.file);
  const test = record?.tests.find(({ name }) => name === failure.name);
  if (test === undefined || test.standsAlone || dependent.has(record.file)) {
    return true;
  }
  if ((await tree.jest([record.file], { names: [test.name], seconds: 180 })).passed) {
    test.standsAlone = true;
    rememberThatItStandsAlone(record);
    return true;
  }
  dependent.add(record.file);
  return false;
}

async function outcomeOf(mutant) {
  const { chosen, skipped } = testsOf(records, mutant, Number(options.seconds));
  if (chosen.length === 0) {
    return { outcome: isExplained(mutant) ? 'explained' : 'unreached', by: 'no test' };
  }
  let result = await run(mutant, chosen);
  if (!result.passed && !await standsAlone(result)) {
    result = await run(mutant, chosen);
  }
  if (result.passed) {
    return { outcome: isExplained(mutant) ? 'explained' : 'survived', by: `${chosen.length} tests${skipped > 0 ? `, ${skipped} not run` : ''}` };
  }
  const { failure, timedOut, output } = result;
  return { outcome: 'killed', by: failure ? `${failure.file}: ${failure.name ?? 'cannot be loaded'}` : timedOut ? 'its time' : `no bundle: ${output.slice(-200)}` };
}

const counts = new Map(sources.map(file => [file, { generated: 0, killed: 0, survived: 0, explained: 0, unreached: 0, seconds: 0 }]));
for (const mutant of mutants) {
  const startedAt = performance.now();
  const { outcome, by } = await outcomeOf(mutant);
  const count = counts.get(mutant.file);
  count.generated += 1;
  count[outcome] += 1;
  count.seconds += Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${outcome.padEnd(9)} ${described(mutant)} (${by})`);
}
console.table(Object.fromEntries(counts));
const outdated = explained.filter(one => sources.includes(one.file) && !mutants.some(mutant => isSame(one, mutant)));
outdated.forEach(({ file, before }) => console.log(`survivors.json explains what is not a mutant of ${file}: ${before}`));
process.exit(outdated.length > 0 || [...counts.values()].some(({ survived, unreached }) => survived + unreached > 0) ? 1 : 0);
