import { StackEvent } from '@aws-sdk/client-cloudformation';
import { Clock } from './clock';

/**
 * Converts between the time of the local AWS, which can run faster, and that of the machine. The command line requests the events since its
 * start by the machine's time. With other times it would also show those of the operation before.
 */
export class WallTime {
  public constructor(private readonly clock: Clock) {}

  public ofLocal(local: number): number {
    return this.clock.speed === 0 ? local : Date.now() - (this.clock.now() - local) / this.clock.speed;
  }

  public toLocal(wall: number): number {
    return this.clock.speed === 0 ? wall : this.clock.now() - (Date.now() - wall) * this.clock.speed;
  }

  /** Returns a copy with every time converted to the machine's. */
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

/**
 * Keeps the order, newest first, but makes the times unique: the command line sorts events by time, and would reverse those of the same
 * millisecond.
 */
export function apart(events: readonly StackEvent[]): StackEvent[] {
  let last = 0;
  return [...events].reverse().map(event => {
    last = Math.max(event.Timestamp!.getTime(), last + 1);
    return { ...event, Timestamp: new Date(last) };
  }).reverse();
}
