// A copy of the files of the repository in a temporary folder, whose tests run there.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const JEST = 'node_modules/jest/bin/jest.js';

export class Tree {
  constructor() {
    this.root = mkdtempSync(path.join(realpathSync(tmpdir()), 'cdk-encrypted-ami-mutants-'));
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { encoding: 'utf8' }).split('\0').filter(file => file !== '' && file !== 'node_modules');
    files.filter(file => existsSync(file)).forEach(file => cpSync(file, path.join(this.root, file)));
    symlinkSync(realpathSync('node_modules'), path.join(this.root, 'node_modules'));
  }

  write(file, text) {
    writeFileSync(path.join(this.root, file), text);
  }

  restore(file) {
    this.write(file, readFileSync(file));
  }

  remove() {
    this.endRun();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** jest and the processes of the functions, which are in its group. */
  endRun() {
    if (this.running === undefined) {
      return;
    }
    try {
      process.kill(-this.running, 'SIGKILL');
    } catch {
      // all have ended
    }
    this.running = undefined;
  }

  /** Runs test files in this order, until a test fails. The handler is bundled by jest's global setup. */
  async jest(files, { names, setup, environment, seconds }) {
    const temporary = path.join(this.root, '.tmp');
    const result = path.join(this.root, '.result.json');
    rmSync(result, { force: true });
    mkdirSync(temporary, { recursive: true });
    const tools = path.join(this.root, 'build-tools/mutants');
    const child = spawn(process.execPath, [
      JEST, '--ci', '--runInBand', '--bail', '--cacheDirectory', path.join(this.root, '.jest'),
      '--reporters', path.join(tools, 'stop-at-first-failure.mjs'), '--testSequencer', path.join(tools, 'cheapest-first.mjs'),
      ...setup === undefined ? [] : ['--setupFilesAfterEnv', path.join(this.root, setup)],
      ...names === undefined ? [] : ['-t', `^(?:${names.map(name => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})$`],
      '--runTestsByPath', ...files,
    ], {
      cwd: this.root, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary, MUTANTS_RESULT: result, MUTANTS_ORDER: files.join(), ...environment },
    });
    this.running = child.pid;
    let output = '';
    [child.stdout, child.stderr].forEach(stream => stream.on('data', data => { output += data; }));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      this.endRun();
    }, seconds * 1_000);
    const [status] = await once(child, 'exit');
    clearTimeout(timer);
    this.endRun();
    rmSync(temporary, { recursive: true, force: true });
    const failure = existsSync(result) ? JSON.parse(readFileSync(result, 'utf8')) : undefined;
    return { passed: status === 0, timedOut, failure, output };
  }
}
