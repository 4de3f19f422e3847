import { createHash } from 'crypto';
import { Duration } from 'aws-cdk-lib';

/** The timeout of the task is longer than that of the function: when it ends, the function is no longer running. */
const TASK_MARGIN_SECONDS = 30;
/** Between two attempts while Lambda cannot run the function. */
const BROKEN_WAIT_SECONDS = 20;

/**
 * The state machine that runs the steps of a request, in the Amazon States Language. The step function chooses the waits and returns
 * failures as results, so that the errors caught here are Lambda's own (throttling, a killed process, a timeout), whatever their names.
 *
 * Choice and Wait have no Catch: an execution that ends in them ends without an answer, and CloudFormation waits until `ServiceTimeout`. So what
 * they read is always there: the request function writes `deadline`, and the step function `answer`, or `wait` in whole seconds.
 */
export function renderDefinition(stepArn: string, stepTimeout: Duration): object {
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
        // the handler sees an error once: the next result overwrites it
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
export function hashDefinition(definition: object): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('hex').slice(0, 8);
}
