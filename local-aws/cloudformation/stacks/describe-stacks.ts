import type {
  ChangeSetSummary, DeploymentConfig, DescribeChangeSetOutput, OperationEntry, Parameter, Stack as StackShape, StackResource, StackResourceDetail,
  StackSummary,
} from '@aws-sdk/client-cloudformation';
import { ResourceRecord, Stack, DesiredState } from './stack';
import { ChangeSet } from '../change-sets/change-set';
import { CloudFormationSwitches } from '../cloudformation-switches';
import { isSsm } from '../template/parameters';

export function describeStack(stack: Stack, switches: CloudFormationSwitches): StackShape {
  return {
    StackId: stack.id,
    StackName: stack.name,
    ChangeSetId: stack.changeSetId,
    Description: stack.target?.template.Description,
    Parameters: stack.target && unlessEmpty(describeParameters(stack.target)),
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deletionBegun,
    RollbackConfiguration: {},
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: stack.disableRollback,
    DeploymentConfig: deploymentConfig(stack.disableRollback),
    TimeoutInMinutes: stack.timeoutInMinutes,
    NotificationARNs: stack.notificationArns,
    Capabilities: stack.capabilities as StackShape['Capabilities'],
    Outputs: unlessEmpty(stack.outputs.map(output => ({
      OutputKey: output.key, OutputValue: output.value, Description: output.description, ExportName: output.exportName,
    }))),
    RoleARN: stack.roleArn,
    Tags: describeTags(stack.target),
    EnableTerminationProtection: stack.terminationProtection,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    LastOperations: lastOperations(stack, switches),
  };
}

export function summarizeStack(stack: Stack, switches: CloudFormationSwitches): StackSummary {
  return {
    StackId: stack.id,
    StackName: stack.name,
    TemplateDescription: stack.target?.template.Description,
    CreationTime: stack.created,
    LastUpdatedTime: stack.updated,
    DeletionTime: stack.deletionBegun,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    LastOperations: lastOperations(stack, switches),
  };
}

/** DescribeStacks shows a rollback that CloudFormation started together with the operation before it. */
function lastOperations(stack: Stack, switches: CloudFormationSwitches): OperationEntry[] | undefined {
  if (switches.lastOperations === 'absent') {
    return undefined;
  }
  const newestFirst = [...stack.operations].reverse();
  const latest = newestFirst.slice(0, newestFirst.findIndex(operation => !operation.automatic) + 1);
  const shown = (switches.lastOperations === 'all' ? newestFirst : latest).map(({ id, type }) => ({ OperationType: type, OperationId: id }));
  return switches.lastOperationsOrder === 'newest-first' ? shown : shown.reverse();
}

export function describeResourceDetail(stack: Stack, record: ResourceRecord): StackResourceDetail {
  const { Timestamp, ...rest } = describeResource(stack, record);
  const metadata = record.definition.Metadata;
  return { ...rest, LastUpdatedTimestamp: Timestamp, Metadata: metadata && JSON.stringify(metadata) };
}

export function describeResource(stack: Stack, record: ResourceRecord): StackResource {
  return {
    StackName: stack.name,
    StackId: stack.id,
    LogicalResourceId: record.logicalId,
    PhysicalResourceId: record.physicalId,
    ResourceType: record.type,
    Timestamp: record.timestamp,
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
    Parameters: unlessEmpty(describeParameters(changeSet.target)),
    CreationTime: changeSet.created,
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    NotificationARNs: changeSet.notificationArns,
    RollbackConfiguration: {},
    Capabilities: changeSet.capabilities as DescribeChangeSetOutput['Capabilities'],
    Tags: unlessEmpty(describeTags(changeSet.target)),
    DeploymentConfig: deploymentConfig(false),
    Changes: changeSet.changes,
    IncludeNestedStacks: false,
    OnStackFailure: changeSet.onStackFailure as DescribeChangeSetOutput['OnStackFailure'],
  };
}

export function summarizeChangeSet(changeSet: ChangeSet): ChangeSetSummary {
  return {
    StackId: changeSet.stack.id,
    StackName: changeSet.stack.name,
    ChangeSetId: changeSet.id,
    ChangeSetName: changeSet.name,
    ExecutionStatus: changeSet.executionStatus,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    CreationTime: changeSet.created,
    Description: changeSet.description,
    IncludeNestedStacks: false,
    ImportExistingResources: false,
  };
}

function deploymentConfig(disableRollback: boolean): DeploymentConfig {
  return { Mode: 'STANDARD', DisableRollback: disableRollback };
}

/** CloudFormation omits these lists if they are empty. */
function unlessEmpty<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function describeParameters(target: DesiredState): Parameter[] {
  return Object.entries(target.parameters).map(([name, parameter]) => ({
    ParameterKey: name,
    ParameterValue: parameter.noEcho ? '****' : parameter.value,
    ResolvedValue: isSsm(target.template.Parameters![name]) ? parameter.resolved : undefined,
  }));
}

function describeTags(target: DesiredState | undefined): { Key: string; Value: string }[] {
  return Object.entries(target?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
}
