import { Call, Principal } from '../aws-call';

/** Carries out one call and returns the answer in the shape of the SDK's output type; throws `AwsError`. */
export type Operation = (call: Call) => Promise<object | void> | object | void;

/**
 * What the operations of a service read, by the operation; `*` is read by all.
 *
 * - `Name`: the member, with all that is in it
 * - `Ebs.Iops`: a member of a structure, or of the structures in a list
 * - `Tier=Standard`: only this value, which asks for what is done anyway
 */
export type ReadMembers = Readonly<Record<string, readonly string[]>>;

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
