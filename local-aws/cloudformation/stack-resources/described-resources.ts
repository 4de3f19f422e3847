import { CloudFormationSwitches } from '../cloudformation-switches';
import { ResourceRecord, Stack } from '../stacks/stack';

/** The resources in the response of DescribeStackResources, by logical ID, including those that a deletion or the rollback of a creation deleted. */
export function describedResources(stack: Stack, switches: CloudFormationSwitches): ResourceRecord[] {
  const records = new Map([
    ...(/^(DELETE|ROLLBACK)_/.test(stack.status) ? stack.deletedResources : []),
    ...stack.resources,
    ...(switches.resourceInCleanup === 'old' ? stack.replacedResources : []),
  ]);
  return [...records.values()].sort((a, b) => (a.logicalId < b.logicalId ? -1 : 1));
}
