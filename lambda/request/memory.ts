/**
 * What a request knows from its earlier steps. The state machine carries it, and it can be lost: each step starts from what AWS shows, and memory
 * only saves calls, chooses waits and counts attempts.
 */
export interface Memory {
  /** The status of the stack when the request began; in another one, nobody waits for the answer any more. */
  stackStatus?: string;
  /** When CloudFormation was last asked for it. Times are milliseconds since 1970. */
  stackStatusReadAt?: number;
  /** When CloudFormation began to wait for the answer, if it says so. */
  hourBegan?: number;
  /** The status of the stack that made CloudFormation lose interest: what was made is being removed. */
  canceledByStatus?: string;
  /** CopyImage was answered. */
  copyStarted?: boolean;
  /** The AMI that was proven to be what was asked for. */
  verified?: string;
  /** The listings of the stack's images and snapshots that were used last, by their times. */
  imagesReadAt?: number;
  snapshotsReadAt?: number;
  /** How far the snapshots had come, and since when. */
  progress?: SeenProgress;
  /** The places where EC2 would not launch the builder, each with EC2's code. */
  refusedPlaces?: Record<string, string>;
  /** The instance that an AMI is to be made of, as long as EC2 does not show it. */
  missingInstance?: { readonly reads: number; readonly since: number };
  /** What is being removed, by owner. */
  removals?: Record<string, Removal>;
}

interface SeenProgress {
  /** Of all snapshots together. */
  readonly percents: number;
  readonly since: number;
}

interface Removal {
  /** The ids that EC2 has accepted to remove. */
  readonly requestedIds: string[];
  readonly rounds: number;
}
