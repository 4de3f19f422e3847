import { ChangeSet } from './change-set';
import { Stack } from './stack';
import { AwsError } from '../call';

/** The change sets of all stacks, by name and stack or by id. */
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
    this.all = this.all.filter(changeSet => changeSet !== found);
  }

  /** Refuses the name of another change set of the stack that was not executed yet. */
  public refuseTaken(stack: Stack, name: string): void {
    if (this.all.some(changeSet => changeSet.stack === stack && changeSet.name === name && !changeSet.executionStatus.startsWith('EXECUTE_'))) {
      throw new AwsError('AlreadyExistsException', `ChangeSet ${name} already exists for stack ${stack.id}`);
    }
  }

  /** Removes those of the stack, but for one. */
  public forget(stack: Stack, except?: ChangeSet): void {
    this.all = this.all.filter(changeSet => changeSet.stack !== stack || changeSet === except);
  }

  public reset(): void {
    this.all = [];
  }

  /** The newest one: an executed change set does not keep its name from others. */
  private find(nameOrId: string, stack?: Stack): ChangeSet | undefined {
    return [...this.all].reverse().find(({ id, name, stack: own }) => id === nameOrId || (name === nameOrId && own === stack));
  }
}
