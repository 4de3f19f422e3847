import { lastConsoleOutput, throwIfUserDataFailed } from '../../../lambda/multi-key/with-instance/console-output';
import { DeploymentError } from '../../../lambda/outcomes';
import { answering, ec2Error } from '../../helpers/answers';

/** The console output of a builder: a line that reports a failure, and the end for messages. */

const BUILDER = { InstanceId: 'i-1' };
const inBase64 = (text: string) => ({ Output: Buffer.from(text).toString('base64') });
const FAILURE = 'cdk-encrypted-ami: builder failed: ';

/** The message of a failure. */
async function failureIn(answer: object): Promise<string | undefined> {
  const error = await throwIfUserDataFailed(answering({ GetConsoleOutput: answer }).aws, BUILDER).catch((thrown: unknown) => thrown);
  return error instanceof DeploymentError ? error.message : error as undefined;
}

const message = (problem: string) => expect.stringContaining(`The user data of the builder instance i-1 failed: ${problem}. Correct the cause, and deploy again.`);

test.each<[string, object, unknown]>([
  ['at the beginning', inBase64(`${FAILURE}no disk`), message('no disk')],
  ['with a full stop and a carriage return', inBase64(`booted\r\n${FAILURE}no disk.\r\nend`), message('no disk')],
  ['after the time of the kernel', inBase64(`[   12.5] ${FAILURE}no disk`), message('no disk')],
  ['after the name of cloud-init', inBase64(`[   12.5] cloud-init[1234]: ${FAILURE}no disk`), message('no disk')],
  ['with control characters', inBase64(`${FAILURE}no\u0007\u0007disk`), message('no disk')],
  ['that is long', inBase64(`${FAILURE}${'x'.repeat(299)}yz`), message(`${'x'.repeat(299)}y`)],
  ['in a command that is echoed', inBase64(`+ echo '${FAILURE}no disk'`), undefined],
  ['no failure', inBase64('booted'), undefined],
  ['no output yet', {}, undefined],
  ['an output that cannot be read', ec2Error('UnauthorizedOperation'), undefined],
])('a reported failure: %s', async (_title, answer, expected) => {
  expect(await failureIn(answer)).toEqual(expected);
});

test('a failure ends with the console output', async () => {
  expect(await failureIn(inBase64(`booted\n${FAILURE}no disk\n\n`))).toMatch(/ deploy again\. Last console output: "booted \| cdk-encrypted-ami: builder failed: no disk"$/);
});

test.each<[string, object, string]>([
  ['in one line, without colors', inBase64('\u001b[32mok\u001b[0m\r\n\r\nend\n'), '"ok | end"'],
  ['its last 400 characters', inBase64(`${'x'.repeat(10)}${'y'.repeat(400)}`), `"${'y'.repeat(400)}"`],
  ['none yet', {}, '""'],
  ['that cannot be read', ec2Error('UnauthorizedOperation'), 'not available (UnauthorizedOperation)'],
])('the end of the output: %s', async (_title, answer, end) => {
  const { aws, calls } = answering({ GetConsoleOutput: answer });
  expect(await lastConsoleOutput(aws, BUILDER)).toBe(end);
  expect(calls).toEqual([['GetConsoleOutput', { InstanceId: 'i-1', Latest: true }]]);
});

test('a type that does not tell its latest output tells an older one', async () => {
  const { aws } = answering({ GetConsoleOutput: ({ Latest }: { Latest?: boolean }) => Latest === true ? ec2Error('UnsupportedOperation') : inBase64('older') });
  expect(await lastConsoleOutput(aws, BUILDER)).toBe('"older"');
});
