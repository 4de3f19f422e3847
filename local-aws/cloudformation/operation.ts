import { setMaxListeners } from 'events';
import { reversed, visit } from './graph';
import { resolve, resolveProperties, Scope } from './intrinsics';
import { ResourceSteps, Wanted } from './resource-steps';
import { isCustomType, ResourceFailure, ResourceType } from './resource-type';
import { ResourceRecord, Stack, Target } from './stack';
import { stackScope } from './stack-scope';
import { Surroundings } from './target';
import { Json, sameJson } from './template';

/** How often the deletion of a resource that the stack has no use for any more is tried. */
const cleanupAttempts = 3;

export interface OperationOptions {
  readonly typeOf: (type: string) => ResourceType | undefined;
  readonly unknownType: ResourceType;
  readonly surroundings: Surroundings;
  /** Refuses exports that another stack has, or that another stack imports with another value. */
  readonly checkExports: (stack: Stack, outputs: Stack['outputs']) => void;
  /** After a failed update answered with a new physical id: is the old resource updated back before the new one is deleted? */
  readonly updateOldAfterFailedReplacement: () => boolean;
}

/** A resource that the stack has no more use for. */
interface Leftover {
  readonly record: ResourceRecord;
  /** Its policy says that it stays. */
  readonly kept: boolean;
}

/** One operation on one stack: from what it is to what it is to be, and back if that fails. */
export class Operation {
  private readonly steps: ResourceSteps;
  /** What is deleted at the end, if the operation succeeds. */
  private leftovers: Leftover[] = [];
  /** The resources that were replaced, as they were. */
  private readonly replaced = new Map<string, ResourceRecord>();
  private readonly created = new Set<string>();
  private applying?: AbortController;

  public constructor(private readonly stack: Stack, private readonly options: OperationOptions) {
    this.steps = new ResourceSteps(stack, options.typeOf, options.unknownType);
  }

  /** Stops making and changing resources: the operation fails, and is rolled back. */
  public cancel(): void {
    this.applying?.abort();
  }

  public async create(target: Target): Promise<void> {
    this.stack.setStatus('CREATE_IN_PROGRESS', 'User Initiated');
    this.stack.target = target;
    const failure = await this.apply(target);
    if (failure === undefined) {
      this.stack.setStatus('CREATE_COMPLETE');
    } else if (this.stack.disableRollback) {
      this.stack.setStatus('CREATE_FAILED', failure);
    } else {
      this.stack.setStatus('ROLLBACK_IN_PROGRESS', `${failure}Rollback requested by user.`);
      const undeleted = await this.deleteAll([...this.stack.resources.values()], 1);
      this.stack.outputs = [];
      this.end(undeleted, 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED');
    }
  }

  public async update(target: Target): Promise<void> {
    const old = this.stack.target!;
    this.stack.setStatus('UPDATE_IN_PROGRESS', 'User Initiated');
    this.stack.target = target;
    const failure = await this.apply(target);
    if (failure === undefined) {
      this.stack.setStatus('UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
      await this.cleanUp(target);
      this.stack.setStatus('UPDATE_COMPLETE');
    } else if (this.stack.disableRollback) {
      this.stack.setStatus('UPDATE_FAILED', failure);
    } else {
      await this.rollBack(old, failure);
    }
  }

  /** Back to what the stack was before this operation, those of `skip` left as they are. */
  public async rollBack(old: Target, reason: string, skip: readonly string[] = []): Promise<void> {
    this.stack.setStatus('UPDATE_ROLLBACK_IN_PROGRESS', reason);
    this.stack.target = old;
    for (const logicalId of skip) {
      const record = this.stack.resources.get(logicalId);
      if (record !== undefined) {
        this.stack.setResourceStatus(record, 'UPDATE_COMPLETE', 'Resource skipped during rollback');
        this.replaced.delete(logicalId);
      }
    }
    const failure = await this.apply(old, new Set(skip));
    if (failure !== undefined) {
      this.stack.setStatus('UPDATE_ROLLBACK_FAILED', failure);
      return;
    }
    this.stack.setStatus('UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    await this.cleanUp(old);
    this.stack.setStatus('UPDATE_ROLLBACK_COMPLETE');
  }

  public async delete(retain: readonly string[]): Promise<void> {
    this.stack.setStatus('DELETE_IN_PROGRESS', 'User Initiated');
    for (const logicalId of retain) {
      this.leave(this.stack.resources.get(logicalId));
    }
    const undeleted = await this.deleteAll([...this.stack.resources.values()], 1);
    this.stack.outputs = undeleted.length === 0 ? [] : this.stack.outputs;
    this.end(undeleted, 'DELETE_COMPLETE', 'DELETE_FAILED');
  }

  /** Brings every resource of the target to what it says; the reason if that failed. */
  private async apply(target: Target, skip?: ReadonlySet<string>): Promise<string | undefined> {
    const rollingBack = skip !== undefined;
    const cancel = new AbortController();
    // as many as there are resources
    setMaxListeners(0, cancel.signal);
    this.applying = rollingBack ? undefined : cancel;
    const failed: string[] = [];
    const scope = stackScope(this.stack, target, this.options.surroundings, type => this.steps.type(type));
    await visit(target.dependencies, async logicalId => {
      if (cancel.signal.aborted) {
        return false;
      }
      if (skip?.has(logicalId)) {
        return true;
      }
      try {
        await this.bring(logicalId, target, scope, cancel.signal, rollingBack);
        return true;
      } catch {
        failed.push(logicalId);
        cancel.abort();
        return false;
      }
    });
    if (failed.length > 0) {
      return summaryOf(failed.map(id => this.stack.resources.get(id)!));
    }
    return cancel.signal.aborted ? 'User Initiated. ' : this.setOutputs(target, scope);
  }

  private async bring(logicalId: string, target: Target, scope: Scope, cancelled: AbortSignal, rollingBack: boolean): Promise<void> {
    const definition = target.resources.get(logicalId)!;
    const wanted = { logicalId, definition, dependencies: target.dependencies.get(logicalId)! };
    let properties;
    try {
      properties = resolveProperties(definition.Properties, scope);
    } catch (error) {
      this.steps.refuse(wanted, error instanceof Error ? error.message : String(error));
      throw error;
    }
    const record = rollingBack ? this.restored(logicalId) : this.stack.resources.get(logicalId);
    if (record === undefined || record.status === 'CREATE_FAILED') {
      this.created.add(logicalId);
      this.leftovers.push(...record === undefined ? [] : [{ record, kept: false }]);
      await this.steps.create({ ...wanted, properties }, cancelled, target.tags);
      return;
    }
    await this.change(record, { ...wanted, properties }, target, cancelled);
  }

  private async change(record: ResourceRecord, wanted: Wanted, target: Target, cancelled: AbortSignal): Promise<void> {
    const type = this.steps.type(record.type);
    const old = type.normalised?.(record.properties) ?? record.properties;
    const properties = type.normalised?.(wanted.properties) ?? wanted.properties;
    const changed = [...new Set([...Object.keys(old), ...Object.keys(properties)])].filter(key => !sameJson(old[key], properties[key]));
    if (changed.length === 0 && record.status !== 'UPDATE_FAILED') {
      this.stack.resources.set(wanted.logicalId, { ...record, ...wanted });
      return;
    }
    const refusal = type.refusal?.(record.properties, wanted.properties);
    if (refusal !== undefined) {
      this.steps.refuse(wanted, refusal);
      throw new ResourceFailure(refusal);
    }
    const before = { ...record };
    try {
      if (type.update === undefined || changed.some(key => type.replacedBy?.includes(key))) {
        await this.steps.create(wanted, cancelled, target.tags, record);
      } else {
        await this.steps.update(record, wanted, cancelled, target.tags);
      }
    } finally {
      // also when it failed: its provider may have made the new resource before that
      if (this.stack.resources.get(wanted.logicalId)?.physicalId !== before.physicalId) {
        this.replaced.set(wanted.logicalId, before);
        this.leftovers.push({ record: before, kept: policyKeeps(before.definition.UpdateReplacePolicy) });
      }
    }
  }

  /** The resource as it was before the operation; what replaced it becomes a leftover. */
  private restored(logicalId: string): ResourceRecord | undefined {
    const before = this.replaced.get(logicalId);
    const replacement = this.stack.resources.get(logicalId);
    if (before === undefined || replacement === undefined) {
      return replacement;
    }
    this.replaced.delete(logicalId);
    this.leftovers = this.leftovers.filter(leftover => leftover.record !== before);
    this.leftovers.push({ record: replacement, kept: replacement.definition.DeletionPolicy === 'Retain' });
    const record: ResourceRecord = { ...before };
    this.stack.resources.set(logicalId, record);
    if (replacement.status === 'UPDATE_FAILED' && isCustomType(replacement.type) && this.options.updateOldAfterFailedReplacement()) {
      return { ...record, properties: replacement.properties, status: 'UPDATE_FAILED' };
    }
    this.stack.setResourceStatus(record, 'UPDATE_COMPLETE');
    return record;
  }

  private setOutputs(target: Target, scope: Scope): string | undefined {
    try {
      const outputs = Object.entries(target.template.Outputs ?? {})
        .filter(([, output]) => output.Condition === undefined || scope.condition(output.Condition))
        .map(([key, output]) => ({
          key,
          value: textOf(resolve(output.Value, scope)),
          description: output.Description,
          exportName: output.Export && textOf(resolve(output.Export.Name, scope)),
        }));
      this.options.checkExports(this.stack, outputs);
      this.stack.outputs = outputs;
      return undefined;
    } catch (error) {
      return `${error instanceof Error ? error.message : String(error)}. `;
    }
  }

  /** Deletes what was replaced, and what the target does not have. */
  private async cleanUp(target: Target): Promise<void> {
    const removed = [...this.stack.resources.values()].filter(record => !target.resources.has(record.logicalId));
    this.leftovers.filter(leftover => leftover.kept).forEach(({ record }) => this.stack.event(record, 'DELETE_SKIPPED'));
    const replaced = this.leftovers.filter(leftover => !leftover.kept).map(leftover => leftover.record);
    await this.deleteAll([...replaced, ...removed], cleanupAttempts);
    // what could not be deleted is no longer the stack's
    removed.forEach(record => this.stack.resources.delete(record.logicalId));
    this.leftovers = [];
  }

  /** Deletes each before those that it needs; the logical ids of those that could not be deleted. */
  private async deleteAll(records: readonly ResourceRecord[], attempts: number): Promise<string[]> {
    const byId = new Map<string, ResourceRecord[]>();
    for (const record of records) {
      byId.set(record.logicalId, [...byId.get(record.logicalId) ?? [], record]);
    }
    const needed = (id: string) => new Set(byId.get(id)!.flatMap(record => [...record.dependencies]).filter(other => byId.has(other)));
    const graph = reversed(new Map([...byId.keys()].map(id => [id, needed(id)])));
    const undeleted: string[] = [];
    await visit(graph, async logicalId => {
      for (const record of byId.get(logicalId)!) {
        if (this.stack.resources.get(logicalId) === record && this.keeps(record)) {
          this.leave(record);
        } else if (await this.steps.delete(record, attempts, this.stack.target?.tags ?? {})) {
          if (this.stack.resources.get(logicalId) === record) {
            this.stack.resources.delete(logicalId);
          }
        } else {
          undeleted.push(logicalId);
        }
      }
      return attempts > 1 || !undeleted.includes(logicalId);
    });
    return undeleted;
  }

  private keeps(record: ResourceRecord): boolean {
    const policy = record.definition.DeletionPolicy;
    return policyKeeps(policy) && !(policy === 'RetainExceptOnCreate' && this.created.has(record.logicalId));
  }

  /** What is to be retained stays as it is, and is no longer the stack's; CloudFormation calls it skipped. */
  private leave(record: ResourceRecord | undefined): void {
    if (record !== undefined) {
      this.stack.setResourceStatus(record, 'DELETE_SKIPPED');
      this.stack.resources.delete(record.logicalId);
    }
  }

  private end(undeleted: readonly string[], complete: 'ROLLBACK_COMPLETE' | 'DELETE_COMPLETE', failed: 'ROLLBACK_FAILED' | 'DELETE_FAILED'): void {
    if (undeleted.length === 0) {
      this.stack.setStatus(complete);
    } else {
      this.stack.setStatus(failed, `The following resource(s) failed to delete: [${undeleted.join(', ')}]. `);
    }
  }
}

function policyKeeps(policy: string | undefined): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}

/** `The following resource(s) failed to create: [A]. The following resource(s) failed to update: [B, C]. ` */
function summaryOf(failed: readonly ResourceRecord[]): string {
  const created = failed.filter(record => record.status === 'CREATE_FAILED');
  const updated = failed.filter(record => !created.includes(record));
  const sentence = (what: string, records: readonly ResourceRecord[]) =>
    records.length === 0 ? '' : `The following resource(s) failed to ${what}: [${records.map(record => record.logicalId).join(', ')}]. `;
  return sentence('create', created) + sentence('update', updated);
}

function textOf(value: Json): string {
  return Array.isArray(value) ? value.map(textOf).join(',') : typeof value === 'object' ? JSON.stringify(value) : String(value);
}

