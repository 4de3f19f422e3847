/**
 * The time of the local AWS. `speed` is the number of its seconds in one second of the machine: at 60, a minute of EC2 takes a second of a
 * test. At speed 0, the time changes only by `advance`.
 */
export class Clock {
  private readonly realStart = Date.now();
  private readonly start: number;
  private stepped = 0;
  private readonly sleepers = new Set<{ until: number; wake: () => void }>();

  public constructor(public readonly speed: number = 1, start: number = Date.now()) {
    this.start = start;
  }

  /** Milliseconds since 1970, in the time of the local AWS. */
  public now(): number {
    return this.start + this.stepped + (Date.now() - this.realStart) * this.speed;
  }

  public date(): Date {
    return new Date(this.now());
  }

  /** Resolves after the given number of milliseconds of the local AWS. */
  public sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const sleeper = { until: this.now() + milliseconds, wake: resolve };
      this.sleepers.add(sleeper);
      this.arm(sleeper);
    });
  }

  /** Advances the time. */
  public advance(milliseconds: number): void {
    this.stepped += milliseconds;
    for (const sleeper of [...this.sleepers]) {
      this.arm(sleeper);
    }
  }

  private arm(sleeper: { until: number; wake: () => void }): void {
    const left = sleeper.until - this.now();
    if (left <= 0) {
      if (this.sleepers.delete(sleeper)) {
        sleeper.wake();
      }
    } else if (this.speed > 0) {
      setTimeout(() => this.arm(sleeper), Math.min(left / this.speed, 0x7fffffff)).unref();
    }
  }
}
