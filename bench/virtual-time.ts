import { Clock } from '../local-aws/time/clock';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * Virtual time, which stops during work and jumps to the next timer when there is no work. An hour of four hundred waiting requests takes as
 * long as their calls, and the speed of this machine does not change the measured time.
 */
export class VirtualTime {
  private readonly sleepers: Sleeper[] = [];
  private calls = 0;

  /** The clock must not run by itself. */
  public constructor(private readonly clock: Clock) {}

  public sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => this.at(milliseconds, resolve));
  }

  /** Time stops until the work has finished. */
  public async during<T>(call: () => Promise<T>): Promise<T> {
    this.calls += 1;
    try {
      return await call();
    } finally {
      this.calls -= 1;
    }
  }

  /** Runs until the work has finished. `setTimeout` waits in virtual time meanwhile, also in the SDK between two attempts. */
  public async run<T>(work: () => Promise<T>): Promise<T> {
    const real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };
    const patched = (wake: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => this.at(milliseconds, () => wake(...given));
    const cleared = (sleeper: Sleeper | undefined) => this.remove(sleeper);
    Object.assign(globalThis, { setTimeout: patched, clearTimeout: cleared });
    try {
      let done = false;
      const result = work().finally(() => { done = true; });
      result.catch(() => undefined);
      for (let settled = 0; !done;) {
        await new Promise(resolve => setImmediate(resolve));
        // after a response, the caller needs some turns of the event loop for its next call
        settled = this.calls === 0 ? settled + 1 : 0;
        if (settled > 10) {
          settled = 0;
          this.leap();
        }
      }
      return await result;
    } finally {
      Object.assign(globalThis, real);
    }
  }

  private at(milliseconds: number, wake: () => void): Sleeper & NodeJS.RefCounted {
    const sleeper = { at: this.clock.now() + milliseconds, wake, ref: () => sleeper, unref: () => sleeper };
    this.sleepers.push(sleeper);
    return sleeper;
  }

  private remove(sleeper: Sleeper | undefined): void {
    const index = sleeper === undefined ? -1 : this.sleepers.indexOf(sleeper);
    if (index >= 0) {
      this.sleepers.splice(index, 1);
    }
  }

  private leap(): void {
    const next = Math.min(...this.sleepers.map(({ at }) => at));
    if (next === Infinity) {
      throw new Error('nothing is under way, and nothing is waited for');
    }
    this.clock.advance(Math.max(0, next - this.clock.now()));
    const due = this.sleepers.filter(({ at }) => at <= next);
    due.forEach(sleeper => this.remove(sleeper));
    due.forEach(({ wake }) => wake());
  }
}
