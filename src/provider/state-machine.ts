import { createHash } from 'crypto';
import { Duration } from 'aws-cdk-lib';

/** Beyond the function's own timeout: at the end of the task's, nothing must be running any more. */
const TASK_MARGIN_SECONDS = 30;
/** Between two attempts where Lambda does not run the function at all. */
const BROKEN_WAIT_SECONDS = 20;

/**
 * The state machine that carries a request from step to step, in the Amazon States Language. The step function chooses the waits and returns
 * failures as results, so that what is caught here is Lambda's own trouble (throttled, killed, timed out), whatever its name.
 *
 * Choice and Wait have no Catch: an execution that ends in them ends without an answer, and CloudFormation waits until `ServiceTimeout`. So what
 * they read is always there: the request function writes `deadline`, and the step function `answer`, or `wait` in whole seconds.
 */
export function definitionOf(stepArn: string, stepTimeout: Duration): object {
  const timeout = stepTimeout.toSeconds();
  const task = { Type: 'Task', Resource: stepArn, TimeoutSeconds: timeout + TASK_MARGIN_SECONDS };
  return {
    StartAt: 'Step',
    States: {
      Step: {
        ...task,
        Parameters: {
          'event.$': '$.event',
          'turn.$': '$.turn',
          'startedAt.$': '$$.Execution.StartTime',
          'retryCount.$': '$$.State.RetryCount',
        },
        ResultPath: '$.turn',
        Retry: [
          // the invocation may still be running: wait until the function's timeout has ended it
          { ErrorEquals: ['Lambda.SdkClientException', 'States.Timeout'], IntervalSeconds: timeout, MaxAttempts: 1 },
          { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 },
        ],
        // an error is seen once: the next success overwrites it
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.turn.error', Next: 'Broken' }],
        Next: 'Done',
      },
      // a Retry cannot be bounded by the hour
      Broken: {
        Type: 'Choice',
        Choices: [{ Variable: '$$.State.EnteredTime', TimestampLessThanPath: '$.deadline', Next: 'Repair' }],
        Default: 'Respond',
      },
      Repair: { Type: 'Wait', Seconds: BROKEN_WAIT_SECONDS, Next: 'Step' },
      Done: {
        Type: 'Choice',
        Choices: [{ Variable: '$.turn.answer', IsPresent: true, Next: 'Respond' }],
        Default: 'Wait',
      },
      Wait: { Type: 'Wait', SecondsPath: '$.turn.wait', Next: 'Step' },
      Respond: {
        ...task,
        Parameters: { 'event.$': '$.event', 'turn.$': '$.turn', 'respond': true },
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 12, BackoffRate: 2, MaxDelaySeconds: 30 }],
        End: true,
      },
    },
  };
}

/** For some seconds after a change of a state machine, executions may start with the old definition: another definition is another state machine. */
export function digestOf(definition: object): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 8);
}
