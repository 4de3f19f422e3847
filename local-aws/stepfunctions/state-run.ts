import { Execution } from './execution';
import { LambdaTaskOptions } from './lambda-task';
import { Json } from './language/paths';
import { State } from './language/state';

export interface RunOptions extends LambdaTaskOptions {
  /** Throws `RuntimeFailure` if the role of the state machine cannot use its key. */
  readonly checkKey: (execution: Execution) => void;
}

/** The state that is at work. */
export interface Entered {
  readonly name: string;
  readonly state: State;
  readonly data: string;
  readonly time: string;
  readonly eventId: number;
}

export interface Outcome {
  readonly output: string;
  /** None: the execution ends. */
  readonly next?: string;
}

/** What a state needs of the execution that it is part of. */
export interface StateRun {
  readonly execution: Execution;
  readonly options: RunOptions;
  /** To be called before each step: an execution that was stopped, whose state machine was deleted or whose key is unusable goes no further. */
  proceed(): void;
  /** The context object `$$`; only a state that can be retried has a `RetryCount`. */
  contextOf(entered: Pick<Entered, 'name' | 'time'>, retryCount?: number): Json;
}
