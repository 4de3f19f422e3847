import * as schemas from '@aws-sdk/client-sfn';
import type {
  DescribeExecutionInput, DescribeStateMachineInput, GetExecutionHistoryInput, ListExecutionsInput, StartExecutionInput, StopExecutionInput,
} from '@aws-sdk/client-sfn';
import { Authorizer, AwsError, Call } from '../aws-call';
import { Encryption } from './encryption';
import { Execution } from './execution';
import { Executions } from './executions';
import { withoutData } from './history';
import type { StateMachine } from './state-machine';
import { Operation, SchemaService } from '../wire/service';

/** The state and collaborators of the operations. */
export interface StepFunctionsParts {
  readonly stepFunctions: {
    get(arn: string): StateMachine;
    getActive(arn: string): StateMachine;
    start(arn: string, input: string, name?: string): Execution;
  };
  readonly executions: Executions;
  readonly encryption: Encryption;
  readonly authorizer: Authorizer;
}

const reads = {
  StartExecution: ['stateMachineArn', 'name', 'input'],
  StopExecution: ['executionArn', 'error', 'cause'],
  DescribeExecution: ['executionArn', 'includedData'],
  ListExecutions: ['stateMachineArn', 'statusFilter', 'maxResults', 'nextToken'],
  GetExecutionHistory: ['executionArn', 'includeExecutionData', 'maxResults', 'nextToken', 'reverseOrder'],
  DescribeStateMachine: ['stateMachineArn', 'includedData'],
};

/** The Step Functions operations that start, describe and stop executions. */
export function stepFunctionsService(parts: StepFunctionsParts): SchemaService {
  const operations: Readonly<Record<string, Operation>> = {
    StartExecution: call => startExecution(parts, call),
    StopExecution: call => stopExecution(parts, call),
    DescribeExecution: call => describeExecution(parts, call),
    ListExecutions: call => listExecutions(parts, call),
    GetExecutionHistory: call => getExecutionHistory(parts, call),
    DescribeStateMachine: call => describeStateMachine(parts, call),
  };
  return { name: 'states', protocol: 'json', schemas: { ...schemas }, reads, operations };
}

function startExecution(parts: StepFunctionsParts, call: Call): object {
  const { stateMachineArn = '', input = '{}', name } = call.input as unknown as StartExecutionInput;
  authorize(parts, call, stateMachineArn);
  const { revision } = parts.stepFunctions.getActive(stateMachineArn);
  parts.encryption.requireOfCaller(call.principal, ['GenerateDataKey', 'Decrypt'], revision, stateMachineArn);
  const execution = parts.stepFunctions.start(stateMachineArn, input, name);
  return { executionArn: execution.arn, startDate: new Date(execution.started) };
}

function stopExecution(parts: StepFunctionsParts, call: Call): object {
  const { executionArn = '', error, cause } = call.input as unknown as StopExecutionInput;
  authorize(parts, call, executionArn);
  const execution = parts.executions.get(executionArn);
  execution.abort(error, cause);
  return { stopDate: new Date(execution.stopped!) };
}

function describeExecution(parts: StepFunctionsParts, call: Call): object {
  const { executionArn = '', includedData = 'ALL_DATA' } = call.input as unknown as DescribeExecutionInput;
  authorize(parts, call, executionArn);
  const execution = parts.executions.get(executionArn);
  const { status, input, output, error, cause } = execution;
  const metadata = {
    ...summaryOf(execution),
    redriveCount: 0,
    redriveStatus: isRedrivable(execution) ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason: isRedrivable(execution) ? undefined : `Execution is ${status} and cannot be redriven`,
  };
  if (includedData === 'METADATA_ONLY') {
    return metadata;
  }
  requireDecrypt(parts, call, execution);
  const included = { included: true };
  return { ...metadata, input, inputDetails: included, output, outputDetails: output === undefined ? undefined : included, error, cause };
}

function listExecutions(parts: StepFunctionsParts, call: Call): object {
  const { stateMachineArn = '', statusFilter, maxResults, nextToken } = call.input as unknown as ListExecutionsInput;
  authorize(parts, call, stateMachineArn);
  parts.stepFunctions.get(stateMachineArn);
  const found = parts.executions.of(stateMachineArn).filter(({ status }) => statusFilter === undefined || status === statusFilter);
  const page = pageOf(found, maxResults, nextToken);
  return { executions: page.items.map(summaryOf), nextToken: page.nextToken };
}

/** The caller needs `kms:Decrypt` also for a history without data. */
function getExecutionHistory(parts: StepFunctionsParts, call: Call): object {
  const { executionArn = '', includeExecutionData = true, maxResults, nextToken, reverseOrder } = call.input as unknown as GetExecutionHistoryInput;
  authorize(parts, call, executionArn);
  const execution = parts.executions.get(executionArn);
  requireDecrypt(parts, call, execution);
  const { events } = execution.history;
  const page = pageOf(reverseOrder ? [...events].reverse() : events, maxResults, nextToken);
  return { events: includeExecutionData ? page.items : page.items.map(withoutData), nextToken: page.nextToken };
}

function describeStateMachine(parts: StepFunctionsParts, call: Call): object {
  const { stateMachineArn = '', includedData = 'ALL_DATA' } = call.input as unknown as DescribeStateMachineInput;
  authorize(parts, call, stateMachineArn);
  const { arn, name, status, created, revision } = parts.stepFunctions.get(stateMachineArn);
  const encrypted = revision.encryption !== undefined;
  if (includedData === 'ALL_DATA') {
    parts.encryption.requireOfCaller(call.principal, ['Decrypt'], revision, arn);
  }
  return {
    stateMachineArn: arn,
    name,
    status,
    definition: encrypted && includedData === 'METADATA_ONLY' ? '{}' : revision.definitionText,
    roleArn: revision.roleArn,
    type: 'STANDARD',
    creationDate: new Date(created),
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    encryptionConfiguration: revision.encryption ?? { type: 'AWS_OWNED_KEY' },
    revisionId: revision.id === 'INITIAL' ? undefined : revision.id,
  };
}

function authorize({ authorizer }: StepFunctionsParts, { principal, action }: Call, resource: string): void {
  if (principal.roleArn !== undefined && !authorizer.allows(principal, { action: `states:${action}`, resource, context: {} })) {
    throw new AwsError('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: states:${action} on resource: ${resource} `
      + `because no identity-based policy allows the states:${action} action`);
  }
}

function requireDecrypt({ encryption }: StepFunctionsParts, { principal }: Call, { revision, stateMachineArn }: Execution): void {
  encryption.requireOfCaller(principal, ['Decrypt'], revision, stateMachineArn);
}

function summaryOf({ arn, stateMachineArn, name, status, started, stopped }: Execution): object {
  return {
    executionArn: arn, stateMachineArn, name, status, startDate: new Date(started), stopDate: stopped === undefined ? undefined : new Date(stopped),
  };
}

function isRedrivable({ status }: Execution): boolean {
  return status !== 'RUNNING' && status !== 'SUCCEEDED';
}

/** "The default is 100 and the maximum allowed page size is 1000. A value of 0 uses the default." */
function pageOf<Item>(items: readonly Item[], maxResults: number | undefined, token: string | undefined): { items: Item[]; nextToken?: string } {
  const begin = token === undefined ? 0 : Number(/^\d+$/.exec(Buffer.from(token, 'base64').toString())?.[0]);
  if (Number.isNaN(begin)) {
    throw new AwsError('InvalidToken', `Invalid Token: '${token}'`);
  }
  const end = begin + Math.min(maxResults || 100, 1000);
  return { items: items.slice(begin, end), nextToken: end < items.length ? Buffer.from(String(end)).toString('base64') : undefined };
}
