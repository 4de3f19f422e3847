import { randomBytes, randomUUID } from 'crypto';
import { CreatedResource, ResourceCanceled, ResourceFailure, ResourceRequest, ResourceType } from '../resource-types/resource-type';
import { ResourceRecord, Stack } from '../stacks/stack';
import { JsonObject, ResourceDefinition } from '../template/template';

/** A resource with its resolved properties. */
export interface ResourceSpec {
  readonly logicalId: string;
  readonly definition: ResourceDefinition;
  readonly properties: JsonObject;
  readonly dependencies: ReadonlySet<string>;
}

/** Creates, updates and deletes single resources, and writes their events. */
export class ResourceOperations {
  public constructor(
    private readonly stack: Stack,
    private readonly typeOf: (type: string) => ResourceType | undefined,
    private readonly unknownType: ResourceType,
    /** True if the physical ID of a failed update becomes that of the resource. */
    private readonly keepsFailedId: () => boolean,
  ) {}

  public type(name: string): ResourceType {
    return this.typeOf(name) ?? this.unknownType;
  }

  /** Creates a resource, or the replacement of `replaced`. Throws after the events of a failure. */
  public async create(spec: ResourceSpec, canceled: AbortSignal, tags: Readonly<Record<string, string>>, replaced?: ResourceRecord): Promise<void> {
    const record = this.newRecord(spec);
    this.stack.resources.set(spec.logicalId, record);
    const [inProgress, complete, failed] = replaced === undefined
      ? ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'CREATE_FAILED'] as const
      : ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE', 'UPDATE_FAILED'] as const;
    if (replaced === undefined) {
      this.stack.setResourceStatus(record, inProgress);
    } else {
      this.stack.event({ ...record, physicalId: replaced.physicalId }, inProgress,
        'Requested update requires the creation of a new physical resource; hence creating one.');
    }
    if (this.typeOf(record.type) === undefined) {
      this.stack.unknownTypes.add(record.type);
      this.stack.event(record, inProgress, `the local AWS does not know ${record.type}: it creates nothing, and the ID and attributes are placeholders`);
    }
    const initiated = (physicalId: string) => {
      if (record.physicalId === undefined) {
        record.physicalId = physicalId;
        this.stack.setResourceStatus(record, inProgress, 'Resource creation Initiated');
      }
    };
    let reason: string | undefined;
    try {
      const created = await this.type(record.type).create({ ...this.request(record, canceled, tags), initiated });
      initiated(created.physicalId);
      take(record, created);
      ({ reason } = created);
    } catch (error) {
      record.physicalId = idIn(error) ?? record.physicalId;
      this.stack.setResourceStatus(record, failed, reasonOf(error, 'Resource creation cancelled'));
      throw error;
    }
    this.stack.setResourceStatus(record, complete, reason);
  }

  /** Updates a resource. A new physical ID means that the provider has replaced it. */
  public async update(record: ResourceRecord, spec: ResourceSpec, canceled: AbortSignal, tags: Readonly<Record<string, string>>): Promise<void> {
    const type = this.type(spec.definition.Type);
    const now: ResourceRecord = { ...record, ...spec, reason: undefined };
    this.stack.resources.set(spec.logicalId, now);
    this.stack.setResourceStatus(now, 'UPDATE_IN_PROGRESS');
    let reason: string | undefined;
    try {
      const physicalId = record.physicalId ?? '';
      const created = await type.update?.({
        ...this.request(now, canceled, tags), physicalId, oldProperties: record.properties, attributes: record.attributes,
      });
      take(now, created ?? { physicalId });
      reason = created?.reason;
      if (now.physicalId !== record.physicalId) {
        this.stack.setResourceStatus(now, 'UPDATE_IN_PROGRESS', 'Requested update required the provider to create a new physical resource');
      }
    } catch (error) {
      now.physicalId = (this.keepsFailedId() ? idIn(error) : undefined) ?? now.physicalId;
      this.stack.setResourceStatus(now, 'UPDATE_FAILED', reasonOf(error, 'Resource update cancelled'));
      throw error;
    }
    this.stack.setResourceStatus(now, 'UPDATE_COMPLETE', reason);
  }

  /** Deletes a resource. Returns false after the last failed attempt. */
  public async delete(record: ResourceRecord, attempts: number, tags: Readonly<Record<string, string>>): Promise<boolean> {
    if (record.physicalId === undefined) {
      this.stack.setResourceStatus(record, 'DELETE_COMPLETE');
      return true;
    }
    for (let attempt = 1; ; attempt += 1) {
      this.stack.setResourceStatus(record, 'DELETE_IN_PROGRESS');
      try {
        await this.type(record.type).delete?.({
          ...this.request(record, new AbortController().signal, tags), physicalId: record.physicalId, attributes: record.attributes,
        });
        this.stack.setResourceStatus(record, 'DELETE_COMPLETE');
        return true;
      } catch (error) {
        this.stack.setResourceStatus(record, 'DELETE_FAILED', reasonOf(error, 'Resource deletion cancelled'));
        if (attempt >= attempts) {
          return false;
        }
      }
    }
  }

  /** Writes the event of a resource that was canceled before it began. An existing one stays unchanged. */
  public refuse(spec: Omit<ResourceSpec, 'properties'>, reason: string): void {
    const existing = this.stack.resources.get(spec.logicalId);
    if (existing !== undefined) {
      this.stack.event(existing, 'UPDATE_FAILED', reason);
      return;
    }
    const record = this.newRecord({ ...spec, properties: {} });
    this.stack.resources.set(spec.logicalId, record);
    this.stack.setResourceStatus(record, 'CREATE_FAILED', reason);
  }

  private newRecord(spec: ResourceSpec): ResourceRecord {
    return { ...spec, type: spec.definition.Type, attributes: {}, status: 'CREATE_IN_PROGRESS', timestamp: this.stack.now() };
  }

  private request(record: ResourceRecord, canceled: AbortSignal, tags: Readonly<Record<string, string>>): ResourceRequest {
    return {
      environment: this.stack.environment,
      stackId: this.stack.id,
      stackName: this.stack.name,
      stackTags: tags,
      logicalId: record.logicalId,
      type: record.type,
      properties: record.properties,
      token: randomUUID(),
      name: (maxLength = 64) => generatedName(this.stack.name, record.logicalId, maxLength),
      canceled,
    };
  }
}

/** A generated name: `Stack-Logical-1A2B3C4D5E6F`. Both parts are cut to the maximum length. */
function generatedName(stackName: string, logicalId: string, maxLength: number): string {
  const random = Array.from(randomBytes(12), byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[byte % 36]).join('');
  const length = maxLength - random.length - 2;
  const logical = logicalId.slice(0, Math.max(length - stackName.length, Math.floor(length / 2)));
  return `${stackName.slice(0, length - logical.length)}-${logical}-${random}`;
}

function take(record: ResourceRecord, created: CreatedResource): void {
  record.physicalId = created.physicalId;
  record.ref = created.ref;
  record.attributes = created.attributes ?? record.attributes;
}

function idIn(error: unknown): string | undefined {
  return error instanceof ResourceFailure || error instanceof ResourceCanceled ? error.physicalId : undefined;
}

function reasonOf(error: unknown, canceled: string): string {
  return error instanceof ResourceCanceled ? canceled : (error as Error).message;
}
