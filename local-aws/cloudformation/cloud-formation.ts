import type {
  CreateChangeSetInput, CreateChangeSetOutput, CreateStackInput, CreateStackOutput, DeleteChangeSetInput, DeleteStackInput, DescribeChangeSetInput,
  DescribeChangeSetOutput, DescribeStackEventsInput, DescribeStackEventsOutput, DescribeStackResourcesInput, DescribeStackResourcesOutput,
  DescribeStacksInput, DescribeStacksOutput, ExecuteChangeSetInput, GetTemplateInput, GetTemplateOutput, ListExportsOutput, ListStackResourcesInput,
  ListStackResourcesOutput, ListStacksInput, ListStacksOutput, Parameter, Tag, UpdateStackInput, UpdateStackOutput, UpdateTerminationProtectionInput,
  UpdateTerminationProtectionOutput,
} from '@aws-sdk/client-cloudformation';
import { requireCapabilities } from './capabilities';
import { ChangeSet, changesAnything, changesTo, newChangeSet } from './change-set';
import { ChangeSets } from './change-sets';
import { describeChangeSet, describeResource, describeStack, summarizeStack } from './describe';
import { Exports } from './exports';
import { Operation } from './operation';
import { SsmLookup } from './parameters';
import { Environment, ResourceType } from './resource-type';
import { Stack, Target } from './stack';
import { makeTarget, Surroundings } from './target';
import { AwsError } from '../call';
import { Clock } from '../clock';
import { unknownType } from './types/unknown';

export interface CloudFormationSwitches {
  /**
   * A failed update that answers with a new physical id: what the rollback sends.
   * Not documented; a Delete for the new id has been seen, with and without an Update for the old one before it.
   */
  failedReplacement: 'delete-new' | 'update-old-then-delete-new';
  /**
   * A custom resource that is being made or changed while another resource fails.
   * CloudFormation has been seen not to wait for the answer, and to send Delete with an id of its own making while the Create still runs.
   */
  cancelledRequest: 'abandon' | 'wait';
}

export interface CloudFormationOptions {
  readonly clock: Clock;
  /** The types of resources by name; custom resources included. */
  readonly typeOf: (type: string) => ResourceType | undefined;
  readonly ssm: (environment: Environment) => SsmLookup;
  readonly zones: (region: string) => string[];
  readonly switches: CloudFormationSwitches;
}

const updatable = [
  'CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'CREATE_FAILED', 'UPDATE_FAILED', 'IMPORT_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE',
];

/**
 * CloudFormation. Its operations take and give the SDK's shapes, with `TemplateBody` where a caller may also name a URL, and throw `AwsError`.
 * Those that start something return at once; `settled` waits for its end.
 */
export class CloudFormation {
  private stacks: Stack[] = [];
  private readonly changeSets = new ChangeSets();
  private readonly operations = new WeakMap<Stack, { operation: Operation; old?: Target }>();
  private readonly exports = new Exports(() => this.stacks);
  private readonly surroundings: Surroundings;

  public constructor(private readonly options: CloudFormationOptions) {
    this.surroundings = {
      ssm: options.ssm,
      zones: options.zones,
      exported: (environment, name) => this.exports.value(environment, name),
    };
  }

  /** Forgets every stack; what they made is not touched. */
  public reset(): void {
    this.stacks = [];
    this.changeSets.reset();
  }

  public createChangeSet(environment: Environment, input: CreateChangeSetInput): CreateChangeSetOutput {
    const name = input.StackName ?? '';
    const type = input.ChangeSetType === 'CREATE' ? 'CREATE' : 'UPDATE';
    const existing = this.find(environment, name);
    if (type === 'CREATE' && existing !== undefined && existing.status !== 'REVIEW_IN_PROGRESS') {
      throw invalid(`Stack [${name}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`);
    }
    const stack = type === 'CREATE' ? existing ?? new Stack(name, environment, this.options.clock) : this.stack(environment, name);
    if (type === 'UPDATE') {
      refuseUnlessUpdatable(stack);
    }
    this.changeSets.refuseTaken(stack, input.ChangeSetName ?? '');
    const target = this.target(stack, input);
    const changes = changesTo(stack, target, this.options.typeOf, this.surroundings);
    const anything = changesAnything(stack, target, changes);
    if (type === 'CREATE' && existing === undefined) {
      this.stacks.push(stack);
      stack.setStatus('REVIEW_IN_PROGRESS', 'User Initiated');
    }
    const changeSet = newChangeSet(stack, input, target, changes, anything, this.options.clock.date());
    this.changeSets.add(changeSet);
    return { Id: changeSet.id, StackId: stack.id };
  }

  public describeChangeSet(environment: Environment, input: DescribeChangeSetInput): DescribeChangeSetOutput {
    return describeChangeSet(this.changeSet(environment, input));
  }

  public executeChangeSet(environment: Environment, input: ExecuteChangeSetInput): void {
    const changeSet = this.changeSet(environment, input);
    if (changeSet.executionStatus !== 'AVAILABLE') {
      throw new AwsError('InvalidChangeSetStatus', `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`);
    }
    const { stack } = changeSet;
    stack.capabilities = changeSet.capabilities;
    stack.notificationArns = changeSet.notificationArns;
    stack.roleArn = changeSet.roleArn ?? stack.roleArn;
    stack.disableRollback = input.DisableRollback === true || changeSet.onStackFailure === 'DO_NOTHING';
    // like CloudFormation, which forgets the other change sets of the stack
    this.changeSets.forget(stack, changeSet);
    changeSet.executionStatus = 'EXECUTE_IN_PROGRESS';
    if (changeSet.type === 'CREATE') {
      this.begin(stack, input.ClientRequestToken, operation => operation.create(changeSet.target), changeSet);
    } else {
      this.beginUpdate(stack, input.ClientRequestToken, changeSet.target, changeSet);
    }
  }

  public deleteChangeSet(environment: Environment, input: DeleteChangeSetInput): void {
    this.changeSets.delete(input.ChangeSetName ?? '', this.stackNamed(environment, input.StackName));
  }

  public createStack(environment: Environment, input: CreateStackInput): CreateStackOutput {
    const name = input.StackName ?? '';
    if (this.find(environment, name) !== undefined) {
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
    }
    const stack = new Stack(name, environment, this.options.clock);
    const target = this.target(stack, input);
    stack.capabilities = [...input.Capabilities ?? []];
    stack.disableRollback = input.DisableRollback === true || input.OnFailure === 'DO_NOTHING';
    stack.terminationProtection = input.EnableTerminationProtection === true;
    this.stacks.push(stack);
    this.begin(stack, input.ClientRequestToken, operation => operation.create(target));
    return { StackId: stack.id };
  }

  public updateStack(environment: Environment, input: UpdateStackInput): UpdateStackOutput {
    const stack = this.stack(environment, input.StackName ?? '');
    refuseUnlessUpdatable(stack);
    const target = this.target(stack, input);
    if (!changesAnything(stack, target, changesTo(stack, target, this.options.typeOf, this.surroundings))) {
      throw invalid('No updates are to be performed.');
    }
    stack.disableRollback = input.DisableRollback === true;
    this.beginUpdate(stack, input.ClientRequestToken, target);
    return { StackId: stack.id };
  }

  public deleteStack(environment: Environment, input: DeleteStackInput): void {
    const stack = this.find(environment, input.StackName ?? '');
    if (stack === undefined || stack.status === 'DELETE_IN_PROGRESS') {
      return;
    }
    if (stack.terminationProtection) {
      throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
    }
    this.exports.refuseWhileImported(stack);
    if (input.RetainResources !== undefined && input.RetainResources.length > 0 && stack.status !== 'DELETE_FAILED') {
      throw invalid('Invalid operation on stack [' + stack.id + ']. The RetainResources parameter is only for stacks in the DELETE_FAILED state');
    }
    if (stack.status !== 'CREATE_IN_PROGRESS' && /_IN_PROGRESS$/.test(stack.status) && stack.status !== 'REVIEW_IN_PROGRESS') {
      throw invalid(`Stack [${stack.id}] cannot be deleted while in status ${stack.status}`);
    }
    this.changeSets.forget(stack);
    // a creation that is running stops, and undoes what it did
    this.operations.get(stack)?.operation.cancel();
    this.begin(stack, input.ClientRequestToken, operation => operation.delete(input.RetainResources ?? []));
  }

  /** Rolls back an update that is running. */
  public cancelUpdateStack(environment: Environment, input: { StackName: string }): void {
    const stack = this.stack(environment, input.StackName);
    if (stack.status !== 'UPDATE_IN_PROGRESS') {
      throw invalid(`CancelUpdateStack cannot be called from current stack status: ${stack.status}`);
    }
    this.operations.get(stack)?.operation.cancel();
  }

  /** Tries a failed rollback again, without the resources to skip. */
  public continueUpdateRollback(environment: Environment, input: { StackName: string; ResourcesToSkip?: string[] }): void {
    const stack = this.stack(environment, input.StackName);
    const last = this.operations.get(stack);
    if (stack.status !== 'UPDATE_ROLLBACK_FAILED' || last?.old === undefined) {
      throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be rolled back.`);
    }
    const { old, operation } = last;
    stack.operation = stack.operation.then(() => operation.rollBack(old, 'User Initiated', input.ResourcesToSkip));
  }

  public describeStacks(environment: Environment, input: DescribeStacksInput): DescribeStacksOutput {
    const found = input.StackName === undefined
      ? this.in(environment).filter(stack => stack.exists)
      : [this.stack(environment, input.StackName, true)];
    return { Stacks: found.map(describeStack) };
  }

  /** Newest first. */
  public describeStackEvents(environment: Environment, input: DescribeStackEventsInput): DescribeStackEventsOutput {
    return { StackEvents: [...this.stack(environment, input.StackName ?? '', true).events].reverse() };
  }

  public describeStackResources(environment: Environment, input: DescribeStackResourcesInput): DescribeStackResourcesOutput {
    const stack = this.stack(environment, input.StackName ?? '', true);
    const records = [...stack.resources.values()].filter(record => (input.LogicalResourceId ?? record.logicalId) === record.logicalId);
    return { StackResources: records.map(record => describeResource(stack, record)) };
  }

  public listStackResources(environment: Environment, input: ListStackResourcesInput): ListStackResourcesOutput {
    const stack = this.stack(environment, input.StackName ?? '', true);
    return { StackResourceSummaries: [...stack.resources.values()].map(record => describeResource(stack, record)) };
  }

  public listStacks(environment: Environment, input: ListStacksInput): ListStacksOutput {
    const wanted = input.StackStatusFilter;
    return {
      StackSummaries: this.in(environment).filter(stack => wanted === undefined || wanted.includes(stack.status)).map(summarizeStack),
    };
  }

  public listExports(environment: Environment): ListExportsOutput {
    return { Exports: this.exports.in(environment).map(({ stack, name, value }) => ({ ExportingStackId: stack.id, Name: name, Value: value })) };
  }

  public getTemplate(environment: Environment, input: GetTemplateInput): GetTemplateOutput {
    const changeSet = input.ChangeSetName === undefined ? undefined : this.changeSet(environment, { ...input, ChangeSetName: input.ChangeSetName });
    const target = changeSet?.target ?? this.stack(environment, input.StackName ?? '', true).target;
    return { TemplateBody: target?.body, StagesAvailable: ['Original', 'Processed'] };
  }

  public updateTerminationProtection(environment: Environment, input: UpdateTerminationProtectionInput): UpdateTerminationProtectionOutput {
    const stack = this.stack(environment, input.StackName ?? '');
    stack.terminationProtection = input.EnableTerminationProtection === true;
    return { StackId: stack.id };
  }

  /** The stack of that name or id, a deleted one by its id only; throws `ValidationError` if there is none. */
  public stack(environment: Environment, nameOrId: string, deletedToo = false): Stack {
    const found = this.find(environment, nameOrId) ?? (deletedToo ? this.in(environment).find(stack => stack.id === nameOrId) : undefined);
    if (found === undefined) {
      throw invalid(`Stack with id ${nameOrId} does not exist`);
    }
    return found;
  }

  /** Waits until no operation of the stack is running. */
  public async settled(environment: Environment, nameOrId: string): Promise<Stack> {
    const stack = this.stack(environment, nameOrId, true);
    for (let operation; operation !== stack.operation;) {
      operation = stack.operation;
      await operation;
    }
    return stack;
  }

  private target(stack: Stack, input: TemplateInput): Target {
    const body = input.UsePreviousTemplate === true ? stack.target?.body : input.TemplateBody;
    if (body === undefined) {
      throw invalid('Either Template URL or Template Body must be specified.');
    }
    const tags = input.Tags ?? Object.entries(stack.target?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    const target = makeTarget(stack, body, input.Parameters ?? [], stack.target?.parameters ?? {}, tags, this.surroundings);
    const retyped = [...stack.resources.values()].filter(record => (target.resources.get(record.logicalId)?.Type ?? record.type) !== record.type);
    if (retyped.length > 0) {
      throw invalid('Update of resource type is not permitted. The new template modifies resource type of the following resources: '
        + `[${retyped.map(record => record.logicalId).join(', ')}]`);
    }
    requireCapabilities(target, input.Capabilities);
    return target;
  }

  private beginUpdate(stack: Stack, token: string | undefined, target: Target, changeSet?: ChangeSet): void {
    const old = stack.target;
    stack.updated = this.options.clock.date();
    this.begin(stack, token, operation => operation.update(target), changeSet, old);
  }

  private begin(
    stack: Stack,
    token: string | undefined,
    run: (operation: Operation) => Promise<void>,
    changeSet?: ChangeSet,
    old?: Target,
  ): void {
    const operation = new Operation(stack, {
      typeOf: this.options.typeOf,
      unknownType,
      surroundings: this.surroundings,
      checkExports: (of, outputs) => this.exports.check(of, outputs),
      updateOldAfterFailedReplacement: () => this.options.switches.failedReplacement === 'update-old-then-delete-new',
    });
    stack.clientToken = token;
    this.operations.set(stack, { operation, old });
    // the first event is there before the call returns, so that nobody sees the stack of before
    const running = stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS';
    stack.operation = (running ? stack.operation.then(() => run(operation)) : run(operation)).then(() => {
      if (changeSet !== undefined) {
        changeSet.executionStatus = stack.status.endsWith('_COMPLETE') && !stack.status.includes('ROLLBACK') ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
      }
      if (stack.status === 'DELETE_COMPLETE') {
        stack.deleted = this.options.clock.date();
      }
    }).catch(error => {
      // a fault of the local AWS itself: it must not look like a success, nor go on for ever
      stack.setStatus(old === undefined ? 'CREATE_FAILED' : 'UPDATE_FAILED', `Internal Failure: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  private find(environment: Environment, nameOrId: string): Stack | undefined {
    return this.in(environment).find(stack => stack.exists && (stack.name === nameOrId || stack.id === nameOrId));
  }

  private in(environment: Environment): Stack[] {
    return this.stacks.filter(stack => stack.environment.account === environment.account && stack.environment.region === environment.region);
  }

  private changeSet(environment: Environment, input: { ChangeSetName: string | undefined; StackName?: string }): ChangeSet {
    return this.changeSets.get(input.ChangeSetName ?? '', this.stackNamed(environment, input.StackName));
  }

  private stackNamed(environment: Environment, name: string | undefined): Stack | undefined {
    return name === undefined ? undefined : this.stack(environment, name);
  }
}

interface TemplateInput {
  readonly TemplateBody?: string;
  readonly UsePreviousTemplate?: boolean;
  readonly Parameters?: Parameter[];
  readonly Tags?: Tag[];
  readonly Capabilities?: string[];
}

function refuseUnlessUpdatable(stack: Stack): void {
  if (!updatable.includes(stack.status)) {
    throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
