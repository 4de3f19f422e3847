import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { installMinistack, MINISTACK, NotInstalled } from '../../../local-aws/ministack/installation';

let directory: string;
const path = process.env.PATH;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'installation-'));
});

afterEach(() => {
  process.env.PATH = path;
  rmSync(directory, { recursive: true });
});

/** A machine whose only command is a Python that does what the script says. */
function machineWithPython(script: string): void {
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'python3'), 0o755);
  process.env.PATH = bin;
}

test('skips the installation on a machine without Python', () => {
  process.env.PATH = directory;
  expect(() => installMinistack(join(directory, 'venv'), () => undefined)).toThrow(new NotInstalled('there is no Python 3.10 or newer on this machine'));
});

test('reports why the package is not available', () => {
  machineWithPython('[ "$2" = venv ] || exit 0; echo "no ensurepip" >&2; exit 1');
  expect(() => installMinistack(join(directory, 'venv'), () => undefined)).toThrow(new NotInstalled('a virtual environment cannot be made (no ensurepip)'));
});

test('does not install the package again', () => {
  const venv = join(directory, 'venv');
  mkdirSync(join(venv, 'bin'), { recursive: true });
  writeFileSync(join(venv, 'bin', 'ministack'), '');
  writeFileSync(join(venv, 'installed.txt'), MINISTACK);
  const said: string[] = [];
  expect(installMinistack(venv, sentence => said.push(sentence))).toBe(join(venv, 'bin', 'ministack'));
  expect(said).toEqual([]);
});
