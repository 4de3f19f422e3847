/** Scheduled state transitions of EC2, in order of time. No timers run: each request first carries out every transition that is due. */
export class Schedule {
  private readonly entries: { time: number; effect: (time: number) => void }[] = [];

  /** Transitions with the same time run in the order in which they were scheduled. */
  public scheduleTransition(time: number, effect: (time: number) => void): void {
    const later = this.entries.findIndex(entry => entry.time > time);
    this.entries.splice(later < 0 ? this.entries.length : later, 0, { time, effect });
  }

  public runDueTransitions(now: number): void {
    while (this.entries.length > 0 && this.entries[0].time <= now) {
      const entry = this.entries.shift()!;
      entry.effect(entry.time);
    }
  }
}
