/** What CloudFormation sends, as the provider framework passes it on. */
export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceType: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

/** The answer to `onEvent`. The framework hands these fields to every `isComplete`, and remembers nothing else. */
export interface Started {
  readonly PhysicalResourceId: string;
  /** Milliseconds since 1970: what the time limit counts from. */
  readonly StartedAt: number;
  /** The state of the stack at that time, if it is known: in another one, nobody waits for the answer any more. */
  readonly StackStatus?: string;
  /** Whether the image has yet to be made, or is there and only changes. */
  readonly Making: boolean;
}

/** What `isComplete` is asked with. */
export type PendingEvent = ResourceEvent & Started;

/** The answer to `isComplete`. */
export interface Completion {
  readonly IsComplete: boolean;
  readonly Data?: Readonly<Record<string, string>>;
}
