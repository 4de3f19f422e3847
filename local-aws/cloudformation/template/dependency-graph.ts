import { references } from './references';
import { Json, ResourceDefinition } from './template';
import { AwsError } from '../../aws-call';

/** The dependencies of each resource, by `DependsOn` and by reference. */
export function dependencies(resources: ReadonlyMap<string, ResourceDefinition>): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const [logicalId, definition] of resources) {
    const needed = new Set([
      ...references((definition.Properties ?? {}) as Json),
      ...(definition.DependsOn === undefined ? [] : [definition.DependsOn].flat()),
    ]);
    graph.set(logicalId, new Set([...needed].filter(id => resources.has(id))));
  }
  refuseCycles(graph);
  return graph;
}

/**
 * Visits every resource after its dependencies, and independent resources at the same time. If a visit throws or returns false, the resources
 * that depend on it are not visited.
 */
export async function visit(graph: ReadonlyMap<string, ReadonlySet<string>>, visitor: (logicalId: string) => Promise<boolean>): Promise<void> {
  const visits = new Map<string, Promise<boolean>>();
  const begin = (logicalId: string): Promise<boolean> => {
    const begun = visits.get(logicalId);
    if (begun !== undefined) {
      return begun;
    }
    const needed = [...graph.get(logicalId)!].filter(id => graph.has(id)).map(begin);
    const visited = Promise.all(needed).then(reached => reached.every(Boolean) && visitor(logicalId));
    visits.set(logicalId, visited);
    return visited;
  };
  await Promise.all([...graph.keys()].map(begin));
}

/** The reversed graph: the order of deletion. */
export function reversed(graph: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> {
  const result = new Map([...graph.keys()].map(id => [id, new Set<string>()]));
  for (const [id, needed] of graph) {
    needed.forEach(other => result.get(other)?.add(id));
  }
  return result;
}

function refuseCycles(graph: ReadonlyMap<string, ReadonlySet<string>>): void {
  const left = new Map([...graph].map(([id, needed]) => [id, new Set(needed)]));
  for (let free = freeOf(left); free.length > 0; free = freeOf(left)) {
    free.forEach(id => left.delete(id));
    left.forEach(needed => free.forEach(id => needed.delete(id)));
  }
  if (left.size > 0) {
    throw new AwsError('ValidationError', `Circular dependency between resources: [${[...left.keys()].join(', ')}]`);
  }
}

function freeOf(left: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...left].filter(([, needed]) => needed.size === 0).map(([id]) => id);
}
