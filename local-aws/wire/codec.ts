import { AwsError } from '../aws-call';
import { checkAnswer } from './answer-check';
import { readJson, requireJsonMembers, writeJson, writeJsonError } from './json';
import { QueryFlavour, readQuery, requireMembers } from './query-request';
import { writeAnswer, writeError } from './query-response';
import { notImplemented } from './refusals';
import { operationSchema } from './schema';
import { HttpRequest, HttpResponse, SchemaService } from './service';

/** One request of a service with schemas, and the writers of its response. */
export interface ServiceCodec {
  readonly action: string;
  /** The input in the SDK's type. Throws `AwsError` if the request is malformed or the operation unknown. */
  input(): Record<string, unknown>;
  /** Throws `AwsError` if a required member is missing. */
  check(input: Record<string, unknown>): void;
  output(output: object): HttpResponse;
  error(error: AwsError): HttpResponse;
  unknownOperation(): AwsError;
}

export function codecOf(service: SchemaService, request: Omit<HttpRequest, 'region'>, requestId: string): ServiceCodec {
  return service.protocol === 'json' ? jsonCodec(service, request) : queryCodec(service, service.protocol, request, requestId);
}

function queryCodec(
  service: SchemaService, flavour: QueryFlavour, request: Omit<HttpRequest, 'region'>, requestId: string,
): ServiceCodec {
  const parameters = new URLSearchParams(request.body.toString('utf8'));
  const action = parameters.get('Action') ?? '';
  const schema = operationSchema(service, action);
  const headers = { 'content-type': 'text/xml;charset=UTF-8' };
  return {
    action,
    input: () => schema?.input.isStructSchema() ? readQuery(flavour, parameters, schema.input) : {},
    check: input => requireMembers(flavour, input, schema?.input),
    output: output => {
      const type = schema!.output;
      checkAnswer(service, action, type, output);
      return { status: 200, headers, body: writeAnswer({ flavour, service: service.name, action, requestId }, output, type) };
    },
    error: error => ({ status: error.status, headers, body: writeError(flavour, error, requestId) }),
    unknownOperation: () => schema
      ? notImplemented(`${service.name}:${action}`)
      : new AwsError('InvalidAction', `The action ${action} is not valid for this web service.`),
  };
}

function jsonCodec(service: SchemaService, request: Omit<HttpRequest, 'region'>): ServiceCodec {
  const target = request.headers['x-amz-target'] ?? '';
  const action = target.slice(target.lastIndexOf('.') + 1);
  const schema = operationSchema(service, action);
  const headers = { 'content-type': request.headers['content-type'] ?? 'application/x-amz-json-1.1' };
  return {
    action,
    input: () => readJson(request.body, schema?.input),
    check: input => requireJsonMembers(input, schema?.input),
    output: output => {
      if (schema) {
        checkAnswer(service, action, schema.output, output);
      }
      return { status: 200, headers, body: writeJson(output) };
    },
    error: error => ({ status: error.status, headers, body: writeJsonError(error) }),
    unknownOperation: () => schema || !service.schemas ? notImplemented(`${service.name}:${action}`) : new AwsError('UnknownOperationException', ''),
  };
}
