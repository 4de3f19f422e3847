import { StackEvent } from '@aws-sdk/client-cloudformation';
import { Clock } from './clock';

/**
 * Between the time of the local AWS, which may run faster, and that of the machine. The command line asks for the events since it was
 * started, by the machine's time: with others it would show those of the operation before, too.
 */
export class WallTime {
  public constructor(private readonly clock: Clock) {}

  public ofLocal(local: number): number {
    return this.clock.speed === 0 ? local : Date.now() - (this.clock.now() - local) / this.clock.speed;
  }

  public toLocal(wall: number): number {
    return this.clock.speed === 0 ? wall : this.clock.now() - (Date.now() - wall) * this.clock.speed;
  }

  /** The same with every time in it turned into the machine's. */
  public inAnswer(value: unknown): unknown {
    if (value instanceof Date) {
      return new Date(this.ofLocal(value.getTime()));
    }
    if (Array.isArray(value)) {
      return value.map(one => this.inAnswer(one));
    }
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.inAnswer(inner)]))
      : value;
  }
}

/** Newest first, as they came, but no two at the same time: the command line sorts them by time, and so turned round those of one millisecond. */
export function apart(events: readonly StackEvent[]): StackEvent[] {
  let last = 0;
  return [...events].reverse().map(event => {
    last = Math.max(event.Timestamp?.getTime() ?? 0, last + 1);
    return { ...event, Timestamp: new Date(last) };
  }).reverse();
}
