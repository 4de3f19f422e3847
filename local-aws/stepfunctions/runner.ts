import { Execution } from './execution';
import { isTrue } from './language/choice-rules';
import { EvaluationFailure, ExecutionEnded, RuntimeFailure, StateFailure } from './language/failures';
import { Json, lookUp } from './language/paths';
import { State } from './language/state';
import { checkSize, inputOf, outputOf, scopeOf, selectOutput } from './language/state-data';
import { waitingTime } from './language/wait';
import { StateMachine } from './state-machine';
import { Entered, Outcome, RunOptions, StateRun } from './state-run';
import { runTask } from './task';

/** Runs one execution, state by state. */
export class Runner implements StateRun {
  public constructor(
    private readonly machine: StateMachine,
    public readonly execution: Execution,
    public readonly options: RunOptions,
  ) {}

  public async run(): Promise<void> {
    const { execution, options } = this;
    const { definition } = execution.revision;
    if (definition.TimeoutSeconds !== undefined) {
      void options.clock.sleep(definition.TimeoutSeconds * 1000).then(() => execution.timeOut());
    }
    try {
      let outcome: Outcome = { output: execution.input, next: definition.StartAt };
      while (outcome.next !== undefined) {
        // StartExecution responds before the first state begins
        await Promise.resolve();
        outcome = await this.runState(outcome.next, outcome.output);
      }
      this.proceed();
      execution.succeed(outcome.output);
    } catch (error) {
      if (error instanceof StateFailure) {
        execution.fail(error.error, error.message);
      } else if (!(error instanceof ExecutionEnded)) {
        execution.fail('States.Runtime', (error as Error).message);
      }
    }
  }

  public proceed(): void {
    if (!this.execution.running) {
      throw new ExecutionEnded();
    }
    if (this.machine.status === 'DELETING') {
      throw new RuntimeFailure(`State machine ${this.machine.name} has been deleted`);
    }
    this.options.checkKey(this.execution);
  }

  public contextOf({ name, time }: Pick<Entered, 'name' | 'time'>, retryCount?: number): Json {
    const { execution, machine } = this;
    return {
      Execution: {
        Id: execution.arn,
        Input: JSON.parse(execution.input) as Json,
        Name: execution.name,
        RoleArn: execution.revision.roleArn,
        StartTime: new Date(execution.started).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: machine.arn, Name: machine.name },
      State: { Name: name, EnteredTime: time, ...retryCount === undefined ? {} : { RetryCount: retryCount } },
    };
  }

  private async runState(name: string, data: string): Promise<Outcome> {
    this.proceed();
    const { execution, options } = this;
    const state = execution.revision.definition.States[name];
    execution.transitions += 1;
    const eventId = execution.history.add(`${state.Type}StateEntered`, { stateEnteredEventDetails: { name, input: data, inputDetails: { truncated: false } } });
    const entered: Entered = { name, state, data, eventId, time: options.clock.date().toISOString() };
    const outcome = await this.perform(entered).catch((error: unknown) => {
      throw error instanceof EvaluationFailure
        ? new RuntimeFailure(`An error occurred while executing the state '${name}' (entered at the event id #${eventId}). ${error.message}`)
        : error;
    });
    execution.history.add(`${state.Type as Exclude<State['Type'], 'Fail'>}StateExited`, {
      stateExitedEventDetails: { name, output: outcome.output, outputDetails: { truncated: false } },
    });
    return outcome;
  }

  private async perform(entered: Entered): Promise<Outcome> {
    const { name, state, data } = entered;
    if (state.Type === 'Task') {
      return runTask(this, entered);
    }
    const context = this.contextOf(entered);
    const input = inputOf(state, data, context);
    switch (state.Type) {
      case 'Choice':
        return { output: checkSize(selectOutput(state, input, context), name), next: this.choose(state, input, context) };
      case 'Wait':
        await this.options.clock.sleep(waitingTime(state, scopeOf(input, context), this.options.clock.now()));
        this.proceed();
        return { output: checkSize(selectOutput(state, input, context), name), next: state.Next };
      case 'Pass': {
        const result = state.Result === undefined ? input : JSON.stringify(state.Result);
        return { output: checkSize(outputOf(state, data, result, context), name), next: state.Next };
      }
      case 'Succeed':
        return { output: checkSize(selectOutput(state, input, context), name) };
      case 'Fail':
        this.execution.fail(textAt(state.ErrorPath, input, context) ?? state.Error, textAt(state.CausePath, input, context) ?? state.Cause);
        throw new ExecutionEnded();
    }
  }

  private choose({ Choices = [], Default }: State, input: string, context: Json): string {
    const scope = scopeOf(input, context);
    const next = Choices.find(rule => isTrue(rule, scope))?.Next ?? Default;
    if (next === undefined) {
      throw new StateFailure('States.NoChoiceMatched', 'Failed to transition out of the state. The state does not point to a next state.');
    }
    return next;
  }
}

function textAt(path: string | undefined, input: string, context: Json): string | undefined {
  if (path === undefined) {
    return undefined;
  }
  const text = lookUp(path, scopeOf(input, context));
  if (typeof text !== 'string') {
    throw new EvaluationFailure(`Invalid path '${path}': The path does not reference a string.`);
  }
  return text;
}
