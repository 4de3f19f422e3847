import { GetConsoleOutputCommand, Instance } from '@aws-sdk/client-ec2';
import { consoleOutputUnavailable, userDataFailed } from './messages';
import { BUILDER_FAILURE } from '../../../src/contract/builder-failure';
import { AwsClients } from '../../aws/clients';
import { awsErrorDetails, hasErrorCode } from '../../aws/error-codes';
import { DeploymentError } from '../../outcomes';

/** At the beginning of a line, so that a command that is echoed does not count. The kernel and cloud-init can put a time and a name before it. */
const FAILURE = new RegExp(`^(?:\\[[ \\d.]+\\] ?)?(?:cloud-init(?:\\[\\d+\\])?: )?${BUILDER_FAILURE}(.*?)\\.?\\r?$`, 'm');


const COLORS = /\u001b\[[\d;]*m/g;
/** Of the reason of a failure: the console output follows, and an event shows about 900 characters. */
const MAX_PROBLEM_LENGTH = 300;

/** Fails if the user data has reported a failure. An output that cannot be read is none: whether a build succeeds does not depend on the console. */
export async function throwIfUserDataFailed(aws: AwsClients, builder: Instance): Promise<void> {
  const output = await readConsoleOutput(aws, builder).catch(() => '');
  const reported = FAILURE.exec(output)?.[1];
  if (reported !== undefined) {
    const problem = reported.replace(/\p{Cc}+/gu, ' ').slice(0, MAX_PROBLEM_LENGTH);
    throw new DeploymentError(userDataFailed({ instanceId: builder.InstanceId, problem, output: endOf(output) }));
  }
}

/** The end of the console output for a message, or why it is not available. */
export async function lastConsoleOutput(aws: AwsClients, builder: Instance): Promise<string> {
  try {
    return endOf(await readConsoleOutput(aws, builder));
  } catch (error) {
    return consoleOutputUnavailable(awsErrorDetails(error));
  }
}

async function readConsoleOutput(aws: AwsClients, { InstanceId }: Instance): Promise<string> {
  const output = (Latest?: boolean) => aws.ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest }));
  // "This instance type does not support retrieving the latest console logs", of types that are not of the Nitro system
  const { Output } = await output(true).catch((error: unknown) => hasErrorCode(error, ['UnsupportedOperation']) ? output() : Promise.reject(error));
  return Buffer.from(Output ?? '', 'base64').toString('utf8').trimEnd();
}

/** In one line, because a stack event has no others, and without the colors of a console. */
function endOf(output: string): string {
  return `"${output.replace(COLORS, '').slice(-400).split(/[\r\n]+/).join(' | ')}"`;
}
