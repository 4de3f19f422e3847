/** Scheduled state transitions of EC2, in order of time. No timers run: each request first carries out every transition that is due. */
export class Schedule {
  private readonly entries: { scheduleTransition: number; effect: (scheduleTransition: number) => void }[] = [];

  /** Transitions with the same time run in the order in which they were scheduled. */
  public scheduleTransition(scheduleTransition: number, effect: (scheduleTransition: number) => void): void {
    const later = this.entries.findIndex(entry => entry.scheduleTransition > scheduleTransition);
    this.entries.splice(later < 0 ? this.entries.length : later, 0, { scheduleTransition: scheduleTransition, effect });
  }

  public runDueTransitions(now: number): void {
    while (this.entries.length > 0 && this.entries[0].scheduleTransition <= now) {
      const entry = this.entries.shift()!;
      entry.effect(entry.scheduleTransition);
    }
  }
}
