// An environment of jest: each test runs once without a change, then once with each change that it came to.
// jest can repeat a failed test at once: an error of its own stands for another run of the test.
import { TestEnvironment } from 'jest-environment-node';
import { appendFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const NEXT = new Error('once more, with another change');

export default class MutantsEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.plan = JSON.parse(readFileSync(process.env.MUTANTS_PLAN, 'utf8'));
    this.file = path.relative(process.cwd(), context.testPath);
    this.killed = new Set(this.plan.killed);
    this.alone = new Set(this.plan.alone);
    /** Of this file, by test. */
    this.passed = new Set(this.plan.passed);
    this.names = new Map();
    this.milliseconds = new Map(Object.entries(this.plan.milliseconds));
  }

  async setup() {
    await super.setup();
    this.global[Symbol.for('RETRY_TIMES')] = 1_000_000;
    this.global[Symbol.for('RETRY_IMMEDIATELY')] = true;
    this.select(String(this.plan.selected ?? 'record'));
  }

  async handleTestEvent(event) {
    if (this.plan.selected !== undefined) {
      this.endAtFailure(event);
    } else if (event.name === 'test_start') {
      this.start(event.test);
    } else if (event.name === 'test_done') {
      this.done(event.test);
    } else if (event.name === 'hook_failure' && event.test === undefined || event.name === 'error') {
      this.write({ cannotRun: String(event.error?.message ?? event.error).slice(0, 300) });
    } else if (event.name === 'run_finish') {
      this.write({ always: this.hits(), isComplete: !this.isBroken });
    }
  }

  /** One change from the first line of the file to the last. */
  endAtFailure({ name, test, error }) {
    const failed = name === 'test_done' ? test.errors.length > 0 : ['hook_failure', 'error'].includes(name);
    if (failed) {
      this.write({ mutant: this.plan.selected, killedBy: test?.name ?? String(error?.message ?? error).slice(0, 300) });
      process.kill(process.pid, 'SIGKILL');
    }
  }

  start(test) {
    if (this.running?.test === test) {
      this.again(test);
      return;
    }
    const name = this.uniqueNameOf(test);
    if (this.isBroken || this.plan.skipped.includes(name)) {
      test.mode = 'skip';
      return;
    }
    this.write({ always: this.hits() });
    this.running = { test, name, timeout: test.timeout };
    this.startRun('record');
    this.again(test);
  }

  again(test) {
    // a change that makes a test wait shall not make it wait for a minute
    test.timeout = this.running.mutant === undefined ? this.running.timeout : this.running.limit;
    this.startedAt = performance.now();
  }

  /** Two tests of a file can have the same name. */
  uniqueNameOf(test) {
    const name = nameOf(test);
    this.names.set(name, (this.names.get(name) ?? 0) + 1);
    return this.names.get(name) === 1 ? name : `${name} (${this.names.get(name)})`;
  }

  startRun(selected) {
    this.runs = (this.runs ?? 0) + 1;
    this.hits();
    this.select(`${selected} ${this.runs}`);
  }

  done(test) {
    const { running } = this;
    const milliseconds = Math.round(performance.now() - this.startedAt);
    const failure = test.errors.length === 0 ? undefined : messageOf(test.errors[0]);
    const hits = this.hits();
    if (running.mutant !== undefined) {
      this.doneWithChange(running, { milliseconds, failure, hits });
    } else if (running.suspect !== undefined) {
      this.doneAfterFailure(running, failure);
    } else if (running.isSecond) {
      this.doneTwice(running, failure);
    } else if (failure !== undefined) {
      this.write({ test: running.name, cannotRun: failure });
      running.left = [];
    } else {
      running.limit = Math.max(5_000, milliseconds * 10);
      running.own = milliseconds;
      running.left = hits.filter(number => this.plan.mutants.includes(number) && !this.passed.has(`${running.name} ${number}`));
      this.write({ test: running.name, milliseconds, hits });
    }
    test.errors = this.next(running) ? [NEXT] : [];
  }

  /** With a test that does not pass twice, a change is on in a process of its own. */
  doneTwice(running, failure) {
    running.isSecond = false;
    if (failure !== undefined) {
      this.isBroken = true;
      running.left.forEach(number => this.leaveAlone(number));
    }
  }

  doneWithChange(running, { milliseconds, failure, hits }) {
    const number = running.mutant;
    running.mutant = undefined;
    if (failure !== undefined) {
      running.suspect = { number, failure };
    } else if (hits.includes(number)) {
      this.milliseconds.set(String(number), this.spent(number) + milliseconds);
      this.write({ mutant: number, passed: running.name, milliseconds });
    } else {
      // a second run of the test does something else
      this.leaveAlone(number);
    }
  }

  /** A failure counts if the test passes again without the change. */
  doneAfterFailure(running, failure) {
    const { number, failure: killedBy, isSecond } = running.suspect;
    if (failure === undefined) {
      running.suspect = undefined;
      this.killed.add(number);
      this.write({ mutant: number, killedBy: `${running.name}: ${killedBy}` });
    } else if (isSecond) {
      this.isBroken = true;
      this.leaveAlone(number);
    } else {
      running.suspect.isSecond = true;
    }
  }

  next(running) {
    if (this.isBroken) {
      return false;
    }
    if (running.suspect !== undefined) {
      this.startRun('none');
      return true;
    }
    running.left = running.left.filter(number => !this.killed.has(number) && !this.alone.has(number)
      && (this.spent(number) === 0 || this.spent(number) + running.own <= this.plan.limit));
    if (running.left.length > 0 && running.isSecond === undefined) {
      running.isSecond = true;
      this.startRun('none');
      return true;
    }
    running.mutant = running.left.shift();
    if (running.mutant === undefined) {
      return false;
    }
    this.write({ mutant: running.mutant, begins: running.name });
    this.startRun(running.mutant);
    return true;
  }

  leaveAlone(number) {
    this.alone.add(number);
    this.write({ mutant: number, isAlone: true });
  }

  spent(number) {
    return this.milliseconds.get(String(number)) ?? 0;
  }

  write(line) {
    appendFileSync(this.plan.journal, `${JSON.stringify(line)}\n`);
  }

  /** Renamed, because a process may read it at any time. */
  select(selected) {
    writeFileSync(`${this.plan.selection}.new`, selected);
    renameSync(`${this.plan.selection}.new`, this.plan.selection);
  }

  hits() {
    const numbers = existsSync(this.plan.hits) ? readFileSync(this.plan.hits, 'utf8').split('\n').filter(line => line !== '').map(Number) : [];
    rmSync(this.plan.hits, { force: true });
    return [...new Set(numbers)];
  }
}

function nameOf(test) {
  return test.parent?.parent === undefined ? test.name : `${nameOf(test.parent)} ${test.name}`;
}

function messageOf(error) {
  const [first, second] = Array.isArray(error) ? error : [error];
  return String((first ?? second)?.message ?? first ?? second).replace(/\u001b\[\d+m/g, '').replace(/\s+/g, ' ').slice(0, 200);
}
