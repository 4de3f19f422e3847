import { randomUUID } from 'crypto';
import type { Change, ChangeSetStatus, CreateChangeSetInput, ExecutionStatus, ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation';
import { isCustomType, ResourceType } from '../resource-types/resource-type';
import { ResourceRecord, Stack, DesiredState } from '../stacks/stack';
import { resolveProperties, Scope } from '../template/intrinsic-functions';
import { scopeOf, TemplateEnvironment } from '../template/resolve-template';
import { Json, JsonObject, sameJson } from '../template/template';

/** CloudFormation's placeholder for a value that is unknown before a resource has been created or updated. */
const unknownValue = '{{changeSet:KNOWN_AFTER_APPLY}}';

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly stack: Stack;
  readonly type: 'CREATE' | 'UPDATE';
  readonly target: DesiredState;
  readonly created: Date;
  readonly changes: Change[];
  readonly capabilities: string[];
  readonly notificationArns: string[];
  readonly roleArn?: string;
  readonly onStackFailure?: string;
  readonly status: ChangeSetStatus;
  readonly statusReason?: string;
  executionStatus: ExecutionStatus;
}

const noChanges = 'The submitted information didn\'t contain changes. Submit different information to create a change set.';

export function newChangeSet(
  stack: Stack, input: CreateChangeSetInput, target: DesiredState, changes: Change[], anything: boolean, created: Date,
): ChangeSet {
  const name = input.ChangeSetName!;
  return {
    id: `${stack.id.split(':').slice(0, 5).join(':')}:changeSet/${name}/${randomUUID()}`,
    name,
    description: input.Description,
    stack,
    type: input.ChangeSetType === 'CREATE' ? 'CREATE' : 'UPDATE',
    target,
    created,
    changes,
    capabilities: [...input.Capabilities ?? []],
    notificationArns: [...input.NotificationARNs ?? []],
    roleArn: input.RoleARN,
    onStackFailure: input.OnStackFailure,
    status: anything ? 'CREATE_COMPLETE' : 'FAILED',
    statusReason: anything ? undefined : noChanges,
    executionStatus: anything ? 'AVAILABLE' : 'UNAVAILABLE',
  };
}

/** True if an update would change anything. */
export function changesAnything(stack: Stack, target: DesiredState, changes: readonly Change[]): boolean {
  const current = stack.target;
  return current === undefined
    || stack.status === 'CREATE_FAILED' || stack.status === 'UPDATE_FAILED'
    || changes.length > 0
    || !sameJson(current.tags, target.tags)
    || !sameJson(shownOutputs(current), shownOutputs(target));
}

/** Predicts the change of each resource. */
export function changesTo(
  stack: Stack, target: DesiredState, typeOf: (type: string) => ResourceType | undefined, templateEnvironment: TemplateEnvironment,
): Change[] {
  const moving = new Set<string>();
  const scope = previewScope(stack, target, moving, templateEnvironment);
  const changes: ResourceChange[] = [];
  for (const logicalId of inOrder(target)) {
    const definition = target.resources.get(logicalId)!;
    const record = stack.resources.get(logicalId);
    if (record === undefined) {
      moving.add(logicalId);
      changes.push({ Action: 'Add', LogicalResourceId: logicalId, ResourceType: definition.Type, Scope: [], Details: [] });
      continue;
    }
    const change = modification(record, target, previewed(definition.Properties ?? {}, scope), typeOf(record.type));
    if (change !== undefined) {
      changes.push(change);
      if (change.Replacement !== 'False' || isCustomType(record.type)) {
        moving.add(logicalId);
      }
    }
  }
  for (const record of stack.resources.values()) {
    if (!target.resources.has(record.logicalId)) {
      const kept = record.definition.DeletionPolicy?.startsWith('Retain');
      changes.push({
        Action: 'Remove',
        LogicalResourceId: record.logicalId,
        PhysicalResourceId: record.physicalId,
        ResourceType: record.type,
        PolicyAction: kept ? 'Retain' : 'Delete',
        Scope: [],
        Details: [],
      });
    }
  }
  return changes.map(change => ({ Type: 'Resource', ResourceChange: change }));
}

/** If a part of a value is unknown, the whole value is unknown. */
function previewed(properties: JsonObject, scope: Scope): JsonObject {
  const known = Object.entries(properties).map(([name, value]): JsonObject => {
    try {
      return resolveProperties({ [name]: value }, scope);
    } catch {
      return { [name]: unknownValue };
    }
  });
  return Object.assign({}, ...known) as JsonObject;
}

function modification(
  record: ResourceRecord, target: DesiredState, properties: JsonObject, type: ResourceType | undefined,
): ResourceChange | undefined {
  const definition = target.resources.get(record.logicalId)!;
  const before = type?.normalize?.(record.properties) ?? record.properties;
  const after = type?.normalize?.(properties) ?? properties;
  const details: ResourceChangeDetail[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!sameJson(before[name], after[name])) {
      const dynamic = JSON.stringify(after[name] ?? null).includes(unknownValue);
      const replaces = type !== undefined && (type.update === undefined || type.replacementProperties?.includes(name) === true);
      details.push({
        Target: { Attribute: 'Properties', Name: name, RequiresRecreation: !replaces ? 'Never' : dynamic ? 'Conditionally' : 'Always' },
        Evaluation: dynamic ? 'Dynamic' : 'Static',
        ChangeSource: 'DirectModification',
      });
    }
  }
  for (const attribute of ['Metadata', 'DeletionPolicy', 'UpdateReplacePolicy'] as const) {
    if (!sameJson(record.definition[attribute], definition[attribute])) {
      details.push({ Target: { Attribute: attribute, RequiresRecreation: 'Never' }, Evaluation: 'Static', ChangeSource: 'DirectModification' });
    }
  }
  if (details.length === 0 && record.status !== 'UPDATE_FAILED' && record.status !== 'CREATE_FAILED') {
    return undefined;
  }
  const recreation = details.map(detail => detail.Target?.RequiresRecreation);
  return {
    Action: 'Modify',
    LogicalResourceId: record.logicalId,
    PhysicalResourceId: record.physicalId,
    ResourceType: record.type,
    Replacement: recreation.includes('Always') ? 'True' : recreation.includes('Conditionally') ? 'Conditional' : 'False',
    Scope: [...new Set(details.map(detail => detail.Target!.Attribute!))],
    Details: details,
  };
}

/** `moving` resources return a value that is not equal to any other. */
function previewScope(stack: Stack, target: DesiredState, moving: ReadonlySet<string>, templateEnvironment: TemplateEnvironment): Scope {
  const known = (logicalId: string, value: (record: ResourceRecord) => unknown): Json => {
    const record = stack.resources.get(logicalId);
    return (record === undefined || moving.has(logicalId) ? undefined : value(record) as Json | undefined) ?? unknownValue;
  };
  const scope = scopeOf(stack, target, {
    ref: logicalId => known(logicalId, record => record.ref ?? record.physicalId),
    getAtt: (logicalId, attribute) => known(logicalId, record => record.attributes[attribute]),
  }, templateEnvironment);
  return { ...scope, importValue: name => templateEnvironment.exported(stack.environment, name) ?? unknownValue };
}

function inOrder(target: DesiredState): string[] {
  const order = new Set<string>();
  const add = (logicalId: string) => {
    if (!order.has(logicalId)) {
      target.dependencies.get(logicalId)?.forEach(add);
      order.add(logicalId);
    }
  };
  target.resources.forEach((_definition, logicalId) => add(logicalId));
  return [...order];
}

function shownOutputs(target: DesiredState): unknown {
  return {
    outputs: target.template.Outputs,
    // the outputs can refer to these resources
    parameters: Object.fromEntries(Object.entries(target.parameters).map(([name, value]) => [name, value.resolved])),
    mappings: target.template.Mappings,
    conditions: target.conditions,
  };
}
