import { DescribeStackResourceCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { AwsClients } from './clients';
import { awsErrorDetails } from './error-codes';
import { requestCanceled } from '../request/messages';

/** The status of a stack. */
export interface StackStatus {
  /** e.g. `UPDATE_IN_PROGRESS`. */
  readonly status: string;
  /** The ids of the last operations that change the stack. None of a stack whose operations CloudFormation does not tell. */
  readonly operationIds?: readonly string[];
}

/**
 * CloudFormation has canceled the request: the stack has another status.
 *
 * When one resource of a stack fails, CloudFormation cancels those that are being created ("Resource creation cancelled") without waiting for them. It
 * then deletes them by an ID that it generates, while the state machine continues. Lambda can also deliver a request so late that this has happened
 * before the request begins.
 */
export class RequestCanceled extends Error {
  public constructor(stack: string, resource?: string) {
    super(requestCanceled({ stack, resource }));
    this.name = 'RequestCanceled';
  }
}

/** The status of the stack; none if the call fails, because no AMI should fail for that. */
export async function describeStack(aws: AwsClients, stackId: string): Promise<StackStatus | undefined> {
  try {
    const { Stacks } = await aws.cloudFormation.send(new DescribeStacksCommand({ StackName: stackId }));
    const stack = Stacks?.[0];
    if (stack?.StackStatus) {
      // a change set that somebody creates meanwhile changes nothing
      const operations = stack.LastOperations?.filter(({ OperationType }) => OperationType !== 'CREATE_CHANGESET');
      return { status: stack.StackStatus, operationIds: operations?.flatMap(({ OperationId }) => OperationId ?? []) };
    }
  } catch (error) {
    const { code, message } = awsErrorDetails(error);
    console.warn({ message: 'DescribeStacks failed', code, words: message });
  }
  return undefined;
}

/** The status of a resource. */
export interface ResourceStatus {
  /** e.g. `CREATE_IN_PROGRESS`. */
  readonly status: string;
  /** When it began, in milliseconds since 1970: the start of the hour that it waits. */
  readonly since?: number;
  readonly physicalId?: string;
}

/** "Resource Copy does not exist for stack arn:aws:cloudformation:…" */
const NO_RESOURCE: ResourceStatus = { status: 'NONE' };

/** The status of a resource; none if the call fails, because no AMI should fail for that. */
export async function describeStackResource(aws: AwsClients, stackId: string, logicalId: string): Promise<ResourceStatus | undefined> {
  try {
    const { StackResourceDetail: detail } = await aws.cloudFormation.send(
      new DescribeStackResourceCommand({ StackName: stackId, LogicalResourceId: logicalId }),
    );
    if (detail?.ResourceStatus) {
      return { status: detail.ResourceStatus, since: detail.LastUpdatedTimestamp?.getTime(), physicalId: detail.PhysicalResourceId };
    }
  } catch (error) {
    const { code, message } = awsErrorDetails(error);
    if (code === 'ValidationError' && /does not exist/.test(message)) {
      return NO_RESOURCE;
    }
    console.warn({ message: 'DescribeStackResource failed', code, words: message });
  }
  return undefined;
}
