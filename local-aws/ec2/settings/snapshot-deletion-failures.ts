/** DeregisterImage returns one result for each snapshot that the request deletes. */
export type DeletionCode = 'success' | 'skipped' | 'missing-permissions' | 'internal-error' | 'client-error';

export interface SnapshotDeletionFailure {
  /** With `success`, EC2 only says that it has deleted the snapshot. */
  readonly code: DeletionCode;
  /** Every snapshot by default. */
  readonly snapshotId?: string;
  /** The number of deletions that fail; all of them by default. */
  readonly times?: number;
}

/** Failures that a test requests for snapshots that are deleted along with their image. The call itself succeeds. */
export class SnapshotDeletionFailures {
  private readonly failures: { readonly failure: SnapshotDeletionFailure; left: number }[] = [];

  public fail(failure: SnapshotDeletionFailure): void {
    this.failures.push({ failure, left: failure.times ?? Infinity });
  }

  /** The code that the deletion of this snapshot fails with, if a test requested a failure. */
  public next(snapshotId: string): SnapshotDeletionFailure['code'] | undefined {
    const found = this.failures.find(({ failure, left }) => left > 0 && (failure.snapshotId ?? snapshotId) === snapshotId);
    if (found) {
      found.left -= 1;
    }
    return found?.failure.code;
  }
}
