import type { HistoryEvent, HistoryEventType } from '@aws-sdk/client-sfn';
import { Clock } from '../time/clock';
import { RuntimeFailure } from './language/failures';

/** Quotas of Step Functions. Tests can change them at any time. */
export interface StepFunctionsLimits {
  /** "Each execution has a maximum of 25,000 history events": the last one is the execution's failure ("Step Functions service quotas"). */
  historyEvents: number;
}

export const defaultStepFunctionsLimits: Readonly<StepFunctionsLimits> = { historyEvents: 25_000 };

export type EventDetails = Omit<HistoryEvent, 'timestamp' | 'type' | 'id' | 'previousEventId'>;

/** The events of one execution, for GetExecutionHistory. */
export class History {
  public readonly events: HistoryEvent[] = [];

  public constructor(private readonly clock: Clock, private readonly limits: Readonly<StepFunctionsLimits> = defaultStepFunctionsLimits) {}

  /** Appends an event and returns its ID. Fails the execution if only the last event is left of the quota. */
  public add(type: HistoryEventType, details: EventDetails = {}): number {
    const { historyEvents } = this.limits;
    if (this.events.length >= historyEvents - 1) {
      throw new RuntimeFailure(`The execution reached the maximum number of history events (${historyEvents}).`);
    }
    return this.append(type, details);
  }

  /** Appends the last event of the execution. */
  public end(type: HistoryEventType, details: EventDetails = {}): void {
    this.append(type, details);
  }

  private append(type: HistoryEventType, details: EventDetails): number {
    const id = this.events.length + 1;
    // the event of the first state has no previous event
    this.events.push({ timestamp: this.clock.date(), type, id, previousEventId: id <= 2 ? 0 : id - 1, ...details });
    return id;
  }
}

const dataFields = ['input', 'inputDetails', 'output', 'outputDetails', 'parameters'];

/** Returns an event without its input and output. */
export function withoutData(event: HistoryEvent): HistoryEvent {
  return Object.fromEntries(Object.entries(event).map(([name, value]: [string, unknown]) => {
    if (!name.endsWith('EventDetails')) {
      return [name, value];
    }
    return [name, Object.fromEntries(Object.entries(value as object).filter(([field]) => !dataFields.includes(field)))];
  })) as unknown as HistoryEvent;
}
