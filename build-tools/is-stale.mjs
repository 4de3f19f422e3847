// Ends with 0 if the first path is missing or older than one of the others: a condition of tasks.
//   node build-tools/is-stale.mjs .jsii src package.json
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [made, ...sources] = process.argv.slice(2);

function changedAt(path) {
  const stat = statSync(path);
  return stat.isDirectory() ? Math.max(0, ...readdirSync(path).map(name => changedAt(join(path, name)))) : stat.mtimeMs;
}

const madeAt = statSync(made, { throwIfNoEntry: false })?.mtimeMs ?? 0;
process.exit(sources.some(source => changedAt(source) > madeAt) ? 0 : 1);
