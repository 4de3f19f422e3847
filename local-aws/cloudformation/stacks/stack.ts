import { randomUUID } from 'crypto';
import type { CreateStackInput, OperationType, ResourceStatus, StackEvent, StackStatus } from '@aws-sdk/client-cloudformation';
import { partitionOf } from '../../regions/partition';
import { Clock } from '../../time/clock';
import { Environment } from '../resource-types/resource-type';
import { JsonObject, ResourceDefinition, Template } from '../template/template';

/** A parameter of a stack: the given value and, for SSM parameter types, the resolved value. */
export interface ParameterValue {
  readonly value: string;
  readonly resolved: string;
  readonly noEcho: boolean;
}

/** The desired or current state of a stack. */
export interface DesiredState {
  readonly template: Template;
  /** The template text of the request. */
  readonly body: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly conditions: Readonly<Record<string, boolean>>;
  readonly tags: Readonly<Record<string, string>>;
  /** The resources whose condition is true. */
  readonly resources: ReadonlyMap<string, ResourceDefinition>;
  /** For each resource, its dependencies. */
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>;
}

/** One resource of a stack. */
export interface ResourceRecord {
  readonly logicalId: string;
  readonly type: string;
  definition: ResourceDefinition;
  physicalId?: string;
  ref?: string;
  /** Resolved properties. During an update, and after a failed one, these are the new properties. */
  properties: JsonObject;
  attributes: Readonly<Record<string, unknown>>;
  status: ResourceStatus;
  reason?: string;
  timestamp: Date;
  /** The dependencies at creation. CloudFormation deletes the resource before them. */
  dependencies: ReadonlySet<string>;
}

/** An operation in `LastOperations` and in the stack's events. */
export interface NumberedOperation {
  readonly id: string;
  readonly type: OperationType;
  /** CloudFormation started it because the operation before it failed. */
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
  /** Resources that a deletion or the rollback of a creation deleted. DescribeStackResources still shows them. */
  public readonly deletedResources = new Map<string, ResourceRecord>();
  /** Replaced resources that CloudFormation is deleting. */
  public readonly replacedResources = new Map<string, ResourceRecord>();
  public status: StackStatus = 'REVIEW_IN_PROGRESS';
  public reason?: string;
  public target?: DesiredState;
  public outputs: { key: string; value: string; description?: string; exportName?: string }[] = [];
  /** The exports of other stacks that this stack imports. */
  public imports = new Set<string>();
  public updated?: Date;
  /** The start of the deletion, or of the rollback of a creation. */
  public deletionBegun?: Date;
  public disableRollback = false;
  /** If an operation fails, CloudFormation deletes its new resources whatever their DeletionPolicy is. */
  public retainExceptOnCreate = false;
  public timeoutInMinutes?: number;
  public changeSetId?: string;
  public terminationProtection = false;
  public roleArn?: string;
  public capabilities: string[] = [];
  public notificationArns: string[] = [];
  public clientToken?: string;
  /** The CreateStack request; none if a change set created the stack. */
  public creation?: CreateStackInput;
  /** The running or last operation. The promise never rejects. */
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

  /** The operation ID of the following events. */
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
      // DescribeStacks shows the reason of the stack's status only until the first resource changes
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
