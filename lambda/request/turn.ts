import { ResourceEvent } from './events';
import { Memory } from './memory';

/** What CloudFormation is to be told of a request. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly physicalId: string;
  readonly reason?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** An invocation that came to nothing, as Step Functions tells of it. */
export interface TaskError {
  readonly Error: string;
  readonly Cause?: string;
}

/** What a step hands to the state machine: seconds until the next step, or an answer. The next success overwrites an error. */
export interface Turn {
  readonly memory: Memory;
  /** Whole seconds, at least one: on anything else the state Wait ends the execution, and no Catch sees it. */
  readonly wait?: number;
  readonly answer?: Answer;
  readonly error?: TaskError;
}

/** What the state machine starts with, and goes on with. */
export interface State {
  readonly event: ResourceEvent;
  /** ISO 8601: until then, invocations that came to nothing are tried again. */
  readonly deadline: string;
  readonly turn: Turn;
}

/** What the state machine invokes the step function with. */
export interface StepInput {
  readonly event: ResourceEvent;
  readonly turn: Turn;
  /** ISO 8601: when the execution began. */
  readonly startedAt: string;
  readonly retryCount: number;
}

/** The same, where nothing is left to do but to answer. */
export interface RespondInput {
  readonly event: ResourceEvent;
  readonly turn: Turn;
  readonly respond: true;
}

/** The one place where results are made: `Choice` and `Wait` have no Catch. */
export function waiting(memory: Memory, seconds: number): Turn {
  return { memory, wait: Math.max(1, Math.ceil(Number.isFinite(seconds) ? seconds : 1)) };
}

export function answered(memory: Memory, answer: Answer): Turn {
  return { memory, answer };
}
