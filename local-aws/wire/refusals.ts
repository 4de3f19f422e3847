import { AwsError } from '../aws-call';
import { writeJsonError } from './json';
import { writeError } from './query-response';
import { HttpRequest, HttpResponse } from './service';

/**
 * The response for what AWS supports and the local AWS does not. It is not an AWS error, so that no caller mistakes it for one. SDKs and the
 * command line do not retry status 501.
 */
export function notImplemented(missing: string): AwsError {
  return new AwsError('NotImplemented', `the local AWS has no ${missing}`, 501);
}

/** The error for request members that AWS reads and the local AWS does not. */
export function notRead(operation: string, members: readonly string[]): AwsError {
  return new AwsError('NotImplemented', `the local AWS does not read ${members.join(', ')} of ${operation}`, 501);
}

/**
 * Formats the error in the protocol of the request, because it decides how the client parses responses: IAM and Auto Scaling use XML, and
 * boto3 treats JSON as an invalid response ("invalid XML received") and retries.
 */
export function refuseUnknownService(name: string, request: Omit<HttpRequest, 'region'>, requestId: string): HttpResponse {
  const error = notImplemented(`service ${name}`);
  const type = request.headers['content-type'] ?? '';
  if (/form-urlencoded|xml/.test(type) || request.query.has('Action')) {
    // EC2 has an XML envelope of its own
    return { status: error.status, headers: { 'content-type': 'text/xml' }, body: writeError(name === 'ec2' ? 'ec2Query' : 'awsQuery', error, requestId) };
  }
  return plainError(error, request.headers['x-amz-target'] === undefined ? 'application/json' : type);
}

/** The error format of services with a JSON protocol, with or without REST. */
export function plainError(error: AwsError, type = 'application/json'): HttpResponse {
  return {
    status: error.status,
    headers: { 'content-type': type, 'x-amzn-errortype': error.code },
    body: writeJsonError(error),
  };
}
