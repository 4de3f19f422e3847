/** Behavior that CloudFormation does not document and no recording shows. Tests can change each answer at any time. */
export interface CloudFormationSwitches {
  /**
   * The requests of a rollback after a failed update that returned a new physical ID. A Delete for the new ID has been observed, with and
   * without an Update for the old ID before it.
   */
  failedReplacement: 'delete-new' | 'update-old-then-delete-new';
  /**
   * The rollback of a successful update that returned a new physical ID, because another resource failed. Either CloudFormation deletes the new
   * resource and the old one belongs to the stack again, or it sends an Update with the old properties for the new ID. Settled by the events of
   * such a rollback.
   */
  replacementRollback: 'restore-old' | 'update-new';
  /**
   * The physical ID of a resource after a failed update that returned a new one, while rollback is disabled. Settled by DescribeStackResource of
   * a stack in UPDATE_FAILED.
   */
  failedPhysicalId: 'new' | 'old';
  /**
   * The handling of a custom resource that is in progress when another resource fails or the update is canceled. CloudFormation has been
   * observed not to wait for the response, and to send a Delete with a generated ID while the Create still runs.
   */
  canceledRequest: 'abandon' | 'wait';
  /**
   * `LastOperations` of DescribeStacks. Recorded: the last operation, with the rollback that it caused. Older stacks may not have the field; the
   * maximum number of operations is not documented.
   */
  lastOperations: 'latest' | 'all' | 'absent';
  /** The order of `LastOperations`. Recorded with the newest first; not documented. */
  lastOperationsOrder: 'newest-first' | 'oldest-first';
  /**
   * The resource in DescribeStackResource while CloudFormation deletes the resource that it replaced, in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS.
   * Settled by such a call.
   */
  resourceInCleanup: 'new' | 'old';
  /**
   * The `Reason` of a response with the status SUCCESS, which is optional: whether the event of the resource has it. Settled by the events of such
   * a resource.
   */
  reasonOfSuccess: 'ignored' | 'shown';
}

export const defaultCloudFormationSwitches: CloudFormationSwitches = {
  failedReplacement: 'delete-new',
  replacementRollback: 'restore-old',
  failedPhysicalId: 'new',
  canceledRequest: 'abandon',
  lastOperations: 'latest',
  lastOperationsOrder: 'newest-first',
  resourceInCleanup: 'new',
  reasonOfSuccess: 'ignored',
};
