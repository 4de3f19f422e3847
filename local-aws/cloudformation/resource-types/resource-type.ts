import { JsonObject } from '../template/template';

/** The account, the Region and the stack of a resource. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** A request of CloudFormation to a resource type. */
export interface ResourceRequest {
  readonly environment: Environment;
  readonly stackId: string;
  readonly stackName: string;
  readonly stackTags: Readonly<Record<string, string>>;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** A token that is unique to this request, for calls with a client token. */
  readonly token: string;
  /** Aborted when another resource failed and CloudFormation does not wait for this one. */
  readonly canceled: AbortSignal;
  /** A generated name such as `Stack-Logical-1A2B3C4D5E6F`. */
  name(maxLength?: number): string;
}

export interface CreateRequest extends ResourceRequest {
  /** The type calls it as soon as the resource exists, so that CloudFormation deletes it if a later step fails. */
  initiated(physicalId: string): void;
}

export interface UpdateRequest extends ResourceRequest {
  readonly physicalId: string;
  readonly oldProperties: JsonObject;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface DeleteRequest extends ResourceRequest {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A resource that exists. */
export interface CreatedResource {
  /** The value of `Ref`, unless `ref` is set. */
  readonly physicalId: string;
  readonly ref?: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** The reason in the event of the completed resource. */
  readonly reason?: string;
}

export interface ResourceType {
  /** The properties whose change requires replacement. */
  readonly replacementProperties?: readonly string[];
  /** Normalizes properties: properties that are equal after this are no change. */
  normalize?(properties: JsonObject): JsonObject;
  /** Returns the reason if a change of properties is not allowed. */
  updateError?(oldProperties: JsonObject, properties: JsonObject): string | undefined;
  create(request: CreateRequest): Promise<CreatedResource> | CreatedResource;
  /** Without it, every change requires replacement. */
  update?(request: UpdateRequest): Promise<CreatedResource> | CreatedResource;
  /** Without it, deletion does nothing. */
  delete?(request: DeleteRequest): Promise<void> | void;
  /** The value of `Fn::GetAtt` for an attribute that is not in `attributes`. Throws if there is none. */
  missingAttribute?(resource: { readonly stackId: string; readonly logicalId: string; readonly physicalId: string }, attribute: string): string;
}

/** A resource could not be created or updated. The message is the status reason of the event. */
export class ResourceFailure extends Error {
  public constructor(message: string, public readonly physicalId?: string) {
    super(message);
  }
}

/** CloudFormation canceled the resource because another one failed. */
export class ResourceCanceled extends Error {
  public constructor(public readonly physicalId?: string) {
    super('canceled');
  }
}

/** Custom resource types. */
export function isCustomType(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}
