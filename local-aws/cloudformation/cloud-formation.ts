import type {
  CreateChangeSetInput, CreateChangeSetOutput, CreateStackInput, CreateStackOutput, DeleteChangeSetInput, DeleteStackInput, ExecuteChangeSetInput,
  Parameter, Tag, UpdateStackInput, UpdateStackOutput, UpdateTerminationProtectionInput, UpdateTerminationProtectionOutput,
} from '@aws-sdk/client-cloudformation';
import { changesAnything, changesTo, newChangeSet } from './change-sets/change-set';
import { CloudFormationSwitches } from './cloudformation-switches';
import { AwsError } from '../aws-call';
import { Clock } from '../time/clock';
import { Environment, ResourceType } from './resource-types/resource-type';
import { unknownType } from './resource-types/unknown';
import { isRepeated } from './stacks/request-tokens';
import { Stack, DesiredState } from './stacks/stack';
import { checkChangeSetName, checkStackName, checkStackNameOrArn } from './stacks/stack-names';
import { StackRollbacks } from './stacks/stack-rollbacks';
import { requireCapabilities } from './template/capabilities';
import { SsmLookup } from './template/parameters';
import { resolveTemplate, TemplateEnvironment } from './template/resolve-template';

export interface CloudFormationOptions {
  readonly clock: Clock;
  /** Returns a resource type by name, including custom resource types. */
  readonly typeOf: (type: string) => ResourceType | undefined;
  /** True if AWS has the type, also if `typeOf` does not know it. */
  readonly typeExists: (type: string) => boolean;
  readonly ssm: (environment: Environment) => SsmLookup;
  readonly zones: (region: string) => string[];
  readonly switches: CloudFormationSwitches;
}

const UPDATABLE = [
  'CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'CREATE_FAILED', 'UPDATE_FAILED', 'IMPORT_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE',
];

/**
 * CloudFormation. The operations use the SDK's types, with `TemplateBody` also where the caller passed a URL, and throw `AwsError`. Operations
 * that start something return immediately; `settled` waits until they have finished.
 */
export class CloudFormation extends StackRollbacks {
  private readonly templateEnvironment: TemplateEnvironment;

  public constructor(private readonly options: CloudFormationOptions) {
    const templateEnvironment: TemplateEnvironment = {
      ssm: options.ssm,
      zones: options.zones,
      exported: (environment, name) => this.exports.value(environment, name),
      typeExists: type => options.typeOf(type) !== undefined || options.typeExists(type),
    };
    super({ typeOf: options.typeOf, unknownType, templateEnvironment, switches: options.switches });
    this.templateEnvironment = templateEnvironment;
  }

  /** True if AWS has the resource type. */
  public typeExists(type: string): boolean {
    return this.templateEnvironment.typeExists(type);
  }

  /** Deletes every stack without its resources. */
  public reset(): void {
    this.stacks.reset();
    this.changeSets.reset();
  }

  public createChangeSet(environment: Environment, input: CreateChangeSetInput): CreateChangeSetOutput {
    const name = checkStackNameOrArn(input.StackName);
    checkChangeSetName(input.ChangeSetName);
    const type = input.ChangeSetType === 'CREATE' ? 'CREATE' : 'UPDATE';
    const existing = this.stacks.find(environment, name);
    if (type === 'CREATE' && existing !== undefined && existing.status !== 'REVIEW_IN_PROGRESS') {
      throw invalid(`Stack [${name}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`);
    }
    const stack = type === 'CREATE' ? existing ?? new Stack(name, environment, this.options.clock) : this.stack(environment, name);
    if (type === 'UPDATE') {
      refuseUnlessUpdatable(stack);
    }
    this.changeSets.refuseTaken(stack, input.ChangeSetName ?? '');
    const target = this.target(stack, input);
    const changes = changesTo(stack, target, this.options.typeOf, this.templateEnvironment);
    const anything = changesAnything(stack, target, changes);
    if (type === 'CREATE' && existing === undefined) {
      this.stacks.add(stack);
      stack.beginOperation('CREATE_CHANGESET');
      stack.setStatus('REVIEW_IN_PROGRESS', 'User Initiated');
    }
    const changeSet = newChangeSet(stack, input, target, changes, anything, this.options.clock.date());
    this.changeSets.add(changeSet);
    return { Id: changeSet.id, StackId: stack.id };
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
    stack.retainExceptOnCreate = input.RetainExceptOnCreate === true;
    // CloudFormation deletes the other change sets of the stack
    this.changeSets.forget(stack, changeSet);
    changeSet.executionStatus = 'EXECUTE_IN_PROGRESS';
    const onFailure = changeSet.onStackFailure === 'DELETE' ? 'DELETE' as const : 'ROLLBACK' as const;
    if (changeSet.type === 'CREATE') {
      this.operations.begin(stack, 'CREATE_STACK', input.ClientRequestToken, ({ operation }) => operation.create(changeSet.target, { onFailure }));
    } else {
      this.beginUpdate(stack, input.ClientRequestToken, changeSet.target);
    }
    stack.changeSetId = changeSet.id;
    stack.operation = stack.operation.then(() => {
      changeSet.executionStatus = stack.status.endsWith('_COMPLETE') && !stack.status.includes('ROLLBACK') ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED';
    });
  }

  public deleteChangeSet(environment: Environment, input: DeleteChangeSetInput): void {
    this.changeSets.delete(input.ChangeSetName ?? '', this.stackNamed(environment, input.StackName));
  }

  public createStack(environment: Environment, input: CreateStackInput): CreateStackOutput {
    const name = checkStackName(input.StackName);
    const existing = this.stacks.find(environment, name);
    if (existing !== undefined) {
      if (isRepeated(existing, input)) {
        return { StackId: existing.id };
      }
      throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`);
    }
    if (input.OnFailure !== undefined && input.DisableRollback !== undefined) {
      throw invalid('Either DisableRollback or OnFailure can be specified, not both.');
    }
    const stack = new Stack(name, environment, this.options.clock);
    const target = this.target(stack, input);
    stack.creation = input;
    stack.capabilities = [...input.Capabilities ?? []];
    stack.notificationArns = [...input.NotificationARNs ?? []];
    stack.roleArn = input.RoleARN;
    stack.timeoutInMinutes = input.TimeoutInMinutes;
    stack.disableRollback = disablesRollback(input) || input.OnFailure === 'DO_NOTHING';
    stack.retainExceptOnCreate = input.RetainExceptOnCreate === true;
    stack.terminationProtection = input.EnableTerminationProtection === true;
    this.stacks.add(stack);
    const OperationId = this.operations.begin(stack, 'CREATE_STACK', input.ClientRequestToken, ({ operation }) => operation.create(target, {
      onFailure: input.OnFailure === 'DELETE' ? 'DELETE' : 'ROLLBACK',
      timeout: input.TimeoutInMinutes === undefined ? undefined : this.options.clock.sleep(input.TimeoutInMinutes * 60_000),
    }));
    return { StackId: stack.id, OperationId };
  }

  public updateStack(environment: Environment, input: UpdateStackInput): UpdateStackOutput {
    const stack = this.stack(environment, checkStackNameOrArn(input.StackName));
    refuseUnlessUpdatable(stack);
    const target = this.target(stack, input);
    if (!changesAnything(stack, target, changesTo(stack, target, this.options.typeOf, this.templateEnvironment))) {
      throw invalid('No updates are to be performed.');
    }
    stack.capabilities = [...input.Capabilities ?? []];
    stack.notificationArns = [...input.NotificationARNs ?? stack.notificationArns];
    stack.roleArn = input.RoleARN ?? stack.roleArn;
    stack.disableRollback = disablesRollback(input);
    stack.retainExceptOnCreate = input.RetainExceptOnCreate === true;
    stack.changeSetId = undefined;
    return { StackId: stack.id, OperationId: this.beginUpdate(stack, input.ClientRequestToken, target) };
  }

  public deleteStack(environment: Environment, input: DeleteStackInput): void {
    const stack = this.stacks.find(environment, checkStackNameOrArn(input.StackName));
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
    const creating = stack.status === 'CREATE_IN_PROGRESS';
    if (!creating && /_IN_PROGRESS$/.test(stack.status) && stack.status !== 'REVIEW_IN_PROGRESS') {
      throw invalid(`Stack [${stack.id}] cannot be deleted while in status ${stack.status}`);
    }
    this.changeSets.forget(stack);
    stack.roleArn = input.RoleARN ?? stack.roleArn;
    const before = creating ? this.operations.get(stack) : undefined;
    const creation = stack.operation;
    this.operations.begin(stack, 'DELETE_STACK', input.ClientRequestToken, ({ operation }) => operation.delete(input.RetainResources ?? [], creation));
    before?.operation.supersede();
  }

  public updateTerminationProtection(environment: Environment, input: UpdateTerminationProtectionInput): UpdateTerminationProtectionOutput {
    const stack = this.stack(environment, input.StackName ?? '');
    stack.terminationProtection = input.EnableTerminationProtection === true;
    return { StackId: stack.id };
  }

  /** Waits until the stack has no running operation. */
  public async settled(environment: Environment, nameOrId: string): Promise<Stack> {
    const stack = this.stack(environment, nameOrId, true);
    for (let operation; operation !== stack.operation;) {
      operation = stack.operation;
      await operation;
    }
    return stack;
  }

  private target(stack: Stack, input: TemplateInput): DesiredState {
    const body = input.UsePreviousTemplate === true ? stack.target?.body : input.TemplateBody;
    if (body === undefined) {
      throw invalid('Either Template URL or Template Body must be specified.');
    }
    const tags = input.Tags ?? Object.entries(stack.target?.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
    const target = resolveTemplate(stack, body, input.Parameters ?? [], stack.target?.parameters ?? {}, tags, this.templateEnvironment);
    const retyped = [...stack.resources.values()].filter(record => (target.resources.get(record.logicalId)?.Type ?? record.type) !== record.type);
    if (retyped.length > 0) {
      throw invalid('Update of resource type is not permitted. The new template modifies resource type of the following resources: '
        + `[${retyped.map(record => record.logicalId).join(', ')}]`);
    }
    requireCapabilities(target, input.Capabilities);
    return target;
  }

  private beginUpdate(stack: Stack, token: string | undefined, target: DesiredState): string {
    stack.updated = this.options.clock.date();
    return this.operations.begin(stack, 'UPDATE_STACK', token, ({ operation, stable }) => operation.update(target, stable));
  }
}

interface TemplateInput {
  readonly TemplateBody?: string;
  readonly UsePreviousTemplate?: boolean;
  readonly Parameters?: Parameter[];
  readonly Tags?: Tag[];
  readonly Capabilities?: string[];
}

function disablesRollback(input: CreateStackInput | UpdateStackInput): boolean {
  return input.DisableRollback === true || input.DeploymentConfig?.DisableRollback === true;
}

function refuseUnlessUpdatable(stack: Stack): void {
  if (!UPDATABLE.includes(stack.status)) {
    throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
