import { Stack } from './stack';
import { AwsError } from '../../aws-call';
import { Environment } from '../resource-types/resource-type';

/** The stacks of all accounts and Regions, including deleted ones. */
export class Stacks {
  public all: Stack[] = [];

  public add(stack: Stack): void {
    this.all.push(stack);
  }

  public in(environment: Environment): Stack[] {
    return this.all.filter(stack => stack.environment.account === environment.account && stack.environment.region === environment.region);
  }

  public find(environment: Environment, nameOrId: string): Stack | undefined {
    return this.in(environment).find(stack => stack.exists && (stack.name === nameOrId || stack.id === nameOrId));
  }

  /** Returns the stack by name or ID, a deleted one by its ID only. Throws `ValidationError` if there is none. */
  public get(environment: Environment, nameOrId: string, deletedToo = false): Stack {
    const found = this.find(environment, nameOrId) ?? (deletedToo ? this.in(environment).find(stack => stack.id === nameOrId) : undefined);
    if (found === undefined) {
      throw new AwsError('ValidationError', `Stack with id ${nameOrId} does not exist`);
    }
    return found;
  }

  public reset(): void {
    this.all = [];
  }
}
