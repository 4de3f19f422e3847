import { Stack, DesiredState } from './stack';
import { unknownTypesNote } from '../resource-types/unknown';
import { ResourceChanges } from '../stack-resources/resource-changes';

export interface CreateOptions {
  readonly onFailure: 'ROLLBACK' | 'DELETE';
  /** Resolves at the creation timeout. */
  readonly timeout?: Promise<void>;
}

/** One operation on one stack: changes it to the desired state, and rolls back if that fails. Its promise resolves when it has finished. */
export class Operation {
  /** The reason of the cancellation, for the next event. */
  private canceled?: string;
  private superseded = false;

  public constructor(private readonly stack: Stack, private readonly changes: ResourceChanges) {}

  /** Stops creating and updating resources: the operation fails and rolls back. */
  public cancel(reason: string): void {
    this.canceled ??= reason;
    this.changes.cancel();
  }

  /** Stops creating resources, so that another operation can continue. */
  public supersede(): void {
    this.superseded = true;
    this.changes.cancel();
  }

  public async create(target: DesiredState, { onFailure, timeout }: CreateOptions): Promise<void> {
    this.stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    this.stack.target = target;
    void timeout?.then(() => this.cancel('Stack creation time exceeded the specified timeout. '));
    const failure = await this.apply(target);
    if (this.superseded) {
      return;
    }
    if (failure === undefined) {
      this.complete('CREATE_COMPLETE');
    } else if (this.stack.disableRollback) {
      this.stack.setStatus('CREATE_FAILED', failure);
    } else if (onFailure === 'DELETE') {
      this.stack.beginOperation('DELETE_STACK', true);
      await this.deleteAll(`${failure}Delete requested by user.`, []);
    } else {
      this.stack.beginOperation('ROLLBACK', true);
      await this.rollBackCreation(`${failure}Rollback requested by user.`);
    }
  }

  public async update(target: DesiredState, stable: DesiredState | undefined): Promise<void> {
    this.stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    this.stack.target = target;
    const failure = await this.apply(target);
    if (failure === undefined) {
      this.stack.setStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      await this.changes.cleanUp(target);
      this.complete('UPDATE_COMPLETE');
    } else if (this.stack.disableRollback && this.canceled === undefined) {
      this.stack.setStatus('UPDATE_FAILED', failure);
    } else {
      this.stack.beginOperation('ROLLBACK', true);
      await this.rollBack(stable, failure);
    }
  }

  /** Rolls back to the last stable state, without the resources in `skip`. Deletes everything if there is no such state. */
  public async rollBack(stable: DesiredState | undefined, reason: string, skip: readonly string[] = []): Promise<void> {
    if (stable === undefined) {
      await this.rollBackCreation(reason);
      return;
    }
    this.stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    this.stack.target = stable;
    const failure = await this.changes.undo(stable, new Set(skip));
    if (failure !== undefined) {
      this.stack.setStatus('UPDATE_ROLLBACK_FAILED', failure);
      return;
    }
    this.stack.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await this.changes.cleanUp(stable);
    this.stack.setStatus('UPDATE_ROLLBACK_COMPLETE');
  }

  /** Waits until a running creation has finished. */
  public delete(retain: readonly string[], creation: Promise<void>): Promise<void> {
    return this.deleteAll('User Initiated', retain, creation);
  }

  private async apply(target: DesiredState): Promise<string | undefined> {
    const failure = await this.changes.apply(target);
    return failure === undefined ? undefined : this.canceled ?? failure;
  }

  private async rollBackCreation(reason: string): Promise<void> {
    this.stack.setStatus('ROLLBACK_IN_PROGRESS', reason);
    const undeleted = await this.changes.deleteAll();
    this.stack.outputs = [];
    this.end(undeleted, 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED');
  }

  private async deleteAll(reason: string, retain: readonly string[], after?: Promise<void>): Promise<void> {
    this.stack.setStatus('DELETE_IN_PROGRESS', reason);
    await after;
    const undeleted = await this.changes.deleteAll(retain);
    this.stack.outputs = undeleted.length === 0 ? [] : this.stack.outputs;
    this.end(undeleted, 'DELETE_COMPLETE', 'DELETE_FAILED');
  }

  private complete(status: 'CREATE_COMPLETE' | 'UPDATE_COMPLETE'): void {
    this.stack.setStatus(status, unknownTypesNote([...this.stack.unknownTypes]));
  }

  private end(undeleted: readonly string[], complete: 'ROLLBACK_COMPLETE' | 'DELETE_COMPLETE', failed: 'ROLLBACK_FAILED' | 'DELETE_FAILED'): void {
    if (undeleted.length === 0) {
      this.stack.setStatus(complete);
    } else {
      this.stack.setStatus(failed, `The following resource(s) failed to delete: [${undeleted.join(', ')}]. `);
    }
  }
}
