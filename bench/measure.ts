import { spawnSync } from 'child_process';

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds of `require(what)` in a new Node process, without the start of the process. */
export function requireTime(what: string): number {
  const code = `const start = process.hrtime.bigint(); require(${JSON.stringify(what)}); console.log(Number(process.hrtime.bigint() - start) / 1e6);`;
  const { stdout, status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8', env: { ...process.env, AWS_REGION: 'us-east-1' } });
  if (status !== 0) {
    throw new Error(stderr);
  }
  return Number(stdout.trim().split('\n').pop());
}

export interface Ratio {
  readonly ours: number;
  readonly theirs: number;
  /** The ratio of the medians of the pairs: a machine that slows down slows both. */
  readonly ratio: number;
}

/** Runs two functions alternately, so that both run on the machine in the same condition. */
export function sideBySide(rounds: number, ours: () => number, theirs: () => number): Ratio {
  ours();
  theirs();
  const pairs = Array.from({ length: rounds }, () => ({ ours: ours(), theirs: theirs() }));
  return {
    ours: median(pairs.map(pair => pair.ours)),
    theirs: median(pairs.map(pair => pair.theirs)),
    ratio: median(pairs.map(pair => pair.ours / pair.theirs)),
  };
}
