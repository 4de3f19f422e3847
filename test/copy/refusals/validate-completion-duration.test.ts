import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { validateCompletionDuration } from '../../../src/copy/validate-completion-duration';

/** The time for a copy: which EBS allows, and whether the stack waits as long. */

type Durations = Parameters<typeof validateCompletionDuration>[1];

/** The texts of the warnings. */
function warningsOf(durations: Durations, scope = new Stack(new App(), 'Images')): string[] {
  validateCompletionDuration(scope, durations);
  return scope.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data as string);
}

test.each<[Duration, string]>([
  [Duration.minutes(0), '0 minutes'],
  [Duration.minutes(14), '14 minutes'],
  [Duration.minutes(20), '20 minutes'],
  [Duration.minutes(16), '16 minutes'],
  [Duration.seconds(930), '15 minutes 30 seconds'],
  [Duration.minutes(2_895), '2 days 15 minutes'],
])('%s is refused', (completionDuration, words) => {
  expect(() => warningsOf({ completionDuration })).toThrow(
    `\`completionDuration\` must be 15 minutes to 48 hours in steps of 15 minutes, but is ${words}. Choose the nearest duration that EBS allows.`);
});

test.each<[string, Durations]>([
  ['none', {}],
  ['the shortest', { completionDuration: Duration.minutes(15) }],
  ['an hour, which the stack waits', { completionDuration: Duration.hours(1) }],
  ['as long as the timeout', { completionDuration: Duration.seconds(1_800), timeout: Duration.minutes(30) }],
])('%s is allowed', (_title, durations) => {
  expect(warningsOf(durations)).toEqual([]);
});

test.each<[Durations, string]>([
  [{ completionDuration: Duration.minutes(75) }, '`completionDuration` is 1 hour 15 minutes, but the stack waits only 1 hour for the AMI.'],
  [{ completionDuration: Duration.hours(48) }, '`completionDuration` is 2 days, but the stack waits only 1 hour for the AMI.'],
  [{ completionDuration: Duration.minutes(30), timeout: Duration.minutes(20) }, '`completionDuration` is 30 minutes, but the stack waits only 20 minutes for the AMI.'],
])('longer than the stack waits draws a warning: %#', (durations, sentence) => {
  expect(warningsOf(durations)).toEqual([expect.stringMatching(`^${sentence}.* Use a shorter .*\\[ack: cdk-encrypted-ami:completionDuration\\]$`)]);
});

test('what is known only when the stack deploys is not compared', () => {
  const stack = new Stack(new App(), 'Images');
  const token = Duration.minutes(new CfnParameter(stack, 'Minutes', { type: 'Number' }).valueAsNumber);
  expect(warningsOf({ completionDuration: token }, stack)).toEqual([]);
  expect(warningsOf({ completionDuration: Duration.hours(2), timeout: token }, stack)).toEqual([]);
});
