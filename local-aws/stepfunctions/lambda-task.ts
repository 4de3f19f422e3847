import { randomUUID } from 'crypto';
import { AwsError, Authorizer, Principal } from '../aws-call';
import { Clock } from '../clock';
import { EventDetails } from './history';
import { lambdaInvoke } from './language/definition-checks';
import { StateFailure } from './language/failures';
import { isRecord, Json } from './language/paths';
import { State } from './language/state';

export interface LambdaTaskOptions {
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** Invokes a function; throws `AwsError` if Lambda does not, or if its answer does not arrive. */
  readonly invoke: (functionArn: string, payload: string) => Promise<{ functionError?: string; payload: string }>;
  readonly principalOf: (roleArn: string) => Principal;
  /** Milliseconds of this machine that a task has, whatever its `TimeoutSeconds`; none by default. */
  readonly minTaskMs?: number;
}

/** One try of a task: what is invoked with what. */
export interface LambdaTask {
  readonly functionArn: string;
  readonly payload: string;
  /** By `arn:aws:states:::lambda:invoke`, which gives Lambda's answer with the payload in it, and not by the function's ARN. */
  readonly optimized: boolean;
}

/** The task of a state that got this input. */
export function readTask({ Resource = '' }: State, input: string, machineArn: string): LambdaTask {
  if (!lambdaInvoke.test(Resource)) {
    return { functionArn: Resource, payload: input, optimized: false };
  }
  const { FunctionName, Payload } = JSON.parse(input) as { FunctionName: string; Payload?: Json };
  const [, partition, , region, account] = machineArn.split(':');
  return {
    functionArn: String(FunctionName).startsWith('arn:') ? FunctionName : `arn:${partition}:lambda:${region}:${account}:function:${FunctionName}`,
    // text is sent as it is; nothing and null are an event without anything, as Lambda's Invoke reads an empty body
    payload: Payload === undefined || Payload === null ? '{}' : typeof Payload === 'string' ? Payload : JSON.stringify(Payload),
    optimized: true,
  };
}

/** Invokes the function with the role of the state machine, and returns the task's result as JSON text. */
export async function invokeTask(options: LambdaTaskOptions, roleArn: string, { functionArn, payload, optimized }: LambdaTask): Promise<string> {
  try {
    checkPermission(options, roleArn, functionArn);
    checkPayload(payload);
    const result = await options.invoke(functionArn, payload);
    if (result.functionError !== undefined) {
      throw functionFailure(result.payload, optimized);
    }
    return optimized ? answerOfInvoke(result.payload, options.clock.date()) : result.payload;
  } catch (error) {
    throw error instanceof AwsError ? lambdaFailure(error) : error;
  }
}

function checkPermission({ principalOf, authorizer }: LambdaTaskOptions, roleArn: string, functionArn: string): void {
  const principal = principalOf(roleArn);
  if (!authorizer.allows(principal, { action: 'lambda:InvokeFunction', resource: functionArn, context: {} })) {
    throw new AwsError('AWSLambdaException', `User: ${principal.arn} is not authorized to perform: lambda:InvokeFunction on resource: `
      + `${functionArn} because no identity-based policy allows the lambda:InvokeFunction action`, 403);
  }
}

function checkPayload(payload: string): void {
  try {
    JSON.parse(payload);
  } catch (error) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`);
  }
}

/** What Lambda answers with an error is a task's error `Lambda.<code>`: "Lambda.TooManyRequestsException", "Lambda.ServiceException". */
function lambdaFailure({ code, message, status }: AwsError): StateFailure {
  return new StateFailure(`Lambda.${code}`, code === 'SdkClientException'
    ? message
    : `${message} (Service: Lambda, Status Code: ${status}, Request ID: ${randomUUID()}) (SDK Attempt Count: 1)`);
}

/** What a function fails with is a task's error of that name; the optimized integration writes the JSON again. */
function functionFailure(payload: string, optimized: boolean): StateFailure {
  const error = JSON.parse(payload) as Json;
  const cause = optimized ? JSON.stringify(error) : payload;
  const errorType = isRecord(error) ? error.errorType : undefined;
  // "Unhandled errors in Lambda runtimes were historically reported only as Lambda.Unknown. In newer runtimes, timeouts are reported as
  // Sandbox.Timedout" ("Handle transient Lambda service exceptions" of the best practices)
  return typeof errorType === 'string'
    ? new StateFailure(errorType, cause)
    : new StateFailure('Lambda.Unknown', `The cause could not be determined because Lambda did not return an error type. Returned payload: ${cause}`);
}

function answerOfInvoke(payload: string, date: Date): string {
  const requestId = randomUUID();
  const headers = {
    'Connection': 'keep-alive',
    'Content-Length': String(Buffer.byteLength(payload)),
    'Content-Type': 'application/json',
    'Date': date.toUTCString(),
    'X-Amz-Executed-Version': '$LATEST',
    'x-amzn-Remapped-Content-Length': '0',
    'x-amzn-RequestId': requestId,
  };
  return JSON.stringify({
    ExecutedVersion: '$LATEST',
    Payload: JSON.parse(payload) as Json,
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
    StatusCode: 200,
  });
}

/** The events of a task: `LambdaFunction…` for a function by its ARN, `Task…` for the integration. */
export function scheduledEvent({ functionArn, optimized }: LambdaTask, input: string, timeoutInSeconds: number | undefined): EventDetails {
  return optimized
    ? { taskScheduledEventDetails: { resourceType: 'lambda', resource: 'invoke', region: functionArn.split(':')[3], parameters: input, timeoutInSeconds } }
    : { lambdaFunctionScheduledEventDetails: { resource: functionArn, input, inputDetails: { truncated: false }, timeoutInSeconds } };
}

const integration = { resourceType: 'lambda', resource: 'invoke' };

export function startedEvent({ optimized }: LambdaTask): EventDetails {
  return optimized ? { taskStartedEventDetails: integration } : {};
}

export function succeededEvent({ optimized }: LambdaTask, output: string): EventDetails {
  const result = { output, outputDetails: { truncated: false } };
  return optimized ? { taskSucceededEventDetails: { ...integration, ...result } } : { lambdaFunctionSucceededEventDetails: result };
}

export function failedEvent({ optimized }: LambdaTask, { error, message: cause }: StateFailure): EventDetails {
  return optimized ? { taskFailedEventDetails: { ...integration, error, cause } } : { lambdaFunctionFailedEventDetails: { error, cause } };
}

export function timedOutEvent({ optimized }: LambdaTask): EventDetails {
  const error = 'States.Timeout';
  return optimized ? { taskTimedOutEventDetails: { ...integration, error } } : { lambdaFunctionTimedOutEventDetails: { error } };
}
