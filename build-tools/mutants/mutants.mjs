// npm run mutants -- [--tests=FOLDER,…] [--seconds=N] [--workers=N] [--list] FILE…
// Changes one decision of the files at a time, and fails if no test notices a change that survivors.json does not explain: docs/decisions/mutants.md.
// Without a file: all files, in the groups of held.json, each with the tests that notice its mutants.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Campaign } from './campaign.mjs';
import { mutationsOf } from './mutations.mjs';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Folders and files whose tests may run; by default those that held.json has for the files. */
    tests: { type: 'string' },
    /** The tests of a mutant take no longer, the cheapest files first. */
    seconds: { type: 'string', default: '30' },
    workers: { type: 'string', default: '2' },
    /** Prints the mutants, and runs nothing. */
    list: { type: 'boolean', default: false },
  },
});

const filesIn = (place, suffix) => statSync(place).isDirectory()
  ? readdirSync(place, { recursive: true }).map(name => path.join(place, name)).filter(name => name.endsWith(suffix)).sort() : [path.normalize(place)];
/** The stand-in, the documents and other languages have tests of their own subject. */
const isCandidate = file => !/^test[/](local-aws|docs|languages|setup|journeys)[/]/.test(file);

const groups = JSON.parse(readFileSync(new URL('held.json', import.meta.url), 'utf8'));
const groupOf = file => groups.find(({ files }) => files.some(place => file === place || file.startsWith(`${place}/`)));

if (positionals.length === 0) {
  const results = groups.map(({ files, tests }) =>
    spawnSync(process.execPath, [process.argv[1], ...process.argv.slice(2), `--tests=${tests}`, ...files], { stdio: 'inherit' }).status);
  const missing = ['lambda', 'src'].flatMap(folder => filesIn(folder, '.ts')).filter(file => !groupOf(file) && mutationsOf(file, readFileSync(file, 'utf8')).length > 0);
  missing.forEach(file => console.log(`held.json has no group for ${file}`));
  process.exit(missing.length === 0 && results.every(status => status === 0) ? 0 : 1);
}

const explained = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));
const isSame = (one, other) => ['file', 'before', 'kind', 'replacement'].every(key => one[key] === other[key]);
const described = ({ file, line, name, kind, before, replacement }) => `${file}:${line} ${name}: ${kind}: ${before} → ${replacement.replace(/\s+/g, ' ')}`;

const sources = [...new Set(positionals.flatMap(place => filesIn(place, '.ts')))];
const texts = new Map(sources.map(file => [file, readFileSync(file, 'utf8')]));
const mutants = sources.flatMap(file => mutationsOf(file, texts.get(file))).map((mutant, number) => ({ ...mutant, number }));
// not `process.exit`, which ends before a pipe has all of the output
process.exitCode = await main() ? 0 : 1;

async function main() {
  if (options.list || mutants.length === 0) {
    mutants.forEach(mutant => console.log(described(mutant)));
    return mutants.length > 0;
  }
  const campaign = new Campaign({ texts, mutants, limit: Number(options.seconds) * 1_000, workers: Number(options.workers) });
  process.on('exit', () => campaign.end());
  ['SIGINT', 'SIGTERM'].forEach(signal => process.on(signal, () => {
    console.log('not all tests have run');
    report(campaign);
    process.exit(1);
  }));
  await campaign.run(testsOf(sources).flatMap(place => filesIn(place, '.test.ts')).filter(isCandidate));
  return report(campaign);
}

/** Of a file without a group, any test may notice a mutant. */
function testsOf(files) {
  const tests = options.tests?.split(',') ?? files.flatMap(file => groupOf(file)?.tests ?? ['test']);
  return tests.includes('test') ? ['test'] : [...new Set(tests)];
}

function report(campaign) {
  const counts = new Map(sources.map(file => [file, { generated: 0, killed: 0, explained: 0, survived: 0, unreached: 0 }]));
  for (const mutant of mutants) {
    const outcome = campaign.killed.has(mutant.number) ? 'killed'
      : explained.some(one => isSame(one, mutant)) ? 'explained' : campaign.isReached(mutant.number) ? 'survived' : 'unreached';
    const count = counts.get(mutant.file);
    count.generated += 1;
    count[outcome] += 1;
    if (process.env.MUTANTS_VERBOSE || outcome !== 'killed') {
      console.log(`${outcome.padEnd(9)} ${described(mutant)} (${campaign.killed.get(mutant.number) ?? `${campaign.testsOf(mutant.number)} tests`})`);
    }
  }
  console.table(Object.fromEntries(counts));
  const outdated = explained.filter(one => sources.includes(one.file) && !mutants.some(mutant => isSame(one, mutant)));
  outdated.forEach(({ file, before }) => console.log(`survivors.json explains what is not a mutant of ${file}: ${before}`));
  return outdated.length === 0 && ![...counts.values()].some(({ survived, unreached }) => survived + unreached > 0);
}
