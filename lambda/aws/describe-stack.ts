import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { Aws } from './clients';
import { answerOf } from './error-codes';

/** What CloudFormation is doing with a stack. */
export interface StackState {
  /** e.g. `UPDATE_IN_PROGRESS`. */
  readonly status: string;
  /** When it began, in milliseconds since 1970. */
  readonly since: number;
}

/**
 * The request has lost its purpose: CloudFormation has turned to something else with the stack.
 *
 * When one resource of a stack fails, CloudFormation cancels those that are being made ("Resource creation cancelled") without waiting for
 * them. It then deletes them by an id of its own making, while our waiter goes on asking for the image.
 */
export class Abandoned extends Error {
  public constructor(public readonly status: string) {
    super(`the stack is in the state ${status}`);
    this.name = 'Abandoned';
  }
}

/** The state of the stack; none if CloudFormation does not say, for which no image should fail. */
export async function stateOfStack(aws: Aws, stackId: string): Promise<StackState | undefined> {
  try {
    const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
    const stack = Stacks?.[0];
    if (stack?.StackStatus && stack.CreationTime) {
      return { status: stack.StackStatus, since: (stack.LastUpdatedTime ?? stack.CreationTime).getTime() };
    }
  } catch (error) {
    const { code, message } = answerOf(error);
    console.warn({ message: 'CloudFormation does not say what it does with the stack', code, words: message });
  }
  return undefined;
}
