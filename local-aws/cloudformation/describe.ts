import type { DescribeChangeSetOutput, Parameter, Stack as StackShape, StackResource, StackSummary } from '@aws-sdk/client-cloudformation';
import { ChangeSet } from './change-set';
import { isSsm } from './parameters';
import { ResourceRecord, Stack, Target } from './stack';

export function describeStack(stack: Stack): StackShape {
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: stack.target?.template.Description,
    Parameters: stack.target && describeParameters(stack.target),
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deleted,
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.disableRollback,
    NotificationARNs: stack.notificationArns,
    Capabilities: stack.capabilities as StackShape['Capabilities'],
    Outputs: stack.outputs.map(output => ({
      OutputKey: output.key, OutputValue: output.value, Description: output.description, ExportName: output.exportName,
    })),
    RoleARN: stack.roleArn,
    Tags: describeTags(stack.target),
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

export function summarizeStack(stack: Stack): StackSummary {
  return {
    StackId: stack.id,
    StackName: stack.name,
    TemplateDescription: stack.target?.template.Description,
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deleted,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

export function describeResource(stack: Stack, record: ResourceRecord): StackResource & { LastUpdatedTimestamp: Date } {
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: record.logicalId,
    PhysicalResourceId: record.physicalId,
    ResourceType: record.type,
    Timestamp: record.timestamp,
    LastUpdatedTimestamp: record.timestamp,
    ResourceStatus: record.status,
    ResourceStatusReason: record.reason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}

export function describeChangeSet(changeSet: ChangeSet): DescribeChangeSetOutput {
  return {
    ChangeSetName: changeSet.name,
    ChangeSetId: changeSet.id,
    StackId: changeSet.stack.id,
    StackName: changeSet.stack.name,
    Description: changeSet.description,
    Parameters: describeParameters(changeSet.target),
    CreationTime: changeSet.created,
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    NotificationARNs: changeSet.notificationArns,
    RollbackConfiguration: {},
    Capabilities: changeSet.capabilities as DescribeChangeSetOutput['Capabilities'],
    Tags: describeTags(changeSet.target),
    Changes: changeSet.changes,
    IncludeNestedStacks: false,
    OnStackFailure: changeSet.onStackFailure as DescribeChangeSetOutput['OnStackFailure'],
  };
}

function describeParameters(target: Target): Parameter[] {
  return Object.entries(target.parameters).map(([name, parameter]) => ({
    ParameterKey: name,
    ParameterValue: parameter.noEcho ? '****' : parameter.value,
    ResolvedValue: isSsm((target.template.Parameters ?? {})[name]) ? parameter.resolved : undefined,
  }));
}

function describeTags(target: Target | undefined): { Key: string; Value: string }[] {
  return Object.entries(target?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}
