import { randomUUID } from 'crypto';
import * as schemas from '@aws-sdk/client-lambda';
import { functionArn } from './function';
import type { Lambda } from './lambda';
import { Authorizer, AwsError, Principal } from '../aws-call';
import { checkAnswer } from '../wire/answer-check';
import { notImplemented } from '../wire/refusals';
import { operationSchema } from '../wire/schema';
import { HttpRequest, HttpResponse, HttpService } from '../wire/service';

/** The schemas of Lambda's responses in the SDK. */
const model = { name: 'lambda', protocol: 'json', schemas: { ...schemas }, operations: {} } as const;

/** The Lambda operations that functions call: Invoke and GetFunction. */
export function lambdaApi(lambda: Lambda, authorizer: Authorizer): HttpService {
  return {
    name: 'lambda',
    protocol: 'http',
    handle: async request => {
      try {
        return await answer(lambda, authorizer, request);
      } catch (error) {
        if (error instanceof AwsError) {
          return {
            status: error.status,
            headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
            body: JSON.stringify({ Type: 'User', Message: error.message, message: error.message }),
          };
        }
        throw error;
      }
    },
  };
}

async function answer(lambda: Lambda, authorizer: Authorizer, request: HttpRequest): Promise<HttpResponse> {
  const route = /^\/2015-03-31\/functions\/([^/]+)(\/invocations)?$/.exec(request.path);
  if (route === null) {
    throw notImplemented(`lambda:${request.method} ${request.path}`);
  }
  // the server finds Lambda by the signature of a request
  const principal = request.principal!;
  const arn = route[1].startsWith('arn:') ? route[1] : functionArn(principal.account, request.region, route[1]);
  const invoking = request.method === 'POST' && route[2] !== undefined;
  authorize(authorizer, principal, invoking ? 'lambda:InvokeFunction' : 'lambda:GetFunction', arn);
  if (!invoking) {
    return describeFunction(lambda, arn);
  }
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const payload = request.body.length === 0 ? '{}' : request.body.toString();
  if (type === 'DryRun') {
    lambda.get(arn);
    return { status: 204 };
  }
  if (type === 'Event') {
    lambda.invokeAsync(arn, payload);
    return { status: 202 };
  }
  const result = await lambda.invoke(arn, payload);
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...result.functionError === undefined ? {} : { 'x-amz-function-error': result.functionError },
    },
    body: result.payload,
  };
}

function authorize(authorizer: Authorizer, principal: Principal, action: string, resource: string): void {
  if (principal.roleArn !== undefined && !authorizer.allows(principal, { action, resource, context: {} })) {
    throw new AwsError('AccessDeniedException', `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} `
      + `because no identity-based policy allows the ${action} action`, 403);
  }
}

function describeFunction(lambda: Lambda, arn: string): HttpResponse {
  const { definition } = lambda.get(arn);
  const configuration = {
    FunctionName: definition.name,
    FunctionArn: lambda.get(arn).arn,
    Runtime: definition.runtime,
    Role: definition.roleArn,
    Handler: definition.handler,
    Timeout: definition.timeout,
    MemorySize: definition.memory,
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    RevisionId: randomUUID(),
  };
  const output = { Configuration: configuration, Code: { RepositoryType: 'S3' } };
  checkAnswer(model, 'GetFunction', operationSchema(model, 'GetFunction')!.output, output);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(output) };
}
