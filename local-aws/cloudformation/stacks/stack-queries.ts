import type {
  DescribeChangeSetInput, DescribeChangeSetOutput, DescribeStackEventsInput, DescribeStackEventsOutput, DescribeStackResourceInput,
  DescribeStackResourceOutput, DescribeStackResourcesInput, DescribeStackResourcesOutput, DescribeStacksInput, DescribeStacksOutput, GetTemplateInput,
  GetTemplateOutput, ListChangeSetsInput, ListChangeSetsOutput, ListExportsOutput, ListStackResourcesInput, ListStackResourcesOutput, ListStacksInput,
  ListStacksOutput,
} from '@aws-sdk/client-cloudformation';
import { describeChangeSet, describeResource, describeResourceDetail, describeStack, summarizeChangeSet, summarizeStack } from './describe-stacks';
import { Exports } from './exports';
import { Stack } from './stack';
import { Stacks } from './stacks';
import { AwsError } from '../../aws-call';
import { ChangeSet } from '../change-sets/change-set';
import { ChangeSets } from '../change-sets/change-sets';
import { CloudFormationSwitches } from '../cloudformation-switches';
import { Environment } from '../resource-types/resource-type';
import { describedResources } from '../stack-resources/described-resources';

/** The Describe, Get and List operations for stacks. */
export class StackQueries {
  protected readonly stacks = new Stacks();
  protected readonly changeSets = new ChangeSets();
  protected readonly exports = new Exports(() => this.stacks.all);

  public constructor(protected readonly switches: CloudFormationSwitches) {}

  public describeStacks(environment: Environment, input: DescribeStacksInput): DescribeStacksOutput {
    const found = input.StackName === undefined
      ? this.stacks.in(environment).filter(stack => stack.exists)
      : [this.stack(environment, input.StackName, true)];
    return { Stacks: found.map(stack => describeStack(stack, this.switches)) };
  }

  /** Newest first. */
  public describeStackEvents(environment: Environment, input: DescribeStackEventsInput): DescribeStackEventsOutput {
    return { StackEvents: [...this.stack(environment, input.StackName ?? '', true).events].reverse() };
  }

  public describeStackResource(environment: Environment, input: DescribeStackResourceInput): DescribeStackResourceOutput {
    const stack = this.stack(environment, input.StackName ?? '', true);
    const record = describedResources(stack, this.switches).find(({ logicalId }) => logicalId === input.LogicalResourceId);
    if (record === undefined) {
      throw new AwsError('ValidationError', `Resource ${input.LogicalResourceId} does not exist for stack ${stack.name}`);
    }
    return { StackResourceDetail: describeResourceDetail(stack, record) };
  }

  public describeStackResources(environment: Environment, input: DescribeStackResourcesInput): DescribeStackResourcesOutput {
    const stack = this.stack(environment, input.StackName ?? '', true);
    const records = describedResources(stack, this.switches).filter(record => (input.LogicalResourceId ?? record.logicalId) === record.logicalId);
    return { StackResources: records.map(record => describeResource(stack, record)) };
  }

  public listStackResources(environment: Environment, input: ListStackResourcesInput): ListStackResourcesOutput {
    const stack = this.stack(environment, input.StackName ?? '', true);
    return { StackResourceSummaries: describedResources(stack, this.switches).map(record => describeResourceDetail(stack, record)) };
  }

  public listStacks(environment: Environment, input: ListStacksInput): ListStacksOutput {
    const wanted = input.StackStatusFilter;
    const found = this.stacks.in(environment).filter(stack => wanted === undefined || wanted.includes(stack.status));
    return { StackSummaries: found.map(stack => summarizeStack(stack, this.switches)) };
  }

  public listExports(environment: Environment): ListExportsOutput {
    return { Exports: this.exports.in(environment).map(({ stack, name, value }) => ({ ExportingStackId: stack.id, Name: name, Value: value })) };
  }

  public getTemplate(environment: Environment, input: GetTemplateInput): GetTemplateOutput {
    const changeSet = input.ChangeSetName === undefined ? undefined : this.changeSet(environment, { ...input, ChangeSetName: input.ChangeSetName });
    const target = changeSet?.target ?? this.stack(environment, input.StackName ?? '', true).target;
    return { TemplateBody: target?.body, StagesAvailable: ['Original', 'Processed'] };
  }

  public describeChangeSet(environment: Environment, input: DescribeChangeSetInput): DescribeChangeSetOutput {
    return describeChangeSet(this.changeSet(environment, input));
  }

  public listChangeSets(environment: Environment, input: ListChangeSetsInput): ListChangeSetsOutput {
    return { Summaries: this.changeSets.of(this.stack(environment, input.StackName ?? '')).map(summarizeChangeSet) };
  }

  /** Returns the stack by name or ID, a deleted one by its ID only. Throws `ValidationError` if there is none. */
  public stack(environment: Environment, nameOrId: string, deletedToo = false): Stack {
    return this.stacks.get(environment, nameOrId, deletedToo);
  }

  protected changeSet(environment: Environment, input: { ChangeSetName: string | undefined; StackName?: string }): ChangeSet {
    return this.changeSets.get(input.ChangeSetName ?? '', this.stackNamed(environment, input.StackName));
  }

  protected stackNamed(environment: Environment, name: string | undefined): Stack | undefined {
    return name === undefined ? undefined : this.stack(environment, name);
  }
}
