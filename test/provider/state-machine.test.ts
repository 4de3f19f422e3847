import { Duration } from 'aws-cdk-lib';
import { hashDefinition, renderDefinition } from '../../src/provider/state-machine';

/** The state machine as Step Functions gets it. The local Step Functions run it in the deployment tests. */

test('the definition', () => {
  const task = { Type: 'Task', Resource: 'arn', TimeoutSeconds: 210 };
  expect(renderDefinition('arn', Duration.minutes(3))).toEqual({
    StartAt: 'Step',
    States: {
      Step: {
        ...task,
        Parameters: { 'event.$': '$.event', 'turn.$': '$.turn', 'startedAt.$': '$$.Execution.StartTime', 'retryCount.$': '$$.State.RetryCount' },
        ResultPath: '$.turn',
        Retry: [
          { ErrorEquals: ['Lambda.SdkClientException', 'States.Timeout'], IntervalSeconds: 180, MaxAttempts: 1 },
          { ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2 },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.turn.error', Next: 'Broken' }],
        Next: 'Done',
      },
      Broken: { Type: 'Choice', Choices: [{ Variable: '$$.State.EnteredTime', TimestampLessThanPath: '$.deadline', Next: 'Repair' }], Default: 'Respond' },
      Repair: { Type: 'Wait', Seconds: 20, Next: 'Step' },
      Done: { Type: 'Choice', Choices: [{ Variable: '$.turn.answer', IsPresent: true, Next: 'Respond' }], Default: 'Wait' },
      Wait: { Type: 'Wait', SecondsPath: '$.turn.wait', Next: 'Step' },
      Respond: {
        ...task,
        Parameters: { 'event.$': '$.event', 'turn.$': '$.turn', 'respond': true },
        Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 12, BackoffRate: 2, MaxDelaySeconds: 30 }],
        End: true,
      },
    },
  });
});

test('another hash would be another state machine of each stack', () => {
  expect(hashDefinition({})).toBe('44136fa3');
});
