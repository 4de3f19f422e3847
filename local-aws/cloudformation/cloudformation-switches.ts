/** What CloudFormation does not document and no recording shows: both readings, to be chosen at any time. */
export interface CloudFormationSwitches {
  /**
   * A failed update that answers with a new physical id: what the rollback sends.
   * Not documented; a Delete for the new id has been seen, with and without an Update for the old one before it.
   */
  failedReplacement: 'delete-new' | 'update-old-then-delete-new';
  /**
   * A successful update that answered with a new physical id, undone because another resource failed: the old resource is the stack's again
   * and the new one is deleted, or the new one is sent an Update with the old properties, and the old one is forgotten.
   * Settled by the events of such a rollback on AWS.
   */
  replacementRollback: 'restore-old' | 'update-new';
  /**
   * A failed update that answers with a new physical id while rollback is disabled: is that id, or the old one, the resource's until the next
   * update? Settled by DescribeStackResource of a stack in UPDATE_FAILED.
   */
  failedPhysicalId: 'new' | 'old';
  /**
   * A custom resource that is being made or changed while another resource fails, or while the update is cancelled.
   * CloudFormation has been seen not to wait for the answer, and to send Delete with an id of its own making while the Create still runs.
   */
  cancelledRequest: 'abandon' | 'wait';
  /**
   * `LastOperations` of DescribeStacks. Recorded: the last operation, with the rollback that it led to. Stacks from before the field was
   * introduced may not have it; how many operations it can have is not documented.
   */
  lastOperations: 'latest' | 'all' | 'absent';
  /** Recorded with the newest first; not documented. */
  lastOperationsOrder: 'newest-first' | 'oldest-first';
  /**
   * The resource that DescribeStackResource shows while the resource that it replaced is being deleted, in
   * UPDATE_COMPLETE_CLEANUP_IN_PROGRESS. Settled by calling it then.
   */
  resourceInCleanup: 'new' | 'old';
}

export const defaultCloudFormationSwitches: CloudFormationSwitches = {
  failedReplacement: 'delete-new',
  replacementRollback: 'restore-old',
  failedPhysicalId: 'new',
  cancelledRequest: 'abandon',
  lastOperations: 'latest',
  lastOperationsOrder: 'newest-first',
  resourceInCleanup: 'new',
};
