import { JsonObject } from '../template/template';

/** Where a stack lives. */
export interface Environment {
  readonly account: string;
  readonly region: string;
}

/** What CloudFormation asks of a type of resource. */
export interface ResourceRequest {
  readonly environment: Environment;
  readonly stackId: string;
  readonly stackName: string;
  readonly stackTags: Readonly<Record<string, string>>;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: JsonObject;
  /** A token of this request alone, for calls that take one. */
  readonly token: string;
  /** Aborted when another resource failed and this one need not be waited for. */
  readonly cancelled: AbortSignal;
  /** A name as CloudFormation makes them up: `Stack-Logical-1A2B3C4D5E6F`. */
  name(maxLength?: number): string;
  /** To be called as soon as something exists, so that it is deleted whatever happens next. */
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

/** A resource that is there. */
export interface Made {
  /** What `Ref` gives, unless `ref` says something else. */
  readonly physicalId: string;
  readonly ref?: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface ResourceType {
  /** The properties whose change makes a new resource. */
  readonly replacedBy?: readonly string[];
  /** Properties as the type sees them; two that look alike then are no change. */
  normalised?(properties: JsonObject): JsonObject;
  /** Why a change of properties is refused, if it is. */
  refusal?(oldProperties: JsonObject, properties: JsonObject): string | undefined;
  create(request: ResourceRequest): Promise<Made> | Made;
  /** None: every change makes a new resource. */
  update?(request: UpdateRequest): Promise<Made> | Made;
  /** None: nothing is to be done. */
  delete?(request: DeleteRequest): Promise<void> | void;
  /** What `Fn::GetAtt` of an attribute that `Made` does not have gives; throws to say why there is none. */
  missingAttribute?(resource: { readonly stackId: string; readonly logicalId: string; readonly physicalId: string }, attribute: string): string;
}

/** A resource could not be made or changed; the message is the event's reason. */
export class ResourceFailure extends Error {
  public constructor(message: string, public readonly physicalId?: string) {
    super(message);
  }
}

/** Another resource failed first. */
export class ResourceCancelled extends Error {
  public constructor(public readonly physicalId?: string) {
    super('cancelled');
  }
}

/** Types whose resources a function of the user's makes. */
export function isCustomType(type: string): boolean {
  return type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource';
}
