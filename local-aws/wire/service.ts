import { Call, Principal } from '../aws-call';

/** Handles one call and returns the response in the SDK's output type. Throws `AwsError`. */
export type Operation = (call: Call) => Promise<object | void> | object | void;

/**
 * The request members that the operations of a service read, by operation. `*` applies to all operations.
 *
 * - `Name`: the member, with all its content
 * - `Ebs.Iops`: a member of a structure, or of the structures in a list
 * - `Tier=Standard`: only this value, which is the local AWS's behavior
 */
export type ReadMembers = Readonly<Record<string, readonly string[]>>;

/** A service whose requests and responses are defined by the schemas of its SDK client. */
export interface SchemaService {
  /** The service name in the scope of the signature: `ec2`, `kms`, `cloudformation`, `sts`, `ssm`, `states`. */
  readonly name: string;
  readonly protocol: 'ec2Query' | 'awsQuery' | 'json';
  /** The exports of the SDK client: the schema of `CopyImage` is `CopyImage$`. None for a JSON service without schemas. */
  readonly schemas?: Record<string, unknown>;
  readonly operations: Readonly<Record<string, Operation>>;
  /** The request members that the operations read; others are refused. None for the services of tests. */
  readonly reads?: ReadMembers;
}

/** A service that reads HTTP itself: S3, Lambda's Invoke, and responses of custom resources. */
export interface HttpService {
  readonly name: string;
  readonly protocol: 'http';
  handle(request: HttpRequest): Promise<HttpResponse>;
}

export type Service = SchemaService | HttpService;

export interface HttpRequest {
  readonly method: string;
  /** The decoded path, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** None for a request without a signature, such as the response of a custom resource. */
  readonly principal?: Principal;
  readonly region: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}
