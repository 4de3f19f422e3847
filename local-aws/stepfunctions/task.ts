import { failedEvent, invokeTask, LambdaTask, readTask, scheduledEvent, startedEvent, succeededEvent, timedOutEvent } from './lambda-task';
import { Clock } from '../time/clock';
import { isMatchedBy, StateFailure } from './language/failures';
import { Retrier, State } from './language/state';
import { checkSize, inputOf, outputOf, putResult } from './language/state-data';
import { Entered, Outcome, StateRun } from './state-run';

/** Runs a Task state: all attempts of `Retry`, then `Catch`. */
export async function runTask(run: StateRun, entered: Entered): Promise<Outcome> {
  const { state, data, name } = entered;
  const used = new Map<Retrier, number>();
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      const context = run.contextOf(entered, retryCount);
      const input = checkSize(inputOf(state, data, context), name);
      const result = await attempt(run, state, readTask(state, input, run.execution.stateMachineArn), input);
      return { output: checkSize(outputOf(state, data, result, context), name), next: state.Next };
    } catch (error) {
      if (!(error instanceof StateFailure)) {
        throw error;
      }
      const delay = delayBeforeRetry(state, error, used);
      if (delay === undefined) {
        return catchFailure(state, data, error, name);
      }
      await run.options.clock.sleep(delay * 1000);
      run.proceed();
      // "retries are treated as state transitions"
      run.execution.transitions += 1;
    }
  }
}

async function attempt(run: StateRun, state: State, task: LambdaTask, input: string): Promise<string> {
  const { execution: { history, revision }, options } = run;
  const events = task.optimized
    ? ['TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskFailed', 'TaskTimedOut'] as const
    : ['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded', 'LambdaFunctionFailed', 'LambdaFunctionTimedOut'] as const;
  const [scheduled, started, succeeded, failed, timedOut] = events;
  history.add(scheduled, scheduledEvent(task, input, state.TimeoutSeconds));
  history.add(started, startedEvent(task));
  const result = await Promise.race([
    invokeTask(options, revision.roleArn, task).catch((error: unknown) => {
      if (error instanceof StateFailure) {
        return error;
      }
      throw error;
    }),
    ...state.TimeoutSeconds === undefined ? [] : [timeUp(options.clock, state.TimeoutSeconds, options.minTaskMs ?? 0)],
  ]);
  run.proceed();
  if (result === undefined) {
    history.add(timedOut, timedOutEvent(task));
    throw new StateFailure('States.Timeout', '');
  }
  if (result instanceof StateFailure) {
    history.add(failed, failedEvent(task, result));
    throw result;
  }
  checkSize(result, task.optimized ? 'lambda' : task.functionArn);
  history.add(succeeded, succeededEvent(task, result));
  return result;
}

/** Seconds until the next attempt; undefined if there is none. Each retrier counts its own attempts. */
function delayBeforeRetry({ Retry = [] }: State, { error }: StateFailure, used: Map<Retrier, number>): number | undefined {
  const retrier = Retry.find(one => isMatchedBy(one.ErrorEquals, error));
  if (retrier === undefined) {
    return undefined;
  }
  const { IntervalSeconds = 1, MaxAttempts = 3, BackoffRate = 2, MaxDelaySeconds = Infinity, JitterStrategy } = retrier;
  const retries = used.get(retrier) ?? 0;
  if (retries >= MaxAttempts) {
    return undefined;
  }
  used.set(retrier, retries + 1);
  const delay = Math.min(IntervalSeconds * BackoffRate ** retries, MaxDelaySeconds);
  return JitterStrategy === 'FULL' ? Math.random() * delay : delay;
}

function catchFailure({ Catch = [] }: State, data: string, failure: StateFailure, name: string): Outcome {
  const catcher = Catch.find(one => isMatchedBy(one.ErrorEquals, failure.error));
  if (catcher === undefined) {
    throw failure;
  }
  const caught = JSON.stringify({ Error: failure.error, Cause: failure.message });
  return { output: checkSize(putResult(catcher.ResultPath, data, caught), name), next: catcher.Next };
}

async function timeUp(clock: Clock, seconds: number, minTaskMs: number): Promise<undefined> {
  await Promise.all([
    clock.sleep(seconds * 1000),
    minTaskMs > 0 && new Promise<void>(resolve => {
      setTimeout(resolve, minTaskMs).unref();
    }),
  ]);
  return undefined;
}
