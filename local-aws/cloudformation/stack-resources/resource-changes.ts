import { setMaxListeners } from 'events';
import { ResourceDeletion } from './resource-deletion';
import { ResourceOperations, ResourceSpec } from './resource-operations';
import { CloudFormationSwitches } from '../cloudformation-switches';
import { isCustomType, ResourceFailure, ResourceType } from '../resource-types/resource-type';
import { resolveOutputs } from '../stacks/outputs';
import { ResourceRecord, Stack, DesiredState } from '../stacks/stack';
import { stackScope } from '../stacks/stack-scope';
import { visit } from '../template/dependency-graph';
import { resolveProperties, Scope } from '../template/intrinsic-functions';
import { TemplateEnvironment } from '../template/resolve-template';
import { sameJson } from '../template/template';

/** The number of attempts to delete a replaced or removed resource. */
const CLEANUP_ATTEMPTS = 3;

export interface ResourceChangesOptions {
  readonly typeOf: (type: string) => ResourceType | undefined;
  readonly unknownType: ResourceType;
  readonly templateEnvironment: TemplateEnvironment;
  /** Refuses exports that another stack has, and changes of exports that another stack imports. */
  readonly checkExports: (stack: Stack, outputs: Stack['outputs']) => void;
  readonly switches: CloudFormationSwitches;
}

/** A replaced or removed resource. */
interface Leftover {
  readonly record: ResourceRecord;
  /** True if its policy is Retain. */
  readonly kept: boolean;
}

/**
 * The changes of a stack's resources since its last stable state, for cleanup or rollback. If rollback is disabled, several operations can
 * follow each other before the next stable state.
 */
export class ResourceChanges {
  /** The resources that failed in the last attempt. */
  public failed: ResourceRecord[] = [];
  private readonly operations: ResourceOperations;
  private readonly deletion: ResourceDeletion;
  /** The resources to delete after the operation has succeeded. */
  private leftovers: Leftover[] = [];
  /** The replaced resources, as they were in the stable state. */
  private readonly replaced = new Map<string, ResourceRecord>();
  private readonly created = new Set<string>();
  private applying?: AbortController;

  public constructor(private readonly stack: Stack, private readonly options: ResourceChangesOptions) {
    this.operations = new ResourceOperations(stack, options.typeOf, options.unknownType,
      () => !stack.disableRollback || options.switches.failedPhysicalId === 'new');
    this.deletion = new ResourceDeletion(stack, this.operations, this.created);
  }

  /** Stops creating and updating resources. */
  public cancel(): void {
    this.applying?.abort();
  }

  /** Creates and updates the resources of the desired state. Returns the reason of a failure. */
  public async apply(target: DesiredState): Promise<string | undefined> {
    return this.createOrUpdateAll(target, false, new Set());
  }

  /** Restores the stable state, without the resources in `skip`. Returns the reason of a failure. */
  public async undo(target: DesiredState, skip: ReadonlySet<string>): Promise<string | undefined> {
    for (const logicalId of skip) {
      const record = this.stack.resources.get(logicalId);
      if (record !== undefined) {
        this.stack.setResourceStatus(record, 'UPDATE_COMPLETE', 'Resource skipped during rollback');
        this.replaced.delete(logicalId);
      }
    }
    return this.createOrUpdateAll(target, true, skip);
  }

  /** Deletes the replaced and removed resources. */
  public async cleanUp(target: DesiredState): Promise<void> {
    const removed = [...this.stack.resources.values()].filter(record => !target.resources.has(record.logicalId));
    const replaced = this.takeLeftovers();
    replaced.forEach(record => this.stack.replacedResources.set(record.logicalId, record));
    await this.deletion.deleteAll([...replaced, ...removed], CLEANUP_ATTEMPTS);
    // CloudFormation removes resources that it could not delete from the stack
    removed.forEach(record => this.stack.resources.delete(record.logicalId));
    this.stack.replacedResources.clear();
  }

  /** Deletes every resource except those in `retain`. Returns the logical IDs of those that could not be deleted. */
  public deleteAll(retain: readonly string[] = []): Promise<string[]> {
    retain.forEach(logicalId => this.deletion.retain(this.stack.resources.get(logicalId)));
    return this.deletion.deleteAll([...this.takeLeftovers(), ...this.stack.resources.values()], 1);
  }

  private takeLeftovers(): ResourceRecord[] {
    const all = this.leftovers;
    this.leftovers = [];
    all.filter(leftover => leftover.kept).forEach(({ record }) => this.stack.event(record, 'DELETE_SKIPPED'));
    return all.filter(leftover => !leftover.kept).map(leftover => leftover.record);
  }

  private async createOrUpdateAll(target: DesiredState, rollingBack: boolean, skip: ReadonlySet<string>): Promise<string | undefined> {
    const cancel = new AbortController();
    // CloudFormation runs all independent resources at the same time
    setMaxListeners(0, cancel.signal);
    this.applying = rollingBack ? undefined : cancel;
    const failed: string[] = [];
    const scope = stackScope(this.stack, target, this.options.templateEnvironment, type => this.operations.type(type));
    await visit(target.dependencies, async logicalId => {
      if (cancel.signal.aborted) {
        return false;
      }
      if (skip.has(logicalId)) {
        return true;
      }
      try {
        await this.createOrUpdate(logicalId, target, scope, cancel.signal, rollingBack);
        return true;
      } catch {
        failed.push(logicalId);
        cancel.abort();
        return false;
      }
    });
    this.failed = failed.map(id => this.stack.resources.get(id)!);
    if (failed.length > 0) {
      return summaryOf(this.failed);
    }
    return cancel.signal.aborted ? 'Cancelled. ' : this.setOutputs(target, scope);
  }

  private async createOrUpdate(logicalId: string, target: DesiredState, scope: Scope, canceled: AbortSignal, rollingBack: boolean): Promise<void> {
    const definition = target.resources.get(logicalId)!;
    const spec = { logicalId, definition, dependencies: target.dependencies.get(logicalId)! };
    let properties;
    try {
      properties = resolveProperties(definition.Properties, scope);
    } catch (error) {
      this.operations.refuse(spec, (error as Error).message);
      throw error;
    }
    const record = rollingBack ? this.restored(logicalId) : this.stack.resources.get(logicalId);
    if (record === undefined || record.status === 'CREATE_FAILED') {
      this.created.add(logicalId);
      this.leftovers.push(...record === undefined ? [] : [{ record, kept: false }]);
      await this.operations.create({ ...spec, properties }, canceled, target.tags);
      return;
    }
    await this.change(record, { ...spec, properties }, target, canceled);
  }

  private async change(record: ResourceRecord, spec: ResourceSpec, target: DesiredState, canceled: AbortSignal): Promise<void> {
    const type = this.operations.type(record.type);
    const old = type.normalize?.(record.properties) ?? record.properties;
    const properties = type.normalize?.(spec.properties) ?? spec.properties;
    const changed = [...new Set([...Object.keys(old), ...Object.keys(properties)])].filter(key => !sameJson(old[key], properties[key]));
    if (changed.length === 0 && record.status !== 'UPDATE_FAILED') {
      this.stack.resources.set(spec.logicalId, { ...record, ...spec });
      return;
    }
    const reason = type.updateError?.(record.properties, spec.properties);
    if (reason !== undefined) {
      this.operations.refuse(spec, reason);
      throw new ResourceFailure(reason);
    }
    const before = { ...record };
    try {
      if (type.update === undefined || changed.some(key => type.replacementProperties?.includes(key))) {
        await this.operations.create(spec, canceled, target.tags, record);
      } else {
        await this.operations.update(record, spec, canceled, target.tags);
      }
    } finally {
      // also after a failure, because the provider may have created the new resource before it
      if (this.stack.resources.get(spec.logicalId)?.physicalId !== before.physicalId) {
        if (!this.replaced.has(spec.logicalId)) {
          this.replaced.set(spec.logicalId, before);
        }
        this.leftovers.push({ record: before, kept: policyKeeps(before.definition.UpdateReplacePolicy) });
      }
    }
  }

  /** Restores the resource of the stable state. Its replacement is deleted later. */
  private restored(logicalId: string): ResourceRecord | undefined {
    const before = this.replaced.get(logicalId);
    const replacement = this.stack.resources.get(logicalId);
    if (before === undefined || replacement === undefined) {
      return replacement;
    }
    this.replaced.delete(logicalId);
    this.leftovers = this.leftovers.filter(leftover => leftover.record !== before);
    const { failedReplacement, replacementRollback } = this.options.switches;
    const failed = replacement.status === 'UPDATE_FAILED';
    if (!failed && isCustomType(replacement.type) && replacementRollback === 'update-new') {
      return replacement;
    }
    this.leftovers.push({ record: replacement, kept: replacement.definition.DeletionPolicy === 'Retain' && !this.stack.retainExceptOnCreate });
    const record: ResourceRecord = { ...before };
    this.stack.resources.set(logicalId, record);
    if (failed && isCustomType(replacement.type) && failedReplacement === 'update-old-then-delete-new') {
      return { ...record, properties: replacement.properties, status: 'UPDATE_FAILED' };
    }
    this.stack.setResourceStatus(record, 'UPDATE_COMPLETE');
    return record;
  }

  private setOutputs(target: DesiredState, scope: Scope): string | undefined {
    try {
      const outputs = resolveOutputs(target, scope);
      this.options.checkExports(this.stack, outputs);
      this.stack.outputs = outputs;
      return undefined;
    } catch (error) {
      return `${(error as Error).message}. `;
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
