import type { OperationType } from '@aws-sdk/client-cloudformation';
import { ResourceChanges, ResourceChangesOptions } from '../stack-resources/resource-changes';
import { Operation } from './stack-operation';
import { Stack, DesiredState } from './stack';

/** An operation, and what it and those before it have to undo. */
export interface StackOperation {
  readonly operation: Operation;
  readonly changes: ResourceChanges;
  /** What the stack was when it was last stable; none if it never was. */
  readonly stable?: DesiredState;
}

const STABLE = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE', 'IMPORT_ROLLBACK_COMPLETE'];

/** Starts the operations of stacks. */
export class StackOperations {
  private readonly last = new WeakMap<Stack, StackOperation>();

  public constructor(private readonly options: ResourceChangesOptions) {}

  public get(stack: Stack): StackOperation | undefined {
    return this.last.get(stack);
  }

  /** Returns the id of the operation; `stack.operation` is its end. */
  public begin(stack: Stack, type: OperationType, token: string | undefined, run: (started: StackOperation) => Promise<void>): string {
    const before = this.last.get(stack);
    const changes = before === undefined || STABLE.includes(stack.status) ? undefined : before.changes;
    const current = changes ?? new ResourceChanges(stack, this.options);
    const started = { operation: new Operation(stack, current), changes: current, stable: changes === undefined ? stack.target : before?.stable };
    this.last.set(stack, started);
    stack.clientToken = token;
    const id = stack.beginOperation(type);
    const isNew = stack.target === undefined;
    // the first event is there before the call returns, so that nobody sees the stack of before
    stack.operation = run(started).catch(error => {
      // a fault of the local AWS itself: it must not look like a success, nor go on for ever
      stack.setStatus(isNew ? 'CREATE_FAILED' : 'UPDATE_FAILED', `Internal Failure: ${error instanceof Error ? error.stack : String(error)}`);
    });
    return id;
  }
}
