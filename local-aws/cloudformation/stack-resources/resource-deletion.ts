import { ResourceOperations } from './resource-operations';
import { ResourceRecord, Stack } from '../stacks/stack';
import { reversed, visit } from '../template/dependency-graph';

/** Deletes resources of a stack in the opposite order of their dependencies, except those to retain. */
export class ResourceDeletion {
  /** `created`: the logical IDs of the resources created since the last stable state. */
  public constructor(private readonly stack: Stack, private readonly operations: ResourceOperations, private readonly created: ReadonlySet<string>) {}

  /** Deletes each resource before its dependencies. Returns the logical IDs of those that could not be deleted. */
  public async deleteAll(records: readonly ResourceRecord[], attempts: number): Promise<string[]> {
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
          this.retain(record);
        } else if (await this.operations.delete(record, attempts, this.stack.target!.tags)) {
          this.forget(record);
        } else {
          undeleted.push(logicalId);
        }
      }
      return attempts > 1 || !undeleted.includes(logicalId);
    });
    return undeleted;
  }

  /** A retained resource is no longer in the stack. CloudFormation's event says DELETE_SKIPPED. */
  public retain(record: ResourceRecord | undefined): void {
    if (record !== undefined) {
      this.stack.setResourceStatus(record, 'DELETE_SKIPPED');
      this.forget(record);
    }
  }

  private forget(record: ResourceRecord): void {
    if (this.stack.resources.get(record.logicalId) === record) {
      this.stack.resources.delete(record.logicalId);
      this.stack.deletedResources.set(record.logicalId, record);
    }
  }

  private keeps(record: ResourceRecord): boolean {
    const policy = record.definition.DeletionPolicy;
    const exceptIfCreated = policy === 'RetainExceptOnCreate' || (policy === 'Retain' && this.stack.retainExceptOnCreate);
    return exceptIfCreated ? !this.created.has(record.logicalId) : policy === 'Retain';
  }
}
