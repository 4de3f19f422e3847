/**
 * What is going to happen in EC2, in the order in which it will. Nothing waits for it: whatever is due is done before the next
 * request is looked at.
 */
export class Schedule {
  private readonly entries: { at: number; effect: (at: number) => void }[] = [];

  /** Things that are due at the same time happen in the order they were asked for. */
  public at(at: number, effect: (at: number) => void): void {
    const later = this.entries.findIndex(entry => entry.at > at);
    this.entries.splice(later < 0 ? this.entries.length : later, 0, { at, effect });
  }

  public settle(now: number): void {
    while (this.entries.length > 0 && this.entries[0].at <= now) {
      const entry = this.entries.shift()!;
      entry.effect(entry.at);
    }
  }
}
