import { ResourceEvent } from './events';
import { Memory } from './memory';

/** The end of a request, for CloudFormation. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly physicalId: string;
  readonly reason?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** The error of an invocation that returned nothing, as Step Functions reports it. */
export interface TaskError {
  readonly Error: string;
  readonly Cause?: string;
}

/** The result of a step: seconds until the next step, or an answer. The next success overwrites an error. */
export interface Turn {
  readonly memory: Memory;
  /** Whole seconds, at least one: on anything else the state Wait ends the execution, and no Catch sees it. */
  readonly wait?: number;
  readonly answer?: Answer;
  readonly error?: TaskError;
}

/** The data of an execution. */
export interface State {
  readonly event: ResourceEvent;
  /** ISO 8601: until then, invocations that return nothing are tried again. */
  readonly deadline: string;
  readonly turn: Turn;
}

/** The input of the step function. */
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
  return { memory, wait: Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : 1 };
}

export function answered(memory: Memory, answer: Answer): Turn {
  return { memory, answer };
}
