import { randomUUID } from 'crypto';
import type { CreateStackInput, OperationType, ResourceStatus, StackEvent, StackStatus } from '@aws-sdk/client-cloudformation';
import { Environment } from '../resource-types/resource-type';
import { JsonObject, ResourceDefinition, Template } from '../template/template';
import { Clock } from '../../clock';
import { partitionOf } from '../../partition';

/** A parameter of a stack: what was given, and, for parameters that name an SSM parameter, what it stands for. */
export interface ParameterValue {
  readonly value: string;
  readonly resolved: string;
  readonly noEcho: boolean;
}

/** What a stack is to become, or what it is. */
export interface DesiredState {
  readonly template: Template;
  /** As it was given. */
  readonly body: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly conditions: Readonly<Record<string, boolean>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Those whose condition holds. */
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  /** For each resource, those that it needs. */
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One resource of a stack. */
export interface ResourceRecord {
  readonly logicalId: string;
  readonly type: string;
  definition: ResourceDefinition;
  physicalId?: string;
  ref?: string;
  /** Resolved; while a resource is being changed, and if that fails, those that it was to get. */
  properties: JsonObject;
  attributes: Readonly<Record<string, unknown>>;
  status: ResourceStatus;
  reason?: string;
  timestamp: Date;
  /** The resources that it needed when it was made: it is deleted before them. */
  dependencies: ReadonlySet<string>;
}

/** An operation as `LastOperations` and the events of a stack name it. */
export interface NumberedOperation {
  readonly id: string;
  readonly type: OperationType;
  /** Started by CloudFormation itself, after the operation before it failed. */
  readonly automatic: boolean;
}

/** The state of one stack. */
export class Stack {
  public readonly id: string;
  public readonly created: Date;
  public readonly resources = new Map<string, ResourceRecord>();
  /** Oldest first. */
  public readonly events: StackEvent[] = [];
  public readonly unknownTypes = new Set<string>();
  /** Oldest first. */
  public readonly operations: NumberedOperation[] = [];
  /** What a deletion or the rollback of a creation deleted: still described. */
  public readonly deletedResources = new Map<string, ResourceRecord>();
  /** Resources that are being deleted because others have replaced them. */
  public readonly replacedResources = new Map<string, ResourceRecord>();
  public status: StackStatus = 'REVIEW_IN_PROGRESS';
  public reason?: string;
  public target?: DesiredState;
  public outputs: { key: string; value: string; description?: string; exportName?: string }[] = [];
  /** Names of the exports of other stacks that this one imports. */
  public imports = new Set<string>();
  public updated?: Date;
  /** When the deletion began, also that of the resources of a failed creation. */
  public deletionBegun?: Date;
  public disableRollback = false;
  /** Resources of an operation that fails are deleted with it, whatever their DeletionPolicy says. */
  public retainExceptOnCreate = false;
  public timeoutInMinutes?: number;
  public changeSetId?: string;
  public terminationProtection = false;
  public roleArn?: string;
  public capabilities: string[] = [];
  public notificationArns: string[] = [];
  public clientToken?: string;
  /** The request that created it, if it was not a change set. */
  public creation?: CreateStackInput;
  /** The operation that runs, or ran last; never rejects. */
  public operation: Promise<void> = Promise.resolve();

  public constructor(public readonly name: string, public readonly environment: Environment, private readonly clock: Clock) {
    this.created = clock.date();
    this.id = `arn:${partitionOf(environment.region)}:cloudformation:${environment.region}:${environment.account}:stack/${name}/${randomUUID()}`;
  }

  public get exists(): boolean {
    return this.status !== 'DELETE_COMPLETE';
  }

  public now(): Date {
    return this.clock.date();
  }

  /** Events carry the id from here on. */
  public beginOperation(type: OperationType, automatic = false): string {
    const id = randomUUID();
    this.operations.push({ id, type, automatic });
    return id;
  }

  public setStatus(status: StackStatus, reason?: string): void {
    this.status = status;
    if (status === 'DELETE_IN_PROGRESS' || status === 'ROLLBACK_IN_PROGRESS') {
      this.deletionBegun = this.clock.date();
    }
    this.reason = reason;
    this.event({ logicalId: this.name, type: 'AWS::CloudFormation::Stack', physicalId: this.id }, status as ResourceStatus, reason);
  }

  public setResourceStatus(record: ResourceRecord, status: ResourceStatus, reason?: string): void {
    record.status = status;
    record.reason = reason;
    record.timestamp = this.clock.date();
    if (this.status.endsWith('_IN_PROGRESS')) {
      // the reason of the stack's status is shown only until the first resource begins
      this.reason = undefined;
    }
    this.event(record, status, reason);
  }

  public event(
    about: { readonly logicalId: string; readonly type: string; readonly physicalId?: string; readonly properties?: JsonObject },
    status: ResourceStatus,
    reason?: string,
  ): void {
    this.events.push({
      StackId: this.id,
      StackName: this.name,
      OperationId: this.operations.at(-1)?.id,
      EventId: about.physicalId === this.id ? randomUUID() : `${about.logicalId}-${status}-${this.clock.date().toISOString()}-${this.events.length}`,
      LogicalResourceId: about.logicalId,
      PhysicalResourceId: about.physicalId ?? '',
      ResourceType: about.type,
      Timestamp: this.clock.date(),
      ResourceStatus: status,
      ResourceStatusReason: reason,
      ResourceProperties: about.properties && JSON.stringify(about.properties),
      ClientRequestToken: this.clientToken,
    });
  }
}
