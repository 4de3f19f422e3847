// A copy of the files of the repository in a temporary folder, whose tests run there.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const JEST = 'node_modules/jest/bin/jest.js';
/** Without a line in the journal. */
const SILENCE_MS = 180_000;

export class Tree {
  constructor() {
    this.root = mkdtempSync(path.join(realpathSync(tmpdir()), 'cdk-encrypted-ami-mutants-'));
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { encoding: 'utf8' }).split('\0').filter(file => file !== '' && file !== 'node_modules');
    files.filter(file => existsSync(file)).forEach(file => cpSync(file, path.join(this.root, file)));
    symlinkSync(realpathSync('node_modules'), path.join(this.root, 'node_modules'));
    /** Of `switches.mjs`. */
    this.switches = { selection: path.join(this.root, '.selection'), hits: path.join(this.root, '.hits') };
    this.write('.selection', 'none');
  }

  write(file, text) {
    writeFileSync(path.join(this.root, file), text);
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

  /** Runs a test file by the plan of `environment.mjs`; returns the lines of its journal. The handler is bundled by jest's global setup. */
  async run(file, plan) {
    const temporary = path.join(this.root, '.tmp');
    const journal = path.join(this.root, '.journal');
    mkdirSync(temporary, { recursive: true });
    writeFileSync(journal, '');
    rmSync(this.switches.hits, { force: true });
    this.write('.selection', String(plan.selected ?? 'record'));
    this.write('.plan', JSON.stringify({ ...plan, journal, ...this.switches }));
    const child = spawn(process.execPath, [
      JEST, '--ci', '--runInBand', '--silent', '--reporters', path.join(this.root, 'build-tools/mutants/reporter.mjs'), '--cacheDirectory', path.join(this.root, '.jest'),
      '--env', path.join(this.root, 'build-tools/mutants/environment.mjs'), '--runTestsByPath', file,
    ], { cwd: this.root, detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TMPDIR: temporary, MUTANTS_PLAN: path.join(this.root, '.plan') } });
    this.running = child.pid;
    let output = '';
    [child.stdout, child.stderr].forEach(stream => stream.on('data', data => { output = (output + data).slice(-2_000); }));
    let timedOut = false;
    const timer = setInterval(() => {
      if (Date.now() - statSync(journal).mtimeMs > SILENCE_MS) {
        timedOut = true;
        this.endRun();
      }
    }, 5_000);
    const [status] = await once(child, 'exit');
    clearInterval(timer);
    this.endRun();
    rmSync(temporary, { recursive: true, force: true });
    return { timedOut, status, output, lines: readFileSync(journal, 'utf8').split('\n').filter(line => line !== '').map(line => JSON.parse(line)) };
  }
}
