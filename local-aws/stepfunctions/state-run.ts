import { Execution } from './execution';
import { LambdaTaskOptions } from './lambda-task';
import { Json } from './language/paths';
import { State } from './language/state';

export interface RunOptions extends LambdaTaskOptions {
  /** Throws `RuntimeFailure` if the role of the state machine cannot use its key. */
  readonly checkKey: (execution: Execution) => void;
}

/** The running state. */
export interface Entered {
  readonly name: string;
  readonly state: State;
  readonly data: string;
  readonly time: string;
  readonly eventId: number;
}

export interface Outcome {
  readonly output: string;
  /** None if the execution ends. */
  readonly next?: string;
}

/** The execution, as its states use it. */
export interface StateRun {
  readonly execution: Execution;
  readonly options: RunOptions;
  /** A state calls it before each step. It fails for an execution that was stopped, whose state machine was deleted, or whose key is unusable. */
  proceed(): void;
  /** The context object `$$`. Only states with `Retry` have a `RetryCount`. */
  contextOf(entered: Pick<Entered, 'name' | 'time'>, retryCount?: number): Json;
}
