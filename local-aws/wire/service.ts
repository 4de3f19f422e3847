import { ReadMembers } from './read-members';
import { Call, Principal } from '../aws-call';

/** Carries out one call and returns the answer in the shape of the SDK's output type; throws `AwsError`. */
export type Operation = (call: Call) => Promise<object | void> | object | void;

/** A service whose requests and answers are described by the schemas of its SDK client. */
export interface SchemaService {
  /** The name in the signature's scope: `ec2`, `kms`, `cloudformation`, `sts`, `ssm`, `states`. */
  readonly name: string;
  readonly protocol: 'ec2Query' | 'awsQuery' | 'json';
  /** The exports of the SDK client, where the schema of `CopyImage` is `CopyImage$`. None for a JSON service that needs no schema. */
  readonly schemas?: Record<string, unknown>;
  readonly operations: Readonly<Record<string, Operation>>;
  /** What the operations read; anything else is refused. None for a service of a test. */
  readonly reads?: ReadMembers;
}

/** A service that reads HTTP itself: S3, Lambda's invoke, and the answers of custom resources. */
export interface HttpService {
  readonly name: string;
  readonly protocol: 'http';
  handle(request: HttpRequest): Promise<HttpResponse>;
}

export type Service = SchemaService | HttpService;

export interface HttpRequest {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** None for a request without a signature, such as a custom resource's answer. */
  readonly principal?: Principal;
  readonly region: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
