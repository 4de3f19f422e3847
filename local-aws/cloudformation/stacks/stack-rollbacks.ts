import type {
  CancelUpdateStackInput, ContinueUpdateRollbackInput, RollbackStackInput, RollbackStackOutput,
} from '@aws-sdk/client-cloudformation';
import { ResourceRecord } from './stack';
import { checkStackNameOrArn } from './stack-names';
import { StackOperation, StackOperations } from './stack-operations';
import { StackQueries } from './stack-queries';
import { AwsError } from '../../aws-call';
import { Environment } from '../resource-types/resource-type';
import { ResourceChangesOptions } from '../stack-resources/resource-changes';

/** CancelUpdateStack, ContinueUpdateRollback and RollbackStack. */
export class StackRollbacks extends StackQueries {
  protected readonly operations: StackOperations;

  public constructor(options: Omit<ResourceChangesOptions, 'checkExports'>) {
    super(options.switches);
    this.operations = new StackOperations({ ...options, checkExports: (stack, outputs) => this.exports.check(stack, outputs) });
  }

  /** Cancels a running update. */
  public cancelUpdateStack(environment: Environment, input: CancelUpdateStackInput): void {
    const stack = this.stack(environment, checkStackNameOrArn(input.StackName));
    if (stack.status !== 'UPDATE_IN_PROGRESS') {
      throw new AwsError('ValidationError', 'CancelUpdateStack cannot be called from current stack status');
    }
    stack.clientToken = input.ClientRequestToken ?? stack.clientToken;
    this.operations.get(stack)?.operation.cancel('User Initiated');
  }

  /** Continues a failed rollback, without the resources to skip. */
  public continueUpdateRollback(environment: Environment, input: ContinueUpdateRollbackInput): void {
    const stack = this.stack(environment, checkStackNameOrArn(input.StackName));
    const last = this.operations.get(stack);
    if (stack.status !== 'UPDATE_ROLLBACK_FAILED' || last === undefined) {
      // the name of the operation in DescribeStacks
      throw new AwsError('ValidationError', 'RollbackUpdatedStack cannot be called from current stack status');
    }
    const skip = resourcesToSkip(input, last.changes.failed);
    stack.roleArn = input.RoleARN ?? stack.roleArn;
    this.operations.begin(stack, 'CONTINUE_ROLLBACK', input.ClientRequestToken, started => rollBack(started, skip));
  }

  /** Rolls back operations that failed while rollback was disabled. */
  public rollbackStack(environment: Environment, input: RollbackStackInput): RollbackStackOutput {
    const stack = this.stack(environment, checkStackNameOrArn(input.StackName));
    if (stack.status !== 'CREATE_FAILED' && stack.status !== 'UPDATE_FAILED') {
      throw new AwsError('ValidationError', 'RollbackStack cannot be called from current stack status');
    }
    stack.roleArn = input.RoleARN ?? stack.roleArn;
    stack.retainExceptOnCreate = input.RetainExceptOnCreate === true;
    return { StackId: stack.id, OperationId: this.operations.begin(stack, 'ROLLBACK', input.ClientRequestToken, started => rollBack(started)) };
  }
}

function rollBack({ operation, stable }: StackOperation, skip: readonly string[] = []): Promise<void> {
  return operation.rollBack(stable, 'User Initiated', skip);
}

/** "You can specify only resources that are in the UPDATE_FAILED state because a rollback failed." (API reference) */
function resourcesToSkip(input: ContinueUpdateRollbackInput, failed: readonly ResourceRecord[]): string[] {
  const asked = input.ResourcesToSkip ?? [];
  if (input.ForceRollback === true && asked.length > 0) {
    throw new AwsError('ValidationError', 'ForceRollback and ResourcesToSkip are mutually exclusive');
  }
  const skippable = failed.map(record => record.logicalId);
  const wrong = asked.filter(logicalId => !skippable.includes(logicalId));
  if (wrong.length > 0) {
    throw new AwsError('ValidationError', `The resources [${wrong.join(', ')}] cannot be skipped: they are not in the UPDATE_FAILED state because of a failed rollback`);
  }
  return input.ForceRollback === true ? skippable : asked;
}
