// Which functions the tests of a file reach, remembered for as long as the test file is the same.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FOLDER = '.cache/mutants';

const cacheOf = file => path.join(FOLDER, `${file.replaceAll('/', '__')}.json`);
const hashOf = file => createHash('sha256').update(readFileSync(file)).digest('hex');

/** `{ milliseconds, sources: { FILE: { always, tests: { TEST: functions } } } }` of a test file. */
export function reachOf(testFile) {
  const record = existsSync(cacheOf(testFile)) ? JSON.parse(readFileSync(cacheOf(testFile), 'utf8')) : undefined;
  return record?.hash === hashOf(testFile) ? record : { hash: hashOf(testFile), sources: {} };
}

export function rememberReach(testFile, record) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(cacheOf(testFile), JSON.stringify(record));
}
