import { randomUUID } from 'crypto';
import type { ResourceStatus, StackEvent, StackStatus } from '@aws-sdk/client-cloudformation';
import { Environment } from './resource-type';
import { JsonObject, ResourceDefinition, Template } from './template';
import { Clock } from '../clock';

/** A parameter of a stack: what was given, and, for parameters that name an SSM parameter, what it stands for. */
export interface ParameterValue {
  readonly value: string;
  readonly resolved: string;
  readonly noEcho: boolean;
}

/** What a stack is to become, or what it is. */
export interface Target {
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

/** The state of one stack. */
export class Stack {
  public readonly id: string;
  public readonly created: Date;
  public readonly resources = new Map<string, ResourceRecord>();
  /** Oldest first. */
  public readonly events: StackEvent[] = [];
  public readonly unknownTypes = new Set<string>();
  public status: StackStatus = 'REVIEW_IN_PROGRESS';
  public reason?: string;
  public target?: Target;
  public outputs: { key: string; value: string; description?: string; exportName?: string }[] = [];
  /** Names of the exports of other stacks that this one imports. */
  public imports = new Set<string>();
  public updated?: Date;
  public deleted?: Date;
  public disableRollback = false;
  public terminationProtection = false;
  public roleArn?: string;
  public capabilities: string[] = [];
  public notificationArns: string[] = [];
  public clientToken?: string;
  /** The operation that runs, or ran last; never rejects. */
  public operation: Promise<void> = Promise.resolve();

  public constructor(public readonly name: string, public readonly environment: Environment, private readonly clock: Clock) {
    this.created = clock.date();
    this.id = `arn:${partition(environment.region)}:cloudformation:${environment.region}:${environment.account}:stack/${name}/${randomUUID()}`;
  }

  public get exists(): boolean {
    return this.status !== 'DELETE_COMPLETE';
  }

  public now(): Date {
    return this.clock.date();
  }

  public setStatus(status: StackStatus, reason?: string): void {
    this.status = status;
    this.reason = reason;
    this.event({ logicalId: this.name, type: 'AWS::CloudFormation::Stack', physicalId: this.id }, status as ResourceStatus, reason);
  }

  public setResourceStatus(record: ResourceRecord, status: ResourceStatus, reason?: string): void {
    record.status = status;
    record.reason = reason;
    record.timestamp = this.clock.date();
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

export function partition(region: string): string {
  return region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function urlSuffix(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}
