import { AwsError } from '../aws-call';
import { writeJsonError } from './json';
import { writeError } from './query-response';
import { HttpRequest, HttpResponse } from './service';

/**
 * What AWS has and the local AWS has not: no word that AWS says, so that nobody takes it for one. No SDK and no command line sends a
 * request again that is answered with 501.
 */
export function notImplemented(missing: string): AwsError {
  return new AwsError('NotImplemented', `the local AWS has no ${missing}`, 501);
}

/** What AWS's operation reads and the local one does not. */
export function notRead(operation: string, members: readonly string[]): AwsError {
  return new AwsError('NotImplemented', `the local AWS does not read ${members.join(', ')} of ${operation}`, 501);
}

/**
 * In the protocol of the request, which alone tells how the client reads answers: IAM and Auto Scaling read XML, and boto3 takes JSON for a
 * broken answer ("invalid XML received") and sends the request again.
 */
export function refuseUnknownService(name: string, request: Omit<HttpRequest, 'region'>, requestId: string): HttpResponse {
  const error = notImplemented(`service ${name}`);
  const type = request.headers['content-type'] ?? '';
  if (/form-urlencoded|xml/.test(type) || request.query.has('Action')) {
    // EC2's envelope is its own
    return { status: error.status, headers: { 'content-type': 'text/xml' }, body: writeError(name === 'ec2' ? 'ec2Query' : 'awsQuery', error, requestId) };
  }
  return plainError(error, request.headers['x-amz-target'] === undefined ? 'application/json' : type);
}

/** The error of a service whose protocol is JSON, with or without REST. */
export function plainError(error: AwsError, type = 'application/json'): HttpResponse {
  return {
    status: error.status,
    headers: { 'content-type': type, 'x-amzn-errortype': error.code },
    body: writeJsonError(error),
  };
}
