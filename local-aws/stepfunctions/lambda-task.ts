import { randomUUID } from 'crypto';
import { AwsError, Authorizer, Principal } from '../aws-call';
import { EventDetails } from './history';
import { Clock } from '../time/clock';
import { lambdaInvoke } from './language/definition-checks';
import { StateFailure } from './language/failures';
import { Json } from './language/paths';
import { State } from './language/state';

export interface LambdaTaskOptions {
  readonly clock: Clock;
  readonly authorizer: Authorizer;
  /** Invokes a function. Throws `AwsError` if Lambda refuses the invocation, or if its response is lost. */
  readonly invoke: (functionArn: string, payload: string) => Promise<{ functionError?: string; payload: string }>;
  readonly principalOf: (roleArn: string) => Principal;
  /** The milliseconds of this machine that a task has at least, whatever its `TimeoutSeconds`; none by default. */
  readonly minTaskMs?: number;
}

/** One attempt of a task: function and payload. */
export interface LambdaTask {
  readonly functionArn: string;
  readonly payload: string;
  /** True for `arn:aws:states:::lambda:invoke`, whose result is Lambda's response with the payload in it; false for the function's ARN. */
  readonly optimized: boolean;
}

/** Reads the task of a state for an input. */
export function readTask({ Resource = '' }: State, input: string, machineArn: string): LambdaTask {
  if (!lambdaInvoke.test(Resource)) {
    return { functionArn: Resource, payload: input, optimized: false };
  }
  const { FunctionName, Payload } = JSON.parse(input) as { FunctionName: string; Payload?: Json };
  const [, partition, , region, account] = machineArn.split(':');
  return {
    functionArn: String(FunctionName).startsWith('arn:') ? FunctionName : `arn:${partition}:lambda:${region}:${account}:function:${FunctionName}`,
    // text is sent unchanged. A missing payload and null are an empty event, as Lambda's Invoke treats an empty body
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

/** Converts an error of Lambda to a task's error `Lambda.<code>`: "Lambda.TooManyRequestsException", "Lambda.ServiceException". */
function lambdaFailure({ code, message, status }: AwsError): StateFailure {
  return new StateFailure(`Lambda.${code}`, code === 'SdkClientException'
    ? message
    : `${message} (Service: Lambda, Status Code: ${status}, Request ID: ${randomUUID()}) (SDK Attempt Count: 1)`);
}

/** Converts a function's error to a task's error of the same name. The optimized integration formats the JSON again. */
function functionFailure(payload: string, optimized: boolean): StateFailure {
  const error = JSON.parse(payload) as { readonly errorType?: unknown };
  const cause = optimized ? JSON.stringify(error) : payload;
  const { errorType } = error;
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

/** The event types of a task: `LambdaFunction…` for a function's ARN, `Task…` for the integration. */
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
