import { spawnSync, SpawnSyncReturns } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';

/** Before version 1.5 or so, a failed update deleted the whole stack, and a replaced resource got no Delete. */
export const MINISTACK = 'ministack==1.5.33';

/** The machine has no Python, or the package is not available. */
export class NotInstalled extends Error {}

/** Returns the command of a virtual environment with ministack, which is created in `directory` if it does not exist. */
export function installMinistack(directory: string, print: (sentence: string) => void): string {
  const command = join(directory, 'bin', 'ministack');
  const marker = join(directory, 'installed.txt');
  if (existsSync(command) && existsSync(marker) && readFileSync(marker, 'utf8') === MINISTACK) {
    return command;
  }
  print(`installing ${MINISTACK} into ${directory}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(dirname(directory), { recursive: true });
  const python = ['python3', 'python'].find(name => run(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))']).status === 0);
  if (!python) {
    throw new NotInstalled('there is no Python 3.10 or newer on this machine');
  }
  require0('a virtual environment cannot be made', run(python, ['-m', 'venv', directory]));
  require0(`${MINISTACK} cannot be installed`, run(join(directory, 'bin', 'python'), [
    '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '2', '--timeout', '20', MINISTACK,
  ]));
  writeFileSync(marker, MINISTACK);
  return command;
}

function run(command: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(command, args, { encoding: 'utf8', env: process.env, timeout: 300_000 });
}

function require0(what: string, { status, stderr, error }: SpawnSyncReturns<string>): void {
  if (status !== 0) {
    const reason = error?.message ?? stderr.trim().split('\n').pop() ?? '';
    throw new NotInstalled(`${what} (${reason})`);
  }
}
