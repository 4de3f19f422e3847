import { randomBytes, randomUUID } from 'crypto';
import { Made, ResourceCancelled, ResourceFailure, ResourceRequest, ResourceType } from '../resource-types/resource-type';
import { ResourceRecord, Stack } from '../stacks/stack';
import { JsonObject, ResourceDefinition } from '../template/template';

/** A resource that is to be made or changed: what the template says of it, resolved. */
export interface Wanted {
  readonly logicalId: string;
  readonly definition: ResourceDefinition;
  readonly properties: JsonObject;
  readonly dependencies: ReadonlySet<string>;
}

/** The single steps of an operation: one resource made, changed or deleted, with the events that CloudFormation shows. */
export class ResourceSteps {
  public constructor(
    private readonly stack: Stack,
    private readonly typeOf: (type: string) => ResourceType | undefined,
    private readonly unknownType: ResourceType,
    /** Is the physical id of a failed update the resource's? */
    private readonly keepsFailedId: () => boolean = () => true,
  ) {}

  public type(name: string): ResourceType {
    return this.typeOf(name) ?? this.unknownType;
  }

  /** A new resource, instead of none or of `replaced`. Throws after the events of the failure. */
  public async create(wanted: Wanted, cancelled: AbortSignal, tags: Readonly<Record<string, string>>, replaced?: ResourceRecord): Promise<void> {
    const record = this.newRecord(wanted);
    this.stack.resources.set(wanted.logicalId, record);
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
      this.stack.event(record, inProgress, `the local AWS does not know ${record.type}: nothing is made, its id and attributes are made up`);
    }
    const initiated = (physicalId: string) => {
      if (record.physicalId === undefined) {
        record.physicalId = physicalId;
        this.stack.setResourceStatus(record, inProgress, 'Resource creation Initiated');
      }
    };
    try {
      const made = await this.type(record.type).create({ ...this.request(record, cancelled, tags), initiated });
      initiated(made.physicalId);
      take(record, made);
    } catch (error) {
      record.physicalId = idIn(error) ?? record.physicalId;
      this.stack.setResourceStatus(record, failed, reasonOf(error, 'Resource creation cancelled'));
      throw error;
    }
    this.stack.setResourceStatus(record, complete);
  }

  /** Changes a resource where it is; its provider may make a new one instead, which its new physical id tells. */
  public async update(record: ResourceRecord, wanted: Wanted, cancelled: AbortSignal, tags: Readonly<Record<string, string>>): Promise<void> {
    const type = this.type(wanted.definition.Type);
    const now: ResourceRecord = { ...record, ...wanted, reason: undefined };
    this.stack.resources.set(wanted.logicalId, now);
    this.stack.setResourceStatus(now, 'UPDATE_IN_PROGRESS');
    try {
      const physicalId = record.physicalId ?? '';
      const made = await type.update?.({
        ...this.request(now, cancelled, tags), physicalId, oldProperties: record.properties, attributes: record.attributes,
      });
      take(now, made ?? { physicalId });
      if (now.physicalId !== record.physicalId) {
        this.stack.setResourceStatus(now, 'UPDATE_IN_PROGRESS', 'Requested update required the provider to create a new physical resource');
      }
    } catch (error) {
      now.physicalId = (this.keepsFailedId() ? idIn(error) : undefined) ?? now.physicalId;
      this.stack.setResourceStatus(now, 'UPDATE_FAILED', reasonOf(error, 'Resource update cancelled'));
      throw error;
    }
    this.stack.setResourceStatus(now, 'UPDATE_COMPLETE');
  }

  /** Deletes a resource; false if that failed as often as it may. */
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

  /** A resource that is not even asked for; one that exists stays what it is. */
  public refuse(wanted: Omit<Wanted, 'properties'>, reason: string): void {
    const existing = this.stack.resources.get(wanted.logicalId);
    if (existing !== undefined) {
      this.stack.event(existing, 'UPDATE_FAILED', reason);
      return;
    }
    const record = this.newRecord({ ...wanted, properties: {} });
    this.stack.resources.set(wanted.logicalId, record);
    this.stack.setResourceStatus(record, 'CREATE_FAILED', reason);
  }

  private newRecord(wanted: Wanted): ResourceRecord {
    return { ...wanted, type: wanted.definition.Type, attributes: {}, status: 'CREATE_IN_PROGRESS', timestamp: this.stack.now() };
  }

  private request(record: ResourceRecord, cancelled: AbortSignal, tags: Readonly<Record<string, string>>): ResourceRequest {
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
      initiated: () => undefined,
      cancelled,
    };
  }
}

/** As CloudFormation makes names up: `Stack-Logical-1A2B3C4D5E6F`, both parts cut to fit. */
function generatedName(stackName: string, logicalId: string, maxLength: number): string {
  const random = Array.from(randomBytes(12), byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'[byte % 36]).join('');
  const room = maxLength - random.length - 2;
  const logical = logicalId.slice(0, Math.max(room - stackName.length, Math.floor(room / 2)));
  return `${stackName.slice(0, room - logical.length)}-${logical}-${random}`;
}

function take(record: ResourceRecord, made: Made): void {
  record.physicalId = made.physicalId;
  record.ref = made.ref;
  record.attributes = made.attributes ?? record.attributes;
}

function idIn(error: unknown): string | undefined {
  return error instanceof ResourceFailure || error instanceof ResourceCancelled ? error.physicalId : undefined;
}

function reasonOf(error: unknown, cancelled: string): string {
  return error instanceof ResourceCancelled ? cancelled : error instanceof Error ? error.message : String(error);
}
