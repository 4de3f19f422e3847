import { ChangeSet } from './change-set';
import { AwsError } from '../../aws-call';
import { Stack } from '../stacks/stack';

/** The change sets of all stacks, by name and stack or by ID. */
export class ChangeSets {
  private all: ChangeSet[] = [];

  public add(changeSet: ChangeSet): void {
    this.all.push(changeSet);
  }

  public get(nameOrId: string, stack?: Stack): ChangeSet {
    const found = this.find(nameOrId, stack);
    if (found === undefined) {
      throw new AwsError('ChangeSetNotFound', `ChangeSet [${nameOrId}] does not exist`, 404);
    }
    return found;
  }

  public delete(nameOrId: string, stack?: Stack): void {
    const found = this.find(nameOrId, stack);
    if (found !== undefined && isExecuted(found)) {
      throw new AwsError('InvalidChangeSetStatus', `Cannot delete ChangeSet in execution status ${found.executionStatus}`);
    }
    this.all = this.all.filter(changeSet => changeSet !== found);
  }

  /** The change sets of the stack that were not executed. */
  public of(stack: Stack): ChangeSet[] {
    return this.all.filter(changeSet => changeSet.stack === stack && !isExecuted(changeSet));
  }

  /** Refuses the name of a change set of the stack that was not executed. */
  public refuseTaken(stack: Stack, name: string): void {
    if (this.of(stack).some(changeSet => changeSet.name === name)) {
      throw new AwsError('AlreadyExistsException', `ChangeSet ${name} already exists for stack ${stack.id}`);
    }
  }

  /** Deletes the change sets of the stack, except one. */
  public forget(stack: Stack, except?: ChangeSet): void {
    this.all = this.all.filter(changeSet => changeSet.stack !== stack || changeSet === except);
  }

  public reset(): void {
    this.all = [];
  }

  /** CloudFormation finds an executed change set by its ID only. */
  private find(nameOrId: string, stack?: Stack): ChangeSet | undefined {
    return this.all.find(changeSet => changeSet.id === nameOrId)
      ?? this.all.find(changeSet => changeSet.name === nameOrId && changeSet.stack === stack && !isExecuted(changeSet));
  }
}

function isExecuted(changeSet: ChangeSet): boolean {
  return changeSet.executionStatus.startsWith('EXECUTE_');
}
