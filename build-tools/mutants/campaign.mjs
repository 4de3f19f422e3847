// Runs the test files against all mutants, several at a time, each in a tree of its own.
import { statSync } from 'node:fs';
import { reachOf, rememberReach } from './reach.mjs';
import { withSwitches } from './switches.mjs';
import { Tree } from './tree.mjs';

/** Runs of one test file, each of which begins where the one before it could not go on. */
const MAX_RUNS = 40;

export class Campaign {
  /** By the number of the mutant, the test that noticed it. */
  killed = new Map();
  /** The milliseconds of the tests that have passed with a mutant, by its number. */
  #milliseconds = {};
  /** Each is on from the first line of the test file to the last: reached by no test alone, or a test that cannot run twice. */
  #alone = new Set();
  /** The test files that reach a mutant, and how many tests have passed with it. */
  #reachedBy = new Map();
  #passed = new Map();

  constructor({ texts, mutants, limit, workers }) {
    Object.assign(this, { texts, mutants, limit });
    this.sources = [...texts.keys()];
    this.trees = Array.from({ length: workers }, () => new Tree());
    for (const tree of this.trees) {
      texts.forEach((text, file) => tree.write(file, withSwitches(text, mutants.filter(mutant => mutant.file === file), tree.switches)));
    }
  }

  isReached(number) {
    return this.#reachedBy.has(number);
  }

  testsOf(number) {
    return this.#passed.get(number) ?? 0;
  }

  end() {
    this.trees.forEach(tree => tree.remove());
  }

  async run(testFiles) {
    const cost = file => reachOf(file).milliseconds ?? (file.includes('.deploy.') ? 1e6 : 0) + statSync(file).size;
    const queue = testFiles.filter(file => this.#mayReach(file)).sort((one, other) => cost(one) - cost(other));
    console.log(`${this.mutants.length} mutants, ${queue.length} test files`);
    await this.#share(queue, (tree, file) => this.#runTests(tree, file));
    const alone = this.mutants.map(({ number }) => number).filter(number => !this.killed.has(number) && this.#alone.has(number));
    console.log(`${alone.length} mutants by themselves`);
    await this.#share(alone, (tree, number) => this.#runAlone(tree, number));
  }

  async #share(queue, run) {
    await Promise.all(this.trees.map(async tree => {
      while (queue.length > 0) {
        await run(tree, queue.shift());
      }
    }));
  }

  /** Each test that reaches a mutant, with each of them. */
  async #runTests(tree, file) {
    const record = reachOf(file);
    if (!this.#mayReach(file)) {
      return;
    }
    const passed = [];
    let skipped = this.#withoutReach(record);
    const startedAt = Date.now();
    const before = this.killed.size;
    for (let runs = 0; runs < MAX_RUNS; runs++) {
      const { timedOut, output, lines } = await tree.run(file, {
        mutants: this.mutants.map(({ number }) => number).filter(number => !this.killed.has(number)),
        killed: [], alone: [...this.#alone], passed, milliseconds: this.#milliseconds, limit: this.limit, skipped,
      });
      this.#take(file, lines, record, passed);
      const failed = lines.filter(line => line.cannotRun !== undefined);
      if (failed.length > 0 && skipped.length > 0) {
        // a test may need those before it
        skipped = [];
        continue;
      }
      failed.forEach(({ test, cannotRun }) => console.log(`fails without a change: ${file}: ${test ?? ''}: ${cannotRun}`));
      if (lines.some(({ isComplete }) => isComplete)) {
        break;
      }
      const last = lines.findLast(({ begins }) => begins !== undefined)?.mutant;
      if (last === undefined && !lines.some(({ isAlone }) => isAlone)) {
        console.log(`${file} cannot run: ${output.slice(-300)}`);
        break;
      }
      // the process has ended in the middle of it
      if (lines.at(-1).isComplete === undefined && !this.killed.has(last)) {
        timedOut ? this.killed.set(last, `${file}: its time`) : this.#alone.add(last);
      }
    }
    rememberReach(file, record);
    console.log(`${Math.round((Date.now() - startedAt) / 1_000)} s, ${this.killed.size - before} killed: ${file}`);
  }

  #take(file, lines, record, passed) {
    record.milliseconds = Math.max(record.milliseconds ?? 0, lines.reduce((sum, line) => sum + (line.hits ? line.milliseconds : 0), 0));
    for (const line of lines) {
      if (line.always) {
        this.#reached(file, record, line.always, functions => functions.always);
        line.always.forEach(number => this.#alone.add(number));
      } else if (line.hits) {
        this.#reached(file, record, line.hits, functions => functions.tests[line.test] ??= []);
      } else if (line.passed) {
        passed.push(`${line.passed} ${line.mutant}`);
        this.#passed.set(line.mutant, this.testsOf(line.mutant) + 1);
        this.#milliseconds[line.mutant] = (this.#milliseconds[line.mutant] ?? 0) + line.milliseconds;
      } else if (line.killedBy) {
        this.killed.set(line.mutant, `${file}: ${line.killedBy}`);
      } else if (line.isAlone) {
        this.#alone.add(line.mutant);
      }
    }
  }

  #reached(file, record, numbers, listOf) {
    for (const source of this.sources) {
      const functions = record.sources[source] ??= { names: this.#namesIn(source), always: [], tests: {} };
      functions.names = this.#namesIn(source);
      const list = listOf(functions);
      const names = numbers.map(number => this.mutants[number]).filter(mutant => mutant.file === source).map(({ name }) => name);
      list.push(...new Set(names.filter(name => !list.includes(name))));
    }
    numbers.forEach(number => this.#reachedBy.set(number, new Set([...this.#reachedBy.get(number) ?? [], file])));
  }

  #namesIn(source) {
    return [...new Set(this.mutants.filter(({ file }) => file === source).map(({ name }) => name))];
  }

  /** Whether a list of functions, of each source, has one with a mutant that is left; undefined if not all functions of today were there when they were recorded. */
  #hasOneLeft(record) {
    const left = this.mutants.filter(({ number }) => !this.killed.has(number));
    if (!left.every(({ file, name }) => record.sources[file]?.names.includes(name))) {
      return undefined;
    }
    return listOf => left.some(({ file, name }) => listOf(record.sources[file])?.includes(name));
  }

  #mayReach(file) {
    const record = reachOf(file);
    const hasOneLeft = this.#hasOneLeft(record);
    return hasOneLeft === undefined || hasOneLeft(({ always, tests }) => [always, ...Object.values(tests)].flat());
  }

  /** Tests that reach no mutant that is left. */
  #withoutReach(record) {
    const hasOneLeft = this.#hasOneLeft(record);
    return hasOneLeft === undefined ? [] : Object.keys(Object.values(record.sources)[0].tests).filter(test => !hasOneLeft(({ tests }) => tests[test]));
  }

  async #runAlone(tree, number) {
    let spent = 0;
    const files = [...this.#reachedBy.get(number)].sort((one, other) => (reachOf(one).milliseconds ?? 0) - (reachOf(other).milliseconds ?? 0));
    for (const file of files) {
      const startedAt = Date.now();
      const { timedOut, status, output, lines } = await tree.run(file, { selected: number, mutants: [], killed: [], alone: [], passed: [], milliseconds: {}, skipped: [] });
      const killedBy = lines.find(line => line.killedBy)?.killedBy ?? (timedOut ? 'its time' : status === 0 ? undefined : `cannot run: ${output.slice(-200)}`);
      if (killedBy !== undefined) {
        this.killed.set(number, `${file}: ${killedBy}`);
        return;
      }
      this.#passed.set(number, this.testsOf(number) + 1);
      spent += Date.now() - startedAt;
      if (spent > this.limit) {
        return;
      }
    }
  }
}
