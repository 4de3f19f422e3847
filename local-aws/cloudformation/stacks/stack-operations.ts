import type { OperationType } from '@aws-sdk/client-cloudformation';
import { Stack, DesiredState } from './stack';
import { Operation } from './stack-operation';
import { ResourceChanges, ResourceChangesOptions } from '../stack-resources/resource-changes';

/** An operation, and the changes that it and earlier ones have made since the last stable state. */
export interface StackOperation {
  readonly operation: Operation;
  readonly changes: ResourceChanges;
  /** The last stable state of the stack; none if it never had one. */
  readonly stable?: DesiredState;
}

const STABLE = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE'];

/** Starts stack operations. */
export class StackOperations {
  private readonly last = new WeakMap<Stack, StackOperation>();

  public constructor(private readonly options: ResourceChangesOptions) {}

  public get(stack: Stack): StackOperation | undefined {
    return this.last.get(stack);
  }

  /** Returns the ID of the operation. `stack.operation` resolves when it has finished. */
  public begin(stack: Stack, type: OperationType, token: string | undefined, run: (started: StackOperation) => Promise<void>): string {
    const before = this.last.get(stack);
    const changes = before === undefined || STABLE.includes(stack.status) ? undefined : before.changes;
    const current = changes ?? new ResourceChanges(stack, this.options);
    const started = { operation: new Operation(stack, current), changes: current, stable: changes === undefined ? stack.target : before?.stable };
    this.last.set(stack, started);
    stack.clientToken = token;
    const id = stack.beginOperation(type);
    const isNew = stack.target === undefined;
    // the first event exists before the call returns, so that callers do not read the earlier status
    stack.operation = run(started).catch(error => {
      // an error of the local AWS itself must neither count as success nor keep callers waiting
      stack.setStatus(isNew ? 'CREATE_FAILED' : 'UPDATE_FAILED', `Internal Failure: ${(error as Error).stack}`);
    });
    return id;
  }
}
