/**
 * What is going to happen in EC2, in the order in which it will. Nothing waits for it: whatever is due is done before the next
 * request is looked at.
 */
export class Schedule {
  private readonly entries: { scheduleTransition: number; effect: (scheduleTransition: number) => void }[] = [];

  /** Things that are due at the same time happen in the order they were asked for. */
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
